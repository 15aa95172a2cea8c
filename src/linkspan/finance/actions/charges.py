"""Charges and their payment."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from linkspan.finance import rules
from linkspan.finance.actions.discounts import take_off_need
from linkspan.finance.actions.documents import keep_documents
from linkspan.finance.actions.ledger import close_charge, locked, post, receive, rest, settle, settle_if_free
from linkspan.finance.events import ChargeReopened, PartPaid, PaymentReported
from linkspan.finance.models import BankEntryRow, ChargeRow, PaymentRow
from linkspan.finance.queries import charge as as_charge
from linkspan.finance.rules import (
    AskState,
    BankOutcome,
    ChargeState,
    EntryState,
    ManualProvider,
    PaymentProvider,
    may_charge,
    may_confirm_payment,
)
from linkspan.kernel import audit, outbox
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, Refused, Unusable, permit
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
    *,
    actor: Actor,
    charge_id: UUID,
    reference: str,
    now: datetime,
    provider: PaymentProvider | None = None,
    amount: Money | None = None,
) -> None:
    """Confirm that a charge is paid, through a provider (by default the manual one); twice changes nothing.

    Less than what is left of it is a part: the rest stays due. Unusable for more than that, or in another currency.
    """
    row = locked(charge_id)
    permit(may_confirm_payment(actor, row.learner_id, row.institution), "confirm this payment")
    if not _payable(row):
        return
    left = rest(row)
    if amount is not None and (amount.currency != row.currency or not 0 < amount.minor <= left.minor):
        raise Unusable("payment_unusable", "Between the smallest amount and {left} can be paid.", left=left.in_words())
    if amount is None or amount == left:
        _take(actor, row, reference, provider or ManualProvider(), now)
        return
    reference = ManualProvider().settle(as_charge(row), reference)
    if row.payments.filter(reference=reference, minor=amount.minor, bounced_at=None).exists():
        raise Refused(
            "payment_known",
            "This payment is confirmed already. If another one came, add its day to the reference.",
        )
    take_part(actor, row, amount, reference, now)


def take_part(actor: Actor, row: ChargeRow, amount: Money, reference: str, now: datetime) -> None:
    """Keep a payment below what is left of an open charge. Callers hold the charge, and have permitted."""
    receive(row, amount, reference, now)
    row.part_minor += amount.minor
    row.reported_reference, row.reported_at = "", None
    row.save(update_fields=["part_minor", "reported_reference", "reported_at"])
    after = {"amount": amount, "reference": reference}
    audit.record(actor=actor, verb="pay_part", subject=f"finance.charge:{row.id}", now=now, after=after)
    told = PartPaid(row.learner_id, row.id, row.subject, amount.minor, row.currency, rest(row).minor)
    outbox.publish(told, now=now)
    keep_documents(actor, row, now)


@transaction.atomic
def reopen_charge(
    *, actor: Actor, charge_id: UUID, payment_id: UUID, reason: str, now: datetime, entry_id: UUID | None = None
) -> None:
    """Take a payment back that did not stand: its amount is due again, and what was paid for waits until it comes.

    With the entry of a bank file that says so, that entry is decided. Refused for a payment that was taken back
    already, a charge that is closed, and one of which money went back or is to go back.
    """
    entry = BankEntryRow.objects.select_for_update().filter(id=entry_id).first() if entry_id else None
    row = locked(charge_id)
    permit(may_confirm_payment(actor, row.learner_id, row.institution), "re-open this charge")
    payment = PaymentRow.objects.select_for_update().filter(id=payment_id, charge=row).first()
    if payment is None or (entry_id is not None and (entry is None or entry.institution != row.institution)):
        raise NotFound("payment_unknown", "There is no such payment.")
    if not reason.strip():
        raise Unusable("reason_missing", "Say why: the learner reads it.")
    _check_bounced(row, payment, entry)
    amount, was = Money(payment.minor, row.currency), row.state
    payment.bounced_at, payment.why = now, reason.strip()[:2000]
    payment.save(update_fields=["bounced_at", "why"])
    post(f"bounced:{row.id}:{payment.id}", row.learner_id, row.subject, rules.for_bounced(amount), now)
    row.part_minor = sum(row.payments.filter(bounced_at=None).values_list("minor", flat=True))
    row.state, row.reopened_at, row.paid_at = ChargeState.OPEN, now, None
    row.provider = row.provider_reference = row.reported_reference = ""
    row.reported_at = None
    row.save()
    after = {"amount": amount, "reference": payment.reference}
    subject, before = f"finance.charge:{row.id}", {"state": was}
    why = payment.why
    audit.record(actor=actor, verb="reopen_charge", subject=subject, now=now, before=before, after=after, why=why)
    told = (row.learner_id, row.id, row.subject, amount.minor, row.currency, rest(row).minor, why[:1000])
    outbox.publish(ChargeReopened(*told), now=now)
    keep_documents(actor, row, now)
    if entry is not None:
        entry.state, entry.charge, entry.note, entry.decided_by, entry.decided_at = (
            *(EntryState.CONFIRMED, row, why),
            *(actor.person_id, now),
        )
        entry.save()
        after, at = {"state": entry.state}, entry.institution
        subject = f"finance.bank_entry:{entry.id}"
        audit.record(actor=actor, verb="close_bank_entry", subject=subject, now=now, after=after, institution=at)


def _check_bounced(row: ChargeRow, payment: PaymentRow, entry: BankEntryRow | None) -> None:
    if payment.bounced_at is not None:
        raise Refused("payment_bounced", "This payment was taken back already.")
    if row.state not in (ChargeState.OPEN, ChargeState.PAID):
        raise Refused("charge_closed_back", "This charge is {state}: nothing of it can be due again.", state=row.state)
    waiting = row.refunds.filter(made_at=None, written_off_at=None).exists()
    if row.refunded_minor or waiting or row.asks.filter(state=AskState.WAITING).exists():
        raise Refused("refund_of_charge", "Money of this charge went back, or is to go back. Decide on that first.")
    if entry is None:
        return
    if entry.state != EntryState.WAITING:
        raise Refused("bank_entry_decided", "This entry is {state} already.", state=entry.state)
    taken = entry.outcome in (BankOutcome.REVERSED, BankOutcome.OUTGOING)
    if not taken or entry.currency != row.currency or abs(entry.minor) != payment.minor:
        raise Refused("bank_entry_other", "This entry does not take that payment back: its amount or kind differs.")


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
