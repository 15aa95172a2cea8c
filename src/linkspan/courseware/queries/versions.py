"""Reads of the versions of a run's content, and of what is tried before it is taught."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from uuid import UUID

from django.db.models import F
from pydantic import TypeAdapter

from linkspan.catalog.queries import course_run, course_runs
from linkspan.catalog.rules import CourseRun
from linkspan.courseware.engines.differences import content_of
from linkspan.courseware.models import CourseVersionRow, GradeChangeRow, ScoreRow, TrialRow
from linkspan.courseware.queries.courses import taught_row, version_of
from linkspan.courseware.rules import (
    Comparison,
    GradeChange,
    Source,
    Trial,
    TrialReport,
    TrialState,
    Version,
    compare,
    may_import,
)
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, permit
from linkspan.kernel.paging import Page, page_of

ROLES = ("author", "program_staff", "registrar")
PAGE = 50


@dataclass(frozen=True, slots=True)
class AuthoredRun:
    """A run of an institution whose courses the actor imports: what is taught in it, and its newest trial."""

    run: CourseRun
    taught: Version | None
    trial: Trial | None


def authored_runs(actor: Actor) -> tuple[AuthoredRun, ...]:
    """The runs of one's institutions, those without content first, then the latest to start."""
    permit(any(actor.institutions_as(role) for role in ROLES), "import courses")
    runs = [run for run in course_runs() if may_import(actor, run.course.institution)]
    rows = CourseVersionRow.objects.filter(run_id__in=[run.id for run in runs]).order_by("imported_at", "id")
    versions: dict[str, list[CourseVersionRow]] = {}
    for row in rows:
        versions.setdefault(row.run_id, []).append(row)
    newest = {
        row.run_id: row
        for row in TrialRow.objects.filter(run_id__in=[run.id for run in runs]).defer("report").order_by("at")
    }
    found = []
    for run in runs:
        mine = _numbered(versions.get(run.id, ()))
        taught = next((one for one in mine if one.is_taught), None)
        tried = newest.get(run.id)
        found.append(AuthoredRun(run, taught, _trial(tried, taught.sha256 if taught else "") if tried else None))
    return tuple(sorted(found, key=lambda one: (one.taught is not None, -one.run.starts.timestamp(), one.run.id)))


def authored_run(actor: Actor, run_id: str) -> CourseRun:
    """A run of one's institution."""
    run = course_run(run_id)
    permit(may_import(actor, run.course.institution), "import courses here")
    return run


def versions_of(actor: Actor, run_id: str) -> tuple[Version, ...]:
    """The imports of a run, newest first."""
    authored_run(actor, run_id)
    rows = CourseVersionRow.objects.filter(run_id=run_id).order_by("imported_at", "id")
    return tuple(reversed(_numbered(rows)))


def _numbered(rows: Iterable[CourseVersionRow]) -> list[Version]:
    rows = list(rows)
    taught = max(rows, key=lambda row: (row.taught_since, row.id), default=None)
    return [
        Version(
            row.id,
            row.run_id,
            number,
            row.sha256,
            row.title,
            row.imported_at,
            row.imported_by,
            row.taught_since,
            row is taught,
            row.blocks,
            _source(row),
        )
        for number, row in enumerate(rows, 1)
    ]


def comparison(actor: Actor, run_id: str, before: UUID, after: UUID) -> Comparison:
    """What differs between two versions of a run."""
    authored_run(actor, run_id)
    rows = {row.id: row for row in CourseVersionRow.objects.filter(run_id=run_id, id__in=(before, after))}
    if {before, after} - set(rows):
        raise NotFound("version_unknown", "There is no such version of this course.")
    return compare(content_of(version_of(rows[before])), content_of(version_of(rows[after])))


def trial(actor: Actor, trial_id: UUID) -> Trial:
    """A trial at one's institution."""
    row = TrialRow.objects.filter(id=trial_id).first()
    if row is None or not may_import(actor, row.institution):
        raise NotFound("trial_unknown", "There is no such course on trial. It may have been discarded.")
    taught = taught_row(row.run_id)
    return _trial(row, taught.sha256 if taught else "")


def trials_of(actor: Actor, run_id: str) -> tuple[Trial, ...]:
    """What is tried for a run, newest first, without the reports."""
    authored_run(actor, run_id)
    taught = taught_row(run_id)
    rows = TrialRow.objects.filter(run_id=run_id).defer("report").order_by("-at", "id")[:PAGE]
    return tuple(_trial(row, taught.sha256 if taught else "") for row in rows)


def trials_waiting(actor: Actor) -> int:
    """How many trials at one's institutions have ended and wait for a decision."""
    schools = {code for role in ROLES for code in actor.institutions_as(role)}
    return TrialRow.objects.filter(institution__in=schools, state=TrialState.TRIED).count()


def grade_changes(actor: Actor, trial_id: UUID, *, number: int = 1, size: int = PAGE) -> Page[GradeChange]:
    """Whose grade a trial would change, the largest losses first."""
    found = trial(actor, trial_id)
    rows = GradeChangeRow.objects.filter(trial_id=found.id).order_by(F("after") - F("before"), "learner_id")
    return page_of(rows, rows.count(), _grade_change, number=number, size=size)


def scored_learners(run_id: str) -> list[UUID]:
    """Everybody who has a score in a run: nobody else's grade depends on its content."""
    rows = ScoreRow.objects.filter(run_id=run_id).order_by("learner_id")
    return list(rows.values_list("learner_id", flat=True).distinct())


def _grade_change(row: GradeChangeRow) -> GradeChange:
    return GradeChange(row.learner_id, row.before, row.after, row.passed_before, row.passed_after)


@cache
def _reports() -> TypeAdapter[TrialReport]:
    return TypeAdapter(TrialReport)


def _trial(row: TrialRow, taught: str) -> Trial:
    report = None if "report" in row.get_deferred_fields() else row.report
    return Trial(
        row.id,
        row.run_id,
        row.institution,
        row.name,
        row.sha256,
        TrialState(row.state),
        row.done,
        row.whole,
        _reports().validate_python(report) if report else TrialReport(),
        row.by,
        row.at,
        row.tried_at,
        row.taken_by,
        row.taken_at,
        goes_back=not row.archive_sha256 and not row.address,
        stale=row.state == TrialState.TRIED and row.against != taught,
        source=_source(row),
    )


def _source(row: TrialRow | CourseVersionRow) -> Source | None:
    return Source(row.address, row.ref, row.commit) if row.address else None
