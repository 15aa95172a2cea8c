"""Learning platforms of an institution: entered, checked, asked for a run; how far a fetch came."""

from enum import StrEnum
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from linkspan.accounts.rules import Role
from linkspan.catalog.queries import course_runs
from linkspan.courseware import actions, queries
from linkspan.kernel.errors import LinkspanError, NotFound, permit
from linkspan.kernel.request import Request
from linkspan.kernel.told import told as in_words
from linkspan.records.queries import comparisons_of
from linkspan.web.pages import acts, done, identifier, signed_in, text


class PlatformAct(StrEnum):
    """What is done with a platform."""

    CHECK = "check"
    FETCH = "fetch"
    COMPARE = "compare"
    STOP = "stop"
    REMOVE = "remove"


@signed_in
def mine(request: Request) -> HttpResponseBase:
    """Lead to the institution whose platforms the actor manages, or let them choose."""
    schools = sorted(request.actor.institutions_as(Role.REGISTRAR))
    permit(bool(schools), "manage learning platforms here")
    if len(schools) == 1:
        return redirect("platforms-platforms", schools[0])
    return render(request, "desk/platform_places.html", {"schools": schools})


@signed_in
def platforms(request: Request, school: str) -> HttpResponse:
    """An institution's platforms, and a form for another one or another client; what was typed is kept."""
    told: dict[str, Any] = {"school": school, "rows": queries.platforms_at(request.actor, school)}
    if request.method != "POST":
        return render(request, "desk/platforms.html", told)
    try:
        made = actions.enter_platform(
            actor=request.actor,
            institution=school,
            place=text(request, "place", 300),
            client_id=text(request, "client_id", 200),
            secret=text(request, "secret", 2_000),
            now=request.now,
        )
    except LinkspanError as error:
        at = {"client_unusable": "client_id", "secret_missing": "secret"}.get(error.code, "place")
        wrong = {"problem": in_words(error), "at": at, "typed": request.POST}
        return render(request, "desk/platforms.html", told | wrong, status=error.status)
    return done(request, _("Saved. Check the connection next."), "platforms-one", school, made)


@signed_in
@acts(PlatformAct)
def one(request: Request, school: str, platform_id: UUID, do: PlatformAct | None = None) -> HttpResponse:
    """One platform: its last fetches; a post checks it, has a run fetched, stops that, or removes it."""
    row = queries.platform_of(request.actor, platform_id)
    told: dict[str, Any] = {"school": school, "row": row}
    try:
        if do is not None:
            return _done(request, do, school, platform_id)
    except NotFound:
        raise
    except LinkspanError as error:
        told |= {"problem": in_words(error), "status": error.status}
    told["compared"] = comparisons_of(request.actor, platform_id)
    told["fetches"] = queries.fetches_of(request.actor, platform_id)
    told["runs"] = [run for run in reversed(course_runs()) if run.course.institution == row.institution]
    return render(request, "desk/platform.html", told, status=told.get("status", 200))


def _done(request: Request, do: PlatformAct, school: str, platform_id: UUID) -> HttpResponse:
    actor, now = request.actor, request.now
    if do is PlatformAct.CHECK:
        actions.check_platform(actor=actor, platform_id=platform_id)
        return done(request, _("The platform answers and knows the client."), "platforms-one", school, platform_id)
    if do is PlatformAct.FETCH:
        actions.start_fetch(actor=actor, platform_id=platform_id, run_id=text(request, "run", 255), now=now)
        words = _("The worker fetches. When it is done, the file waits under Import records.")
        return done(request, words, "platforms-one", school, platform_id)
    if do is PlatformAct.COMPARE:
        run = text(request, "run", 255)
        actions.start_fetch(actor=actor, platform_id=platform_id, run_id=run, now=now, compares=True)
        words = _("The worker asks the platform. The comparison then stands here.")
        return done(request, words, "platforms-one", school, platform_id)
    if do is PlatformAct.REMOVE:
        actions.remove_platform(actor=actor, platform_id=platform_id, now=now)
        return done(request, _("Removed. What was imported stays."), "platforms-platforms", school)
    unknown = NotFound("platform_unknown", "There is no such platform at your institution.")
    actions.stop_fetch(actor=actor, fetch_id=identifier(text(request, "fetch", 40), unknown), now=now)
    return done(request, _("Stopped."), "platforms-one", school, platform_id)
