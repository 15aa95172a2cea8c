"""Reads of prices by need, coupons and rates of exchange."""

from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db.models import Q

from linkspan.catalog.queries import published_of
from linkspan.catalog.rules import may_edit_catalog
from linkspan.finance.engines import catalogue
from linkspan.finance.models import CouponRow, ExchangeRateRow, NeedRequestRow, NeedScheduleRow
from linkspan.finance.rules.discounts import Coupon, discounts_of
from linkspan.finance.rules.need import (
    EnteredRate,
    NeedRequest,
    NeedState,
    Rate,
    Schedule,
    may_decide_need,
    may_set_need,
    may_set_rates,
    schedule_of,
)
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, permit
from linkspan.kernel.money import Money
from linkspan.kernel.readers import granted, public
from linkspan.kernel.refusals import Refusal
from linkspan.kernel.storage import read


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


def schedules(actor: Actor, institution: str) -> tuple[Schedule, ...]:
    """What an institution takes off by need, the newest day first, for its staff."""
    permit(may_set_need(actor, institution), "see schedules here")
    rows = NeedScheduleRow.objects.filter(institution=institution).order_by("-valid_from")
    return tuple(schedule_of(row.institution, row.currency, row.terms, row.valid_from) for row in rows)


@public
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
    used = {row["currency"] for row in (*lists["prices"], *lists["need_schedules"])}
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


@granted
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
