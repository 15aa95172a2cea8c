"""What is done in courses: import one, answer a problem."""

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from linkspan.courseware.engines import olx
from linkspan.courseware.engines.runtime import submit
from linkspan.courseware.engines.scripts import objections
from linkspan.courseware.models import AttemptRow, CourseVersionRow, StateRow
from linkspan.courseware.queries import outline, runtime_for, states_of
from linkspan.courseware.rules import may_import
from linkspan.kernel import audit
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import Busy, NotFound, Refused, Unusable, permit


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import read: counts by block type, and what was left out."""

    run_id: str
    title: str
    sha256: str
    blocks: Mapping[str, int]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProblemResult:
    """What a submission earned; `message` is for the learner."""

    usage: str
    earned: Decimal
    possible: Decimal
    correct: bool
    message: str


def check_course(path: Path) -> ImportReport:
    """Read a course from a folder or an archive without keeping it; Unusable names what is wrong."""
    if path.is_dir():
        return _report(olx.read_course(olx.find_course(path)))
    with tempfile.TemporaryDirectory() as scratch:
        return _report(olx.read_course(olx.unpack(path, Path(scratch))))


def import_course(*, actor: Actor, path: Path, now: datetime, as_run: str | None = None) -> ImportReport:
    """Import a course from a folder or an archive; nothing is kept of a broken one. The same again changes nothing.

    `as_run` teaches the same content again under another run's id.
    """
    with tempfile.TemporaryDirectory() as scratch:
        folder = olx.find_course(path) if path.is_dir() else olx.unpack(path, Path(scratch))
        course = olx.read_course(folder, as_run)
        permit(may_import(actor, course.institution), "import courses here")
        _keep(folder, course.sha256)
    with transaction.atomic():
        _, created = CourseVersionRow.objects.get_or_create(
            run_id=course.run_id,
            sha256=course.sha256,
            defaults={
                "institution": course.institution,
                "title": course.title,
                "imported_at": now,
                "imported_by": actor.name,
            },
        )
        if created:
            subject = f"courseware.course:{course.run_id}"
            audit.record(actor=actor, verb="import_course", subject=subject, now=now, after={"sha256": course.sha256})
    return _report(course)


def _keep(folder: Path, sha256: str) -> None:
    place = Path(settings.COURSE_ROOT) / sha256
    if place.exists():
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(dir=place.parent))
    shutil.copytree(folder, partial / "course", ignore=_links)
    try:
        (partial / "course").rename(place)
    except OSError:
        if not place.exists():
            raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _links(folder: str, names: list[str]) -> list[str]:
    """What is only a link: it may lead out of the course, and belongs to no hash."""
    return [name for name in names if (Path(folder) / name).is_symlink()]


def _report(course: olx.Course) -> ImportReport:
    counts: dict[str, int] = {}
    for block in course.root.walk():
        counts[block.type] = counts.get(block.type, 0) + 1
    warnings = course.warnings + objections(course.scripts)
    return ImportReport(course.run_id, course.title, course.sha256, counts, warnings)


@transaction.atomic
def submit_problem(
    *, actor: Actor, run_id: str, usage: str, answers: Mapping[str, Any], now: datetime
) -> ProblemResult:
    """Answer a problem of a run that one studies; it is graded by the block itself, and the attempt is kept.

    `answers` maps an input (`2_1`) to a text, or to a list for checkboxes.
    """
    course = outline(actor, run_id)
    block = course.blocks().get(usage)
    if block is None or block.type != "problem" or actor.person_id is None:
        raise NotFound("problem_unknown", "There is no such problem in this course.")
    StateRow.objects.select_for_update().filter(learner_id=actor.person_id, run_id=run_id, usage=usage).first()
    states = states_of(actor.person_id, run_id)
    grades: list[tuple[float, float]] = []
    runtime = runtime_for(
        course, str(actor.person_id), states, lambda _usage, earned, possible: grades.append((earned, possible))
    )
    try:
        outcome = submit(runtime.load_block(block), answers)
    except Exception as error:
        _tell_busy(error)
        raise Refused("problem_not_available", _reason(error)) from error
    if not grades:
        message = str(outcome.get("success") or "This problem takes no answers now.")
        raise Unusable("answer_not_accepted", _plain(message))
    StateRow.objects.update_or_create(
        learner_id=actor.person_id,
        run_id=run_id,
        usage=usage,
        defaults={"state": states.get(usage, {}), "changed_at": now},
    )
    earned, possible = Decimal(str(grades[-1][0])), Decimal(str(grades[-1][1]))
    AttemptRow.objects.create(
        learner_id=actor.person_id,
        run_id=run_id,
        usage=usage,
        earned=earned,
        possible=possible,
        answers=dict(answers),
        at=now,
    )
    correct = possible > 0 and earned == possible
    return ProblemResult(usage, earned, possible, correct, "Correct." if correct else "Not all of it is right yet.")


def _tell_busy(error: BaseException | None) -> None:
    """Raise Busy if that is what lies under the error: capa wraps everything."""
    while error is not None:
        if isinstance(error, Busy):
            raise error
        error = error.__cause__ or error.__context__


def _reason(error: Exception) -> str:
    if "not available here" in f"{error} {error.__context__}":
        return "This problem is checked by Python, which is not available here. Nothing was counted."
    return "This problem could not be graded. Nothing was counted; tell the course's staff."


def _plain(message: str) -> str:
    return message if len(message) < 200 else "The answer could not be read. Check its form and try again."
