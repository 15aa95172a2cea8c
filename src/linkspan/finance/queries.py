"""Reads of charges and the ledger."""

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Q, Sum

from linkspan.accounts.rules import Tie
from linkspan.catalog.queries import course_run, published_of
from linkspan.catalog.rules import may_edit_catalog
from linkspan.finance.engines import catalogue
from linkspan.finance.models import (
    ChargeRow,
    CouponRow,
    ExchangeRateRow,
    JournalEntryRow,
    NeedRequestRow,
    NeedScheduleRow,
    PostingRow,
    RefundRow,
)
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
from linkspan.finance.rules.discounts import Coupon, discounts_of
from linkspan.finance.rules.need import (
    EnteredRate,
    NeedRequest,
    NeedState,
    Rate,
    Schedule,
    may_decide_need,
    may_set_rates,
    schedule_of,
)
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, permit
from linkspan.kernel.money import Money
from linkspan.kernel.reasons import Sentence
from linkspan.kernel.refusals import Refusal
from linkspan.kernel.storage import read


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
        owed = Money(row.minor, row.currency)
        yield Sentence(
            "money_owed",
            "You owe {amount} for {subject}. Pay it, or have it cancelled.",
            amount=owed.in_words(),
            subject=subject_title(row.subject),
        )
    if RefundRow.objects.filter(charge__learner_id=person_id, made_at=None).exists():
        yield Sentence("refund_under_way", "A refund to you is not made yet. Wait until you have it.")


def payments_to_confirm(actor: Actor) -> tuple[Charge, ...]:
    """Open charges whose payment a learner reported, oldest first, for staff of the institution."""
    mine = actor.institutions_as("program_staff") | actor.institutions_as("registrar")
    permit(bool(mine), "confirm payments")
    rows = ChargeRow.objects.filter(state=ChargeState.OPEN, institution__in=mine).exclude(reported_reference="")
    return tuple(charge(row) for row in rows.order_by("at")[:200] if not actor.is_person(row.learner_id))


def is_paid(charge_id: UUID) -> bool:
    """Whether a charge is paid, for the domains that charge."""
    return ChargeRow.objects.filter(id=charge_id, state=ChargeState.PAID).exists()


def paid_for(subject: str) -> frozenset[UUID]:
    """Who paid for a subject, and was not paid back."""
    rows = ChargeRow.objects.filter(subject=subject, state=ChargeState.PAID)
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


def coupons(actor: Actor) -> tuple[Coupon, ...]:
    """The coupons of the staff's institutions, newest first."""
    mine = actor.institutions_as("program_staff")
    permit(bool(mine), "see coupons")
    return tuple(
        as_coupon(row) for row in CouponRow.objects.filter(institution__in=mine).order_by("-valid_from", "code")
    )


def schedule_in_force(institution: str, on: date) -> Schedule | None:
    """What an institution takes off by need on a day, None if it takes off nothing; public."""
    rows = NeedScheduleRow.objects.filter(institution=institution, valid_from__lte=on).order_by("-valid_from")
    row = rows.first()
    return schedule_of(row.institution, row.currency, row.terms, row.valid_from) if row else None


def institutions_with_need(on: date) -> tuple[str, ...]:
    """Institutions that have prices by need on a day."""
    rows = NeedScheduleRow.objects.filter(valid_from__lte=on).order_by("institution")
    return tuple(rows.values_list("institution", flat=True).distinct())


def newest_rate(base: str, quote: str, on: date) -> Rate | None:
    """The newest rate of a pair on or before a day."""
    row = ExchangeRateRow.objects.filter(base=base, quote=quote, on__lte=on).order_by("-on", "-version").first()
    return Rate(row.base, row.quote, row.rate, row.on, row.source) if row else None


def rates_entered(actor: Actor) -> tuple[EnteredRate, ...]:
    """The newest rates of exchange, corrections with their reasons, for staff who enter them."""
    permit(may_set_rates(actor), "see rates")
    rows = ExchangeRateRow.objects.order_by("-on", "base", "quote", "-version")[:50]
    return tuple(
        EnteredRate(Rate(r.base, r.quote, r.rate, r.on, r.source), r.version, r.reason, r.recorded_by) for r in rows
    )


def rates_on(days: Collection[date]) -> dict[tuple[str, str, date], Rate]:
    """The newest version of every rate of those days, by its pair and day."""
    rows = ExchangeRateRow.objects.filter(on__in=days).order_by("version")
    return {(r.base, r.quote, r.on): Rate(r.base, r.quote, r.rate, r.on, r.source) for r in rows}


def catalogue_file(actor: Actor, institution: str) -> dict[str, Any]:
    """The catalogue of an institution as its file, for its staff: what is public, and the rates of its currencies."""
    permit(may_edit_catalog(actor, institution), "export this catalogue")
    lists = {
        name: [dict(row.content) for row in published_of(institution, kind)] for name, kind in catalogue.LISTS.items()
    }
    used = {price["currency"] for price in lists["prices"]}
    rows = ExchangeRateRow.objects.filter(Q(base__in=used) | Q(quote__in=used))
    newest = rates_on(set(rows.values_list("on", flat=True)))
    rates = [rate for (base, quote, _), rate in sorted(newest.items()) if {base, quote} & used]
    return catalogue.file_of(institution, {**lists, "rates": [catalogue.rate_told(rate) for rate in rates]})


def need_percent(learner_id: UUID, institution: str, now: datetime) -> Decimal | None:
    """What a learner's charges are less by need, for the actions of this domain: the newest decision decides.

    A decision that is appealed stands until the appeal is decided; a new request changes nothing by itself.
    """
    rows = NeedRequestRow.objects.filter(learner_id=learner_id, institution=institution, decided_at__isnull=False)
    row = rows.order_by("-decided_at", "-at").first()
    holds = row is not None and row.valid_until is not None and row.valid_until > now
    return row.percent if row and holds and row.percent else None


def price_to_pay(learner_id: UUID | None, institution: str, price: Money, now: datetime) -> Money:
    """What somebody would be charged at a price now: less by need, where that was approved."""
    percent = need_percent(learner_id, institution, now) if learner_id else None
    return price - sum(discounts_of(price, percent, ()).values(), Money(0, price.currency))


def need_requests(actor: Actor) -> tuple[NeedRequest, ...]:
    """The caller's own requests, newest first."""
    if actor.person_id is None:
        return ()
    own = NeedRequestRow.objects.filter(learner_id=actor.person_id).order_by("-at")
    return tuple(_need(row) for row in own)


def need_queue(actor: Actor) -> tuple[NeedRequest, ...]:
    """Requests and appeals that wait for staff of the institution, oldest first."""
    mine = actor.institutions_as("program_staff") | actor.institutions_as("registrar")
    permit(bool(mine), "decide requests")
    waiting = (NeedState.SUBMITTED, NeedState.APPEALED)
    rows = NeedRequestRow.objects.filter(institution__in=mine, state__in=waiting).order_by("at")[:200]
    mine_to_decide = [row for row in rows if may_decide_need(actor, row.learner_id, row.institution)]
    before = _refused_needs(mine_to_decide)
    return tuple(replace(_need(row), refused_before=before[row.id]) for row in mine_to_decide)


def _refused_needs(rows: Collection[NeedRequestRow]) -> dict[UUID, tuple[Refusal, ...]]:
    """What was refused to the same learner at the same institution before, newest first."""
    said_no = NeedRequestRow.objects.filter(learner_id__in={row.learner_id for row in rows}, percent=0)
    before: dict[tuple[UUID, str], list[Refusal]] = {}
    for one in said_no.filter(decided_at__isnull=False).order_by("-decided_at"):
        told = Refusal(Money(one.income_minor, one.currency).in_words(), one.decided_at or one.at, one.reason)
        before.setdefault((one.learner_id, one.institution), []).append(told)
    return {row.id: tuple(before.get((row.learner_id, row.institution), ())) for row in rows}


def need_document(actor: Actor, request_id: UUID) -> bytes:
    """The evidence of a request, for its learner and the staff who may decide it."""
    row = NeedRequestRow.objects.filter(id=request_id).first()
    if row is None:
        raise NotFound("need_unknown", "There is no such request.")
    staff = may_decide_need(actor, row.learner_id, row.institution)
    permit(actor.is_person(row.learner_id) or staff, "see this document")
    return read(row.document_sha256)


def _need(row: NeedRequestRow) -> NeedRequest:
    told = row.proposed
    return NeedRequest(
        row.id,
        row.learner_id,
        row.institution,
        Money(row.income_minor, row.currency),
        row.country,
        Money(**told["income"]),
        Money(**told["threshold"]),
        Decimal(told["percent"]),
        told["rate"],
        NeedState(row.state),
        row.percent,
        row.reason,
        row.appeal,
        row.valid_until,
        row.at,
    )


def as_coupon(row: CouponRow) -> Coupon:
    """A row as a value."""
    amount = Money(row.minor, row.currency) if row.minor is not None else None
    return Coupon(
        row.id,
        row.institution,
        row.code,
        row.percent,
        amount,
        row.subject,
        row.valid_from,
        row.valid_to,
        row.most_uses,
        row.most_per_learner,
        row.stacks,
    )


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
    )


def subject_title(subject: str) -> str:
    """What a charge is for, in words: the title of a run, the code of an exam, paid for again as `CODE#2`."""
    kind, _, name = subject.partition(":")
    return course_run(name).title if kind == "course-run" else name
