"""Consents: who may read which parts of the caller's record, for what, until when."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from ninja import Field

from linkspan.accounts import actions, queries
from linkspan.accounts.rules import ConsentGiven
from linkspan.api.answers import Made, Router
from linkspan.api.once import NothingIn, Posted, idempotent
from linkspan.institutions.queries import institution
from linkspan.kernel.request import Request

router = Router()


class ConsentIn(Posted):
    """The institution by its code, the purpose, the parts of the record, the end, and one's name as a signature."""

    institution: str = Field(max_length=64)
    purpose: str = Field(max_length=64)
    records: list[str] = Field(max_length=20)
    expires_at: datetime
    signature: str = Field(max_length=200)


@router.get("/mine", operation_id="my_consents")
def my_consents(request: Request) -> Sequence[ConsentGiven]:
    """What the caller consented to, newest first, also what has ended."""
    return queries.consents_of(request.actor.own_id)


@router.post("/", operation_id="give_consent")
@idempotent
def give_consent(request: Request, body: ConsentIn) -> Made:
    """Consent to disclosure; what a consent in force covers already is not given twice."""
    made = actions.give_consent(
        actor=request.actor,
        learner_id=request.actor.own_id,
        institution=institution(body.institution).code,
        purpose=body.purpose,
        records=body.records,
        expires_at=body.expires_at,
        signature=body.signature,
        now=request.now,
    )
    return Made(made)


@router.post("/{uuid:consent_id}/end", operation_id="revoke_consent")
@idempotent
def revoke_consent(request: Request, consent_id: UUID, body: NothingIn) -> None:
    """End a consent; the institution can no longer read the record on it."""
    actions.revoke_consent(actor=request.actor, consent_id=consent_id, now=request.now)
