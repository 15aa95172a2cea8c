"""Courses as imported, and grades by each course's own policy."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from linkspan.kernel.actor import Actor

#: Block types that render and grade here; others say that they are not available.
LEAVES = ("html", "problem", "video")
CONTAINERS = ("course", "chapter", "sequential", "vertical")


@dataclass(frozen=True, slots=True)
class Block:
    """A node of a course. `path` is the file it came from; `attributes` include what it inherits."""

    id: str
    type: str
    name: str
    title: str
    attributes: Mapping[str, str]
    children: tuple["Block", ...] = ()

    @property
    def graded(self) -> bool:
        """Whether what is under it counts."""
        return self.attributes.get("graded", "false").strip('"').lower() == "true"

    @property
    def format(self) -> str:
        """The assignment type it belongs to."""
        return self.attributes.get("format", "").strip('"')

    def walk(self) -> Iterable["Block"]:
        """The block and everything under it, in reading order."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True, slots=True)
class AssignmentType:
    """One line of a grading policy: `weight` is a share of 1, the lowest `drop_count` assignments do not count."""

    type: str
    weight: Decimal
    drop_count: int = 0


@dataclass(frozen=True, slots=True)
class GradingPolicy:
    """A course's own policy: assignment types, and cut-offs from highest to lowest as (grade, share of 1)."""

    assignments: tuple[AssignmentType, ...]
    cutoffs: tuple[tuple[str, Decimal], ...]


@dataclass(frozen=True, slots=True)
class Score:
    """Points of one problem."""

    earned: Decimal
    possible: Decimal
    at: datetime


@dataclass(frozen=True, slots=True)
class AssignmentScore:
    """One graded sequential."""

    title: str
    format: str
    earned: Decimal
    possible: Decimal

    @property
    def share(self) -> Decimal:
        """Earned of possible, 0 to 1."""
        return self.earned / self.possible if self.possible else Decimal(0)


@dataclass(frozen=True, slots=True)
class CourseGrade:
    """The grade of a learner in a run: percent with one decimal place, letter None if no cut-off is reached."""

    percent: Decimal
    letter: str | None
    assignments: tuple[AssignmentScore, ...] = field(default_factory=tuple)

    @property
    def passed(self) -> bool:
        """Whether any cut-off is reached."""
        return self.letter is not None


def read_policy(policy: Mapping[str, Any]) -> GradingPolicy:
    """A grading policy out of grading_policy.json (GRADER, GRADE_CUTOFFS)."""
    lines = tuple(
        AssignmentType(str(row["type"]), Decimal(str(row["weight"])), int(row.get("drop_count", 0)))
        for row in policy.get("GRADER") or []
    )
    cutoffs = sorted(
        ((str(grade), Decimal(str(share))) for grade, share in (policy.get("GRADE_CUTOFFS") or {}).items()),
        key=lambda cut: -cut[1],
    )
    return GradingPolicy(lines, tuple(cutoffs))


def course_grade(
    course: Block, policy: GradingPolicy, scores: Mapping[str, Score], weights: Mapping[str, Decimal]
) -> CourseGrade:
    """Grade a course from the scores by problem id.

    Within an assignment type each sequential counts alike after the lowest are dropped; types count by weight; unscored
    problems count zero. `weights` gives the points of each problem. Rounded half up to a tenth of a percent.
    """
    assignments = tuple(
        _assignment(block, scores, weights)
        for block in course.walk()
        if block.type == "sequential" and block.graded and block.format
    )
    total = Decimal(0)
    for line in policy.assignments:
        shares = sorted((a.share for a in assignments if a.format == line.type), reverse=True)
        kept = shares[: max(1, len(shares) - line.drop_count)]
        if kept:
            total += line.weight * sum(kept, Decimal(0)) / len(kept)
    percent = (total * 100).quantize(Decimal("0.1"), ROUND_HALF_UP)
    letter = next((grade for grade, share in policy.cutoffs if percent >= share * 100), None)
    return CourseGrade(percent, letter, assignments)


def _assignment(block: Block, scores: Mapping[str, Score], weights: Mapping[str, Decimal]) -> AssignmentScore:
    problems = [leaf for leaf in block.walk() if leaf.type == "problem"]
    earned = sum((scores[p.id].earned for p in problems if p.id in scores), Decimal(0))
    possible = sum(
        (scores[p.id].possible if p.id in scores else weights.get(p.id, Decimal(1)) for p in problems), Decimal(0)
    )
    return AssignmentScore(block.title, block.format, earned, possible)


def may_import(actor: Actor, institution: str) -> bool:
    """Authors and program staff of the institution, and the system."""
    return actor.is_system or any(
        actor.has_role(role, institution) for role in ("author", "program_staff", "registrar")
    )


def may_study(actor: Actor, institution: str, enrolled: bool) -> bool:
    """Whoever is enrolled, and the course's own authors and staff."""
    return enrolled or (actor.person_id is not None and may_import(actor, institution))
