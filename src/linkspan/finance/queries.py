"""Reads of charges and the ledger."""

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Count, Sum

from linkspan.finance.models import ChargeRow, JournalEntryRow, PostingRow
from linkspan.finance.rules import (
    Account,
    Charge,
    ChargeState,
    Forgone,
    may_see_charges,
    may_see_forgone,
    may_see_takings,
    sees_all_charges,
)
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import permit
from linkspan.kernel.money import Money


def charges_of(actor: Actor, learner_id: UUID) -> tuple[Charge, ...]:
    """A learner's charges, newest first; staff and deans see those of their own institutions."""
    permit(may_see_charges(actor, learner_id), "see these charges")
    rows = ChargeRow.objects.filter(learner_id=learner_id).order_by("-at")
    if not sees_all_charges(actor, learner_id):
        mine = actor.institutions_as("program_staff") | actor.institutions_as("dean")
        rows = rows.filter(institution__in=mine)
    return tuple(charge(row) for row in rows)


def payments_to_confirm(actor: Actor) -> tuple[Charge, ...]:
    """Open charges whose payment a learner reported, oldest first, for staff of the institution."""
    mine = actor.institutions_as("program_staff") | actor.institutions_as("registrar")
    permit(bool(mine), "confirm payments")
    rows = ChargeRow.objects.filter(state=ChargeState.OPEN, institution__in=mine).exclude(reported_reference="")
    return tuple(charge(row) for row in rows.order_by("at")[:200] if not actor.is_person(row.learner_id))


def is_paid(charge_id: UUID) -> bool:
    """Whether a charge is paid, for the domains that charge."""
    return ChargeRow.objects.filter(id=charge_id, state=ChargeState.PAID).exists()


def ledger_balanced() -> bool:
    """Whether debits equal credits in every entry and every currency."""
    by_entry = PostingRow.objects.values("entry_id", "currency").annotate(total=Sum("minor")).exclude(total=0)
    empty = JournalEntryRow.objects.annotate(lines=Count("postings")).filter(lines=0)
    return not by_entry.exists() and not empty.exists()


def account_total(account: Account, currency: str, learner_id: UUID | None = None) -> Money:
    """The balance of an account, of one learner or of all."""
    rows = PostingRow.objects.filter(account=account, currency=currency)
    if learner_id is not None:
        rows = rows.filter(entry__learner_id=learner_id)
    return Money(rows.aggregate(total=Sum("minor"))["total"] or 0, currency)


def tuition_forgone(actor: Actor, learner_id: UUID, currency: str = "USD") -> Money:
    """What waivers forwent for one learner."""
    permit(may_see_charges(actor, learner_id), "see this learner's ledger")
    return account_total(Account.TUITION_FORGONE, currency, learner_id)


def forgone_tuition(actor: Actor, agreement_ids: Iterable[str]) -> tuple[Forgone, ...]:
    """What waivers forwent under agreements, per learner and cohort, reversals taken off; for deans and auditors.

    Who has nothing left after reversal is left out.
    """
    permit(may_see_forgone(actor), "see tuition forgone")
    subjects = [f"agreement:{agreement_id}" for agreement_id in agreement_ids]
    rows = (
        PostingRow.objects.filter(account=Account.TUITION_FORGONE, entry__subject__in=subjects)
        .values_list("entry__subject", "entry__cohort", "entry__learner_id", "currency")
        .annotate(total=Sum("minor"))
        .exclude(total=0)
        .order_by("entry__subject", "entry__cohort", "entry__learner_id", "currency")
    )
    return tuple(
        Forgone(subject.partition(":")[2], cohort, learner, Money(total, currency))
        for subject, cohort, learner, currency, total in rows
    )


def paid_to(actor: Actor, institution: str, currency: str) -> dict[UUID, Money]:
    """What each learner has paid to an institution in a currency, for its deans, auditors and the system."""
    permit(may_see_takings(actor, institution), "see what this institution was paid")
    rows = ChargeRow.objects.filter(institution=institution, state=ChargeState.PAID, currency=currency)
    totals = rows.values_list("learner_id").annotate(total=Sum("minor"))
    return {learner: Money(total, currency) for learner, total in totals}


def charge(row: ChargeRow) -> Charge:
    """A row as a value."""
    amount = Money(row.minor, row.currency)
    return Charge(
        row.id,
        row.learner_id,
        row.subject,
        amount,
        ChargeState(row.state),
        row.at,
        row.institution,
        row.reported_reference,
    )
