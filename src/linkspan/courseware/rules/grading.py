"""The grade of a course as Open edX works it out, step by step and to the last digit.

Source of every step: the arithmetic of Open edX's LMS (graders, scores, course grade). Numbers are double floats in
its order of operations, since its rounding depends on their noise: 59.45 % becomes 60 %, 50.45 % stays 50 %. What
leaves this module for a record is `CourseGrade.percent`, a Decimal.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

#: What stands in for a missing `GRADER` or `GRADE_CUTOFFS`, as in Open edX.
DEFAULT_GRADERS = (
    {"type": "Homework", "short_label": "HW", "min_count": 12, "drop_count": 2, "weight": 0.15},
    {"type": "Lab", "min_count": 12, "drop_count": 2, "weight": 0.15},
    {"type": "Midterm Exam", "short_label": "Midterm", "min_count": 1, "drop_count": 0, "weight": 0.3},
    {"type": "Final Exam", "short_label": "Final", "min_count": 1, "drop_count": 0, "weight": 0.4},
)
DEFAULT_CUTOFFS = {"Pass": 0.5}
#: More entries than a course could hold: a larger count is a slip that would cost memory.
MOST_ENTRIES = 10_000


class PolicyError(ValueError):
    """A grading policy that cannot be used; the message says where and why."""


@dataclass(frozen=True, slots=True)
class Grader:
    """One line of a grading policy: what the subsections of one format are worth together.

    `weight` is a share of 1, not normalised; at least `min_count` entries are averaged after the `drop_count` lowest.
    """

    type: str
    min_count: int
    drop_count: int
    weight: float = 0.0
    short_label: str = ""
    category: str = ""
    starting_index: int = 1
    hide_average: bool = False
    show_only_average: bool = False


@dataclass(frozen=True, slots=True)
class GradingPolicy:
    """A course's own policy: graders in order, and cut-offs as written, (letter, share of 1)."""

    graders: tuple[Grader, ...]
    cutoffs: tuple[tuple[str, float], ...]

    @property
    def pass_share(self) -> float | None:
        """The lowest cut-off above 0, which passes; None if nothing does."""
        return min((share for _, share in self.cutoffs if share > 0), default=None)


@dataclass(frozen=True, slots=True)
class ProblemScore:
    """Points of one scored block. Raw points unless `weighted`; `possible` None: the block cannot tell.

    `weight` None: not set. `graded` is the explicit field of the block or its unit; unset counts as graded.
    """

    earned: float
    possible: float | None
    weight: float | None = None
    graded: bool = True
    weighted: bool = False


@dataclass(frozen=True, slots=True)
class Subsection:
    """A child of a chapter with the scores in it; staff may have replaced its points."""

    title: str
    format: str
    graded: bool
    scores: tuple[ProblemScore, ...]
    earned_override: float | None = None
    possible_override: float | None = None
    usage: str = ""


@dataclass(frozen=True, slots=True)
class SubsectionGrade:
    """Graded points of a subsection, their share of 1 rounded to four places, and whether it takes part."""

    title: str
    format: str
    earned: float
    possible: float
    share: float
    counted: bool
    usage: str = ""
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class FormatGrade:
    """What one grader gives: `average` after drops, `contribution` to the whole, entries that were dropped, labels."""

    type: str
    category: str
    average: float
    contribution: float
    entries: int
    dropped: tuple[int, ...]
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CourseGrade:
    """The grade of a learner in a run: `share` of 1 to two places; letter None if no cut-off is reached."""

    share: float
    unrounded: float
    letter: str | None
    passed: bool
    subsections: tuple[SubsectionGrade, ...]
    formats: tuple[FormatGrade, ...]

    @property
    def percent(self) -> Decimal:
        """Whole percents, 0 to 100 (more where weights exceed 1)."""
        return Decimal(round(self.share * 100))


def read_policy(policy: Mapping[str, Any]) -> GradingPolicy:
    """Return the policy of a grading_policy.json; PolicyError says which grader or cut-off is wrong."""
    graders = policy.get("GRADER", DEFAULT_GRADERS)
    cutoffs = policy.get("GRADE_CUTOFFS", DEFAULT_CUTOFFS)
    if not isinstance(graders, list | tuple) or not isinstance(cutoffs, Mapping):
        raise PolicyError("GRADER is a list of graders and GRADE_CUTOFFS an object of shares.")
    return GradingPolicy(
        tuple(_grader(row, number) for number, row in enumerate(graders, 1)),
        tuple((str(letter), finite(share, f"GRADE_CUTOFFS, {letter}")) for letter, share in cutoffs.items()),
    )


def _grader(row: Any, number: int) -> Grader:
    where = f"GRADER {number}"
    if not isinstance(row, Mapping) or not isinstance(row.get("type"), str):
        raise PolicyError(f"{where}: a grader needs a type.")
    for key in ("min_count", "drop_count"):
        if key not in row:
            raise PolicyError(f"{where}: {key} is missing.")
    return Grader(
        row["type"],
        _count(row["min_count"], f"{where}, min_count"),
        _count(row["drop_count"], f"{where}, drop_count"),
        finite(row.get("weight", 0.0), f"{where}, weight"),
        str(row.get("short_label") or row["type"]),
        str(row.get("category") or row["type"]),
        _count(row.get("starting_index", 1), f"{where}, starting_index"),
        bool(row.get("hide_average", False)),
        bool(row.get("show_only_average", False)),
    )


def _count(value: Any, where: str) -> int:
    count = int(finite(value, where))
    if not 0 <= count <= MOST_ENTRIES:
        raise PolicyError(f"{where}: {count} is not between 0 and {MOST_ENTRIES}.")
    return count


def finite(value: Any, where: str) -> float:
    """Return a finite number out of JSON; PolicyError names `where` if it is none."""
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise PolicyError(f"{where}: a number is needed.")
    return number


def grade_course(policy: GradingPolicy, subsections: Sequence[Subsection]) -> CourseGrade:
    """Return the course grade from the subsections in course order."""
    graded = tuple(_subsection_grade(subsection) for subsection in subsections)
    formats = tuple(
        _format_grade(grader, [one.share for one in graded if one.counted and one.format == grader.type])
        for grader in policy.graders
    )
    unrounded = sum(one.contribution for one in formats)
    # Twentieth of a percent, then half up: Open edX adds both before the floor.
    share = math.floor(unrounded * 100 + 0.05 + 0.5) / 100
    reached = [(letter, cut) for letter, cut in policy.cutoffs if share >= cut]
    letter = max(reached, key=lambda cut: cut[1])[0] if reached else None
    passed = policy.pass_share is not None and share >= policy.pass_share
    return CourseGrade(share, unrounded, letter, passed, graded, formats)


def _subsection_grade(subsection: Subsection) -> SubsectionGrade:
    points = [found for score in subsection.scores if (found := _weighted(score)) is not None and score.graded]
    earned = sum(earned for earned, possible in points if possible > 0)
    possible = sum(possible for _, possible in points if possible > 0)
    if subsection.earned_override is not None:
        earned = subsection.earned_override
    if subsection.possible_override is not None:
        possible = subsection.possible_override
    share = round(earned / possible * 10_000) / 10_000 if possible else 0.0  # ties to even, as numpy's around
    counted = subsection.graded and possible > 0
    by_hand = subsection.earned_override is not None
    return SubsectionGrade(
        subsection.title, subsection.format, earned, possible, share, counted, subsection.usage, by_hand
    )


def _weighted(score: ProblemScore) -> tuple[float, float] | None:
    """Earned and possible points after the weight; None for a block that cannot tell how much it is worth."""
    if score.possible is None:
        return None
    if score.weighted or score.weight is None or score.possible == 0:
        return score.earned, score.possible
    return score.earned * score.weight / score.possible, score.weight


def _format_grade(grader: Grader, shares: Sequence[float]) -> FormatGrade:
    """Average a format's subsections; missing ones count 0, the lowest are dropped, of equals the later."""
    entries = [*shares, *([0.0] * (grader.min_count - len(shares)))]
    lowest = sorted(range(len(entries)), key=lambda index: (entries[index], -index))
    dropped = set(lowest[: grader.drop_count])
    kept = sum(share for index, share in enumerate(entries) if index not in dropped)
    left = len(entries) - grader.drop_count
    average = kept / left if left > 0 else kept
    return FormatGrade(
        grader.type,
        grader.category,
        average,
        average * grader.weight,
        len(entries),
        tuple(sorted(dropped)),
        _labels(grader, len(entries)),
    )


def _labels(grader: Grader, entries: int) -> tuple[str, ...]:
    """What the breakdown lists; hiding a line never changes the number."""
    if entries == 1:
        return (grader.short_label,)
    first = grader.starting_index
    numbered = () if grader.show_only_average else range(first, first + entries)
    average = () if grader.hide_average else (f"{grader.short_label} Avg",)
    return (*(f"{grader.short_label} {number:02d}" for number in numbered), *average)
