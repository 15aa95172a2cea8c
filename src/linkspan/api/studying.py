"""What helps to study a course: announcements, marks at units, where one stopped, a search in the course."""

from uuid import UUID

from pydantic import AwareDatetime

from linkspan.api.answers import Made, Router
from linkspan.api.once import Posted, idempotent
from linkspan.catalog.queries import course_run
from linkspan.courseware import actions, queries
from linkspan.courseware.rules import Addressed, Announcement, CourseAbout, Found, Said, UnitPlace
from linkspan.kernel.request import Request

router = Router()


class AnnouncementIn(Posted):
    """What everybody in the run, or in a cohort, is told, now or from `due` on; `text` takes a little Markdown."""

    title: str
    text: str
    due: AwareDatetime | None = None
    cohort_id: UUID | None = None


class SaidIn(Posted):
    """What staff write of a course: `overview` and `staff` take a little Markdown."""

    overview: str = ""
    effort: str = ""
    staff: str = ""
    syllabus: bool = True


class MarkIn(Posted):
    """Whether the unit is marked."""

    marked: bool


@router.get("/runs/{run_id}/about", auth=None, operation_id="about_course")
def about_course(request: Request, run_id: str) -> CourseAbout:
    """A course as everybody reads of it before they enrol: text, effort, staff, syllabus, grading."""
    return queries.about_course(course_run(run_id).id)


@router.get("/runs/{run_id}/about/said", operation_id="said_of_course")
def said_of_course(request: Request, run_id: str) -> Said:
    """What the staff of the run wrote for that, as they wrote it. For the staff of the run."""
    return queries.said_of(request.actor, run_id)


@router.post("/runs/{run_id}/about", operation_id="say_of_course")
@idempotent
def say_of_course(request: Request, run_id: str, body: SaidIn) -> None:
    """Have everybody read this; what is empty leaves it to the course's own files. For the staff of the run."""
    said = Said(body.overview, body.effort, body.staff, body.syllabus)
    actions.say_of_course(actor=request.actor, run_id=run_id, said=said, now=request.now)


@router.get("/runs/{run_id}/announcements", operation_id="announcements")
def announcements(request: Request, run_id: str, page: int = 1) -> tuple[Announcement, ...]:
    """What the staff of a run have told so far, newest first, 20 a page."""
    return queries.announcements(request.actor, run_id, request.now, number=page).rows


@router.get("/runs/{run_id}/addressed-cohorts", operation_id="cohorts_to_address")
def cohorts_to_address(request: Request, run_id: str) -> tuple[Addressed, ...]:
    """The cohorts to which one may write alone: for staff all of the run, for a learner their own."""
    return queries.cohorts_to_address(request.actor, run_id)


@router.get("/runs/{run_id}/announcements/to-come", operation_id="announcements_to_come")
def to_come(request: Request, run_id: str) -> tuple[Announcement, ...]:
    """What waits for its day. For the staff of the run."""
    return queries.announcements_to_come(request.actor, run_id)


@router.post("/runs/{run_id}/announcements", operation_id="announce")
@idempotent
def announce(request: Request, run_id: str, body: AnnouncementIn) -> Made:
    """Tell everybody in a run: in the course, by notice and by mail. For the staff of the run."""
    told = actions.announce(
        actor=request.actor,
        run_id=run_id,
        title=body.title,
        text=body.text,
        due=body.due,
        cohort_id=body.cohort_id,
        now=request.now,
    )
    return Made(told)


@router.post("/announcements/{uuid:announcement_id}/withdraw", operation_id="withdraw_announcement")
@idempotent
def withdraw(request: Request, announcement_id: UUID, body: Posted) -> None:
    """Take it out of the course, or do not send it at all. For the staff of the run."""
    actions.withdraw_announcement(actor=request.actor, announcement_id=announcement_id, now=request.now)


@router.get("/runs/{run_id}/bookmarks", operation_id="bookmarks")
def bookmarks(request: Request, run_id: str) -> tuple[UnitPlace, ...]:
    """The units that one marked, in the order of the course."""
    return queries.bookmarked(request.actor, run_id, request.now)


@router.post("/runs/{run_id}/units/{name}/bookmark", operation_id="bookmark_unit")
@idempotent
def bookmark(request: Request, run_id: str, name: str, body: MarkIn) -> None:
    """Mark a unit, by its url_name, or mark it no more."""
    actions.bookmark_unit(actor=request.actor, run_id=run_id, unit=name, marked=body.marked, now=request.now)


@router.get("/runs/{run_id}/resume", operation_id="resume_course")
def resume(request: Request, run_id: str) -> UnitPlace | None:
    """The unit that one opened last, if it is still open."""
    return queries.stopped_in(request.actor, run_id, queries.seen_by(request.actor, run_id, request.now).children)


@router.get("/runs/{run_id}/search", operation_id="search_course")
def search(request: Request, run_id: str, q: str) -> Found:
    """Parts of the course whose words begin like each of these: of what one may see now alone, at most 50."""
    return queries.search_course(request.actor, run_id, q.replace("\0", "")[:200], request.now)
