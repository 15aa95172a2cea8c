"""Reads of points that staff decide in a run."""

from uuid import UUID

from django.db.models import F

from linkspan.catalog.queries import course_run
from linkspan.catalog.rules import CourseRun
from linkspan.courseware.models import RescoreRow, ScoreChangeRow, SetPointsRow
from linkspan.courseware.queries.courses import taught_row
from linkspan.courseware.rules import Rescore, RescoreState, ScoreChange, SetPoints, may_decide_points
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, permit
from linkspan.kernel.paging import Page, page_of

PAGE = 50


def points_run(actor: Actor, run_id: str) -> CourseRun:
    """A run whose points the actor decides."""
    run = course_run(run_id)
    permit(may_decide_points(actor, run.course.institution), "decide points here")
    return run


def points_set(actor: Actor, run_id: str, *, number: int = 1) -> Page[SetPoints]:
    """What staff set in a run, newest first, with what was set before; `counts`: the newest of its learner and part."""
    points_run(actor, run_id)
    rows = SetPointsRow.objects.filter(run_id=run_id).order_by("-at", "-id")
    newer = SetPointsRow.objects.filter(run_id=run_id)
    found = page_of(rows, rows.count(), lambda row: row, number=number, size=PAGE)
    newest: dict[tuple[UUID, str], UUID] = {}
    for row in newer.filter(learner_id__in=[one.learner_id for one in found.rows]).order_by("at", "id"):
        newest[row.learner_id, row.usage] = row.id
    return page_of(
        rows, found.total, lambda row: _set(row, newest[row.learner_id, row.usage] == row.id), number=number, size=PAGE
    )


def _set(row: SetPointsRow, newest: bool) -> SetPoints:
    counts = newest and row.earned is not None
    return SetPoints(row.id, row.learner_id, row.run_id, row.usage, row.earned, row.reason, row.by, row.at, counts)


def rescore(actor: Actor, rescore_id: UUID) -> Rescore:
    """A scoring at one's institution."""
    row = RescoreRow.objects.filter(id=rescore_id).first()
    if row is None or not may_decide_points(actor, row.institution):
        raise NotFound("rescore_unknown", "There is no such scoring. It may have been discarded.")
    return as_rescore(row, _taught(row.run_id))


def rescores_of(actor: Actor, run_id: str) -> tuple[Rescore, ...]:
    """The scorings of a run, newest first."""
    points_run(actor, run_id)
    taught = _taught(run_id)
    return tuple(as_rescore(row, taught) for row in RescoreRow.objects.filter(run_id=run_id).order_by("-at")[:PAGE])


def score_changes(actor: Actor, rescore_id: UUID, *, number: int = 1, size: int = PAGE) -> Page[ScoreChange]:
    """Whose points a scoring changes, the largest losses first."""
    found = rescore(actor, rescore_id)
    rows = ScoreChangeRow.objects.filter(rescore_id=found.id).order_by(F("after") - F("before"), "learner_id")
    return page_of(rows, rows.count(), _change, number=number, size=size)


def _change(row: ScoreChangeRow) -> ScoreChange:
    return ScoreChange(row.learner_id, row.before, row.after, row.possible)


def _taught(run_id: str) -> str:
    row = taught_row(run_id)
    return row.sha256 if row else ""


def as_rescore(row: RescoreRow, taught: str) -> Rescore:
    """A row as a value."""
    state = RescoreState(row.state)
    return Rescore(
        row.id,
        row.run_id,
        row.institution,
        row.usage,
        row.title,
        row.only_higher,
        row.reason,
        state,
        row.whole,
        row.done,
        row.failed,
        row.higher,
        row.lower,
        row.by,
        row.at,
        row.taken_by,
        row.taken_at,
        stale=state is RescoreState.TRIED and row.against != taught,
    )
