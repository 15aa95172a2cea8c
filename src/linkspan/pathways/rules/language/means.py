"""The mean of grades: how a row counts in it, the same for every engine.

Grades and weights count in ten-thousandths, as whole numbers. A mean is at least the need where the sum of what each
row lies above it, times its weight, is not under zero: so nothing is divided, and nothing rounded, to decide.
"""

from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import NamedTuple

from linkspan.kernel.reasons import Phrase, Sentence
from linkspan.pathways.rules.language.comparing import Incomparable, grade_on
from linkspan.pathways.rules.language.meaning import Meaning, Reading
from linkspan.pathways.rules.language.node import Node
from linkspan.pathways.rules.language.values import number

TICKS = 10_000
#: Weights and grades beyond these are no credits and no grades: the row is in doubt.
MOST_WEIGHT, MOST_GRADE = 1_000, 10_000
CENT = Decimal("0.01")
#: The grade that further work is reckoned with, where the scale states no best: as a number, and as it is written.
BEST = {"letter": (Decimal(4), "A"), "percent": (Decimal(100), "100 %")}


class Means(NamedTuple):
    """The sums of a mean: its need, what lies above, least and most; the weight that is sure, and all."""

    need: int
    above: int
    low: int
    high: int
    weight: int
    heaviest: int


def ticks(value: Decimal) -> int:
    """The number in ten-thousandths."""
    return int((value * TICKS).to_integral_value(ROUND_HALF_UP))


def sign_of(node: Node, reading: Reading) -> int:
    """1 where a higher number on the mean's scale is the better one, -1 where a lower is."""
    scale = reading.scale(str(node["scale"])) if Meaning.SCALES in reading else None
    return scale.sign if scale is not None else 1


def need_ticks(node: Node, reading: Reading) -> int:
    """The mean that is needed, more being better."""
    return ticks(Decimal(str(node["value"]))) * sign_of(node, reading)


def grade_ticks(value: object, node: Node, reading: Reading) -> int | None:
    """A grade on the mean's scale, more being better; None if it has no place on it."""
    try:
        found = grade_on(value, str(node["scale"]), reading)
    except Incomparable:
        return None
    return ticks(found) if abs(found) <= MOST_GRADE else None


def weight_ticks(value: object) -> int | None:
    """What a row weighs; None if it is no weight."""
    found = number(value)
    return ticks(found) if found is not None and 0 <= found <= MOST_WEIGHT else None


def mean_in_words(need: int, above: int, weight: int, sign: int) -> tuple[str, Decimal]:
    """The mean, and how far it is from the need; neither looks better than it is."""
    mean = Decimal(need) / TICKS + Decimal(above) / weight / TICKS
    shown = (mean * sign).quantize(CENT, ROUND_FLOOR if sign > 0 else ROUND_CEILING)
    gap = abs(Decimal(need) / TICKS - mean).quantize(CENT, ROUND_CEILING)
    return format(shown.normalize(), "f"), gap


def further_work(node: Node, reading: Reading, above: int) -> str:
    """The least further work with the best grade that lifts the mean to the need; empty if none does."""
    scale = reading.scale(str(node["scale"]))
    best, named = BEST.get(str(node["scale"]), (None, ""))
    if scale is not None and scale.best is not None:
        best, named = scale.best, str(scale.best)
    need = need_ticks(node, reading)
    lift = (ticks(best) * sign_of(node, reading) - need) * TICKS if best is not None else 0
    if lift <= 0 or node["op"] not in (">=", ">") or above > 0:
        return ""
    step = CENT if "by" in node else Decimal(1)
    more = (Decimal(-above) / lift).quantize(step, ROUND_CEILING)
    if node["op"] == ">" and more * lift <= -above:
        more += step
    rows = str(node["mean"]).rpartition(".")[0].rpartition(".")[2]
    what = str(node["by"]) if "by" in node else rows.removesuffix("s") if more == 1 else rows
    told = {"more": format(more.normalize(), "f"), "what": Phrase(what), "grade": named}
    return Sentence("further_work", "{more} more {what} with the grade {grade}", **told)
