"""The caller's own tokens. They are made on a page: a token makes no other tokens."""

from collections.abc import Sequence
from uuid import UUID

from linkspan.accounts import actions, queries
from linkspan.accounts.rules import PersonToken
from linkspan.api.answers import Router
from linkspan.api.once import NothingIn, idempotent
from linkspan.kernel.request import Request

router = Router()


@router.get("", operation_id="tokens")
def tokens(request: Request) -> Sequence[PersonToken]:
    """The caller's tokens that work, newest first."""
    return queries.tokens_of(request.actor)


@router.post("/{uuid:token_id}/revoke", operation_id="revoke_token")
@idempotent
def revoke_token(request: Request, token_id: UUID, body: NothingIn) -> None:
    """End one of the caller's tokens, at once."""
    actions.revoke_token(actor=request.actor, token_id=token_id, now=request.now)
