"""Reads of later due dates for single learners."""

from linkspan.catalog.queries import course_run
from linkspan.courseware.models import ExtensionRow
from linkspan.courseware.rules import Extension, may_extend
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import permit
from linkspan.kernel.paging import Page, page_of

PAGE = 50


def extensions_of(actor: Actor, run_id: str, *, number: int = 1) -> Page[Extension]:
    """The extensions of a run, newest first, for its staff."""
    permit(may_extend(actor, course_run(run_id).course.institution), "extend due dates here")
    rows = ExtensionRow.objects.filter(run_id=run_id).order_by("-at", "id")
    return page_of(rows, rows.count(), extension, number=number, size=PAGE)


def extension(row: ExtensionRow) -> Extension:
    """A row as a value."""
    return Extension(row.id, row.learner_id, row.run_id, row.usage, row.due, row.reason, row.by, row.at)
