"""Reads of what comes with an application: drafts, documents, letters."""

from uuid import UUID

from linkspan.admissions.models import DocumentRow, DraftRow, LetterRow
from linkspan.admissions.queries.intakes import round_by_id
from linkspan.admissions.rules.applications import Application, may_admit
from linkspan.admissions.rules.documents import Document, Letter, Scan
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import permit


def draft(actor: Actor, round_id: UUID) -> str | None:
    """The statement of one's own application that is not sent yet; None if none was saved."""
    if actor.person_id is None:
        return None
    row = DraftRow.objects.filter(learner_id=actor.person_id, round_id=round_id).first()
    return row.statement if row else None


def documents(actor: Actor, learner_id: UUID, round_id: UUID) -> tuple[Document, ...]:
    """The documents of an application, oldest first: for the learner and the institution's admissions staff."""
    _check(actor, learner_id, round_id)
    return _documents(learner_id, round_id)


def letters(actor: Actor, learner_id: UUID, round_id: UUID) -> tuple[Letter, ...]:
    """The letters that a learner asked for, and whether they came, for the same people."""
    _check(actor, learner_id, round_id)
    return _letters(learner_id, round_id)


def papers_of(actor: Actor, found: Application) -> tuple[tuple[Document, ...], tuple[Letter, ...]]:
    """The documents and letters of an application at hand, for the same people."""
    own = actor.is_system or actor.is_person(found.learner_id)
    permit(own or may_admit(actor, found.round.institution), "see these documents")
    return _documents(found.learner_id, found.round.id), _letters(found.learner_id, found.round.id)


def _documents(learner_id: UUID, round_id: UUID) -> tuple[Document, ...]:
    rows = DocumentRow.objects.filter(learner_id=learner_id, round_id=round_id, removed_at=None).order_by("at", "id")
    return tuple(as_document(row) for row in rows)


def _letters(learner_id: UUID, round_id: UUID) -> tuple[Letter, ...]:
    rows = LetterRow.objects.filter(learner_id=learner_id, round_id=round_id).order_by("asked_at", "id")
    return tuple(as_letter(row) for row in rows)


def _check(actor: Actor, learner_id: UUID, round_id: UUID) -> None:
    own = actor.is_system or actor.is_person(learner_id)
    permit(own or may_admit(actor, round_by_id(round_id).institution), "see these documents")


def as_document(row: DocumentRow) -> Document:
    """A row as a value."""
    return Document(
        row.id, row.learner_id, row.round_id, row.slot, row.name, row.media_type, row.size, Scan(row.scan), row.at
    )


def as_letter(row: LetterRow) -> Letter:
    """A row as a value."""
    return Letter(
        row.id, row.learner_id, row.round_id, row.name, row.email, row.asked_at, row.expires_at, row.received_at
    )
