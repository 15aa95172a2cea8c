"""Notices about money."""

from dataclasses import replace
from uuid import UUID

from linkspan.accounts.queries import people_with_role
from linkspan.finance.actions import make_refund
from linkspan.finance.queries import subject_title
from linkspan.kernel.actor import system_actor
from linkspan.kernel.money import Money
from linkspan.kernel.outbox import Delivered, Subscriber
from linkspan.messages.actions import notify
from linkspan.messages.tasks import tell

SYSTEM = system_actor("finance")


def on_charge_paid(delivered: Delivered) -> None:
    """Give the learner a receipt."""
    tell(_with_amount(delivered), "payment_received", "/dashboard/")


def on_charge_closed(delivered: Delivered) -> None:
    """Tell the learner what became of the charge."""
    tell(_with_amount(delivered), f"charge_{delivered.payload['state']}", "/dashboard/")


def on_payment_reported(delivered: Delivered) -> None:
    """Tell staff of the institution that a payment waits for them."""
    told = delivered.payload
    staff = {p for role in ("program_staff", "registrar") for p in people_with_role(role, told["institution"])}
    for person_id in staff - {UUID(told["learner_id"])}:
        notify(
            recipient_id=person_id,
            kind="payment_waits",
            context={"title": subject_title(told["subject"])},
            link="/desk/exams/",
            key=f"payment_waits:{delivered.id}",
            now=delivered.at,
        )


def on_refund_due(delivered: Delivered) -> None:
    """Have the provider send the money back; tried again until it does."""
    make_refund(actor=SYSTEM, refund_id=UUID(delivered.payload["refund_id"]), now=delivered.at)


def on_need_decided(delivered: Delivered) -> None:
    """Tell the learner what was decided, and why."""
    tell(delivered, f"need_{delivered.payload['state']}", "/aid/")


def _with_amount(delivered: Delivered) -> Delivered:
    told = delivered.payload
    amount = Money(told["minor"], told["currency"]).in_words()
    return replace(delivered, payload={**told, "amount": amount, "title": subject_title(told["subject"])})


SUBSCRIPTIONS: dict[str, Subscriber] = {
    "ChargePaid": on_charge_paid,
    "ChargeClosed": on_charge_closed,
    "PaymentReported": on_payment_reported,
    "RefundDue": on_refund_due,
    "NeedDecided": on_need_decided,
}
