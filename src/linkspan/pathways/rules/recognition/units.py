"""Credits in one unit from credits in another: a stated factor, and a stated rounding."""

from collections.abc import Iterable
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

from linkspan.kernel.reasons import Phrase
from linkspan.pathways.rules.agreement import Conversion
from linkspan.pathways.rules.language.comparing import Incomparable

ROUNDINGS = {"down": ROUND_FLOOR, "up": ROUND_CEILING, "half_up": ROUND_HALF_UP, "half_even": ROUND_HALF_EVEN}


def converted(amount: Decimal, source: str, target: str, conversions: Iterable[Conversion]) -> Decimal:
    """`amount` of `source` in `target`, rounded to the conversion's `step` as it states.

    `exact` rounds nothing. Incomparable if no such conversion is stated: none is ever assumed.
    """
    if source == target:
        return amount
    for row in conversions:
        if (row.from_, row.to) == (source, target):
            found = amount * row.factor
            step = row.step if row.step is not None else Decimal(1)
            if row.rounding == "exact" or not step:
                return found
            return (found / step).quantize(Decimal(1), rounding=ROUNDINGS[row.rounding]) * step
    words = Phrase("no conversion from {source} to {target} is stated")
    raise Incomparable("no_conversion", words, source=source, target=target)


def hundredths(amount: Decimal) -> Decimal:
    """Credits as they are counted and posted: to the hundredth, a half to the even one."""
    rounded = amount.quantize(Decimal("0.01"), ROUND_HALF_EVEN)
    return amount if amount == rounded else rounded
