"""What the figures of a question say in plain words; they inform people and change nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from linkspan.exams.rules.items import Item
from linkspan.kernel.bands import Band

#: Fewer answers than this say little of a question, and too much of a person.
FEWEST_ANSWERS = 10
#: In percent: fewer right than this are few, more are nearly all; as many left out are many; fewer choose it hardly.
FEW_RIGHT, NEARLY_ALL, MANY_OMIT, HARDLY_CHOSEN = 25, 95, 10, 5
#: A question that tells stronger from weaker learners less than this is looked at.
LEAST_DISCRIMINATION = Decimal("0.20")


class Counted(StrEnum):
    """Which accepted attempts count: all, or each learner's first at the exam."""

    ALL = "all"
    FIRST = "first"


class Out(StrEnum):
    """Whether only results that are out count, or all that are accepted."""

    RELEASED = "released"
    ACCEPTED = "accepted"


class Flag(StrEnum):
    """What to look at in a question, the most telling first."""

    STRONG_MISS = "strong_miss"
    DRAWS_STRONG = "draws_strong"
    FEW_RIGHT = "few_right"
    WEAK = "weak"
    NEARLY_ALL_RIGHT = "nearly_all_right"
    UNUSED = "unused"
    OMITTED = "omitted"


@dataclass(frozen=True, slots=True)
class OptionFigures:
    """A choice, or an answer that many gave: who chose it in percent, of all and by groups of equal totals.

    `lowest` and `highest` are the 27 % with the lowest and highest totals, `middle` the others; `right`: it is a part
    of the key; `correlation` is that with the rest of the set.
    """

    text: str
    right: bool
    share: Decimal
    lowest: Decimal
    middle: Decimal
    highest: Decimal
    correlation: Decimal | None


@dataclass(frozen=True, slots=True)
class QuestionFigures:
    """A question: how much of it was earned, in percent, and the correlation of that with the rest of the set.

    None where fewer than FEWEST_ANSWERS learners had it; no correlation either where nothing varies. `omitted` in
    percent of those who had it; `seconds` their mean time, where answers have times. One that is `dropped` counts in
    no total, and is told by the key that was published.
    """

    item: Item
    learners: Band
    right: Decimal | None
    discrimination: Decimal | None
    omitted: Decimal | None = None
    seconds: Decimal | None = None
    options: tuple[OptionFigures, ...] = ()
    dropped: bool = False
    full: bool = False
    flags: tuple[Flag, ...] = ()


@dataclass(frozen=True, slots=True)
class WholeFigures:
    """All attempts together: mean, spread and standard error of a score in percent, and alpha; None where too few.

    `alike`: all had the same questions; else alpha is worked out from the pairs of questions that learners had
    together.
    """

    attempts: Band
    questions: int
    mean: Decimal | None
    spread: Decimal | None
    alpha: Decimal | None
    error: Decimal | None
    alike: bool


def flags_of(
    right: Decimal, discrimination: Decimal | None, omitted: Decimal, options: Sequence[OptionFigures]
) -> tuple[Flag, ...]:
    """What to look at in a question by its figures; the key of one that is miskeyed draws the weak."""
    wrong = [one for one in options if not one.right]
    r = discrimination
    found = {
        Flag.STRONG_MISS: r is not None and r < 0,
        Flag.DRAWS_STRONG: any(_draws_strong(one) for one in wrong),
        Flag.FEW_RIGHT: right < FEW_RIGHT,
        Flag.WEAK: r is not None and 0 <= r < LEAST_DISCRIMINATION,
        Flag.NEARLY_ALL_RIGHT: right > NEARLY_ALL,
        Flag.UNUSED: any(one.share < HARDLY_CHOSEN for one in wrong),
        Flag.OMITTED: omitted >= MANY_OMIT,
    }
    return tuple(flag for flag, holds in found.items() if holds)


def _draws_strong(one: OptionFigures) -> bool:
    return one.share >= HARDLY_CHOSEN and one.correlation is not None and one.correlation > 0
