"""Import a course."""

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from linkspan.courseware.engines import archives, olx
from linkspan.courseware.engines.scripts import objections
from linkspan.courseware.models import CourseVersionRow
from linkspan.courseware.rules import Finding, may_import
from linkspan.kernel import audit
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import permit


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

    `as_run` teaches the same content again under another run's id.
    """
    with tempfile.TemporaryDirectory() as scratch:
        folder = archives.find_course(path) if path.is_dir() else archives.unpack(path, Path(scratch))
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


def findings_of(course: olx.Course) -> tuple[Finding, ...]:
    """Everything that reading a course found, its scripts included."""
    return course.findings + objections(course.scripts)


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
    return ImportReport(course.run_id, course.title, course.sha256, counts, findings_of(course))
