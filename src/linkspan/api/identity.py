"""One's own account: name, zone and language; the legal name with its evidence, which staff check."""

from collections.abc import Sequence
from uuid import UUID

from django.http import HttpResponse
from ninja import Field

from linkspan.accounts import actions, queries
from linkspan.accounts.rules import Identity
from linkspan.api.answers import Made, Router
from linkspan.api.once import Posted, PostedPaper, idempotent, private_file
from linkspan.kernel.request import Request

router = Router()


class PreferencesIn(Posted):
    """The name that others see, the zone in which times are told, the language."""

    name: str = Field(max_length=200)
    time_zone: str = Field(max_length=64)
    locale: str = Field(max_length=16)


class IdentityIn(PostedPaper):
    """The name in law, and a scan of a document that shows it, in base 64."""

    legal_name: str = Field(max_length=200)


@router.post("/preferences", operation_id="change_preferences")
@idempotent
def change_preferences(request: Request, body: PreferencesIn) -> None:
    """Change one's name, zone and language."""
    actions.change_preferences(actor=request.actor, name=body.name, time_zone=body.time_zone, locale=body.locale)


@router.get("/mine", operation_id="my_identity")
def my_identity(request: Request) -> Sequence[Identity]:
    """What the caller handed in, newest first, and what staff said."""
    return queries.identity_of(request.actor, request.actor.own_id, request.now)


@router.post("/", operation_id="submit_identity")
@idempotent
def submit_identity(request: Request, body: IdentityIn) -> Made:
    """Hand in a legal name with its evidence; the same evidence twice is one submission."""
    made = actions.submit_identity(
        actor=request.actor,
        learner_id=request.actor.own_id,
        legal_name=body.legal_name,
        document=body.document,
        now=request.now,
    )
    return Made(made)


@router.get("/{uuid:check_id}/document", operation_id="open_identity_document", response={200: bytes})
def open_identity_document(request: Request, check_id: UUID) -> HttpResponse:
    """The scan behind identity evidence, for its owner and for who checks it; each reading is kept."""
    content = actions.open_identity_document(actor=request.actor, check_id=check_id, now=request.now)
    return private_file(content, "application/octet-stream")
