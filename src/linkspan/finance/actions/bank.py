"""Take in what banks say that came: matched entries confirm payments by the verb that staff use, others wait."""

from collections.abc import Collection
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from django.db import transaction

from linkspan.finance import rules
from linkspan.finance.actions.charges import pay, take_part
from linkspan.finance.actions.ledger import locked, post
from linkspan.finance.engines.bank_files import read_bank_file
from linkspan.finance.models import BankEntryRow, BankFileRow, ChargeRow, RefundRow
from linkspan.finance.queries import charge_of_number, report
from linkspan.finance.queries.charges import charge as as_charge
from linkspan.finance.rules import ManualProvider, may_confirm_payment, may_give_back, may_refund
from linkspan.finance.rules.bank import BankOutcome, BankReport, EntryState, Matched, compared
from linkspan.kernel import audit
from linkspan.kernel.actor import Actor
from linkspan.kernel.each import each
from linkspan.kernel.errors import NotFound, Refused, Unusable, permit
from linkspan.kernel.locks import one_at_a_time
from linkspan.kernel.money import Money

#: What a person may say that an entry pays.
FITS = (BankOutcome.MATCHED, BankOutcome.OVERPAID, BankOutcome.UNDERPAID)


def take_bank_file(*, actor: Actor, institution: str, content: bytes, now: datetime) -> BankReport:
    """Take in a statement: what matches confirms its payment, the rest waits; the same file again changes nothing.

    Each entry by itself: one that cannot be confirmed now waits for a person like those that match nothing.
    """
    permit(may_refund(actor, institution), "take in bank files here")
    entries, skipped = read_bank_file(content)
    with transaction.atomic():
        one_at_a_time(f"finance.bank:{institution}")
        told = report(actor, institution, entries, skipped)
        if not told.entries:
            return told
        file = BankFileRow.objects.create(institution=institution, sha256=sha256(content).hexdigest(), at=now)
        each(told.entries, lambda one: _take(actor, file, one, now))
        subject = f"finance.bank_file:{file.id}"
        audit.record(
            actor=actor, verb="take_bank_file", subject=subject, now=now, after=told.counts, institution=institution
        )
    return told


def _take(actor: Actor, file: BankFileRow, one: Matched, now: datetime) -> None:
    row = BankEntryRow.objects.create(
        file=file,
        institution=file.institution,
        key=one.entry.key,
        booked_on=one.entry.booked_on,
        minor=one.entry.amount.minor,
        currency=one.entry.amount.currency,
        reference=one.entry.reference,
        payer=one.entry.payer,
        outcome=one.outcome,
        state=EntryState.WAITING,
        charge_id=one.charge_id,
        at=now,
    )
    if one.outcome is BankOutcome.MATCHED and one.charge_id is not None:
        each([one.charge_id], lambda charge_id: _confirm(actor, row, locked(charge_id), now, (BankOutcome.MATCHED,)))


def _confirm(
    actor: Actor, row: BankEntryRow, charge: ChargeRow, now: datetime, fits: Collection[BankOutcome] = FITS
) -> None:
    """Confirm the payment by `pay`; what is paid beyond it is the learner's, and stands to be sent back.

    What is less is a part of it.
    """
    amount, outcome = Money(row.minor, row.currency), compared(Money(row.minor, row.currency), as_charge(charge))
    if outcome not in fits or amount.minor <= 0:
        raise Refused("bank_entry_unfit", "This entry does not pay that charge: {why}.", why=outcome.replace("_", " "))
    due = as_charge(charge).rest
    reference = f"{row.booked_on} {row.reference}".strip()[:200]
    if outcome is BankOutcome.UNDERPAID:
        permit(may_confirm_payment(actor, charge.learner_id, charge.institution), "confirm this payment")
        take_part(actor, charge, amount, reference, now)
    else:
        pay(actor=actor, charge_id=charge.id, reference=reference, now=now)
    if outcome is BankOutcome.OVERPAID:
        _owe(row, charge, amount - due, "overpaid", now)
    _close(actor, row, charge, EntryState.CONFIRMED, "", now)


@transaction.atomic
def confirm_bank_entry(*, actor: Actor, entry_id: UUID, number: str, now: datetime) -> None:
    """A person says which charge an entry pays, by its number; what is paid too much stands to be sent back.

    Less than what is due is a part: the rest stays due. Refused in another currency, or for a charge that is not open.
    """
    row = _waiting(actor, entry_id)
    _confirm(actor, row, _named(row, number), now)


@transaction.atomic
def return_bank_entry(*, actor: Actor, entry_id: UUID, number: str, reason: str, now: datetime) -> None:
    """A person says that an entry is sent back to who paid: posted as the learner's of that charge, to be sent."""
    row, said = _waiting(actor, entry_id), _said(reason)
    charge = _named(row, number)
    if row.minor <= 0:
        raise Refused("bank_entry_outgoing", "This money did not come: nothing can be sent back.")
    if row.currency != charge.currency:
        raise Refused(
            "bank_entry_currency", "The charge is in another currency. Return it at the bank, then set it aside."
        )
    permit(may_give_back(actor, charge.learner_id, charge.institution), "send this back")
    _owe(row, charge, Money(row.minor, row.currency), "sent_back", now)
    _close(actor, row, charge, EntryState.SENT_BACK, said, now)


@transaction.atomic
def set_bank_entry_aside(*, actor: Actor, entry_id: UUID, reason: str, now: datetime) -> None:
    """A person says that an entry is nothing to us, and why."""
    _close(actor, _waiting(actor, entry_id), None, EntryState.SET_ASIDE, _said(reason), now)


def _said(reason: str) -> str:
    if not reason.strip():
        raise Unusable("reason_missing", "Say why.")
    return reason.strip()[:2000]


def _waiting(actor: Actor, entry_id: UUID) -> BankEntryRow:
    row = BankEntryRow.objects.select_for_update().filter(id=entry_id).first()
    if row is None or not may_refund(actor, row.institution):
        raise NotFound("bank_entry_unknown", "There is no such entry.")
    if row.state != EntryState.WAITING:
        raise Refused("bank_entry_decided", "This entry is {state} already.", state=row.state)
    return row


def _named(row: BankEntryRow, number: str) -> ChargeRow:
    meant = charge_of_number(row.institution, number)
    if meant is None:
        raise Unusable("charge_number_unknown", "There is no charge with that number. Copy it from the charge's page.")
    return locked(meant.id)


def _owe(row: BankEntryRow, charge: ChargeRow, amount: Money, why: str, now: datetime) -> None:
    """Money that came and pays nothing is the learner's; it stands with what did not arrive until it is sent."""
    post(f"unapplied:bank:{row.id}:{charge.id}", charge.learner_id, charge.subject, rules.for_unapplied(amount), now)
    due = rules.for_unapplied_due(amount)
    post(f"unapplied-due:bank:{row.id}:{charge.id}", charge.learner_id, charge.subject, due, now)
    RefundRow.objects.create(
        charge=charge,
        minor=amount.minor,
        provider=ManualProvider.name,
        payment_reference=row.reference[:200],
        reason=why,
        asked_at=now,
        failed_at=now,
        failure=why,
    )


def _close(
    actor: Actor, row: BankEntryRow, charge: ChargeRow | None, state: EntryState, note: str, now: datetime
) -> None:
    row.state, row.charge, row.note = state, charge or row.charge, note
    row.decided_by, row.decided_at = actor.person_id, now
    row.save()
    subject, after, at = f"finance.bank_entry:{row.id}", {"state": state}, row.institution
    audit.record(actor=actor, verb="close_bank_entry", subject=subject, now=now, after=after, why=note, institution=at)
