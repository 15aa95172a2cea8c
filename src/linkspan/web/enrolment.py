"""Enrolling, and the learner's dashboard."""

from enum import StrEnum

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from linkspan.enrolment import actions
from linkspan.enrolment.rules import Track
from linkspan.kernel.request import Request
from linkspan.screens.learner_home import learner_home
from linkspan.web import step_words
from linkspan.web.acts import ask
from linkspan.web.addresses import address
from linkspan.web.catalog_words import COMPLETIONS
from linkspan.web.pages import acts, choice, done, page_here, post_only, signed_in, text


class WishAct(StrEnum):
    """What is done with the wish to be told."""

    ASK = "ask"
    END = "end"


@signed_in
def dashboard(request: Request) -> HttpResponse:
    """What I study, what comes next, and how far the pathway has come."""
    home = learner_home(request.actor, request.now)
    step = home.step
    told = {"home": home, "why": step_words.why(step), "label": step_words.label(step), "link": address(step.about)}
    series = [(one, COMPLETIONS[one.completion]) for one in home.series]
    return render(request, "dashboard.html", told | {"path": step_words.path(step), "series": series})


@post_only
@signed_in
def enrol(request: Request, run_id: str) -> HttpResponse:
    """Enrol on a track; the verified one leads to the payment."""
    track = choice(request, "track", Track)
    actor = request.actor
    made = actions.enrol(actor=actor, learner_id=actor.own_id, run_id=run_id, track=track, now=request.now)
    if made.charge_id and track == Track.VERIFIED:
        return redirect("money-pay", made.charge_id)
    return done(request, _("You are enrolled."), "courseware-course", run_id)


@post_only
@signed_in
@acts(WishAct)
def wish(request: Request, school: str, code: str, do: WishAct) -> HttpResponse:
    """Want to be told when a course takes enrolments, or want it no more."""
    key, back = f"{school}/{code}", page_here(request, text(request, "next"), reverse("catalog-programs"))
    if do is WishAct.ASK:
        actions.wish(actor=request.actor, course_key=key, now=request.now)
        return done(request, _("You will be told once, when enrolment opens."), back)
    actions.unwish(actor=request.actor, course_key=key)
    return done(request, _("You will not be told."), back)


@post_only
@signed_in
def withdraw(request: Request, run_id: str) -> HttpResponse:
    """Leave a run."""
    return ask(
        request,
        actions.LEAVE,
        subject=run_id,
        back=reverse("catalog-course_run", args=[run_id]),
        after=lambda _made: done(request, _("You have left the course."), "enrolment-dashboard"),
    )
