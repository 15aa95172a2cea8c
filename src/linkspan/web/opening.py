"""The admissions desk opens joint rounds and rounds of programs, and takes in files of scores."""

from datetime import UTC, datetime
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from linkspan.admissions import actions, queries
from linkspan.admissions import queries as admissions_queries
from linkspan.admissions.rules import Better, Mode
from linkspan.institutions.queries import institution
from linkspan.kernel.errors import NotFound, Unusable
from linkspan.kernel.request import Request
from linkspan.web.pages import acts, choice, done, identifier, names_of, signed_in, text, ticked, upload
from linkspan.web.tables import csv_file


class Scores(StrEnum):
    """What is done with a file of scores."""

    LOOK = "look"
    SAVE = "save"


class Decides(StrEnum):
    """How a round decides."""

    RANKED = "ranked"
    ROLLING = "rolling"
    AUTOMATIC = "automatic"


@signed_in
def open_round(request: Request) -> HttpResponse:
    """Open a program's round: first the agreement, then what the institution decides; the agreement's terms shown."""
    choices = admissions_queries.agreements_to_open(request.actor, request.now)
    wanted = request.POST.get("agreement") or request.GET.get("agreement", "")
    if not wanted:
        return render(request, "desk/open_round.html", {"agreements": choices})
    agreement = next((found for found in choices if found.id == wanted), None)
    if agreement is None:
        raise NotFound("agreement_unknown", _("None of your agreements in force has that name."))
    zone = institution(agreement.receiving).time_zone
    if request.method != "POST":
        told = {"agreement": agreement, "terms": admissions_queries.seat_terms_of(agreement), "zone": zone}
        told |= {"intakes": admissions_queries.joinable_intakes(), "document": agreement.terms}
        return render(request, "desk/open_round.html", told)
    joined, decides = text(request, "intake", longest=36), choice(request, "mode", Decides)
    round_id = actions.open_round(
        actor=request.actor,
        agreement_id=agreement.id,
        term=text(request, "term", longest=65),
        mode=Mode.RANKED if decides is Decides.RANKED else Mode.ROLLING,
        seats=seats_given(text(request, "seats", longest=12)),
        opens_at=local(text(request, "opens", longest=20), zone),
        closes_at=local(text(request, "closes", longest=20), zone),
        intake_id=identifier(joined, NotFound("round_unknown", _("There is no such round."))) if joined else None,
        automatic=decides is Decides.AUTOMATIC,
        better=Better.LOWER if ticked(request, "lower") else Better.HIGHER,
        now=request.now,
    )
    return done(request, _("The round is opened. Its page is public from now on."), "rounds-round_desk", round_id)


@signed_in
def open_intake(request: Request) -> HttpResponse:
    """Open a joint round that programs of several institutions join."""
    schools = sorted(request.actor.institutions_as("admissions") | request.actor.institutions_as("registrar"))
    if request.method != "POST":
        return render(request, "desk/open_intake.html", {"schools": [institution(code) for code in schools]})
    coordinator = text(request, "coordinator", longest=64)
    until = text(request, "answer_by", longest=20)
    zone = institution(coordinator).time_zone
    intake_id = actions.open_intake(
        actor=request.actor,
        coordinator=coordinator,
        title=text(request, "title", longest=201),
        term=text(request, "term", longest=65),
        answer_by=local(until, zone) if until else None,
        now=request.now,
    )
    return done(request, _("The joint round is opened. Programs can join it now."), "rounds-intake", intake_id)


@signed_in
@acts(Scores)
def scores(request: Request, round_id: UUID, do: Scores | None = None) -> HttpResponse:
    """Take in a file of scores: looked through first, saved when no row is bad."""
    told = {"round": queries.round_by_id(round_id), "sheet": admissions_queries.score_sheet(request.actor, round_id)}
    if request.method != "POST":
        return render(request, "desk/scores.html", told)
    taken = actions.take_in_scores(
        actor=request.actor,
        round_id=round_id,
        content=upload(request, "file"),
        dry_run=do is Scores.LOOK,
        now=request.now,
    )
    if taken.saved:
        words = _("Scores are saved: {fresh} new, {changed} changed.").format(fresh=taken.fresh, changed=taken.changed)
        return done(request, words, "rounds-round_desk", round_id)
    return render(request, "desk/scores.html", told | {"taken": taken}, status=422 if taken.bad else 200)


@require_GET
@signed_in
def score_sheet(request: Request, round_id: UUID) -> HttpResponse:
    """The round's applications as a CSV file to fill in."""
    sheet, school = admissions_queries.score_sheet(request.actor, round_id), queries.round_by_id(round_id).institution
    names = names_of(request, [who for _, who, _, _ in sheet], at=school)
    rows = [(str(key), names[who], *rest) for key, who, *rest in sheet]
    return csv_file("scores.csv", ("application", "name", "eligible", "score"), rows)


def local(given: str, zone: str) -> datetime:
    """A time of a form, as the clocks of a zone show it, in UTC; Unusable if there is no such time there."""
    try:
        shown = datetime.fromisoformat(given)
    except ValueError:
        raise Unusable("time_unusable", _("Give days and times like 2020-03-31 23:59.")) from None
    if shown.tzinfo is not None:
        return shown.astimezone(UTC)
    meant = shown.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    if meant.astimezone(ZoneInfo(zone)).replace(tzinfo=None) != shown:
        raise Unusable("time_unusable", _("Clocks in {zone} skip that time. Choose another.").format(zone=zone))
    return meant


def seats_given(given: str) -> int | None:
    """A number of seats of a form; None for no limit."""
    if not given:
        return None
    if not (given.isascii() and given.isdigit()):
        raise Unusable("round_unusable", _("Seats are a whole number, or nothing for no limit."))
    return int(given)
