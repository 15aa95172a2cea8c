"""Import a course."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.db import transaction

from linkspan.courseware.engines import archives, olx
from linkspan.courseware.engines.course_files import keep_folder
from linkspan.courseware.engines.scripts import objections
from linkspan.courseware.models import CourseVersionRow
from linkspan.courseware.queries import owner_of, taught_row
from linkspan.courseware.rules import Finding, Source, may_import
from linkspan.kernel import audit
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import permit
from linkspan.kernel.locks import one_at_a_time


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import read: counts by block type, and what is wrong or cannot be taught here."""

    run_id: str
    title: str
    sha256: str
    blocks: Mapping[str, int]
    findings: tuple[Finding, ...]


def import_course(*, actor: Actor, path: Path, now: datetime, as_run: str | None = None) -> ImportReport:
    """Import a course from a folder or an archive; nothing is kept of a broken one. The same again changes nothing.

    `as_run` teaches the same content again under another run's id. Whose run it is says the catalogue; the course's
    own `org` counts only for a run that is in none.
    """
    with tempfile.TemporaryDirectory() as scratch:
        folder = archives.find_course(path) if path.is_dir() else archives.unpack(path, Path(scratch))
        course = olx.read_course(folder, as_run)
        institution = owner_of(course.run_id, course.institution)
        permit(may_import(actor, institution), "import courses here")
        keep_folder(folder, course.sha256)
    teach(actor=actor, course=course, institution=institution, now=now)
    return ImportReport(course.run_id, course.title, course.sha256, counts_of(course), findings_of(course))


@transaction.atomic
def teach(*, actor: Actor, course: olx.Course, institution: str, now: datetime, source: Source | None = None) -> None:
    """Teach this content, whose files are kept, in its run from now on; what learners did in the run stays.

    `source` is the commit out of which it came.
    """
    one_at_a_time(f"courseware.version {course.run_id}")
    taught = taught_row(course.run_id)
    if taught is not None and taught.sha256 == course.sha256:
        return
    told = {"address": source.address, "ref": source.ref, "commit": source.commit} if source else {}
    _, created = CourseVersionRow.objects.update_or_create(
        run_id=course.run_id,
        sha256=course.sha256,
        defaults={"taught_since": now},
        create_defaults={
            "institution": institution,
            "title": course.title[:200],
            "imported_at": now,
            "imported_by": actor.name,
            "taught_since": now,
            "blocks": counts_of(course),
            **told,
        },
    )
    audit.record(
        actor=actor,
        verb="import_course" if created else "teach_earlier_version",
        subject=f"courseware.course:{course.run_id}",
        now=now,
        before={"sha256": taught.sha256} if taught else None,
        after={"sha256": course.sha256, **told},
        institution=institution,
    )


def findings_of(course: olx.Course) -> tuple[Finding, ...]:
    """Everything that reading a course found, its scripts included."""
    return course.findings + objections(course.scripts)


def counts_of(course: olx.Course) -> dict[str, int]:
    """How many blocks of each type a course has."""
    counts: dict[str, int] = {}
    for block in course.root.walk():
        counts[block.type] = counts.get(block.type, 0) + 1
    return counts
