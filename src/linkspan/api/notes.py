"""Notes of the caller's office about a person: read, written, corrected, withdrawn."""

from uuid import UUID

from linkspan.accounts import actions, queries
from linkspan.accounts.rules import Note, Office, Role
from linkspan.api.answers import Done, Made, Router
from linkspan.api.once import Posted, idempotent
from linkspan.kernel.request import Request

router = Router()


class NoteIn(Posted):
    """What is noted, and for which office of the caller."""

    role: Role
    institution: str
    text: str


class CorrectionIn(Posted):
    """What the note says from now on; `number` is the version that was seen."""

    number: int
    text: str


class NoteEndIn(Posted):
    """Why the note no longer holds; `number` is the version that was seen."""

    number: int
    reason: str


@router.get("/people/{uuid:person_id}", operation_id="notes_about")
def notes_about(request: Request, person_id: UUID) -> tuple[Note, ...]:
    """The notes of the caller's offices about a person, newest first, with what each said before; logged."""
    actions.read_person(actor=request.actor, person_id=person_id, now=request.now)
    return queries.notes_about(request.actor, person_id)


@router.post("/people/{uuid:person_id}", operation_id="write_note")
@idempotent
def write_note(request: Request, person_id: UUID, body: NoteIn) -> Made:
    """Note something about a person with whom that office of the caller works; never about oneself."""
    office = Office(body.role, body.institution)
    return Made(
        actions.write_note(actor=request.actor, person_id=person_id, office=office, text=body.text, now=request.now)
    )


@router.post("/{uuid:note_id}/correct", operation_id="correct_note")
@idempotent
def correct_note(request: Request, note_id: UUID, body: CorrectionIn) -> Done:
    """Let a new version take the place of the one that was seen; the old one stays to be read."""
    actions.correct_note(actor=request.actor, note_id=note_id, number=body.number, text=body.text, now=request.now)
    return Done()


@router.post("/{uuid:note_id}/withdraw", operation_id="withdraw_note")
@idempotent
def withdraw_note(request: Request, note_id: UUID, body: NoteEndIn) -> Done:
    """End a note, with a reason; it stays to be read by the office."""
    actions.withdraw_note(actor=request.actor, note_id=note_id, number=body.number, reason=body.reason, now=request.now)
    return Done()
