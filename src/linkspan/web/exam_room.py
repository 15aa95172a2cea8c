"""A live room: what the exam's page asks and shows of it, and the page of a sitting for its proctors."""

import json
from contextlib import suppress
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from linkspan.accounts.actions import read_people
from linkspan.exams import actions, queries
from linkspan.kernel.errors import Refused, Unusable
from linkspan.kernel.request import Request
from linkspan.web.exam_json import as_json
from linkspan.web.exam_talk import ask_proctor
from linkspan.web.pages import acts, done, post_only, signed_in, text

LARGEST = 16 * 1024
HIGHEST = 100_000


class Consent(StrEnum):
    """What becomes of a timeline."""

    AGREE = "agree"
    END = "end"


@as_json
def hear(request: Request, attempt_id: UUID) -> dict[str, Any]:
    """For the page's script: take what it asks, showed and noticed; answer with what is new to it."""
    sent = _sent(request)
    here: dict[str, Any] = {"actor": request.actor, "attempt_id": attempt_id, "now": request.now}
    seen = sent.get("seen")
    upto = seen if isinstance(seen, int) and not isinstance(seen, bool) and 0 <= seen <= HIGHEST else 0
    if sent.get("noticed"):
        with suppress(Refused):  # messages come through also where nothing may be noted any more
            actions.note_noticed(noticed=sent["noticed"], **here)
    if isinstance(sent.get("words"), str):
        actions.ask_for_help(words=sent["words"], **here)
    found = queries.messages_of(request.actor, attempt_id)
    if any(one.number <= upto and one.read_at is None and one.kind == "told" for one in found):
        actions.read_messages(upto=upto, **here)
    news = [
        {"number": one.number, "kind": one.kind, "words": one.words, "to_all": one.to_all, "at": one.at}
        for one in found
        if one.number > upto
    ]
    return {"messages": news}


def _sent(request: Request) -> dict[str, Any]:
    unusable = Unusable("room_unusable", "Send a JSON object of at most {largest} kB.", largest=LARGEST // 1024)
    if len(request.body) > LARGEST:
        raise unusable
    try:
        sent = json.loads(request.body)
    except (ValueError, RecursionError) as error:
        raise unusable from error
    if not isinstance(sent, dict):
        raise unusable
    return sent


@post_only
@signed_in
def ask(request: Request, attempt_id: UUID) -> HttpResponse:
    """Ask for the proctor from a page without a form of answers."""
    ask_proctor(request, attempt_id)
    return done(
        request, _("The proctor is asked. Load this page again for the answer."), "exam_page-attempt", attempt_id
    )


@signed_in
def sitting(request: Request, sitting_id: UUID) -> HttpResponse:
    """The room of a sitting: who is in it, who asks for a proctor, what was written and read."""
    found = queries.sitting_in_charge(request.actor, sitting_id)
    rooms = queries.rooms_of(request.actor, sitting_id)
    people = read_people(actor=request.actor, ids=[room.learner_id for room in rooms], now=request.now)
    names = {key: person.legal_name or person.name for key, person in people.items()}
    told = {"sitting": found, "rooms": rooms, "names": names, "asking": sum(room.asks for room in rooms)}
    told["arranged"] = queries.arranged_in(request.actor, sitting_id, request.now)
    told["written"] = sum(len(room.messages) for room in rooms)
    return render(request, "desk/exam_room.html", told)


@as_json
def news(request: Request, sitting_id: UUID) -> dict[str, Any]:
    """For the script of that page: how many ask for a proctor, and how much was written in all."""
    rooms = queries.rooms_of(request.actor, sitting_id)
    return {"asking": sum(room.asks for room in rooms), "written": sum(len(room.messages) for room in rooms)}


@post_only
@signed_in
def tell_all(request: Request, sitting_id: UUID) -> HttpResponse:
    """Write to everybody in the sitting."""
    reached = actions.tell_sitting(
        actor=request.actor, sitting_id=sitting_id, words=text(request, "words"), now=request.now
    )
    return done(request, _("Sent. Candidates reached: %(n)d") % {"n": reached}, "exam_room-sitting", sitting_id)


@post_only
@signed_in
def tell(request: Request, attempt_id: UUID) -> HttpResponse:
    """Write to one candidate."""
    row = queries.attempt(request.actor, attempt_id)
    actions.tell_candidate(actor=request.actor, attempt_id=attempt_id, words=text(request, "words"), now=request.now)
    return done(request, _("Your message is sent."), "exam_room-sitting", row.sitting.id)


@signed_in
@acts(Consent)
def consent(request: Request, code: str, do: Consent | None = None) -> HttpResponse:
    """What the page of an exam may note, who reads it and for how long; a post agrees, or takes it back."""
    exam, actor = queries.exam(code), request.actor
    if do is Consent.AGREE:
        actions.agree_to_timeline(actor=actor, code=code, now=request.now)
        return done(request, _("You agreed to a timeline. You can take it back here."), request.path)
    if do is Consent.END:
        actions.end_timeline(actor=actor, code=code, now=request.now)
        return done(request, _("From now on nothing is noted."), request.path)
    told = {"exam": exam, "agreed": queries.timeline_agreed(actor.own_id, exam), "days": queries.timeline_days()}
    return render(request, "exam_timeline_consent.html", told)
