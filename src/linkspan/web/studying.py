"""What helps to study a course: its announcements, a search in it, marks at units; and announcing, for its staff."""

from enum import StrEnum
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from linkspan.courseware import actions, queries
from linkspan.courseware.rules import LONGEST_SEARCH, LONGEST_TITLE
from linkspan.kernel.errors import LinkspanError, NotFound, NotPermitted
from linkspan.kernel.request import Request
from linkspan.web.pages import acts, done, identifier, page_number, post_only, signed_in, text


class MarkAct(StrEnum):
    """What is done with the mark of a unit."""

    MARK = "mark"
    UNMARK = "unmark"


class AnnounceAct(StrEnum):
    """What staff do with announcements."""

    ANNOUNCE = "announce"
    WITHDRAW = "withdraw"


#: The field at which an error is told.
FIELDS = {"title_unusable": "title", "text_unusable": "text", "time_unusable": "due", "cohort_unknown": "cohort"}


@signed_in
def announcements(request: Request, run_id: str) -> HttpResponse:
    """What the staff of a course have told, newest first."""
    page = queries.announcements(request.actor, run_id, request.now, number=page_number(request))
    told = {"run_id": run_id, "course": queries.course_for(request.actor, run_id).title, "page": page}
    return render(request, "courseware/announcements.html", told)


@signed_in
def search(request: Request, run_id: str) -> HttpResponse:
    """Words in what of a course its reader may see now."""
    asked = request.GET.get("q", "").replace("\0", "").strip()[:LONGEST_SEARCH]
    found = queries.search_course(request.actor, run_id, asked, request.now)
    course = queries.course_for(request.actor, run_id)
    return render(request, "courseware/search.html", {"run_id": run_id, "course": course.title, "found": found})


@post_only
@signed_in
@acts(MarkAct)
def mark(request: Request, run_id: str, name: str, do: MarkAct) -> HttpResponse:
    """Mark a unit, or mark it no more."""
    marked = do is MarkAct.MARK
    actions.bookmark_unit(actor=request.actor, run_id=run_id, unit=name, marked=marked, now=request.now)
    words = _("Marked. You find it on the page of the course.") if marked else _("The mark is gone.")
    return done(request, words, "courseware-unit", run_id, name)


@signed_in
@acts(AnnounceAct)
def desk(request: Request, run_id: str, do: AnnounceAct | None = None) -> HttpResponse:
    """What was announced in a run, and what waits for its day; a post announces or withdraws, input stays."""
    told: dict[str, Any] = {"run": queries.authored_run(request.actor, run_id), "longest_title": LONGEST_TITLE}
    if do is not None:
        try:
            return done(request, _done(request, run_id, told["run"].time_zone, do), "studying-desk", run_id)
        except NotPermitted:
            raise
        except LinkspanError as error:
            told |= {"problem": error, "at": FIELDS.get(error.code, ""), "typed": request.POST}
    told["cohorts"] = queries.cohorts_to_address(request.actor, run_id)
    told["waiting"] = queries.announcements_to_come(request.actor, run_id)
    told["page"] = queries.announcements(request.actor, run_id, request.now, number=page_number(request))
    return render(request, "desk/announcements.html", told, status=told["problem"].status if "problem" in told else 200)


def cohort_in(request: Request) -> UUID | None:
    """The cohort to which a form writes alone; None for everybody."""
    given, unknown = text(request, "cohort", 40), NotFound("cohort_unknown", "There is no such cohort.").at("cohort")
    return identifier(given, unknown) if given else None


def _done(request: Request, run_id: str, zone: str, do: AnnounceAct) -> str:
    if do is AnnounceAct.WITHDRAW:
        unknown = NotFound("announcement_unknown", "There is no such announcement. It may have been withdrawn.")
        one = identifier(text(request, "announcement", 40), unknown)
        actions.withdraw_announcement(actor=request.actor, announcement_id=one, now=request.now)
        return _("The announcement is withdrawn.")
    due = text(request, "due", 40)
    actions.announce(
        actor=request.actor,
        run_id=run_id,
        title=text(request, "title"),
        text=text(request, "text", 100_000),
        due=actions.due_of(due, zone) if due else None,
        cohort_id=cohort_in(request),
        now=request.now,
    )
    return _("It is announced on its day.") if due else _("It is announced. Every learner for whom it is gets told.")
