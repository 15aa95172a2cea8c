"""Reads of the notes that an office keeps about a person."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from uuid import UUID

from linkspan.accounts.models import NoteRow
from linkspan.accounts.queries.people import ties_of
from linkspan.accounts.rules import (
    NOTERS,
    READERS,
    Note,
    NoteVersion,
    Office,
    Role,
    offices_noting,
    ties_sought,
    works_in,
)
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound


def noting_offices(actor: Actor, person_id: UUID, now: datetime) -> tuple[Office, ...]:
    """The offices in which the actor works with that person now, and may write notes; none about oneself."""
    if not {grant.role for grant in actor.grants} & set(NOTERS):
        return ()
    return offices_noting(actor, person_id, ties_of([person_id], now, ties_sought(actor, READERS))[person_id])


def notes_about(actor: Actor, person_id: UUID) -> tuple[Note, ...]:
    """The notes of the actor's offices about a person, the newest first, with what each said before; none of others."""
    if actor.is_person(person_id) or not {grant.role for grant in actor.grants} & set(NOTERS):
        return ()
    rows = NoteRow.objects.filter(learner_id=person_id).order_by("note_id", "number")
    found = [note for note in _notes(rows) if works_in(actor, note.office)]
    return tuple(sorted(found, key=lambda one: (one.versions[0].at, one.id), reverse=True))


def note(actor: Actor, note_id: UUID) -> Note:
    """One note of the actor's office; NotFound for everybody else: that there is one is not told."""
    found = next(_notes(NoteRow.objects.filter(note_id=note_id).order_by("number")), None)
    if found is None or actor.is_person(found.learner_id) or not works_in(actor, found.office):
        raise note_unknown()
    return found


def note_unknown() -> NotFound:
    """There is no such note, or it is another office's."""
    return NotFound("note_unknown", "There is no such note of your office.")


def _notes(rows: Iterable[NoteRow]) -> Iterator[Note]:
    """Rows in order of their note, as notes."""
    held: list[NoteRow] = []
    for row in rows:
        if held and held[0].note_id != row.note_id:
            yield _note(held)
            held = []
        held.append(row)
    if held:
        yield _note(held)


def _note(rows: list[NoteRow]) -> Note:
    first = rows[0]
    versions = tuple(NoteVersion(row.number, row.text, row.withdrawn, row.why, row.by, row.at) for row in rows)
    return Note(first.note_id, first.learner_id, Office(Role(first.office), first.institution), versions)
