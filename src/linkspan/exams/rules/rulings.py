"""Rulings on a published version: a question dropped or its key changed, and where the pass mark lies.

One person proposes, another adopts after seeing whose result changes. The version itself stays as it was published.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from linkspan.exams.rules.items import BY_PEOPLE, Item
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import Unusable

LONGEST_RULING = 1000
#: Fewer results than this say nothing of how many should fail.
FEWEST_RESULTS = 10
#: The steps by which Hofstee's cut is looked for, in percent.
STEP = 0.1


class Means(StrEnum):
    """What a ruling does: to a question (not counted, counted in full, or by another key), or to the pass mark."""

    DROP = "drop"
    FULL = "full"
    REKEY = "rekey"
    ALSO = "also"
    RESTORE = "restore"
    CUT = "cut"


class Method(StrEnum):
    """How a pass mark was found: set, by judges question by question, or as a compromise with who would fail."""

    FIXED = "fixed"
    ANGOFF = "angoff"
    HOFSTEE = "hofstee"


class RulingState(StrEnum):
    """Where a ruling stands."""

    PROPOSED = "proposed"
    ADOPTED = "adopted"
    COUNTED = "counted"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Correction:
    """How a question of a published version is judged now: not at all, in full for everybody, or by other keys.

    Of several `keys` the best for a learner counts; without any, the key that was published.
    """

    dropped: bool = False
    full: bool = False
    keys: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Ruling:
    """A ruling on a version; `percent` and `method` of a pass mark, `item` and `key` of a question."""

    id: UUID
    exam_code: str
    version: int
    means: Means
    item: str
    prompt: str
    key: tuple[str, ...]
    method: Method | None
    percent: Decimal | None
    before_percent: Decimal | None
    reason: str
    state: RulingState
    proposed_by: str
    proposed_by_id: UUID | None
    proposed_at: datetime
    adopted_by: str
    adopted_at: datetime | None


@dataclass(frozen=True, slots=True)
class ResultChange:
    """An attempt whose score or side a ruling changes; `released`: the learner knows the result before."""

    attempt_id: UUID
    learner_id: UUID
    released: bool
    before: Decimal
    after: Decimal
    passed_before: bool
    passed_after: bool

    @property
    def side(self) -> int:
        """1 for who passes now, -1 for who does not any more, else 0."""
        return int(self.passed_after) - int(self.passed_before)


@dataclass(frozen=True, slots=True)
class Effect:
    """What a ruling does to the attempts that are marked: how many there are, how many pass, and who changes."""

    attempts: int
    passing_before: int
    passing_after: int
    changes: tuple[ResultChange, ...]
    emptied: int = 0

    @property
    def now_pass(self) -> int:
        """How many change to passed."""
        return sum(one.side > 0 for one in self.changes)

    @property
    def now_fail(self) -> int:
        """How many change to not passed."""
        return sum(one.side < 0 for one in self.changes)

    @property
    def told(self) -> int:
        """How many know their result, and are told that it changed."""
        return sum(one.released for one in self.changes)


@dataclass(frozen=True, slots=True)
class Bounds:
    """One judge's bounds in percent: least and most pass mark, least and most share that fails."""

    cut_least: Decimal
    cut_most: Decimal
    fail_least: Decimal
    fail_most: Decimal


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one judge said: of questions, how many of 100 learners who just pass have it right; and bounds."""

    judge: str
    ratings: Mapping[str, int]
    bounds: Bounds | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Standard:
    """What a method would give: its pass mark in percent, and how many of those marked so far would pass with it.

    `percent` is None with a `why` where it gives nothing; `error` is the standard error of the judges' cuts.
    """

    method: Method
    percent: Decimal | None
    judges: int = 0
    error: Decimal | None = None
    cuts: tuple[Decimal, ...] = ()
    effect: Effect | None = None
    why: str = ""


def may_rule(actor: Actor, institution: str, sitters: Iterable[UUID] = ()) -> bool:
    """Program staff of the institution, none of whom sat the exam themselves."""
    return actor.has_role("program_staff", institution) and not any(actor.is_person(one) for one in sitters)


def corrections_of(kept: Mapping[str, Any]) -> dict[str, Correction]:
    """The corrections of a version, as they are kept."""
    return {
        name: Correction(one.get("dropped", False), one.get("full", False), tuple(map(tuple, one.get("keys", ()))))
        for name, one in kept.items()
    }


def kept_corrections(found: Mapping[str, Correction]) -> dict[str, Any]:
    """Corrections as JSON; those that correct nothing are left out."""
    return {
        name: {"dropped": one.dropped, "full": one.full, "keys": [list(key) for key in one.keys]}
        for name, one in found.items()
        if one != Correction()
    }


def corrected_by(held: Correction, item: Item, means: Means, key: tuple[str, ...]) -> Correction:
    """How a question is judged after a ruling; another key that is `also` right stands beside those there are."""
    match means:
        case Means.DROP:
            return Correction(dropped=True, keys=held.keys)
        case Means.FULL:
            return Correction(full=True, keys=held.keys)
        case Means.REKEY:
            return Correction(keys=(key,))
        case Means.ALSO:
            return Correction(keys=tuple(dict.fromkeys((*(held.keys or (item.answers,)), key))))
        case _:
            return Correction()


def current_item(item: Item, held: Correction | None) -> Item:
    """The question as it is drawn from now on: by its newest key, and not at all if it does not count."""
    if held is None:
        return item
    answers = held.keys[-1] if held.keys else item.answers
    return replace(item, answers=answers, retired=item.retired or held.dropped or held.full)


def check_key(item: Item, other: Item) -> tuple[str, ...]:
    """The key that a rewritten question gives; Unusable if anything else of it was changed, or people mark it."""
    if by_people(item):
        raise Unusable("key_of_people", "People mark this question: it has no key. Drop it, or give it to all.")
    if replace(other, answers=item.answers) != item:
        raise Unusable("only_the_key", "Only the right answer can be changed. The rest stays as it was asked.")
    if other.answers == item.answers:
        raise Unusable("key_unchanged", "This is the key that was published. Change the right answer.")
    return other.answers


def by_people(item: Item) -> bool:
    """Whether people mark it."""
    return item.kind in BY_PEOPLE


def check_reason(reason: str) -> str:
    """The reason of a ruling, which learners read; Unusable without one."""
    if not 0 < len(reason.strip()) <= LONGEST_RULING:
        raise Unusable("reason_missing", "Give a reason of up to {most} characters.", most=LONGEST_RULING)
    return reason.strip()


def check_percent(percent: Decimal) -> Decimal:
    """A pass mark; Unusable if nobody can have it."""
    if not percent.is_finite() or not 0 <= percent <= 100 or percent != round(percent, 2):
        raise Unusable("percent_unusable", "Pass mark: enter 0 to 100 percent, at most two decimals.")
    return percent


def check_ratings(ratings: Mapping[str, int], bank: Sequence[Item]) -> dict[str, int]:
    """A judge's ratings; Unusable for a question that is not there, and for what is no whole percentage."""
    names = {item.id for item in bank}
    if not ratings.keys() <= names or not all(0 <= one <= 100 for one in ratings.values()):
        raise Unusable("ratings_unusable", "Each rating is a whole number from 0 to 100.")
    return dict(ratings)


def check_bounds(bounds: Bounds) -> Bounds:
    """A judge's bounds; Unusable unless each least is below its most."""
    numbers = (bounds.cut_least, bounds.cut_most, bounds.fail_least, bounds.fail_most)
    if not all(one.is_finite() and 0 <= one <= 100 for one in numbers):
        raise Unusable("bounds_unusable", "Each bound is a percentage from 0 to 100.")
    if bounds.cut_least >= bounds.cut_most or bounds.fail_least > bounds.fail_most:
        raise Unusable("bounds_crossed", "The least is below the most: of the pass mark, and of the share that fails.")
    return bounds


def hundredths(number: float) -> Decimal:
    """A percentage to two decimals, half up."""
    return Decimal(repr(round(number, 9))).quantize(Decimal("0.01"), ROUND_HALF_UP)
