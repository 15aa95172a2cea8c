"""Try a course before learners meet it: handed in, or an earlier version; checked at length, then taught or not."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from itertools import batched
from pathlib import Path
from uuid import UUID

import structlog
from django.db import transaction

from linkspan.courseware.actions.checks import CourseCheck, check_read, leaves_of
from linkspan.courseware.actions.imports import counts_of, teach
from linkspan.courseware.engines import archives, olx
from linkspan.courseware.engines.course_files import keep_folder
from linkspan.courseware.engines.differences import content_of
from linkspan.courseware.engines.git import fetch_commit
from linkspan.courseware.engines.olx import Course
from linkspan.courseware.events import CourseHandedIn
from linkspan.courseware.models import CourseVersionRow, GradeChangeRow, TrialRow
from linkspan.courseware.queries import authored_run, grades_in, scored_learners, taught_row, trial, version_of
from linkspan.courseware.rules import (
    Comparison,
    GradeChange,
    GradeEffect,
    Source,
    TrialReport,
    TrialState,
    check_repository,
    compare,
    effect_of,
    name_of_repository,
)
from linkspan.kernel import audit, outbox, storage
from linkspan.kernel.actor import Actor
from linkspan.kernel.each import UNEXPECTED
from linkspan.kernel.errors import Busy, LinkspanError, NotFound, Refused
from linkspan.kernel.forgetting import drop_unnamed
from linkspan.kernel.jsonable import jsonable
from linkspan.kernel.lines import OneLine
from linkspan.kernel.outside import network_policy
from linkspan.kernel.reasons import Reason

log = structlog.get_logger(__name__)

#: Of an archive that comes by a page or the API. A larger course comes by the command, which reads a folder.
LARGEST = 30 * 2**20
#: Trials of one institution that stand open at once.
MOST_OPEN = 50
#: Of a report that is kept, of each kind.
MOST_FINDINGS = 2_000
#: Of parts, lines of the grading and files that differ from what is taught.
MOST_EDITS = 500
AT_ONCE = 200
FAULT = (
    "This course could not be checked because of a fault of this site. Its operators see it. Hand it in again later."
)


@transaction.atomic
def hand_in_course(*, actor: Actor, run_id: str, name: str, content: bytes, now: datetime) -> UUID:
    """Keep an archive (.tar.gz or .zip) for a run and have it tried; the same that still waits is one trial."""
    institution = _room(actor, run_id)
    sha256 = storage.keep(content, largest=LARGEST)
    return _begin(actor, run_id, institution, OneLine.of(name).value or "course.tar.gz", now, archive_sha256=sha256)


@transaction.atomic
def try_version(*, actor: Actor, run_id: str, version_id: UUID, now: datetime) -> UUID:
    """Try an earlier version of a run against what is taught now, to go back to it."""
    institution = _room(actor, run_id)
    row = CourseVersionRow.objects.filter(id=version_id, run_id=run_id).first()
    taught = taught_row(run_id)
    if row is None or taught is None:
        raise NotFound("version_unknown", "There is no such version of this course.")
    if row.id == taught.id:
        raise Refused("version_taught", "This version is taught now. Choose another one.")
    return _begin(actor, run_id, institution, row.title, now, sha256=row.sha256)


@transaction.atomic
def hand_in_repository(*, actor: Actor, run_id: str, address: str, now: datetime, ref: str = "") -> UUID:
    """Have a branch or tag of a git repository fetched and tried for a run; the same that still waits is one trial."""
    institution = _room(actor, run_id)
    address, ref = address.strip(), ref.strip()
    check_repository(address, ref)
    name = name_of_repository(address, ref)
    return _begin(actor, run_id, institution, OneLine.of(name).value, now, address=address, ref=ref)


def _room(actor: Actor, run_id: str) -> str:
    institution = authored_run(actor, run_id).course.institution
    ended = (TrialState.TAKEN, TrialState.UNUSABLE)
    if TrialRow.objects.filter(institution=institution).exclude(state__in=ended).count() >= MOST_OPEN:
        raise Refused("too_many_trials", "{most} courses are on trial here. Discard one first.", most=MOST_OPEN)
    return institution


def _begin(
    actor: Actor,
    run_id: str,
    institution: str,
    name: str,
    now: datetime,
    *,
    archive_sha256: str = "",
    sha256: str = "",
    address: str = "",
    ref: str = "",
) -> UUID:
    row, created = TrialRow.objects.get_or_create(
        run_id=run_id,
        archive_sha256=archive_sha256,
        sha256=sha256,
        address=address,
        ref=ref,
        state=TrialState.WAITING,
        defaults={"institution": institution, "name": name[:200], "by": actor.name, "at": now},
    )
    if created:
        after = {"run": run_id, "archive": archive_sha256, "content": sha256}
        after |= {"address": address, "ref": ref} if address else {}
        _note(actor, "try_course", row, now, after)
        outbox.publish(CourseHandedIn(row.id), now=now)
    return row.id


def try_course(*, trial_id: UUID, now: datetime) -> None:
    """Read and check what was handed in, and say whose grade it would change; again, it begins anew."""
    row = TrialRow.objects.filter(id=trial_id).first()
    if row is None or row.state in (TrialState.TRIED, TrialState.TAKEN, TrialState.UNUSABLE):
        return
    _set(row.id, state=TrialState.CHECKING, done=0)
    try:
        _fetch(row)
        with _content(row) as course:
            _try(row, course, now)
    except Busy:
        raise
    except LinkspanError as error:
        _end(row.id, TrialState.UNUSABLE, TrialReport(problem=error.reason), now)
    except Exception:
        log.exception("a course could not be tried", trial=str(row.id))
        _end(row.id, TrialState.UNUSABLE, TrialReport(problem=Reason(UNEXPECTED, "A fault of ours.")), now)


def _fetch(row: TrialRow) -> None:
    """Keep the files of a repository as what was handed in, once; nothing for a trial of another kind."""
    if not row.address or row.archive_sha256:
        return
    found = fetch_commit(row.address, row.ref, network_policy())
    row.archive_sha256, row.commit = storage.keep(found.content, largest=LARGEST), found.commit
    _set(row.id, archive_sha256=row.archive_sha256, commit=row.commit)


@contextmanager
def _content(row: TrialRow) -> Iterator[Course]:
    """The course of a trial, unpacked for as long as it is needed."""
    if not row.archive_sha256:
        yield version_of(CourseVersionRow.objects.get(run_id=row.run_id, sha256=row.sha256))
        return
    with tempfile.TemporaryDirectory() as scratch:
        archive, folder = Path(scratch) / "archive", Path(scratch) / "course"
        archive.write_bytes(storage.read(row.archive_sha256))
        folder.mkdir()
        yield olx.read_course(archives.unpack(archive, folder), row.run_id, row.institution)


def _try(row: TrialRow, course: Course, now: datetime) -> None:
    taught = taught_row(row.run_id)
    leaves, learners = leaves_of(course), scored_learners(row.run_id) if taught else []
    tell = _progress(row.id, len(leaves) + len(learners))
    check = check_read(course, now, tell)
    changes = list(_changes(version_of(taught), course, learners, now, tell)) if taught else []
    differs = compare(content_of(version_of(taught)), content_of(course)) if taught else None
    with transaction.atomic():
        _set(row.id, sha256=course.sha256, against=taught.sha256 if taught else "")
        GradeChangeRow.objects.filter(trial_id=row.id).delete()
        rows = [GradeChangeRow(trial_id=row.id, **jsonable(change)) for change in changes]
        GradeChangeRow.objects.bulk_create(rows, batch_size=500)
        report = _with_changes(_report(course, check, effect_of(len(learners), changes)), differs)
        _end(row.id, TrialState.TRIED, report, now)


def _changes(
    before: Course, after: Course, learners: list[UUID], now: datetime, tell: Callable[[], None]
) -> Iterator[GradeChange]:
    for ids in batched(learners, AT_ONCE):
        old, new = grades_in(before, ids, now), grades_in(after, ids, now)
        for one in ids:
            tell()
            change = GradeChange(one, int(old[one].percent), int(new[one].percent), old[one].passed, new[one].passed)
            if (change.before, change.passed_before) != (change.after, change.passed_after):
                yield change


def _report(course: Course, check: CourseCheck, grades: GradeEffect) -> TrialReport:
    return TrialReport(
        title=course.title,
        names_run=course.names_run,
        blocks=counts_of(course),
        rendered=check.rendered,
        leaves=check.blocks,
        problems=check.problems,
        full_marks=check.full_marks,
        no_reference=check.no_reference,
        closed=check.closed,
        errors=check.errors[:MOST_FINDINGS],
        warnings=check.warnings[:MOST_FINDINGS],
        grades=grades,
    )


def _with_changes(report: TrialReport, found: Comparison | None) -> TrialReport:
    """A report with what differs from what is taught, as far as it is kept."""
    if found is None:
        return report
    files = dict(list(found.files.items())[:MOST_EDITS])
    kept = replace(found, blocks=found.blocks[:MOST_EDITS], policy=found.policy[:MOST_EDITS], files=files)
    return replace(report, changes=kept, parts=len(found.blocks), files=len(found.files))


def _progress(trial_id: UUID, whole: int) -> Callable[[], None]:
    """Count one more done each time, and write it down every hundredth part."""
    done, step = 0, max(1, whole // 100)
    _set(trial_id, whole=whole)

    def tell() -> None:
        nonlocal done
        done += 1
        if done % step == 0:
            _set(trial_id, done=done)

    return tell


def _set(trial_id: UUID, **values: object) -> None:
    TrialRow.objects.filter(id=trial_id).update(**values)


def _end(trial_id: UUID, state: TrialState, report: TrialReport, now: datetime) -> None:
    _set(trial_id, state=state, report=jsonable(report), tried_at=now)


def take_course(*, actor: Actor, trial_id: UUID, sha256: str, now: datetime) -> None:
    """Teach exactly the content that was tried and looked at (`sha256`) in its run from now on.

    What learners did stays as it is, and no grade on record moves. Refused if another version is taught by now.
    """
    found = trial(actor, trial_id)
    if found.state is TrialState.TAKEN and found.sha256 == sha256:
        return
    if not found.may_be_taken or found.sha256 != sha256:
        raise Refused("trial_outdated", "This is not what was tried, or another version is taught now. Try it again.")
    row = TrialRow.objects.get(id=trial_id)
    with _content(row) as course:
        if course.sha256 != sha256:
            raise Refused("trial_outdated", "The files are not those that were tried. Hand the course in again.")
        keep_folder(course.folder, course.sha256)
        with transaction.atomic():
            _claim(row, actor, now)
            source = Source(row.address, row.ref, row.commit) if row.address else None
            teach(actor=actor, course=course, institution=row.institution, now=now, source=source)


def _claim(row: TrialRow, actor: Actor, now: datetime) -> None:
    """Mark the trial as taken, unless somebody else took it or another version came in between."""
    taught = taught_row(row.run_id)
    if row.against != (taught.sha256 if taught else ""):
        raise Refused("trial_outdated", "Another version is taught now. Try this one again.")
    claimed = TrialRow.objects.filter(id=row.id, state=TrialState.TRIED)
    if not claimed.update(state=TrialState.TAKEN, taken_by=actor.name, taken_at=now):
        raise Refused("trial_taken", "This course was imported or discarded in the meantime.")


@transaction.atomic
def discard_trial(*, actor: Actor, trial_id: UUID, now: datetime) -> None:
    """Throw away what was handed in; what is taught stays."""
    found = trial(actor, trial_id)
    if found.state is TrialState.TAKEN:
        raise Refused("trial_taken", "This course was imported, and is not discarded. Go back to another version.")
    row = TrialRow.objects.get(id=trial_id)
    _note(actor, "discard_trial", row, now, {"run": row.run_id})
    archive = row.archive_sha256
    row.delete()
    drop_unnamed({archive} if archive else set())


def _note(actor: Actor, verb: str, row: TrialRow, now: datetime, after: dict[str, str]) -> None:
    subject = f"courseware.trial:{row.id}"
    audit.record(actor=actor, verb=verb, subject=subject, now=now, after=after, institution=row.institution)
