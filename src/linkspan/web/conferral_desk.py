"""Degrees: who has completed one, lists that two registrars decide on, what was conferred, and its revocation."""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from linkspan.institutions.queries import institution_names
from linkspan.kernel.errors import LinkspanError, NotFound, Refused, Unusable
from linkspan.kernel.request import Request
from linkspan.kernel.told import told as in_words
from linkspan.recognition import actions, queries
from linkspan.recognition.rules import DegreeKind, HoldKind, ListState
from linkspan.screens.lists import ListName
from linkspan.web.acts import ask
from linkspan.web.lists import list_page
from linkspan.web.pages import acts, done, failures_in_words, identifier, names_of, post_only, signed_in, text, texts

#: What is conferred, in words.
KINDS: Mapping[DegreeKind, Promise] = {
    DegreeKind.MASTER: lazy("Master's degree"),
    DegreeKind.BACHELOR: lazy("Bachelor's degree"),
    DegreeKind.DOCTORAL: lazy("Doctorate"),
    DegreeKind.ASSOCIATE: lazy("Associate degree"),
    DegreeKind.CERTIFICATE: lazy("Certificate"),
    DegreeKind.DIPLOMA: lazy("Diploma"),
}
#: What may hold a degree back, in words.
HOLDS: Mapping[HoldKind, Promise] = {
    HoldKind.UNPAID: lazy("A charge of the school is not paid"),
    HoldKind.CASE: lazy("A recognition case is open"),
    HoldKind.EXCEPTION: lazy("An exception of credit waits for a second person"),
    HoldKind.NAME: lazy("The legal name was not checked"),
}
#: As many of those who have not completed a degree yet as the page shows.
MOST_OPEN = 50
MOST_CHOSEN = 501


class Decision(StrEnum):
    """What a second registrar says of a list, or the first one before its day."""

    APPROVE = "approve"
    REFUSE = "refuse"
    CALL_OFF = "call_off"


class Revocation(StrEnum):
    """What is done about the revocation of a degree."""

    ASK = "ask"
    REVOKE = "revoke"
    KEEP = "keep"


@signed_in
def desk(request: Request) -> HttpResponse:
    """The lists that wait or are approved, and every degree that was conferred at my institutions."""
    schools = sorted(request.actor.institutions_as("registrar"))
    told = {
        "lists": queries.conferral_lists(request.actor, ListState.WAITING, ListState.APPROVED),
        "schools": schools,
        "names": institution_names(),
        "mine": request.actor.person_id,
    }
    return list_page(request, "desk/conferrals.html", ListName.CONFERRALS, told)


@signed_in
def prepare(request: Request, code: str) -> HttpResponse:
    """Who has completed a degree of a school, and the form that lists them for a day."""
    if request.method != "POST":
        return _prepare_page(request, code)
    try:
        unknown = NotFound("plan_unknown", "There is no such degree plan, or it is not yours to see.")
        made = actions.prepare_conferral(
            actor=request.actor,
            institution=code,
            application_ids=[identifier(one, unknown) for one in texts(request, "one", MOST_CHOSEN)],
            kind=text(request, "kind", 32),
            day=_day(text(request, "day", 10)),
            now=request.now,
        )
    except (Unusable, Refused) as error:
        return _prepare_page(request, code, error)
    for one in failures_in_words(request, made.left):
        messages.warning(request, one)
    words = _("The list waits for a second person. Nobody on it was told.")
    return done(request, words, "conferral_desk-list_file", made.list.id)


def _day(given: str) -> date:
    try:
        return date.fromisoformat(given)
    except ValueError:
        raise Unusable("day_unusable", "Day of conferral: enter a day such as 2027-05-27.") from None


#: The field that a refusal is about.
FIELD_OF = {"day_unusable": "day", "day_out_of_range": "day", "kind_unusable": "kind", "nobody_chosen": "people"}


def _prepare_page(request: Request, code: str, error: LinkspanError | None = None) -> HttpResponse:
    programs = queries.degrees_at(request.actor, code)
    asked = request.GET.get("program", "")
    program = asked if asked in programs else next(iter(programs), "")
    here = queries.graduands(request.actor, code, program) if program else ()
    ready = [one for one in here if one.audit.complete]
    still = [one for one in here if not one.audit.complete]
    shown = [*ready[:MOST_CHOSEN], *still[:MOST_OPEN]]
    chosen = request.POST.getlist("one")
    if request.method != "POST":
        chosen = [str(one.application_id) for one in ready if one.ready]
    told = {
        "code": code,
        "programs": programs,
        "program": program,
        "title": programs.get(program, ""),
        "ready": ready[:MOST_CHOSEN],
        "still": still[:MOST_OPEN],
        "more": max(len(still) - MOST_OPEN, 0),
        "names": names_of(request, [one.learner_id for one in shown], at=code),
        "chosen": chosen,
        "kinds": KINDS,
        "kind": request.POST.get("kind", DegreeKind.MASTER),
        "day": request.POST.get("day", ""),
        "problem": in_words(error) if error else "",
        "reasons": error.reasons if error else (),
        "field": FIELD_OF.get(error.code, "") if error else "",
    }
    return render(request, "desk/conferral_prepare.html", told, status=error.status if error else 200)


@signed_in
@acts(Decision)
def list_file(request: Request, list_id: UUID, do: Decision | None = None) -> HttpResponse:
    """A list: who is on it, what is open, and what a second registrar says; until its day it is called off here."""
    if do is Decision.CALL_OFF:
        reason = text(request, "reason", 2_000)
        try:
            actions.withdraw_conferral(actor=request.actor, list_id=list_id, reason=reason, now=request.now)
        except (Unusable, Refused) as error:
            return _list_page(request, list_id, error, "reason")
        return done(request, _("The list is called off. Nobody on it was told."), "conferral_desk-desk")
    if do:
        queries.conferral_list_file(request.actor, list_id)
        back = reverse("conferral_desk-list_file", args=[list_id])
        return ask(request, actions.DECIDE_CONFERRAL, subject=list_id, fields={"choice": str(do)}, back=back)
    return _list_page(request, list_id)


def _list_page(request: Request, list_id: UUID, error: LinkspanError | None = None, field: str = "") -> HttpResponse:
    """The page of a list; after a refusal with what was said, and at which field."""
    found = queries.conferral_list_file(request.actor, list_id)
    told = {
        "problem": in_words(error) if error else "",
        "field": field,
        "list": found.list,
        "people": found.people,
        "names": names_of(request, [one.conferral.learner_id for one in found.people], at=found.list.institution),
        "me": request.actor.person_id,
        "mine": found.list.preparer_id == request.actor.person_id,
        "running": found.list.state in (ListState.WAITING, ListState.APPROVED),
    }
    return render(request, "desk/conferral_list.html", told, status=error.status if error else 200)


@post_only
@signed_in
def leave_out(request: Request, conferral_id: UUID) -> HttpResponse:
    """Take one person off a list."""
    reason, file = text(request, "reason", 2_000), queries.conferral_file(request.actor, conferral_id)
    try:
        made = actions.leave_out(actor=request.actor, conferral_id=conferral_id, reason=reason, now=request.now)
    except (Unusable, Refused) as error:
        return _list_page(request, file.conferral.list_id, error, f"why-{conferral_id}")
    return done(request, _("That person is off the list."), "conferral_desk-list_file", made.list_id)


@signed_in
@acts(Revocation)
def one(request: Request, conferral_id: UUID, do: Revocation | None = None) -> HttpResponse:
    """One degree of one person: its audit, its credential, and its revocation by two."""
    found = queries.conferral_file(request.actor, conferral_id)
    back = reverse("conferral_desk-one", args=[conferral_id])
    problem: LinkspanError | None = None
    if do is Revocation.ASK:
        try:
            why, told_ = text(request, "reason", 2_000), text(request, "told", 2_000)
            actions.ask_revocation(actor=request.actor, conferral_id=conferral_id, why=why, told=told_, now=request.now)
            return done(request, _("The revocation waits for a second person. The learner was not told."), back)
        except Unusable as error:
            problem = error
    elif do:
        return ask(request, actions.DECIDE_REVOCATION, subject=conferral_id, fields={"choice": str(do)}, back=back)
    held = found.conferral
    names = names_of(request, [held.learner_id], at=held.institution)
    told = {
        "file": found,
        "one": held,
        "name": names.get(held.learner_id, ""),
        "kind": KINDS[held.kind],
        "mine": held.asker_id == request.actor.person_id,
        "own": request.actor.is_person(held.learner_id),
        "problem": in_words(problem) if problem else "",
        "field": ("told" if problem.code == "told_missing" else "reason") if problem else "",
        "typed": request.POST,
    }
    return render(request, "desk/conferral.html", told, status=problem.status if problem else 200)


@signed_in
def holds(request: Request, code: str) -> HttpResponse:
    """What holds a degree back at my school."""
    if request.method == "POST":
        chosen = texts(request, "hold", len(HoldKind))
        actions.set_conferral_holds(actor=request.actor, institution=code, holds=chosen, now=request.now)
        return done(
            request, _("It is kept. It counts for lists that are decided on from now on."), "conferral_desk-desk"
        )
    told = {"code": code, "chosen": queries.conferral_holds(request.actor, code), "words": HOLDS}
    return render(request, "desk/conferral_holds.html", told)
