"""The committee's scores: decimals from 0 to 1000, and whether higher or lower ones are better."""

import re
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum

from linkspan.kernel.errors import Unusable

HIGHEST_SCORE = 1000
#: As many decimals as a score is given and stored with; means and rubric totals have two.
MOST_DECIMALS = 3
WRITTEN = re.compile(r"[0-9]{1,4}(\.[0-9]{1,3})?")
SAID = f"a number from 0 to {HIGHEST_SCORE} with at most {MOST_DECIMALS} decimals, such as 712.5"


class Better(StrEnum):
    """Which scores of a round are better."""

    HIGHER = "higher"
    LOWER = "lower"

    @property
    def sign(self) -> int:
        """1 where higher is better, -1 where lower is."""
        return 1 if self is Better.HIGHER else -1


def checked_score(score: Decimal | int) -> Decimal:
    """A committee's score; Unusable unless it is a decimal in the range."""
    if not isinstance(score, bool) and isinstance(score, int | Decimal):
        found = Decimal(score)
        if found.is_finite() and 0 <= found <= HIGHEST_SCORE and found == round(found, MOST_DECIMALS):
            return plain(found)
    raise Unusable("score_out_of_range", "A score is {said}.", said=SAID)


def read_score(given: str) -> Decimal:
    """A score as it is written; Unusable if it is none."""
    if not WRITTEN.fullmatch(given):
        raise Unusable("score_out_of_range", "{given} is not {said}.", given=repr(given[:60]), said=SAID)
    return checked_score(Decimal(given))


def plain(score: Decimal) -> Decimal:
    """The same number without zeros at its end: 700 and 712.5, never 700.000 or 7E+2."""
    whole = score.to_integral_value()
    return whole.quantize(Decimal(1)) if score == whole else score.normalize()


def hundredths(total: Decimal | int, parts: int) -> Decimal:
    """A total shared among so many, to the hundredth, halves up."""
    return plain((Decimal(total) / parts).quantize(Decimal("0.01"), ROUND_HALF_UP))


def per_point(scores: Iterable[Decimal], better: Better, most_decimals: int = MOST_DECIMALS) -> int:
    """How many whole numbers make a point so that each of the scores is whole, under 0 if lower is better."""
    places = max((-int(score.normalize().as_tuple().exponent) for score in scores), default=0)
    size: int = 10 ** min(max(places, 0), most_decimals)
    return better.sign * size
