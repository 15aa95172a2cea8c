"""How what an institution issues looks, and who signs it, by its registrars."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from django.http import HttpResponse
from ninja import Field

from linkspan.api.answers import Made, Router
from linkspan.api.once import NothingIn, Posted, from_base64, idempotent, private_file
from linkspan.credentials.queries import look_sample
from linkspan.institutions import actions, queries
from linkspan.institutions.rules import Look, PictureKind, Signatory
from linkspan.kernel.errors import NotFound
from linkspan.kernel.request import Request

router = Router()
#: A picture of a megabyte as text.
LONGEST_PICTURE = 1_400_000


@dataclass(frozen=True, slots=True)
class LookTold:
    """A look: two colours, the form of the mark and what it shows, and from which day it counts; a draft has no day."""

    institution: str
    primary: str
    accent: str
    mark: PictureKind | None
    mark_words: str
    valid_from: date | None
    decided_by: str
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class SignatoryTold:
    """Who signs, in which days, and whether a signature is kept."""

    id: UUID
    name: str
    title: str
    has_signature: bool
    valid_from: date
    valid_to: date | None
    entered_by: str
    entered_at: datetime


class LookIn(Posted):
    """Two colours as # and six digits; a mark as PNG or SVG in base64, or none to keep the one that there is."""

    primary: str = Field(max_length=7)
    accent: str = Field(max_length=7)
    mark_base64: Annotated[str, Field(max_length=LONGEST_PICTURE)] = ""
    mark_words: str = Field("", max_length=200)


class FromIn(Posted):
    """The first day."""

    valid_from: date


class UntilIn(Posted):
    """The last day."""

    valid_to: date


class SignatoryIn(Posted):
    """A name, a title, the days of the office, and a signature as PNG or SVG in base64."""

    name: str = Field(max_length=120)
    title: str = Field(max_length=200)
    valid_from: date
    valid_to: date | None = None
    signature_base64: Annotated[str, Field(max_length=LONGEST_PICTURE)] = ""


@router.get("/{institution}", operation_id="looks")
def looks(request: Request, institution: str) -> Sequence[LookTold]:
    """The draft, if there is one, then all published looks, newest first."""
    draft = queries.drafted_look(request.actor, institution)
    return [_told(one) for one in ([draft] if draft else []) + list(queries.looks_of(request.actor, institution))]


@router.post("/{institution}", operation_id="draft_look")
@idempotent
def draft_look(request: Request, institution: str, body: LookIn) -> None:
    """Keep the draft of a look, in place of the one before."""
    actions.draft_look(
        actor=request.actor,
        institution=institution,
        primary=body.primary,
        accent=body.accent,
        mark=from_base64(body.mark_base64, "mark_base64") if body.mark_base64 else None,
        mark_words=body.mark_words,
        now=request.now,
    )


@router.get("/{institution}/sample.png", operation_id="look_sample", response={200: bytes})
def sample(request: Request, institution: str) -> HttpResponse:
    """A certificate of nobody in the look that is drafted, as PNG."""
    draft = queries.drafted_look(request.actor, institution)
    if draft is None:
        raise NotFound("look_not_drafted", "There is no draft.")
    return private_file(look_sample(request.actor, institution, draft, request.now.date()), "image/png")


@router.post("/{institution}/publish", operation_id="publish_look")
@idempotent
def publish_look(request: Request, institution: str, body: FromIn) -> None:
    """Have the draft count from a day on."""
    actions.publish_look(actor=request.actor, institution=institution, valid_from=body.valid_from, now=request.now)


@router.post("/{institution}/discard", operation_id="discard_look")
@idempotent
def discard_look(request: Request, institution: str, body: NothingIn) -> None:
    """Throw the draft away."""
    actions.discard_look(actor=request.actor, institution=institution, now=request.now)


@router.get("/{institution}/signatories", operation_id="signatories")
def signatories(request: Request, institution: str) -> Sequence[SignatoryTold]:
    """Everybody who signs or signed, newest first."""
    return [_signs(one) for one in queries.signatories_of(request.actor, institution)]


@router.post("/{institution}/signatories", operation_id="enter_signatory")
@idempotent
def enter_signatory(request: Request, institution: str, body: SignatoryIn) -> Made:
    """Enter who signs what is awarded in those days."""
    made = actions.enter_signatory(
        actor=request.actor,
        institution=institution,
        name=body.name,
        title=body.title,
        valid_from=body.valid_from,
        valid_to=body.valid_to,
        signature=from_base64(body.signature_base64, "signature_base64") if body.signature_base64 else None,
        now=request.now,
    )
    return Made(made)


@router.post("/signatories/{uuid:signatory_id}/end", operation_id="end_signatory")
@idempotent
def end_signatory(request: Request, signatory_id: UUID, body: UntilIn) -> None:
    """Set the last day on which somebody signs."""
    actions.end_signatory(actor=request.actor, signatory_id=signatory_id, valid_to=body.valid_to, now=request.now)


def _told(one: Look) -> LookTold:
    mark = one.mark.kind
    return LookTold(
        one.institution, one.primary, one.accent, mark, one.mark_words, one.valid_from, one.decided_by, one.decided_at
    )


def _signs(one: Signatory) -> SignatoryTold:
    return SignatoryTold(
        one.id,
        one.name,
        one.title,
        bool(one.signature.kind),
        one.valid_from,
        one.valid_to,
        one.entered_by,
        one.entered_at,
    )
