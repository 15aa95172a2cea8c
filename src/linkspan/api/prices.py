"""Coupons, rates of exchange, schedules by need, and requests for a price by need."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from ninja import Field

from linkspan.api.answers import Made, PublishedOrKept, Router
from linkspan.api.once import LARGEST, Posted, from_base64, idempotent
from linkspan.finance import actions, queries
from linkspan.finance.rules import Coupon, EnteredRate, Rate, Schedule
from linkspan.kernel.ids import new_id
from linkspan.kernel.money import Money
from linkspan.kernel.request import Request

router = Router()
CODE = "^[A-Z]{3}$"


class CouponMadeIn(Posted):
    """A coupon: a percentage, or an amount in minor units of a currency, off what begins with `subject`."""

    institution: str
    code: str = Field(max_length=40)
    percent: Decimal | None = None
    minor: int | None = Field(None, ge=1, le=10**15)
    currency: str = Field("USD", pattern=CODE)
    subject: str = Field("", max_length=255)
    valid_from: date
    valid_to: date | None = None
    most_uses: int | None = Field(None, ge=1, le=10**9)
    most_per_learner: int = Field(1, ge=1, le=10**6)
    stacks: bool = False


class RateIn(Posted):
    """How much of `quote` one unit of `base` is on a day; a correction of a day says why."""

    base: str = Field(pattern=CODE)
    quote: str = Field(pattern=CODE)
    rate: Decimal
    on: date
    source: str = Field(max_length=200)
    reason: str = Field("", max_length=1000)


class TierIn(Posted):
    """Up to a share of the threshold, a percentage off."""

    up_to: Decimal
    percent: Decimal


class ScheduleIn(Posted):
    """What is taken off by need from a day on; thresholds in minor units, by country."""

    currency: str = Field(pattern=CODE)
    valid_from: date
    tiers: list[TierIn] = Field(max_length=50)
    thresholds: dict[str, int] = {}
    default_threshold: int


class NeedIn(Posted):
    """One's income a year in minor units, the country, and a document in base 64 that shows it."""

    institution: str
    income_minor: int = Field(ge=0, le=10**15)
    currency: str = Field(pattern=CODE)
    country: str = Field(pattern="^[A-Z]{2}$")
    document: str = Field(max_length=LARGEST)


@router.get("/coupons", operation_id="coupons")
def coupons(request: Request) -> tuple[Coupon, ...]:
    """The coupons of the caller's institutions, newest first."""
    return queries.coupons(request.actor)


@router.post("/coupons", operation_id="make_coupon")
@idempotent
def make_coupon(request: Request, body: CouponMadeIn) -> Made:
    """Make a coupon of an institution."""
    amount = Money(body.minor, body.currency) if body.minor is not None else None
    coupon = Coupon(
        new_id(),
        body.institution,
        body.code,
        body.percent,
        amount,
        body.subject,
        body.valid_from,
        body.valid_to,
        body.most_uses,
        body.most_per_learner,
        body.stacks,
    )
    return Made(actions.make_coupon(actor=request.actor, coupon=coupon, now=request.now))


@router.get("/rates", operation_id="rates_entered")
def rates(request: Request) -> tuple[EnteredRate, ...]:
    """The newest rates of exchange, with corrections and their reasons."""
    return queries.rates_entered(request.actor)


@router.post("/rates", operation_id="set_rate")
@idempotent
def set_rate(request: Request, body: RateIn) -> None:
    """Enter a rate of exchange with its day and source; the same again changes nothing."""
    rate = Rate(body.base, body.quote, body.rate, body.on, body.source)
    actions.set_rate(actor=request.actor, rate=rate, reason=body.reason, now=request.now)


@router.get("/schedules/{institution}", operation_id="need_schedules")
def schedules(request: Request, institution: str) -> tuple[Schedule, ...]:
    """What an institution takes off by need, the newest day first, for its staff."""
    return queries.schedules(request.actor, institution)


@router.post("/schedules/{institution}", operation_id="set_schedule")
@idempotent
def set_schedule(request: Request, institution: str, body: ScheduleIn) -> PublishedOrKept:
    """Set what is taken off by need from a day on; a day once set is not changed."""
    terms: dict[str, Any] = {
        "tiers": [{"up_to": str(one.up_to), "percent": str(one.percent)} for one in body.tiers],
        "thresholds": body.thresholds,
        "default_threshold": body.default_threshold,
    }
    public = actions.set_schedule(
        actor=request.actor,
        institution=institution,
        currency=body.currency,
        terms=terms,
        valid_from=body.valid_from,
        now=request.now,
    )
    return PublishedOrKept(public)


@router.post("/need", operation_id="ask_for_need")
@idempotent
def ask_for_need(request: Request, body: NeedIn) -> Made:
    """Ask for a price by need with evidence; while one request is open, that one is given back."""
    made: UUID = actions.ask_for_need(
        actor=request.actor,
        institution=body.institution,
        income=Money(body.income_minor, body.currency),
        country=body.country,
        document=from_base64(body.document, "document"),
        now=request.now,
    )
    return Made(made)
