"""Course content for authors: hand in, read the trial, import, versions, compare, go back."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from django.http import FileResponse
from ninja import Field
from pydantic import AwareDatetime

from linkspan.api.answers import Made, Router
from linkspan.api.once import LARGEST, Posted, from_base64, idempotent
from linkspan.courseware import actions, queries
from linkspan.courseware.queries import AuthoredRun
from linkspan.courseware.rules import (
    Comparison,
    Extension,
    ExtensionLine,
    GradeChange,
    PointsEffect,
    Rescore,
    ScoreChange,
    SetPoints,
    Trial,
    Version,
)
from linkspan.kernel.request import Request

router = Router()


class CourseIn(Posted):
    """An OLX course as .tar.gz or .zip in base64."""

    archive_base64: Annotated[str, Field(max_length=LARGEST)]
    name: str = "course.tar.gz"


class RepositoryIn(Posted):
    """A git repository by its https address, and a branch or tag of it; none: what it shows first."""

    address: str
    ref: str = ""


class TakeIn(Posted):
    """`sha256` of the trial's content: exactly that is imported."""

    sha256: str


class ExtensionIn(Posted):
    """A later due date of a subsection, by its id or url_name."""

    learner_id: UUID
    subsection: str
    due: AwareDatetime
    reason: str


class ExtensionsIn(Posted):
    """A list as CSV: email, subsection, due, reason; `dry_run` only says what it would do."""

    csv: Annotated[str, Field(max_length=LARGEST)]
    dry_run: bool = True


class PointsIn(Posted):
    """Points of a subsection, by its id or url_name, for a learner; none: what was answered counts again."""

    learner_id: UUID
    subsection: str
    points: Decimal | None = None
    reason: str = ""
    dry_run: bool = True


class RescoreIn(Posted):
    """A problem, by its id or url_name; with `only_higher` nobody loses points."""

    problem: str
    only_higher: bool = True
    reason: str


@dataclass(frozen=True, slots=True)
class PreviewedBlock:
    """A part of a unit as the page shows it: its HTML, or in `note` why there is none."""

    id: str
    type: str
    title: str
    html: str
    note: str


@dataclass(frozen=True, slots=True)
class PreviewedUnit:
    """A unit as a learner sees it at an instant."""

    title: str
    chapter: str
    subsection: str
    blocks: tuple[PreviewedBlock, ...]


@router.get("/runs", operation_id="authored_runs")
def authored_runs(request: Request) -> tuple[AuthoredRun, ...]:
    """The runs of one's institutions with what is taught in each and its newest trial."""
    return queries.authored_runs(request.actor)


@router.get("/runs/{run_id}/versions", operation_id="course_versions")
def versions(request: Request, run_id: str) -> tuple[Version, ...]:
    """The imports of a run, newest first."""
    return queries.versions_of(request.actor, run_id)


@router.get("/runs/{run_id}/trials", operation_id="course_trials")
def trials(request: Request, run_id: str) -> tuple[Trial, ...]:
    """What is tried for a run, newest first; the report of each is told by `course_trial`."""
    return queries.trials_of(request.actor, run_id)


@router.post("/runs/{run_id}/trials", operation_id="hand_in_course")
@idempotent
def hand_in(request: Request, run_id: str, body: CourseIn) -> Made:
    """Hand in a course for a run; it is checked at length, and learners see nothing of it."""
    content = from_base64(body.archive_base64, "archive_base64")
    return Made(
        actions.hand_in_course(actor=request.actor, run_id=run_id, name=body.name, content=content, now=request.now)
    )


@router.post("/runs/{run_id}/trials/repository", operation_id="hand_in_repository")
@idempotent
def hand_in_repository(request: Request, run_id: str, body: RepositoryIn) -> Made:
    """Have a branch or tag of a git repository fetched by the worker, and tried like a file that is handed in."""
    found = actions.hand_in_repository(
        actor=request.actor, run_id=run_id, address=body.address, ref=body.ref, now=request.now
    )
    return Made(found)


@router.post("/runs/{run_id}/versions/{uuid:version_id}/trial", operation_id="try_course_version")
@idempotent
def try_version(request: Request, run_id: str, version_id: UUID, body: Posted) -> Made:
    """Try an earlier version against what is taught now, to go back to it."""
    return Made(actions.try_version(actor=request.actor, run_id=run_id, version_id=version_id, now=request.now))


@router.post(
    "/runs/{run_id}/versions/{uuid:version_id}/export", response={200: bytes}, operation_id="export_course_version"
)
def export(request: Request, run_id: str, version_id: UUID) -> FileResponse:
    """A version as a .tar.gz that is imported again unchanged."""
    file = actions.export_course(actor=request.actor, run_id=run_id, version_id=version_id, now=request.now)
    return FileResponse(file, content_type="application/gzip")


@router.get("/runs/{run_id}/comparison", operation_id="compare_course_versions")
def comparison(request: Request, run_id: str, before: UUID, after: UUID) -> Comparison:
    """What differs between two versions: parts, grading, files."""
    return queries.comparison(request.actor, run_id, before, after)


@router.get("/trials/{uuid:trial_id}", operation_id="course_trial")
def trial(request: Request, trial_id: UUID) -> Trial:
    """A trial with its progress, and its report once it has ended."""
    return queries.trial(request.actor, trial_id)


@router.get("/trials/{uuid:trial_id}/grades", operation_id="course_trial_grades")
def grades(request: Request, trial_id: UUID, page: int = 1) -> tuple[GradeChange, ...]:
    """Whose grade a trial would change, the largest losses first, 50 a page."""
    return queries.grade_changes(request.actor, trial_id, number=page).rows


@router.post("/trials/{uuid:trial_id}/import", operation_id="take_course")
@idempotent
def take(request: Request, trial_id: UUID, body: TakeIn) -> None:
    """Teach exactly what was tried from now on; no grade on record moves."""
    actions.take_course(actor=request.actor, trial_id=trial_id, sha256=body.sha256, now=request.now)


@router.post("/trials/{uuid:trial_id}/discard", operation_id="discard_course_trial")
@idempotent
def discard(request: Request, trial_id: UUID, body: Posted) -> None:
    """Throw a trial away; what is taught stays."""
    actions.discard_trial(actor=request.actor, trial_id=trial_id, now=request.now)


@router.get("/runs/{run_id}/preview/{name}", operation_id="preview_unit")
def preview_unit(
    request: Request,
    run_id: str,
    name: str,
    at: AwareDatetime | None = None,
    learner_id: UUID | None = None,
    group: str = "",
) -> PreviewedUnit:
    """A unit as a learner of the run sees it at an instant, or as a fresh learner; no attempt, no state is kept.

    `group` (`PARTITION:GROUP`, of `content_groups`) has the learner look as a member of that content group.
    """
    found = actions.preview_unit(
        actor=request.actor,
        run_id=run_id,
        name=name,
        at=at or request.now,
        learner_id=learner_id,
        group=group,
        now=request.now,
    )
    return previewed(found)


def previewed(found: actions.Unit) -> PreviewedUnit:
    """A unit as it is told."""
    blocks = (PreviewedBlock(one.id, one.type, one.title, one.html, one.note) for one in found.blocks)
    return PreviewedUnit(found.place.block.title, found.place.chapter, found.place.sequential, tuple(blocks))


@router.get("/runs/{run_id}/extensions", operation_id="course_extensions")
def extensions(request: Request, run_id: str, page: int = 1) -> tuple[Extension, ...]:
    """The extensions of a run, newest first, 50 a page."""
    return queries.extensions_of(request.actor, run_id, number=page).rows


@router.post("/runs/{run_id}/extensions", operation_id="grant_extension")
@idempotent
def grant_extension(request: Request, run_id: str, body: ExtensionIn) -> None:
    """Have a subsection due later for one learner, who is told."""
    actions.grant_extension(
        actor=request.actor,
        run_id=run_id,
        learner_id=body.learner_id,
        usage=body.subsection,
        due=body.due,
        reason=body.reason,
        now=request.now,
    )


@router.post("/runs/{run_id}/extensions/list", operation_id="take_extensions")
@idempotent
def take_extensions(request: Request, run_id: str, body: ExtensionsIn) -> tuple[ExtensionLine, ...]:
    """Grant the extensions of a list, or say what that would do; what became of each row."""
    return actions.take_extensions(
        actor=request.actor, run_id=run_id, content=body.csv, trial=body.dry_run, now=request.now
    )


@router.post("/extensions/{uuid:extension_id}/end", operation_id="end_extension")
@idempotent
def end_extension(request: Request, extension_id: UUID, body: Posted) -> None:
    """Have the usual due date count again for a learner."""
    actions.end_extension(actor=request.actor, extension_id=extension_id, now=request.now)


@router.get("/runs/{run_id}/points", operation_id="course_points")
def points(request: Request, run_id: str, page: int = 1) -> tuple[SetPoints, ...]:
    """Points that staff set in a run, newest first, 50 a page; what was set before stays readable."""
    return queries.points_set(request.actor, run_id, number=page).rows


@router.post("/runs/{run_id}/points", operation_id="set_course_points")
@idempotent
def set_points(request: Request, run_id: str, body: PointsIn) -> PointsEffect:
    """Set a learner's points in a subsection, or say what that would do to the grade. Grades on record never move."""
    if body.dry_run:
        return actions.try_points(
            actor=request.actor,
            run_id=run_id,
            learner_id=body.learner_id,
            usage=body.subsection,
            earned=body.points,
            now=request.now,
        )
    return actions.set_points(
        actor=request.actor,
        run_id=run_id,
        learner_id=body.learner_id,
        usage=body.subsection,
        earned=body.points,
        reason=body.reason,
        now=request.now,
    )


@router.get("/runs/{run_id}/scorings", operation_id="course_scorings")
def scorings(request: Request, run_id: str) -> tuple[Rescore, ...]:
    """Problems of a run whose answers were scored again, newest first."""
    return queries.rescores_of(request.actor, run_id)


@router.post("/runs/{run_id}/scorings", operation_id="ask_course_scoring")
@idempotent
def ask_rescore(request: Request, run_id: str, body: RescoreIn) -> Made:
    """Have a problem's answers scored again on trial; nothing counts yet."""
    found = actions.ask_rescore(
        actor=request.actor,
        run_id=run_id,
        usage=body.problem,
        only_higher=body.only_higher,
        reason=body.reason,
        now=request.now,
    )
    return Made(found)


@router.get("/scorings/{uuid:rescore_id}", operation_id="course_scoring")
def scoring(request: Request, rescore_id: UUID) -> Rescore:
    """A scoring: how far it is, and how many gain or lose."""
    return queries.rescore(request.actor, rescore_id)


@router.get("/scorings/{uuid:rescore_id}/changes", operation_id="course_scoring_changes")
def score_changes(request: Request, rescore_id: UUID, page: int = 1) -> tuple[ScoreChange, ...]:
    """Whose points it changes, the largest losses first, 50 a page."""
    return queries.score_changes(request.actor, rescore_id, number=page).rows


@router.post("/scorings/{uuid:rescore_id}/count", operation_id="take_course_scoring")
@idempotent
def take_rescore(request: Request, rescore_id: UUID, body: Posted) -> None:
    """Have it count; those concerned are told."""
    actions.take_rescore(actor=request.actor, rescore_id=rescore_id, now=request.now)


@router.post("/scorings/{uuid:rescore_id}/discard", operation_id="discard_course_scoring")
@idempotent
def discard_rescore(request: Request, rescore_id: UUID, body: Posted) -> None:
    """Throw it away; every score stays."""
    actions.discard_rescore(actor=request.actor, rescore_id=rescore_id, now=request.now)
