"""Exams: authorisation, check-in, the timed form, the result."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from linkspan.catalog.queries import price_in_force, programs
from linkspan.catalog.rules import exams_of
from linkspan.exams import actions, queries
from linkspan.exams.rules import AttemptState
from linkspan.kernel import outbox
from linkspan.kernel.errors import NotFound
from linkspan.web.pages import done, signed_in, text, upload


@signed_in
def overview(request: HttpRequest) -> HttpResponse:
    """Each exam: may I take it, when, and my attempts."""
    actor = request.actor
    rows = []
    for program in programs(request.now.date()):
        for code in exams_of(program.requirements):
            try:
                exam = queries.exam(code)
            except NotFound:
                continue
            rows.append(
                {
                    "program": program,
                    "exam": exam,
                    "reasons": queries.exam_reasons(actor, actor.person_id, code),
                    "sittings": queries.sittings(code),
                    "price": price_in_force(f"exam:{code}", request.now.date()),
                }
            )
    told = {
        "rows": rows,
        "attempts": queries.attempts_of(actor, actor.person_id),
        "accommodations": queries.accommodations_of(actor, actor.person_id),
    }
    return render(request, "exams.html", told)


@require_POST
@signed_in
def register(request: HttpRequest, code: str) -> HttpResponse:
    """Register and go to the payment of the fee."""
    charge = actions.register_for_exam(actor=request.actor, code=code, now=request.now)
    return redirect(f"/pay/{charge}/")


@require_POST
@signed_in
def check_in(request: HttpRequest, sitting_id: UUID) -> HttpResponse:
    """Check in for a sitting."""
    attempt = actions.create_attempt(actor=request.actor, sitting_id=sitting_id, now=request.now)
    return redirect(f"/exams/attempts/{attempt.id}/")


@signed_in
def attempt(request: HttpRequest, attempt_id: UUID) -> HttpResponse:
    """One's attempt: waiting for the proctor, running, handed in, or its released result."""
    found = queries.attempt(request.actor, attempt_id)
    questions, left = (), 0
    if found.state == AttemptState.STARTED and request.actor.is_person(found.learner_id):
        if found.deadline and request.now >= found.deadline:
            found = actions.submit_attempt(actor=request.actor, attempt_id=attempt_id, now=request.now)
        else:
            questions = queries.questions(request.actor, attempt_id)
            left = int((found.deadline - request.now).total_seconds()) if found.deadline else 0
    return render(request, "attempt.html", {"attempt": found, "questions": questions, "seconds_left": left})


@require_POST
@signed_in
def start(request: HttpRequest, attempt_id: UUID) -> HttpResponse:
    """Start the clock."""
    actions.start_attempt(actor=request.actor, attempt_id=attempt_id, now=request.now)
    return redirect(f"/exams/attempts/{attempt_id}/")


def _save_changes(request: HttpRequest, attempt_id: UUID) -> None:
    for question in queries.questions(request.actor, attempt_id):
        given = [value.strip() for value in request.POST.getlist(f"item_{question.id}") if value.strip()]
        if tuple(given) != question.given:
            actions.save_response(
                actor=request.actor, attempt_id=attempt_id, item=question.id, given=given, now=request.now
            )


@require_POST
@signed_in
def autosave(request: HttpRequest, attempt_id: UUID) -> HttpResponse:
    """Save every answer that changed, while the page stays as it is."""
    _save_changes(request, attempt_id)
    return HttpResponse(status=204)


@require_POST
@signed_in
def extra_time(request: HttpRequest, code: str) -> HttpResponse:
    """Ask for extra time."""
    percent = text(request, "percent", 4)
    actions.request_accommodation(
        actor=request.actor,
        code=code,
        extra_percent=int(percent) if percent.isascii() and percent.isdigit() else 0,
        document=upload(request, "document") if request.FILES.get("document") else None,
        now=request.now,
    )
    return done(request, _("Your request is in. Only program staff see it."), "/exams/")


@require_POST
@signed_in
def save(request: HttpRequest, attempt_id: UUID) -> HttpResponse:
    """Save every answer that changed; hand in if that was asked for."""
    _save_changes(request, attempt_id)
    if text(request, "do") == "submit":
        actions.submit_attempt(actor=request.actor, attempt_id=attempt_id, now=request.now)
        outbox.drain(now=request.now)
        return done(request, _("Your exam is handed in."), f"/exams/attempts/{attempt_id}/")
    return done(request, _("Your answers are saved."), f"/exams/attempts/{attempt_id}/")


@require_POST
@signed_in
def appeal(request: HttpRequest, attempt_id: UUID) -> HttpResponse:
    """Appeal against a rejection."""
    statement = text(request, "statement")
    actions.appeal_verdict(actor=request.actor, attempt_id=attempt_id, statement=statement, now=request.now)
    return done(request, _("Your appeal is in."), f"/exams/attempts/{attempt_id}/")
