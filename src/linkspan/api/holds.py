"""Cases on hold for a person: the desk's list, and the release."""

from uuid import UUID

from linkspan.api.answers import Done, Router
from linkspan.api.once import Posted, idempotent
from linkspan.kernel.request import Request
from linkspan.pathways.actions import release_hold as release
from linkspan.pathways.queries import HeldCase
from linkspan.pathways.queries import waiting_holds as waiting

router = Router()


class ReleaseIn(Posted):
    """What was looked at; it stays with the case."""

    reason: str


@router.get("/", operation_id="waiting_holds")
def waiting_holds(request: Request) -> tuple[HeldCase, ...]:
    """The cases that wait at the caller's institutions, oldest first."""
    return waiting(request.actor)


@router.post("/{uuid:hold_id}/release", operation_id="release_hold")
@idempotent
def release_hold(request: Request, hold_id: UUID, body: ReleaseIn) -> Done:
    """Let a case go on, with a reason; never one's own."""
    release(actor=request.actor, hold_id=hold_id, reason=body.reason, now=request.now)
    return Done()
