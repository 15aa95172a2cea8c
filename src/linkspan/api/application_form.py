"""An application before it is sent: the draft, documents, letters that are asked for."""

import hashlib
from typing import Any
from uuid import UUID

from ninja import File, Form, Router
from ninja.files import UploadedFile

from linkspan.admissions import actions
from linkspan.admissions.queries import documents
from linkspan.api.once import Posted, idempotent, once
from linkspan.kernel.errors import Unusable
from linkspan.kernel.jsonable import jsonable
from linkspan.kernel.request import Request
from linkspan.kernel.storage import LARGEST_DOCUMENT

router = Router()


class DraftIn(Posted):
    """The statement as far as it is written."""

    statement: str


class RecommenderIn(Posted):
    """Who is asked for a letter; the link goes to that address only."""

    name: str
    email: str


@router.get("/rounds/{uuid:round_id}", response=dict[str, Any], operation_id="application_form")
def application_form(request: Request, round_id: UUID) -> dict[str, Any]:
    """What the caller has prepared for a round: the draft, documents, letters."""
    actor = request.actor
    return {
        "statement": documents.draft(actor, round_id),
        "documents": [jsonable(row) for row in documents.documents(actor, actor.own_id, round_id)],
        "letters": [jsonable(row) for row in documents.letters(actor, actor.own_id, round_id)],
    }


@router.post("/rounds/{uuid:round_id}/draft", response=dict[str, Any], operation_id="save_application_draft")
@idempotent
def save_draft(request: Request, round_id: UUID, body: DraftIn) -> dict[str, Any]:
    """Save what is written so far; nobody else sees it."""
    actions.save_draft(actor=request.actor, round_id=round_id, statement=body.statement, now=request.now)
    return {"saved_at": request.now.isoformat()}


@router.post("/rounds/{uuid:round_id}/documents", response=dict[str, Any], operation_id="add_document")
def add_document(request: Request, round_id: UUID, slot: Form[str], file: File[UploadedFile]) -> dict[str, Any]:
    """Hand in a document: PDF, PNG or JPEG by its content, up to 10 MB."""
    if (file.size or 0) > LARGEST_DOCUMENT:
        raise Unusable("document_too_large", "The file is larger than 10 MB. Send a smaller scan.")
    content = file.read()

    def work() -> dict[str, Any]:
        return jsonable(
            actions.add_document(
                actor=request.actor,
                round_id=round_id,
                slot=slot,
                name=file.name or "document",
                content=content,
                now=request.now,
            )
        )

    return once(request, {"slot": slot, "sha256": hashlib.sha256(content).hexdigest()}, work)


@router.post("/documents/{uuid:document_id}/removal", response=dict[str, Any], operation_id="remove_document")
@idempotent
def remove_document(request: Request, document_id: UUID) -> dict[str, Any]:
    """Take one's own document back, while it could be handed in."""
    return jsonable(actions.remove_document(actor=request.actor, document_id=document_id, now=request.now))


@router.post("/rounds/{uuid:round_id}/letters", response=dict[str, Any], operation_id="ask_letter")
@idempotent
def ask_letter(request: Request, round_id: UUID, body: RecommenderIn) -> dict[str, Any]:
    """Ask somebody for a letter of recommendation."""
    return jsonable(
        actions.ask_letter(actor=request.actor, round_id=round_id, name=body.name, email=body.email, now=request.now)
    )
