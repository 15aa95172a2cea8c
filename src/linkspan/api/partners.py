"""Partners of an institution, to which people sign in by their account here: registered, and ended."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from ninja import Field

from linkspan.accounts import actions, queries
from linkspan.accounts.rules import NewPartner, Partner, PartnerScope
from linkspan.api.answers import Router
from linkspan.api.once import Posted, idempotent
from linkspan.kernel.clock import real_now
from linkspan.kernel.request import Request

router = Router()


class PartnerIn(Posted):
    """A partner: its name, where its people come back to, its privacy page, what it may learn, and why."""

    institution: str = Field(max_length=64)
    name: str = Field(max_length=100)
    redirect_uris: list[Annotated[str, Field(max_length=500)]] = Field(max_length=10)
    privacy: str = Field(max_length=500)
    scopes: list[PartnerScope] = Field(max_length=3)
    reason: str = Field(max_length=2_000)


class PartnerEndIn(Posted):
    """Why."""

    reason: str = Field(max_length=2_000)


@router.get("", operation_id="partners")
def partners(request: Request, institution: str) -> Sequence[Partner]:
    """The partners of an institution, newest first, those whose access ended included."""
    return queries.partners(request.actor, institution.replace("\0", ""), real_now())


@router.post("", operation_id="register_partner")
@idempotent
def register_partner(request: Request, body: PartnerIn) -> NewPartner:
    """Register a partner; its secret is told once."""
    return actions.register_partner(
        actor=request.actor,
        institution=body.institution,
        name=body.name,
        redirect_uris=body.redirect_uris,
        privacy=body.privacy,
        scopes=body.scopes,
        reason=body.reason,
        at=real_now(),
        now=request.now,
    )


@router.post("/{uuid:partner_id}/end", operation_id="end_partner")
@idempotent
def end_partner(request: Request, partner_id: UUID, body: PartnerEndIn) -> None:
    """Have nobody sign in to a partner any more, at once."""
    actions.end_partner(actor=request.actor, partner_id=partner_id, reason=body.reason, at=real_now(), now=request.now)
