"""What is done to money. Every entry balances and is posted once."""

from datetime import datetime
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, transaction

from linkspan.finance import rules
from linkspan.finance.events import ChargeClosed, ChargePaid, PaymentReported
from linkspan.finance.models import ChargeRow, JournalEntryRow, PostingRow
from linkspan.finance.queries import charge as as_charge
from linkspan.finance.rules import (
    ChargeState,
    ManualProvider,
    PaymentProvider,
    Posting,
    may_charge,
    may_confirm_payment,
    may_refund,
)
from linkspan.kernel import audit, outbox
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, Refused, permit
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
    _post(f"charge:{row.id}", learner_id, subject, rules.for_charge(amount), now)
    audit.record(actor=actor, verb="charge", subject=f"finance.charge:{row.id}", now=now, after={"amount": amount})
    return row.id


@transaction.atomic
def report_payment(*, actor: Actor, charge_id: UUID, reference: str, now: datetime) -> bool:
    """The learner reports a payment; staff confirm it. Returns whether the charge is paid now.

    Only in the demo (settings.DEMO) is it paid at once, so that one person can walk the story.
    """
    row = _locked(charge_id)
    permit(actor.is_person(row.learner_id), "report this payment")
    reference = ManualProvider().settle(as_charge(row), reference)
    if _payable(row) and settings.DEMO:
        _settle(actor, row, reference, ManualProvider(), now)
    elif row.state == ChargeState.OPEN and row.reported_reference != reference:
        row.reported_reference = reference
        row.save(update_fields=["reported_reference"])
        subject = f"finance.charge:{row.id}"
        audit.record(actor=actor, verb="report_payment", subject=subject, now=now, after={"reference": reference})
        outbox.publish(PaymentReported(row.learner_id, row.id, row.subject, row.institution), now=now)
    return row.state == ChargeState.PAID


@transaction.atomic
def pay(
    *, actor: Actor, charge_id: UUID, reference: str, now: datetime, provider: PaymentProvider | None = None
) -> None:
    """Confirm that a charge is paid, through a provider (by default the manual one); twice changes nothing."""
    row = _locked(charge_id)
    permit(may_confirm_payment(actor, row.learner_id, row.institution), "confirm this payment")
    if _payable(row):
        _settle(actor, row, reference, provider or ManualProvider(), now)


def _payable(row: ChargeRow) -> bool:
    if row.state not in (ChargeState.OPEN, ChargeState.PAID):
        raise Refused("charge_closed", f"This charge is {row.state}. Enrol again to be charged anew.")
    return row.state == ChargeState.OPEN


def _settle(actor: Actor, row: ChargeRow, reference: str, provider: PaymentProvider, now: datetime) -> None:
    row.provider, row.provider_reference = provider.name, provider.settle(as_charge(row), reference)
    row.state = ChargeState.PAID
    row.save()
    amount = Money(row.minor, row.currency)
    _post(f"payment:{row.id}", row.learner_id, row.subject, rules.for_payment(amount), now)
    subject = f"finance.charge:{row.id}"
    audit.record(actor=actor, verb="pay", subject=subject, now=now, after={"reference": row.provider_reference})
    outbox.publish(ChargePaid(row.learner_id, row.id, row.subject, row.minor, row.currency), now=now)


@transaction.atomic
def refund(*, actor: Actor, charge_id: UUID, reason: str, now: datetime) -> None:
    """Give the money of a paid charge back, or cancel an open one; a second time changes nothing."""
    row = _locked(charge_id)
    permit(may_refund(actor, row.institution), "refund this charge")
    if row.state == ChargeState.PAID:
        _close(actor, row, ChargeState.REFUNDED, reason, now)
    elif row.state == ChargeState.OPEN:
        _close(actor, row, ChargeState.CANCELLED, reason, now)


@transaction.atomic
def cancel(*, actor: Actor, charge_id: UUID, reason: str, now: datetime) -> None:
    """Cancel a charge that is not paid; a second time changes nothing, a paid one is Refused."""
    row = _locked(charge_id)
    permit(may_charge(actor, row.learner_id, row.institution), "cancel this charge")
    if row.state == ChargeState.PAID:
        raise Refused("charge_paid", "This charge is paid. Ask the program's staff for a refund.")
    if row.state == ChargeState.OPEN:
        _close(actor, row, ChargeState.CANCELLED, reason, now)


def _close(actor: Actor, row: ChargeRow, to: ChargeState, reason: str, now: datetime) -> None:
    amount = Money(row.minor, row.currency)
    postings = rules.for_refund(amount) if to == ChargeState.REFUNDED else rules.for_cancellation(amount)
    row.state = to
    row.save(update_fields=["state"])
    _post(f"{to}:{row.id}", row.learner_id, row.subject, postings, now)
    audit.record(actor=actor, verb=to, subject=f"finance.charge:{row.id}", now=now, why=reason)
    outbox.publish(ChargeClosed(row.learner_id, row.id, row.subject, row.minor, row.currency, to), now=now)


@transaction.atomic
def post_forgone_tuition(
    *, actor: Actor, learner_id: UUID, agreement_id: str, amount: Money, reference: str, now: datetime, cohort: str = ""
) -> None:
    """Post tuition forgone by a waiver under an agreement, for the cohort (the term joined), once per reference."""
    permit(actor.is_system or any(g.role == "registrar" for g in actor.grants), "post forgone tuition")
    _post(f"forgone:{reference}", learner_id, f"agreement:{agreement_id}", rules.for_forgone(amount), now, cohort)
    subject = f"finance.learner:{learner_id}"
    after = {"agreement": agreement_id, "amount": amount}
    audit.record(actor=actor, verb="post_forgone_tuition", subject=subject, now=now, after=after)


@transaction.atomic
def reverse_forgone_tuition(*, actor: Actor, reference: str, now: datetime) -> None:
    """Post the opposite of an entry of forgone tuition, when the award behind it is reversed."""
    permit(actor.is_system or any(g.role == "registrar" for g in actor.grants), "reverse forgone tuition")
    entry = JournalEntryRow.objects.filter(reference=f"forgone:{reference}").first()
    if entry is None:
        return
    lines = tuple(Posting(rules.Account(row.account), Money(-row.minor, row.currency)) for row in entry.postings.all())
    _post(f"forgone-reversed:{reference}", entry.learner_id, entry.subject, rules.balanced(lines), now, entry.cohort)


def _locked(charge_id: UUID) -> ChargeRow:
    row = ChargeRow.objects.select_for_update().filter(id=charge_id).first()
    if row is None:
        raise NotFound("charge_unknown", "There is no such charge.")
    return row


def _post(
    reference: str, learner_id: UUID, subject: str, postings: tuple[Posting, ...], now: datetime, cohort: str = ""
) -> None:
    entry, created = JournalEntryRow.objects.get_or_create(
        reference=reference, defaults={"learner_id": learner_id, "subject": subject, "cohort": cohort, "at": now}
    )
    if created:
        PostingRow.objects.bulk_create(
            PostingRow(entry=entry, account=p.account, minor=p.amount.minor, currency=p.amount.currency)
            for p in rules.balanced(postings)
        )
