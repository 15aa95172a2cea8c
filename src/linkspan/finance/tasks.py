"""Notices about money."""

from uuid import UUID

from linkspan.accounts.queries import people_with_role
from linkspan.finance.actions import make_refund
from linkspan.finance.events import (
    ChargeClosed,
    ChargePaid,
    ChargeReopened,
    NeedDecided,
    PartPaid,
    PaymentReported,
    RefundDue,
    RefundTold,
    RefundWaits,
)
from linkspan.finance.queries import subject_title
from linkspan.kernel.actor import system_actor
from linkspan.kernel.money import Money
from linkspan.kernel.outbox import Delivered, Subscription
from linkspan.kernel.retries import Lane
from linkspan.kernel.things import About, Thing
from linkspan.kernel.waiting import What
from linkspan.messages.actions import notify
from linkspan.messages.tasks import tell

SYSTEM = system_actor("finance")


def on_charge_paid(delivered: Delivered[ChargePaid]) -> None:
    """Give the learner a receipt."""
    tell(delivered, "payment_received", About(Thing.DASHBOARD), **_amount_and_title(delivered.event))


def on_part_paid(delivered: Delivered[PartPaid]) -> None:
    """Tell the learner what came and what is still due."""
    rest = Money(delivered.event.rest_minor, delivered.event.currency).in_words()
    charge = About.of(Thing.CHARGE, delivered.event.charge_id)
    tell(delivered, "part_received", charge, rest=rest, **_amount_and_title(delivered.event))


def on_charge_reopened(delivered: Delivered[ChargeReopened]) -> None:
    """Tell the learner that a payment did not stand, and what is due."""
    rest = Money(delivered.event.rest_minor, delivered.event.currency).in_words()
    charge = About.of(Thing.CHARGE, delivered.event.charge_id)
    tell(delivered, "charge_reopened", charge, rest=rest, **_amount_and_title(delivered.event))


def on_charge_closed(delivered: Delivered[ChargeClosed]) -> None:
    """Tell the learner what became of the charge."""
    event = delivered.event
    tell(delivered, f"charge_{event.state}", About(Thing.DASHBOARD), **_amount_and_title(event))


def on_payment_reported(delivered: Delivered[PaymentReported]) -> None:
    """Tell staff of the institution that a payment waits for them."""
    event = delivered.event
    for person_id in _office(event.institution) - {event.learner_id}:
        notify(
            recipient_id=person_id,
            kind="payment_waits",
            context={"title": subject_title(event.subject)},
            about=About.of(Thing.CHARGE_FILE, event.charge_id),
            key=f"payment_waits:{delivered.id}",
            now=delivered.at,
            of=event.charge_id,
        )


def on_refund_due(delivered: Delivered[RefundDue]) -> None:
    """Have the provider send the money back; tried again until it does."""
    make_refund(actor=SYSTEM, refund_id=delivered.event.refund_id, now=delivered.now)


def on_refund_told(delivered: Delivered[RefundTold]) -> None:
    """Tell the learner what became of a refund."""
    event = delivered.event
    told = {"amount": Money(event.minor, event.currency).in_words(), "title": subject_title(event.subject)}
    tell(delivered, f"refund_{event.what}", About.of(Thing.CHARGE, event.charge_id), **told)


#: What a refund that waits for the office announces, by what is to be done.
REFUND_WAITS = {"asked": What.DECIDE_REFUND, "undelivered": What.SEND_REFUND}


def on_refund_waits(delivered: Delivered[RefundWaits]) -> None:
    """Tell the office that a refund waits for it, but for who asked."""
    event = delivered.event
    for person_id in _office(event.institution) - {event.but_not}:
        notify(
            recipient_id=person_id,
            kind="refund_waits",
            context={"title": subject_title(event.subject)},
            about=About.of(Thing.CHARGE_FILE, event.charge_id),
            key=f"refund_waits:{delivered.id}",
            now=delivered.at,
            of=event.wait_id,
            what=REFUND_WAITS.get(event.what),
        )


def _office(institution: str) -> set[UUID]:
    return {p for role in ("program_staff", "registrar") for p in people_with_role(role, institution)}


def on_need_decided(delivered: Delivered[NeedDecided]) -> None:
    """Tell the learner what was decided, and why."""
    tell(delivered, f"need_{delivered.event.state}", About(Thing.NEED))


def _amount_and_title(event: ChargePaid | ChargeClosed | ChargeReopened | PartPaid) -> dict[str, str]:
    return {"amount": Money(event.minor, event.currency).in_words(), "title": subject_title(event.subject)}


SUBSCRIPTIONS = (
    Subscription(ChargePaid, on_charge_paid),
    Subscription(ChargeClosed, on_charge_closed),
    Subscription(PartPaid, on_part_paid),
    Subscription(ChargeReopened, on_charge_reopened),
    Subscription(PaymentReported, on_payment_reported),
    Subscription(RefundDue, on_refund_due, Lane.PARTNER),
    Subscription(RefundTold, on_refund_told),
    Subscription(RefundWaits, on_refund_waits),
    Subscription(NeedDecided, on_need_decided),
)
