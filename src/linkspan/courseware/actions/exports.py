"""Give a course back as it came in."""

from datetime import datetime
from typing import IO
from uuid import UUID

from django.db import transaction

from linkspan.courseware.engines.course_files import archive_of, folder_of
from linkspan.courseware.models import CourseVersionRow
from linkspan.courseware.queries import authored_run, taught_row
from linkspan.kernel import audit
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound


def export_course(*, actor: Actor, run_id: str, now: datetime, version_id: UUID | None = None) -> IO[bytes]:
    """Return a version of a run, or what is taught now, as a .tar.gz, open at its beginning: its import has its hash.

    It holds answers and solutions, so that the trail says who took it.
    """
    institution = authored_run(actor, run_id).course.institution
    if version_id is None:
        row = taught_row(run_id)
    else:
        row = CourseVersionRow.objects.filter(id=version_id, run_id=run_id).first()
    if row is None:
        raise NotFound("version_unknown", "There is no such version of this course.")
    archive = archive_of(folder_of(row.sha256))
    with transaction.atomic():
        audit.record(
            actor=actor,
            verb="export_course",
            subject=f"courseware.course:{run_id}",
            now=now,
            after={"sha256": row.sha256},
            institution=institution,
        )
    return archive
