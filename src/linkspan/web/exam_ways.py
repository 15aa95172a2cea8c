"""Sitting an exam without the camera of its service: the learner's page, and the decision on the desk."""

from enum import StrEnum
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from linkspan.exams import actions, queries
from linkspan.exams.rules import LONGEST_GROUNDS, Way
from linkspan.kernel.errors import NotFound
from linkspan.kernel.request import Request
from linkspan.web.pages import acts, done, post_only, signed_in, text


class WayEnd(StrEnum):
    """How a request ends."""

    ALLOW = "allow"
    REFUSE = "refuse"


@signed_in
def mine(request: Request, code: str) -> HttpResponse:
    """Ask for another way, and what became of it."""
    exam, actor = queries.exam(code), request.actor
    if exam.watched is None:
        raise NotFound("exam_unwatched", "No service watches this exam.")
    if request.method == "POST":
        actions.ask_for_way(actor=actor, code=code, grounds=text(request, "grounds"), now=request.now)
        return done(request, _("Your request is in. You are told when it is decided."), request.path)
    asked = [way for way in queries.ways_of(actor, actor.own_id) if way.exam_code == code]
    told = {"exam": exam, "asked": asked, "open": next((way for way in asked if way.state == "requested"), None)}
    return render(request, "exam_way.html", told | {"most": LONGEST_GROUNDS, "has": has(asked)})


def has(asked: list[Way]) -> bool:
    """Whether the newest decision lets the learner sit it another way."""
    decided = sorted((way for way in asked if way.decided_at), key=lambda way: way.decided_at or way.requested_at)
    return bool(decided) and decided[-1].state == "approved"


@post_only
@signed_in
@acts(WayEnd)
def decide(request: Request, way_id: UUID, do: WayEnd) -> HttpResponse:
    """Let a learner sit an exam another way, or not."""
    actions.decide_way(
        actor=request.actor,
        way_id=way_id,
        approve=do is WayEnd.ALLOW,
        reason=text(request, "reason"),
        now=request.now,
    )
    return done(request, _("The request is decided."), "exam_desk-desk")
