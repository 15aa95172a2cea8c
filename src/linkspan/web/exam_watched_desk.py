"""An exam that a service watches, for staff: chosen for a draft, waived for an attempt, its recording opened."""

from enum import StrEnum
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from linkspan.catalog.rules import Invalid
from linkspan.exams import actions, queries
from linkspan.exams.rules import LONGEST_KEPT, Version
from linkspan.kernel.errors import Refused, Unusable
from linkspan.kernel.request import Request
from linkspan.web.pages import acts, done, identifier, post_only, signed_in, text, texts, ticked


class Choice(StrEnum):
    """Who watches."""

    SERVICE = "service"
    OURS = "ours"


@signed_in
@acts(Choice)
def settings(request: Request, code: str, do: Choice | None = None) -> HttpResponse:
    """Who watches the draft, and what a service allows; what was typed is kept on an error."""
    found = queries.versions(request.actor, code)[0]
    if found.published_at is not None:
        raise Refused("no_draft", _("A published version never changes. Begin a new version first."))
    if do is None:
        return _settings(request, found)
    if do is Choice.OURS:
        actions.put_service(actor=request.actor, code=code, service_id=None, now=request.now)
        return done(request, _("Our own proctors watch the exam."), "exam_making-version", code, found.exam.version)
    try:
        _put(request, code)
    except Invalid as error:
        return _settings(request, found, error)
    return done(request, _("The service watches the exam."), "exam_making-version", code, found.exam.version)


def _put(request: Request, code: str) -> None:
    days = text(request, "keeps_days", 5)
    unknown = Unusable("service_unknown", _("Choose among the services of the page."))
    actions.put_service(
        actor=request.actor,
        code=code,
        service_id=identifier(text(request, "service", 40), unknown),
        allowed=texts(request, "allowed", 100),
        accepts=ticked(request, "accepts"),
        keeps_days=int(days) if days.isascii() and days.isdigit() else 0,
        now=request.now,
    )


def _settings(request: Request, found: Version, problem: Invalid | None = None) -> HttpResponse:
    watched, posted = found.exam.watched, request.POST
    allowed = {one.key for one in watched.allowances if one.allowed} if watched else set()
    told = {
        "found": found,
        "services": queries.offered_services(request.actor, found.exam.institution),
        "errors": problem.fields if problem else {},
        "allowed": set(posted.getlist("allowed")) if problem else allowed,
        "accepts": posted.get("accepts") == "yes" if problem else bool(watched and watched.accepts),
        "keeps_days": posted.get("keeps_days", "") if problem else watched.keeps_days if watched else 90,
        "most_days": LONGEST_KEPT,
    }
    return render(request, "desk/exam_watching.html", told, status=422 if problem else 200)


@post_only
@signed_in
def other_way(request: Request, attempt_id: UUID) -> HttpResponse:
    """Let an attempt go on without its service."""
    reason = text(request, "reason", 1000)
    actions.allow_other_way(actor=request.actor, attempt_id=attempt_id, reason=reason, now=request.now)
    said = _("The exam goes on without the service. A proctor confirms who is there.")
    return done(request, said, "exam_review-one", attempt_id)


@post_only
@signed_in
def recording(request: Request, attempt_id: UUID) -> HttpResponse:
    """Where the recording of an attempt is seen at the service, for a minute."""
    address = actions.open_dashboard(actor=request.actor, attempt_id=attempt_id, now=request.now)
    told = {"address": address, "attempt": queries.attempt(request.actor, attempt_id)}
    response = render(request, "desk/exam_recording.html", told)
    response["Cache-Control"] = "private, no-store"
    return response
