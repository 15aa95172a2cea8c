"""Reads of charges and the ledger."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, F, Q, Sum

from linkspan.accounts.rules import Tie
from linkspan.catalog.queries import run_titles
from linkspan.finance.models import (
    ChargeRow,
    JournalEntryRow,
    NeedRequestRow,
    PaymentRow,
    PostingRow,
    RefundAskRow,
    RefundRow,
)
from linkspan.finance.queries.payees import payee
from linkspan.finance.rules import (
    Account,
    AskState,
    Charge,
    ChargeState,
    Forgone,
    Received,
    may_see_charges,
    may_see_forgone,
    may_see_takings,
    sees_all_charges,
)
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import permit
from linkspan.kernel.money import Money
from linkspan.kernel.readers import granted
from linkspan.kernel.reasons import Sentence

#: How the subject of a course run begins.
RUN = "course-run:"


def charges_of(actor: Actor, learner_id: UUID) -> tuple[Charge, ...]:
    """A learner's charges, newest first; staff and deans see those of their own institutions."""
    permit(may_see_charges(actor, learner_id), "see these charges")
    rows = ChargeRow.objects.filter(learner_id=learner_id).order_by("-at")
    if not sees_all_charges(actor, learner_id):
        mine = actor.institutions_as("program_staff") | actor.institutions_as("dean")
        rows = rows.filter(institution__in=mine)
    return tuple(charge(row) for row in rows)


def ties(ids: Collection[UUID]) -> Iterable[tuple[UUID, Tie, str]]:
    """Where those people pay, or ask for a price by need."""
    charged = ChargeRow.objects.filter(learner_id__in=ids).values_list("learner_id", "institution")
    asking = NeedRequestRow.objects.filter(learner_id__in=ids).values_list("learner_id", "institution")
    return ((learner, Tie.PAYS, institution) for learner, institution in charged.union(asking))


def obstacles(person_id: UUID) -> Iterable[Sentence]:
    """What money is owed by or to them, so that the account is not deleted yet."""
    for row in ChargeRow.objects.filter(learner_id=person_id, state=ChargeState.OPEN).order_by("at"):
        owed = charge(row).rest
        yield Sentence(
            "money_owed",
            "You owe {amount} for {subject}. Pay it, or have it cancelled.",
            amount=owed.in_words(),
            subject=subject_title(row.subject),
        )
    if RefundRow.objects.filter(charge__learner_id=person_id, made_at=None, written_off_at=None).exists():
        yield Sentence("refund_under_way", "A refund to you is not made yet. Wait until you have it.")


def payments_to_confirm(actor: Actor) -> tuple[Charge, ...]:
    """Open charges whose payment a learner reported, oldest first, for staff of the institution."""
    mine = actor.institutions_as("program_staff") | actor.institutions_as("registrar")
    permit(bool(mine), "confirm payments")
    rows = ChargeRow.objects.filter(state=ChargeState.OPEN, institution__in=mine).exclude(reported_reference="")
    return tuple(charge(row) for row in rows.order_by("at")[:200] if not actor.is_person(row.learner_id))


@granted
def standing_for(subject: str, learner_ids: Collection[UUID]) -> dict[UUID, tuple[UUID, str]]:
    """Whose each charge for a subject is, and its state; `refund_asked` while a second person decides on one."""
    rows = ChargeRow.objects.filter(subject=subject, learner_id__in=learner_ids)
    asked = RefundAskRow.objects.filter(charge__in=rows, state=AskState.WAITING).values_list("charge_id", flat=True)
    return {row.id: (row.learner_id, "refund_asked" if row.id in set(asked) else row.state) for row in rows}


def is_paid(charge_id: UUID) -> bool:
    """Whether a charge is paid, for the domains that charge."""
    return ChargeRow.objects.filter(id=charge_id, state=ChargeState.PAID).exists()


def paid_for(subject: str) -> frozenset[UUID]:
    """Who paid for a subject, and was not paid back."""
    rows = ChargeRow.objects.filter(subject=subject, state=ChargeState.PAID)
    return frozenset(rows.values_list("learner_id", flat=True))


@granted
def unpaid_at(institution: str, learner_ids: Collection[UUID]) -> frozenset[UUID]:
    """Who of them owes the school for a charge that is open. Callers have asked who may."""
    rows = ChargeRow.objects.filter(institution=institution, state=ChargeState.OPEN, learner_id__in=list(learner_ids))
    return frozenset(rows.values_list("learner_id", flat=True))


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
    permit(sees_all_charges(actor, learner_id), "see this learner's ledger")
    return account_total(Account.TUITION_FORGONE, currency, learner_id)


def forgone_under(reference: str, name: str = "reference") -> Q:
    """The entries of forgone tuition under a reference: of the award, of its changes, and their reversals."""
    found = Q()
    for kind in ("forgone", "forgone-reversed"):
        found |= Q(**{name: f"{kind}:{reference}"}) | Q(**{f"{name}__startswith": f"{kind}:{reference}:"})
    return found


def forgone_for(reference: str, *, only_first: bool = False) -> Money | None:
    """What the waiver of one reference forgoes, reversals taken off; None if it never forwent anything.

    With `only_first` what was posted at first, whatever followed.

    For the actions of domains that have decided who may ask.
    """
    meant = Q(entry__reference=f"forgone:{reference}") if only_first else forgone_under(reference, "entry__reference")
    rows = PostingRow.objects.filter(meant, account=Account.TUITION_FORGONE)
    found = rows.values_list("currency").annotate(total=Sum("minor")).order_by("currency").first()
    return Money(found[1], found[0]) if found else None


def forgone_tuition(actor: Actor, agreement_ids: Iterable[str]) -> tuple[Forgone, ...]:
    """What waivers forwent under agreements, per learner and cohort, reversals taken off.

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
    kept = Sum(F("minor") - F("discount_minor") - F("refunded_minor"))
    totals = rows.values_list("learner_id").annotate(total=kept)
    return {learner: Money(total, currency) for learner, total in totals}


def charged_by(actor: Actor, institutions: Collection[str], currency: str) -> Money:
    """What institutions charged, less what they took off, cancelled or gave back; for auditors and the system."""
    permit(actor.is_system or actor.has_role("auditor"), "see what these institutions charged")
    rows = ChargeRow.objects.filter(institution__in=institutions, currency=currency)
    kept = Sum(F("minor") - F("discount_minor") - F("refunded_minor"))
    return Money(rows.exclude(state=ChargeState.CANCELLED).aggregate(total=kept)["total"] or 0, currency)


def charge(row: ChargeRow) -> Charge:
    """A row as a value."""
    amount = Money(row.minor - row.discount_minor, row.currency)
    return Charge(
        row.id,
        row.learner_id,
        row.subject,
        amount,
        ChargeState(row.state),
        row.at,
        row.institution,
        row.reported_reference,
        Money(row.discount_minor, row.currency) if row.discount_minor else None,
        Money(row.refunded_minor, row.currency) if row.refunded_minor else None,
        Money(row.part_minor, row.currency) if row.part_minor else None,
    )


@granted
def received(charge_id: UUID) -> tuple[Received, ...]:
    """The payments of a charge, oldest first, for who may see the charge."""
    rows = PaymentRow.objects.filter(charge_id=charge_id).select_related("charge").order_by("at", "id")
    return tuple(
        Received(row.id, Money(row.minor, row.charge.currency), row.reference, row.at, row.bounced_at) for row in rows
    )


def owed_until(charge_id: UUID) -> datetime | None:
    """Until when a charge that was re-opened may be paid, for the clock; None where it never was."""
    row = ChargeRow.objects.filter(id=charge_id).exclude(reopened_at=None).first()
    return row.reopened_at + timedelta(days=payee(row.institution).days_to_pay) if row and row.reopened_at else None


@granted
def subject_title(subject: str) -> str:
    """What a charge is for, in words: the title of a run, the code of an exam, paid for again as `CODE#2`."""
    return subject_titles([subject])[subject]


@granted
def subject_titles(subjects: Collection[str]) -> dict[str, str]:
    """What charges are for, in words, in one query; a run that is gone is called by its key."""
    names = {one: one.partition(":")[2] for one in subjects}
    runs = run_titles({name for one, name in names.items() if one.startswith(RUN)})
    return {one: runs.get(name, name) if one.startswith(RUN) else name or one for one, name in names.items()}
