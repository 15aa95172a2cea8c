"""Who looks after a draft and by when it is answered; agreements clause by clause, as redlines and PDFs for counsel."""

from datetime import date
from uuid import UUID

from django.http import HttpResponse

from linkspan.api.agreements import DraftTold
from linkspan.api.answers import Router
from linkspan.api.once import Posted, idempotent, private_file
from linkspan.kernel.request import Request
from linkspan.pathways import actions
from linkspan.pathways.engines.redline_pdf import redline_pdf
from linkspan.screens.redline import RedlineScreen, draft_redline, printed, version_redline

router = Router()
VERSION = "/versions/{agreement_id}/{int:version}"


class ArrangeIn(Posted):
    """Who looks after a draft (null: the whole office), and until when the partner is asked to answer."""

    keeper_id: UUID | None = None
    reply_by: date | None = None


@router.get(VERSION, operation_id="version_redline")
def of_version(request: Request, agreement_id: str, version: int, other: int | None = None) -> RedlineScreen:
    """A version beside the one before, or `other`; beside itself every clause is kept. For parties and auditors."""
    return version_redline(request.actor, agreement_id, version, other)


@router.get(VERSION + "/pdf", operation_id="version_pdf", response={200: bytes})
def pdf_of_version(request: Request, agreement_id: str, version: int, other: int | None = None) -> HttpResponse:
    """The same as a PDF to send to counsel."""
    screen = version_redline(request.actor, agreement_id, version, other)
    return private_file(redline_pdf(dict(printed(screen))), "application/pdf")


@router.get("/drafts/{uuid:draft_id}", operation_id="draft_redline")
def of_draft(request: Request, draft_id: UUID, other: int | None = None) -> RedlineScreen:
    """A draft of one's own institution beside the version before it, or `other`."""
    return draft_redline(request.actor, draft_id, other)


@router.get("/drafts/{uuid:draft_id}/pdf", operation_id="draft_pdf", response={200: bytes})
def pdf_of_draft(request: Request, draft_id: UUID, other: int | None = None) -> HttpResponse:
    """The same as a PDF to send to counsel."""
    return private_file(redline_pdf(dict(printed(draft_redline(request.actor, draft_id, other)))), "application/pdf")


@router.post("/drafts/{uuid:draft_id}/arrangement", operation_id="arrange_draft")
@idempotent
def arrange_draft(request: Request, draft_id: UUID, body: ArrangeIn) -> DraftTold:
    """Say who looks after a draft, and until when the partner is asked to answer once it is sent."""
    return DraftTold.of(
        actions.arrange_draft(
            actor=request.actor,
            draft_id=draft_id,
            keeper_id=body.keeper_id,
            reply_by=body.reply_by,
            now=request.now,
        )
    )
