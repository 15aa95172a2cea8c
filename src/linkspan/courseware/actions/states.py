"""What blocks remember of a learner, loaded for one act and kept after it."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from linkspan.courseware.engines.olx import Course
from linkspan.courseware.engines.told import Learner, Published
from linkspan.courseware.models import ScoreRow, StateRow
from linkspan.courseware.queries import State
from linkspan.courseware.rules import Block, Viewer

if TYPE_CHECKING:
    from linkspan.courseware.engines.problems import Problem
    from linkspan.courseware.engines.runtime import CourseRuntime

FOUR_PLACES = Decimal("0.0001")
#: How often an act begins again because another request of the same learner was there first.
MOST_TRIES = 8


def runtime_of(
    course: Course, viewer: Viewer, state: State, now: datetime, shared: State | None = None
) -> "CourseRuntime":
    """Return a runtime on the course's content with a learner's state, at an instant. The first loads the blocks."""
    from linkspan.courseware.engines.runtime import CourseRuntime

    return CourseRuntime(
        run_id=course.run_id,
        folder=course.folder,
        learner=Learner.of(viewer.id, is_staff=viewer.is_staff),
        state=state,
        now=now,
        ends=course.root.settings.end,
        dues=viewer.dues,
        shared=shared,
    )


def problem_of(runtime: "CourseRuntime", block: Block) -> "Problem":
    """Return one learner's problem."""
    from linkspan.courseware.engines.problems import Problem

    return Problem(runtime, block)


def keep_if_unchanged(
    learner_id: UUID, run_id: str, before: State, after: State, usages: Sequence[str], now: datetime
) -> bool:
    """Keep what some blocks remember of a learner, in the caller's transaction, unless it changed since `before`.

    Blocks are shown and graded outside transactions, since author's code may take seconds; whoever finds that another
    request was there first gets False, keeps nothing and begins again from the newer state.
    """
    empty = [StateRow(learner_id=learner_id, run_id=run_id, usage=usage, changed_at=now) for usage in usages]
    StateRow.objects.bulk_create(empty, ignore_conflicts=True)
    rows = list(
        StateRow.objects.select_for_update()
        .filter(learner_id=learner_id, run_id=run_id, usage__in=usages)
        .order_by("usage")
    )
    if any(row.state != before.get(row.usage, {}) for row in rows):
        return False
    for row in rows:
        row.state, row.changed_at = after[row.usage], now
    StateRow.objects.bulk_update(rows, ["state", "changed_at"])
    return True


def keep_score(learner_id: UUID, run_id: str, published: Published, now: datetime) -> None:
    """Keep the score that a grade event gives a problem; one that only raises it leaves a better one."""
    if published.only_if_higher and published.possible:
        before = ScoreRow.objects.filter(learner_id=learner_id, run_id=run_id, usage=published.usage).first()
        share = points(published.earned) / points(published.possible)
        if before is not None and before.possible and before.earned / before.possible >= share:
            return
    ScoreRow.objects.update_or_create(
        learner_id=learner_id,
        run_id=run_id,
        usage=published.usage,
        defaults={"earned": points(published.earned), "possible": points(published.possible), "at": now},
    )


def points(value: float) -> Decimal:
    """Return points as they are stored, to four places."""
    return Decimal(str(value)).quantize(FOUR_PLACES)
