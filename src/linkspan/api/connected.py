"""Applications of others that the caller lets in."""

from collections.abc import Sequence
from uuid import UUID

from linkspan.accounts import actions, queries
from linkspan.accounts.rules import LetIn
from linkspan.api.answers import Router
from linkspan.api.once import NothingIn, idempotent
from linkspan.kernel.clock import real_now
from linkspan.kernel.request import Request

router = Router()


@router.get("", operation_id="let_in_by")
def connections(request: Request) -> Sequence[LetIn]:
    """The applications that the caller lets in, newest first. They are let in on a page alone."""
    return queries.let_in_by(request.actor)


@router.post("/{uuid:connection_id}/end", operation_id="disconnect_application")
@idempotent
def disconnect_application(request: Request, connection_id: UUID, body: NothingIn) -> None:
    """Let an application in no more, at once."""
    actions.disconnect_application(actor=request.actor, connection_id=connection_id, at=real_now(), now=request.now)
