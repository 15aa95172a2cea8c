"""Notes of one's office about a person: written on their file, corrected and withdrawn on the note's own page."""

from enum import StrEnum
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from linkspan.accounts import actions, queries
from linkspan.accounts.rules import Office, Role
from linkspan.kernel.errors import Unusable
from linkspan.kernel.request import Request
from linkspan.web.pages import acts, done, no_choice, post_only, signed_in, text


class NoteAct(StrEnum):
    """What is done with a note."""

    CORRECT = "correct"
    WITHDRAW = "withdraw"


@post_only
@signed_in
def write(request: Request, person_id: UUID) -> HttpResponse:
    """Note something about a person for the office that the form names."""
    actions.write_note(
        actor=request.actor,
        person_id=person_id,
        office=office_in(text(request, "office", 120)),
        text=text(request, "text"),
        now=request.now,
    )
    return done(request, _("The note is kept."), "people-file", person_id)


@signed_in
@acts(NoteAct)
def note(request: Request, note_id: UUID, do: NoteAct | None = None) -> HttpResponse:
    """A note with what it said before; a post corrects or withdraws it, if it is still as it was seen."""
    found = queries.note(request.actor, note_id)
    person = actions.read_person(actor=request.actor, person_id=found.learner_id, now=request.now)
    if do is None:
        return render(request, "desk/note.html", {"note": found, "person": person})
    actor, now, number = request.actor, request.now, _number(request)
    if do is NoteAct.CORRECT:
        actions.correct_note(actor=actor, note_id=note_id, number=number, text=text(request, "text"), now=now)
        return done(request, _("The note is corrected."), "people-file", found.learner_id)
    actions.withdraw_note(actor=actor, note_id=note_id, number=number, reason=text(request, "reason"), now=now)
    return done(request, _("The note is withdrawn."), "people-file", found.learner_id)


def office_in(given: str) -> Office:
    """The office that a form names as `role:institution`; Unusable if there is no such role."""
    role, _mark, institution = given.partition(":")
    if role not in set(Role):
        raise no_choice()
    return Office(Role(role), institution)


def _number(request: Request) -> int:
    given = text(request, "number", 6)
    if not (given.isascii() and given.isdigit()):
        raise Unusable("number_wrong", "The form does not say which version you saw. Open the note again.")
    return int(given)
