"""An application before it is sent: the draft, documents, letters that are asked for."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ninja import File, Form
from ninja.files import UploadedFile

from linkspan.admissions import actions, queries
from linkspan.admissions.rules import Document, Letter
from linkspan.api.answers import Router
from linkspan.api.once import Posted, idempotent, once
from linkspan.kernel.errors import Unusable
from linkspan.kernel.request import Request
from linkspan.kernel.storage import LARGEST_DOCUMENT

router = Router()


@dataclass(frozen=True, slots=True)
class ApplicationForm:
    """What is prepared for a round; `statement` is null before anything is written."""

    statement: str | None
    documents: tuple[Document, ...]
    letters: tuple[Letter, ...]


@dataclass(frozen=True, slots=True)
class SavedAt:
    """When it was saved."""

    saved_at: datetime


class DraftIn(Posted):
    """The statement as far as it is written."""

    statement: str


class RecommenderIn(Posted):
    """Who is asked for a letter; the link goes to that address only."""

    name: str
    email: str


@router.get("/rounds/{uuid:round_id}", operation_id="application_form")
def application_form(request: Request, round_id: UUID) -> ApplicationForm:
    """What the caller has prepared for a round: the draft, documents, letters."""
    actor = request.actor
    return ApplicationForm(
        queries.draft(actor, round_id),
        queries.documents(actor, actor.own_id, round_id),
        queries.letters(actor, actor.own_id, round_id),
    )


@router.post("/rounds/{uuid:round_id}/draft", operation_id="save_application_draft")
@idempotent
def save_draft(request: Request, round_id: UUID, body: DraftIn) -> SavedAt:
    """Save what is written so far; nobody else sees it."""
    actions.save_draft(actor=request.actor, round_id=round_id, statement=body.statement, now=request.now)
    return SavedAt(request.now)


@router.post("/rounds/{uuid:round_id}/documents", operation_id="add_document")
def add_document(request: Request, round_id: UUID, slot: Form[str], file: File[UploadedFile]) -> Document:
    """Hand in a document: PDF, PNG or JPEG by its content, up to 10 MB."""
    if (file.size or 0) > LARGEST_DOCUMENT:
        raise Unusable("document_too_large", "The file is larger than 10 MB. Send a smaller scan.")
    content = file.read()

    def work() -> Document:
        return actions.add_document(
            actor=request.actor,
            round_id=round_id,
            slot=slot,
            name=file.name or "document",
            content=content,
            now=request.now,
        )

    return once(request, {"slot": slot, "sha256": hashlib.sha256(content).hexdigest()}, work, [content])


@router.post("/documents/{uuid:document_id}/removal", operation_id="remove_document")
@idempotent
def remove_document(request: Request, document_id: UUID) -> Document:
    """Take one's own document back, while it could be handed in."""
    return actions.remove_document(actor=request.actor, document_id=document_id, now=request.now)


@router.post("/rounds/{uuid:round_id}/letters", operation_id="ask_letter")
@idempotent
def ask_letter(request: Request, round_id: UUID, body: RecommenderIn) -> Letter:
    """Ask somebody for a letter of recommendation."""
    return actions.ask_letter(actor=request.actor, round_id=round_id, name=body.name, email=body.email, now=request.now)
