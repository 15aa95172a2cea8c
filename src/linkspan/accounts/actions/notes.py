"""What an office notes about a person: written, corrected by a new version, withdrawn with a reason."""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from linkspan.accounts.models import NoteRow
from linkspan.accounts.queries import note, noting_offices
from linkspan.accounts.rules import LONGEST_NOTE, LONGEST_WHY, MOST_NOTES, MOST_VERSIONS, Note, Office
from linkspan.kernel import audit
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, Refused, Unusable
from linkspan.kernel.ids import new_id


@transaction.atomic
def write_note(*, actor: Actor, person_id: UUID, office: Office, text: str, now: datetime) -> UUID:
    """Note something about a person for one's own office; the id of the note.

    NotFound unless the actor works in that office and it has to do with the person: never about oneself.
    """
    if office not in noting_offices(actor, person_id, now):
        raise NotFound("person_unknown", "There is no such account, or your work is not with this person.")
    said = _checked(text)
    held = NoteRow.objects.filter(learner_id=person_id, institution=office.institution, office=office.role, number=1)
    if held.count() >= MOST_NOTES:
        raise Refused(
            "notes_full", "Your office has {most} notes about this person. Correct one of them.", most=MOST_NOTES
        )
    note_id = new_id()
    _add(actor, Note(note_id, person_id, office, ()), "write_note", said, now)
    return note_id


@transaction.atomic
def correct_note(*, actor: Actor, note_id: UUID, number: int, text: str, now: datetime) -> None:
    """Let a new version take the place of the one that was seen (`number`); the old one stays to be read."""
    found = _open(actor, note_id, number, now)
    said = _checked(text)
    if said == found.last.text:
        raise Unusable("note_same", "The note says this already. Change it, or leave it.").at("text")
    if len(found.versions) >= MOST_VERSIONS:
        raise Refused("note_full", "This note was corrected too often. Withdraw it and write another one.")
    _add(actor, found, "correct_note", said, now)


@transaction.atomic
def withdraw_note(*, actor: Actor, note_id: UUID, number: int, reason: str, now: datetime) -> None:
    """End a note, with a reason: it no longer holds, and stays to be read by the office."""
    found = _open(actor, note_id, number, now)
    why = reason.strip()
    if not why or len(why) > LONGEST_WHY:
        raise Unusable("reason_missing", "Reason: write why, in up to {most} characters.", most=LONGEST_WHY).at(
            "reason"
        )
    _add(actor, found, "withdraw_note", "", now, why)


def _checked(text: str) -> str:
    said = text.replace("\r\n", "\n").strip()
    if not said or len(said) > LONGEST_NOTE:
        raise Unusable("note_unusable", "Note: write up to {most} characters.", most=LONGEST_NOTE).at("text")
    return said


def _open(actor: Actor, note_id: UUID, number: int, now: datetime) -> Note:
    """The note as it was seen, of an office that still works with the person."""
    found = note(actor, note_id)
    if found.office not in noting_offices(actor, found.learner_id, now):
        raise NotFound("person_unknown", "There is no such account, or your work is not with this person.")
    if found.last.withdrawn:
        raise Refused("note_withdrawn", "This note was withdrawn. Write another one.")
    if found.last.number != number:
        raise note_changed()
    return found


def note_changed() -> Refused:
    """A colleague was faster."""
    return Refused("note_changed", "A colleague changed this note since. Read it again, then correct it.")


def _add(actor: Actor, of: Note, verb: str, said: str, now: datetime, why: str = "") -> None:
    """Add the next version; the trail says that it was done, never what is noted."""
    number, office = len(of.versions) + 1, of.office
    try:
        with transaction.atomic():
            NoteRow.objects.create(
                note_id=of.id,
                number=of.versions[-1].number + 1 if of.versions else number,
                learner_id=of.learner_id,
                institution=office.institution,
                office=office.role,
                text=said,
                withdrawn=bool(why),
                why=why,
                by_id=actor.own_id,
                by=actor.name,
                at=now,
            )
    except IntegrityError:
        raise note_changed() from None
    after = {"note": of.id, "number": number, "office": office.role, "institution": office.institution}
    subject = f"accounts.user:{of.learner_id}"
    audit.record(actor=actor, verb=verb, subject=subject, now=now, after=after, institution=office.institution)
