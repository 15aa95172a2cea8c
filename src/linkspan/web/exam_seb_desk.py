"""Safe Exam Browser for staff: the settings of a draft, the clients of a version, waivers by a proctor."""

from enum import StrEnum
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from linkspan.exams import actions, queries
from linkspan.exams.rules import Version
from linkspan.kernel.errors import Refused, Unusable
from linkspan.kernel.request import Request
from linkspan.web.exam_client import steps
from linkspan.web.exam_watch import minutes_of
from linkspan.web.pages import acts, done, post_only, signed_in, text, upload

LONGEST_KEYS = 5000


class Settings(StrEnum):
    """Where a draft's settings come from."""

    PLAIN = "plain"
    UPLOAD = "upload"
    NONE = "none"


@signed_in
@acts(Settings)
def settings(request: Request, code: str, do: Settings | None = None) -> HttpResponse:
    """Whether the draft is taken in Safe Exam Browser, and with which settings; what was typed is kept on an error."""
    found = queries.versions(request.actor, code)[0]
    if found.published_at is not None:
        raise Refused("no_draft", _("A published version never changes. Begin a new version first."))
    if do is None:
        return _settings(request, found)
    try:
        said = _put(request, code, do)
    except Unusable as problem:
        return _settings(request, found, problem)
    return done(request, said, "exam_making-version", code, found.exam.version)


def _put(request: Request, code: str, do: Settings) -> str:
    actor, now = request.actor, request.now
    if do is Settings.NONE:
        actions.put_seb(actor=actor, code=code, settings=None, now=now)
        return _("The exam is taken in any browser.")
    if do is Settings.UPLOAD:
        actions.take_seb_file(actor=actor, code=code, content=upload(request, "file"), now=now)
    else:
        versions, leave = text(request, "versions", 1000).split(), text(request, "quit_url", 500)
        actions.put_plain_seb(actor=actor, code=code, versions=versions, quit_url=leave, now=now)
    return _("The exam is taken in Safe Exam Browser.")


def _settings(request: Request, found: Version, problem: Unusable | None = None) -> HttpResponse:
    asked = found.exam.seb
    typed = (
        {"versions": text(request, "versions"), "quit_url": text(request, "quit_url")}
        if problem
        else {"versions": "\n".join(map(str, asked.versions)) if asked else "", "quit_url": ""}
    )
    told = {"found": found, "problem": problem, **typed, **(steps(found.exam) if asked else {})}
    return render(request, "desk/exam_seb.html", told, status=problem.status if problem else 200)


@signed_in
def clients(request: Request, code: str, number: int) -> HttpResponse:
    """Which clients a version takes; of a published one too, as each new client has another key."""
    found = queries.version(request.actor, code, number)
    if found.exam.seb is None:
        raise Refused("no_seb", _("This version is not taken in Safe Exam Browser."))
    typed, problem = "\n".join(found.exam.seb.client_keys), None
    if request.method == "POST":
        typed = text(request, "keys", LONGEST_KEYS)
        try:
            actions.list_seb_clients(actor=request.actor, code=code, number=number, keys=typed.split(), now=request.now)
        except Unusable as error:
            problem = error
        else:
            return done(request, _("The list is saved."), "exam_making-version", code, number)
    told = {"found": found, "keys": typed, "problem": problem, **steps(found.exam)}
    return render(request, "desk/exam_seb_clients.html", told, status=problem.status if problem else 200)


@post_only
@signed_in
def waive(request: Request, sitting_id: UUID) -> HttpResponse:
    """Let a whole sitting go on in any browser for some minutes."""
    actions.waive_seb_for_sitting(
        actor=request.actor,
        sitting_id=sitting_id,
        minutes=minutes_of(request),
        reason=text(request, "reason"),
        now=request.now,
    )
    return done(request, _("Safe Exam Browser is waived for this sitting."), "exam_desk-desk")


@post_only
@signed_in
def end(request: Request, waiver_id: UUID) -> HttpResponse:
    """End a waiver before its time."""
    actions.end_seb_waiver(actor=request.actor, waiver_id=waiver_id, now=request.now)
    return done(request, _("The waiver has ended."), "exam_desk-desk")
