"""Discounts: by need and by coupon, and how they stand together.

The stacking rule: need comes off first; then every percentage, of what is left; then every fixed amount. A coupon that
does not stack stands alone, with no other coupon and no price by need. Nothing falls below zero, halves round up to
the minor unit, and the order in which coupons were entered changes nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

from linkspan.kernel.errors import Refused, Unusable
from linkspan.kernel.money import Money


@dataclass(frozen=True, slots=True)
class Coupon:
    """A coupon: `percent` off or `amount` off, for subjects that begin with `subject`, in a period, so many times."""

    id: UUID
    institution: str
    code: str
    percent: Decimal | None
    amount: Money | None
    subject: str
    valid_from: date
    valid_to: date | None
    most_uses: int | None
    most_per_learner: int
    stacks: bool


def checked_coupon(coupon: Coupon) -> Coupon:
    """The coupon; Unusable if it takes off nothing, or more than there is, or is never valid."""
    if (coupon.percent is None) == (coupon.amount is None):
        raise Unusable("coupon_unusable", "A coupon takes off either a percentage or an amount.")
    if coupon.percent is not None and not (coupon.percent.is_finite() and 0 < coupon.percent <= 100):
        raise Unusable("coupon_unusable", "A percentage is above 0 and at most 100.")
    if coupon.amount is not None and coupon.amount.minor <= 0:
        raise Unusable("coupon_unusable", "An amount off is above zero.")
    if coupon.valid_to is not None and coupon.valid_to <= coupon.valid_from:
        raise Unusable("coupon_unusable", "A coupon ends after it begins.")
    if (coupon.most_uses is not None and coupon.most_uses < 1) or coupon.most_per_learner < 1:
        raise Unusable("coupon_unusable", "A coupon can be used at least once.")
    return coupon


@dataclass(frozen=True, slots=True)
class Use:
    """Where a coupon is to be used: the charge's institution, subject and currency, the day, and its uses so far."""

    institution: str
    subject: str
    currency: str
    on: date
    used: int
    used_by_learner: int
    others: tuple[Coupon, ...]
    by_need: bool


def check_use(coupon: Coupon, use: Use) -> None:
    """Refused, saying why, unless the coupon may be used there."""
    why = next((words for stands, words in _obstacles(coupon, use) if stands), "")
    if why:
        raise Refused("coupon_refused", why)


def _obstacles(coupon: Coupon, use: Use) -> Iterable[tuple[bool, str]]:
    other_currency = coupon.amount is not None and coupon.amount.currency != use.currency
    yield coupon.institution != use.institution, "This coupon is of another institution."
    yield not use.subject.startswith(coupon.subject), "This coupon is not for what you are paying for."
    yield use.on < coupon.valid_from, f"This coupon is valid from {coupon.valid_from}."
    yield coupon.valid_to is not None and use.on >= coupon.valid_to, "This coupon has expired."
    yield other_currency, f"This coupon is for charges in {coupon.amount.currency if coupon.amount else ''}."
    yield coupon.most_uses is not None and use.used >= coupon.most_uses, "This coupon is used up."
    yield use.used_by_learner >= coupon.most_per_learner, "You have used this coupon already."
    alone = not coupon.stacks and (bool(use.others) or use.by_need)
    yield alone, "This coupon cannot be combined with another discount."
    yield any(not other.stacks for other in use.others), "The coupon already used stands alone."


def discounts_of(price: Money, need_percent: Decimal | None, coupons: Iterable[Coupon]) -> dict[str, Money]:
    """What each discount takes off a price: `need`, and by each coupon's code; together never more than the price."""
    left, found = price.minor, {}
    chosen = sorted(coupons, key=lambda coupon: coupon.code)
    percents = [("need", need_percent)] if need_percent else []
    percents += [(c.code, c.percent) for c in chosen if c.percent is not None]
    for name, percent in percents:
        off = int((left * percent / 100).quantize(Decimal(1), ROUND_HALF_UP))
        found[name], left = Money(off, price.currency), left - off
    for coupon in chosen:
        if coupon.amount is not None:
            off = min(coupon.amount.minor, left)
            found[coupon.code], left = Money(off, price.currency), left - off
    return found
