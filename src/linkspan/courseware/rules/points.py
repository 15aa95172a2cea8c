"""Points that people decide: a subsection set by hand, a problem whose answers are scored again."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from linkspan.courseware.rules.grading import CourseGrade
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import Unusable

LONGEST_REASON = 1_000


class RescoreState(StrEnum):
    """Where a scoring stands: it is tried on everybody, read, and then counts or is discarded."""

    WAITING = "waiting"
    TRIED = "tried"
    COUNTING = "counting"
    COUNTED = "counted"
    UNUSABLE = "unusable"

    @property
    def is_running(self) -> bool:
        """Whether something is still to come without anybody's doing."""
        return self in (RescoreState.WAITING, RescoreState.COUNTING)


@dataclass(frozen=True, slots=True)
class SetPoints:
    """Points of a subsection (`usage`) that staff set for a learner; `earned` None: what she answered counts again."""

    id: UUID
    learner_id: UUID
    run_id: str
    usage: str
    earned: Decimal | None
    reason: str
    by: str
    at: datetime
    counts: bool


@dataclass(frozen=True, slots=True)
class PointsEffect:
    """What points that are set do: of a subsection before, after and at most, and to the grade in whole percents."""

    part: str
    points_before: Decimal
    points_after: Decimal
    possible: Decimal
    before: int
    after: int
    passed_before: bool
    passed_after: bool


@dataclass(frozen=True, slots=True)
class ScoreChange:
    """A learner whose points at a problem another scoring changes: raw points of so many."""

    learner_id: UUID
    before: Decimal
    after: Decimal
    possible: Decimal


@dataclass(frozen=True, slots=True)
class Rescore:
    """A problem (`usage`) whose answers are scored again by the version that is taught, for everybody.

    `done` of `whole` learners were tried; `failed` could not be scored and keep what they have. `stale`: another
    version is taught now than when it was tried. With `only_higher` nobody loses points.
    """

    id: UUID
    run_id: str
    institution: str
    usage: str
    title: str
    only_higher: bool
    reason: str
    state: RescoreState
    whole: int
    done: int
    failed: int
    higher: int
    lower: int
    by: str
    at: datetime
    taken_by: str
    taken_at: datetime | None
    stale: bool

    @property
    def may_count(self) -> bool:
        """Whether it may count from now on."""
        return self.state is RescoreState.TRIED and not self.stale and self.higher + self.lower > 0


def may_decide_points(actor: Actor, institution: str) -> bool:
    """Program staff and registrars of the institution, and the system."""
    return actor.is_system or any(actor.has_role(role, institution) for role in ("program_staff", "registrar"))


def check_points(earned: Decimal, possible: Decimal) -> None:
    """Unusable for points that nobody can have in a subsection."""
    if not possible:
        raise Unusable("part_without_points", "There are no graded points in this subsection.")
    if not 0 <= earned <= possible or earned != round(earned, 4):
        raise Unusable("points_unusable", "Give points from 0 to {most}, such as 7.5.", most=possible.normalize())


def check_reason(reason: str) -> None:
    """Unusable without a reason that can be read later."""
    if not reason.strip() or len(reason) > LONGEST_REASON:
        raise Unusable("reason_missing", "Give a reason of up to {most} characters.", most=LONGEST_REASON)


def points_effect(title: str, usage: str, before: CourseGrade, after: CourseGrade) -> PointsEffect:
    """Compare two grades of a learner that differ in one subsection."""
    (old,), (new,) = ([part for part in one.subsections if part.usage == usage] for one in (before, after))
    return PointsEffect(
        title,
        exact(old.earned),
        exact(new.earned),
        exact(new.possible),
        int(before.percent),
        int(after.percent),
        before.passed,
        after.passed,
    )


def exact(points: float) -> Decimal:
    """Points of the arithmetic as people write them, to four places."""
    return Decimal(str(round(points, 4)))


def sides(changes: Iterable[ScoreChange]) -> tuple[int, int]:
    """How many gain and how many lose."""
    found = list(changes)
    return sum(one.after > one.before for one in found), sum(one.after < one.before for one in found)
