"""An exam that a service watches, for who sits it: what is seen and for how long, practice, asking again."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from linkspan.exams import actions, queries
from linkspan.kernel.errors import NotFound
from linkspan.kernel.request import Request
from linkspan.web.pages import done, post_only, signed_in


@signed_in
def how(request: Request, code: str) -> HttpResponse:
    """What the service sees, who reads it, for how long; a post agrees."""
    exam, actor = queries.exam(code), request.actor
    if exam.watched is None:
        raise NotFound("exam_unwatched", "No service watches this exam.")
    if request.method == "POST":
        actions.agree_to_watching(actor=actor, code=code, now=request.now)
        return done(request, _("You agreed. You can book and check in now."), "exam_watched-how", code)
    told = {
        "exam": exam,
        "agreed": queries.agreed(actor.own_id, exam),
        "practice": queries.practice_of(actor, exam),
    }
    return render(request, "exam_watching.html", told)


@post_only
@signed_in
def practise(request: Request, code: str) -> HttpResponse:
    """Begin practice with the service."""
    actions.begin_practice(actor=request.actor, code=code, now=request.now)
    return done(request, _("The service is asked. Load this page again in a minute."), "exam_watched-how", code)


@post_only
@signed_in
def finish(request: Request, session_id: UUID) -> HttpResponse:
    """Say that practice is over; the service looks at it."""
    actions.finish_practice(actor=request.actor, session_id=session_id, now=request.now)
    return done(request, _("The service looks at it now."), "exams-overview")


@post_only
@signed_in
def ask_again(request: Request, attempt_id: UUID) -> HttpResponse:
    """Have the service asked again."""
    actions.ask_service_again(actor=request.actor, attempt_id=attempt_id, now=request.now)
    return done(request, _("The service is asked again."), "exam_page-attempt", attempt_id)
