"""Charges and their payment."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from linkspan.finance import rules
from linkspan.finance.actions.discounts import take_off_need
from linkspan.finance.actions.ledger import close_charge, locked, post, settle, settle_if_free
from linkspan.finance.events import PaymentReported
from linkspan.finance.models import ChargeRow
from linkspan.finance.queries import charge as as_charge
from linkspan.finance.rules import (
    ChargeState,
    ManualProvider,
    PaymentProvider,
    may_charge,
    may_confirm_payment,
)
from linkspan.kernel import audit, outbox
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import Refused, permit
from linkspan.kernel.money import Money


@transaction.atomic
def charge(
    *, actor: Actor, learner_id: UUID, subject: str, amount: Money, now: datetime, institution: str = ""
) -> UUID:
    """Charge a learner for a subject; while a charge for it is open or paid, that one is given back."""
    permit(may_charge(actor, learner_id, institution), "charge this learner")
    live = ChargeRow.objects.filter(learner_id=learner_id, subject=subject, state__in=["open", "paid"])
    held = live.first()
    if held is not None:
        return held.id
    fields = {"minor": amount.minor, "currency": amount.currency, "state": ChargeState.OPEN, "at": now}
    try:
        with transaction.atomic():
            row = ChargeRow.objects.create(learner_id=learner_id, subject=subject, institution=institution, **fields)
    except IntegrityError:
        return live.get().id
    post(f"charge:{row.id}", learner_id, subject, rules.for_charge(amount), now)
    take_off_need(actor, row, now)
    audit.record(actor=actor, verb="charge", subject=f"finance.charge:{row.id}", now=now, after={"amount": amount})
    settle_if_free(actor, row, now)
    return row.id


@transaction.atomic
def report_payment(*, actor: Actor, charge_id: UUID, reference: str, now: datetime) -> bool:
    """The learner reports a payment; staff confirm it. Returns whether the charge is paid now.

    Only in the demo (settings.DEMO) is it paid at once, so that one person can walk the story.
    """
    row = locked(charge_id)
    permit(actor.is_person(row.learner_id), "report this payment")
    reference = ManualProvider().settle(as_charge(row), reference)
    if _payable(row) and settings.DEMO:
        _take(actor, row, reference, ManualProvider(), now)
    elif row.state == ChargeState.OPEN and row.reported_reference != reference:
        row.reported_reference, row.reported_at = reference, now
        row.save(update_fields=["reported_reference", "reported_at"])
        subject = f"finance.charge:{row.id}"
        audit.record(actor=actor, verb="report_payment", subject=subject, now=now, after={"reference": reference})
        outbox.publish(PaymentReported(row.learner_id, row.id, row.subject, row.institution), now=now)
    return row.state == ChargeState.PAID


@transaction.atomic
def pay(
    *, actor: Actor, charge_id: UUID, reference: str, now: datetime, provider: PaymentProvider | None = None
) -> None:
    """Confirm that a charge is paid, through a provider (by default the manual one); twice changes nothing."""
    row = locked(charge_id)
    permit(may_confirm_payment(actor, row.learner_id, row.institution), "confirm this payment")
    if _payable(row):
        _take(actor, row, reference, provider or ManualProvider(), now)


def _payable(row: ChargeRow) -> bool:
    if row.state not in (ChargeState.OPEN, ChargeState.PAID):
        raise Refused("charge_closed", "This charge is {state}. Enrol again to be charged anew.", state=row.state)
    return row.state == ChargeState.OPEN


def _take(actor: Actor, row: ChargeRow, reference: str, provider: PaymentProvider, now: datetime) -> None:
    settle(actor, row, provider.name, provider.settle(as_charge(row), reference), now)


def lock_charge(charge_id: UUID) -> None:
    """Hold a charge to the end of the caller's transaction, before what rests on it is held."""
    locked(charge_id)


@transaction.atomic
def cancel(*, actor: Actor, charge_id: UUID, reason: str, now: datetime) -> None:
    """Cancel a charge that is not paid; a second time changes nothing, a paid one is Refused."""
    row = locked(charge_id)
    permit(may_charge(actor, row.learner_id, row.institution), "cancel this charge")
    if row.state == ChargeState.PAID:
        raise Refused("charge_paid", "This charge is paid. Ask the program's staff for a refund.")
    if row.state == ChargeState.OPEN:
        close_charge(actor, row, ChargeState.CANCELLED, reason, now)
