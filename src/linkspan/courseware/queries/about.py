"""What is told of courses to everybody, and what their staff wrote for that."""

from collections.abc import Collection
from pathlib import Path

from linkspan.courseware.engines import about
from linkspan.courseware.engines.course_files import folder_of
from linkspan.courseware.engines.markdown import as_html
from linkspan.courseware.engines.olx import Course
from linkspan.courseware.models import AboutRow, CourseVersionRow
from linkspan.courseware.queries.courses import taught_row, version_of
from linkspan.courseware.queries.versions import authored_run
from linkspan.courseware.rules import LONGEST_EFFORT, CourseAbout, Said, grading_of, percent_of, syllabus_of
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import LinkspanError
from linkspan.kernel.readers import public

LONGEST_SUMMARY = 500
TAUGHT_LAST = ("taught_since", "id")


@public
def about_course(run_id: str) -> CourseAbout:
    """What everybody may know of a course before they enrol; of a run without content what staff wrote."""
    said, course = _said(run_id), _taught(run_id)
    if course is None:
        return CourseAbout(run_id, as_html(said.overview), "", said.effort, as_html(said.staff), (), (), None)
    passes = course.policy.pass_share
    return CourseAbout(
        run_id,
        as_html(said.overview) or about.page_of(course.folder, "overview"),
        about.line_of(course.folder, "short_description", LONGEST_SUMMARY),
        said.effort or about.line_of(course.folder, "effort", LONGEST_EFFORT),
        as_html(said.staff) or _staff(course.folder),
        syllabus_of(course.root) if said.syllabus else (),
        grading_of(course.policy),
        None if passes is None else percent_of(passes),
    )


@public
def efforts_of(run_ids: Collection[str]) -> dict[str, str]:
    """How much time each of those runs takes, as its staff or its files say; those that say nothing are left out."""
    said = dict(AboutRow.objects.filter(run_id__in=run_ids).values_list("run_id", "effort"))
    taught = {row.run_id: row for row in CourseVersionRow.objects.filter(run_id__in=run_ids).order_by(*TAUGHT_LAST)}
    found = {run_id: said.get(run_id) or _effort(taught.get(run_id)) for run_id in run_ids}
    return {run_id: effort for run_id, effort in found.items() if effort}


def _effort(row: CourseVersionRow | None) -> str:
    """What the files of a version say; nothing of one whose files are not at hand."""
    try:
        return about.line_of(folder_of(row.sha256), "effort", LONGEST_EFFORT) if row else ""
    except LinkspanError:
        return ""


def _taught(run_id: str) -> Course | None:
    """The course as it is taught; None where there is none, or none that this version of Linkspan can read."""
    row = taught_row(run_id)
    try:
        return version_of(row) if row else None
    except LinkspanError:
        return None


def _staff(folder: Path) -> str:
    return about.page_of(folder, "course_staff_extended") or about.page_of(folder, "course_staff_short")


def said_of(actor: Actor, run_id: str) -> Said:
    """What staff wrote of a run of theirs."""
    authored_run(actor, run_id)
    return _said(run_id)


def _said(run_id: str) -> Said:
    row = AboutRow.objects.filter(run_id=run_id).first()
    return Said(row.overview, row.effort, row.staff, row.syllabus) if row else Said()
