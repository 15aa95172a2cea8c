"""Rounds: the public page of an intake with its cut-offs, one's order of choices, and the admissions desk."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from linkspan.admissions import actions, queries
from linkspan.admissions.rules import Application, State, may_admit, may_match, order_shown
from linkspan.institutions.queries import institutions
from linkspan.kernel.errors import Unusable, permit
from linkspan.kernel.request import Request
from linkspan.kernel.versions import version_of
from linkspan.screens.lists import ListName
from linkspan.web.acts import ask
from linkspan.web.lists import list_page
from linkspan.web.pages import done, post_only, seen, signed_in, text, typed


def intake(request: Request, intake_id: UUID) -> HttpResponse:
    """What is matched together: programs, windows, terms, cut-offs, hashes; and one's own choices in order."""
    found = queries.intake(intake_id)
    actor = request.actor
    mine = queries.choices(actor, actor.person_id, intake_id) if actor.person_id is not None else ()
    applied = {application.round.id for application in mine}
    schools = {school.code: school for school in institutions()}
    rows = [{"round": r, "school": schools[r.institution], "applied": r.id in applied} for r in found.rounds]
    told = {
        "intake": found,
        "rows": rows,
        "mine": [application for application in mine if application.state not in (State.WITHDRAWN, State.CANCELLED)],
        "seen": version_of(order_shown(mine)),
        "runs": queries.match_runs(intake_id),
        "zone": schools[found.coordinator].time_zone,
    }
    return render(request, "intake.html", told)


@post_only
@signed_in
def order(request: Request, intake_id: UUID) -> HttpResponse:
    """Take the order of one's choices: a place for each."""
    mine = queries.choices(request.actor, request.actor.own_id, intake_id)
    live = [application for application in mine if application.state not in (State.WITHDRAWN, State.CANCELLED)]
    wanted = sorted(live, key=lambda application: _place(request, application))
    places = [_place(request, application) for application in wanted]
    if len(set(places)) != len(places):
        raise Unusable("order_unusable", _("Give each of your choices in this round a place of its own."))
    with typed(reverse("rounds-intake", args=[intake_id]), **order_shown(wanted)):
        actions.order_choices(
            actor=request.actor,
            intake_id=intake_id,
            order=[application.id for application in wanted],
            now=request.now,
            seen=seen(request),
        )
    return done(request, _("The order of your choices is saved."), "rounds-intake", intake_id)


def _place(request: Request, application: Application) -> int:
    given = text(request, f"place-{application.id}", longest=4)
    return int(given) if given.isascii() and given.isdigit() else 9999


@signed_in
def desk(request: Request) -> HttpResponse:
    """The rounds of the institutions whose admissions staff one is."""
    schools = request.actor.institutions_as("admissions")
    zones = {school.code: school.time_zone for school in institutions()}
    rows = [
        {"round": r, "counts": queries.round_counts(request.actor, r), "zone": zones[school]}
        for school in sorted(schools)
        for r in queries.rounds(school)
    ]
    told = {
        "rows": rows,
        "appeals": [appeal for school in sorted(schools) for appeal in queries.open_appeals(request.actor, school)],
        "cohorts": [(school, queries.cohorts(request.actor, school)) for school in sorted(schools)],
    }
    return render(request, "desk/rounds.html", told)


@signed_in
def round_desk(request: Request, round_id: UUID) -> HttpResponse:
    """A round's applications: scores, the certified list, the matching, and again for seats given back."""
    round_ = queries.round_by_id(round_id)
    permit(may_admit(request.actor, round_.institution), "see this round's applications")
    found = queries.intake(round_.intake_id)
    told = {
        "round": round_,
        "intake": found,
        "coordinates": may_match(request.actor, found.coordinator),
        "counts": queries.round_counts(request.actor, round_),
        "runs": queries.match_runs(round_.intake_id),
    }
    return list_page(request, "desk/round.html", ListName.APPLICATIONS, told, round_id)


@signed_in
def match(request: Request, round_id: UUID) -> HttpResponse:
    """What the matching of a round's intake would decide; once that is confirmed, it decides."""
    back = reverse("rounds-round_desk", args=[round_id])
    return ask(request, actions.MATCH, subject=queries.round_by_id(round_id).intake_id, back=back)


@signed_in
def certify(request: Request, round_id: UUID) -> HttpResponse:
    """Certify the list of one's program for the matching, once that is confirmed."""
    return ask(request, actions.CERTIFY, subject=round_id, back=reverse("rounds-round_desk", args=[round_id]))
