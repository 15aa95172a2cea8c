"""The price by need: income in the schedule's currency, against the threshold of the country, gives a tier.

A threshold is the income up to which a country's residents pay less; a tier says how much less up to which share of
it. Rules propose, staff decide, an appeal is decided by somebody else.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from enum import StrEnum
from typing import Any
from uuid import UUID

from babel.numbers import get_currency_precision

from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import Refused, Unusable
from linkspan.kernel.money import Money
from linkspan.kernel.refusals import Refusal

#: A rate older than this is no longer used.
RATE_DAYS = 31
#: How long an approved price by need holds, and how long a refusal may be appealed.
VALID_DAYS, APPEAL_DAYS = 365, 30


class NeedState(StrEnum):
    """Where a request stands."""

    SUBMITTED = "submitted"
    APPROVED = "approved"
    REFUSED = "refused"
    APPEALED = "appealed"


@dataclass(frozen=True, slots=True)
class Tier:
    """Up to this share of the threshold, so many percent off."""

    up_to: Decimal
    percent: Decimal


@dataclass(frozen=True, slots=True)
class Schedule:
    """Tiers, thresholds by country (ISO 3166-1 alpha-2) in minor units of `currency`, and the one for all others."""

    institution: str
    currency: str
    tiers: tuple[Tier, ...]
    thresholds: Mapping[str, int]
    default_threshold: int
    valid_from: date


@dataclass(frozen=True, slots=True)
class Rate:
    """How much of `quote` one unit of `base` is on a day, and who says so."""

    base: str
    quote: str
    rate: Decimal
    on: date
    source: str


@dataclass(frozen=True, slots=True)
class EnteredRate:
    """A rate as it was entered; a version above 1 corrects the one before it, for a reason."""

    rate: Rate
    version: int
    reason: str
    by: str


@dataclass(frozen=True, slots=True)
class Proposed:
    """What the rules propose: the income in the schedule's currency, the threshold, percent off, and the rate used."""

    income: Money
    threshold: Money
    percent: Decimal
    rate: str


@dataclass(frozen=True, slots=True)
class NeedRequest:
    """A request for a price by need, as its reader sees it."""

    id: UUID
    learner_id: UUID
    institution: str
    income: Money
    country: str
    in_schedule: Money
    threshold: Money
    proposed: Decimal
    rate: str
    state: NeedState
    percent: Decimal
    reason: str
    appeal: str
    valid_until: datetime | None
    at: datetime
    refused_before: tuple[Refusal, ...] = ()


def schedule_of(institution: str, currency: str, terms: Mapping[str, Any], valid_from: date) -> Schedule:
    """A schedule of its JSON terms; Unusable if tiers do not fall from the poorest to the richest."""
    try:
        tiers = tuple(Tier(Decimal(str(t["up_to"])), Decimal(str(t["percent"]))) for t in terms["tiers"])
        thresholds = {str(country): int(minor) for country, minor in (terms.get("thresholds") or {}).items()}
        default = int(terms["default_threshold"])
    except (KeyError, TypeError, ValueError, InvalidOperation) as error:
        raise Unusable("schedule_unusable", "A schedule has tiers (up_to, percent) and default_threshold.") from error
    shares, percents = [t.up_to for t in tiers], [t.percent for t in tiers]
    sane = all(0 < s <= 1 for s in shares) and all(0 < p <= 100 for p in percents)
    if not tiers or not sane or shares != sorted(set(shares)) or percents != sorted(set(percents), reverse=True):
        raise Unusable("schedule_unusable", "Shares rise from tier to tier up to 1, and percentages fall.")
    if default < 0 or any(minor < 0 for minor in thresholds.values()):
        raise Unusable("schedule_unusable", "A threshold is not negative.")
    return Schedule(institution, currency, tiers, thresholds, default, valid_from)


def propose_need(income: Money, country: str, schedule: Schedule, rate: Rate | None, on: date) -> Proposed:
    """The tier of an income in a country. Refused if its currency has no rate of the last 31 days."""
    if income.minor < 0:
        raise Unusable("income_negative", "An income is not negative.")
    converted, used = _converted(income, schedule.currency, rate, on)
    threshold = schedule.thresholds.get(country, schedule.default_threshold)
    tier = next((t for t in schedule.tiers if converted.minor <= t.up_to * threshold), None)
    return Proposed(converted, Money(threshold, schedule.currency), tier.percent if tier else Decimal(0), used)


def _converted(income: Money, currency: str, rate: Rate | None, on: date) -> tuple[Money, str]:
    if income.currency == currency:
        return income, ""
    fits = rate is not None and (rate.base, rate.quote) == (income.currency, currency)
    if rate is None or not fits or not timedelta(0) <= on - rate.on <= timedelta(days=RATE_DAYS):
        raise Refused(
            "rate_missing",
            "No rate from {base} to {quote} of the last {days} days is known. Ask staff for one.",
            base=income.currency,
            quote=currency,
            days=RATE_DAYS,
        )
    digits = get_currency_precision(currency) - get_currency_precision(income.currency)
    minor = (Decimal(income.minor) * rate.rate).scaleb(digits).quantize(Decimal(1), ROUND_HALF_UP)
    return Money(int(minor), currency), f"{rate.rate.normalize():f} on {rate.on}, {rate.source}"


def may_decide_need(actor: Actor, learner: object, institution: str) -> bool:
    """Program staff and registrars of the institution, never for themselves."""
    staff = any(actor.has_role(role, institution) for role in ("program_staff", "registrar"))
    return staff and actor.person_id != learner


def may_set_rates(actor: Actor) -> bool:
    """Program staff of any institution, operators, and the system."""
    return actor.is_system or any(grant.role in ("program_staff", "operator") for grant in actor.grants)


def may_set_need(actor: Actor, institution: str) -> bool:
    """Program staff of the institution, and the system."""
    return actor.is_system or actor.has_role("program_staff", institution)
