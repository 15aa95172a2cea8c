"""Refunds, by a second person where that is asked for, and those that did not arrive."""

from uuid import UUID

from linkspan.api.answers import Router
from linkspan.api.once import NothingIn, Posted, idempotent
from linkspan.finance import actions, queries
from linkspan.finance.rules import RefundAsk
from linkspan.kernel.request import Request

router = Router()


class AskDecisionIn(Posted):
    """Approve, or refuse with a reason."""

    approve: bool
    reason: str = ""


class WriteOffDecisionIn(Posted):
    """Write it off, or let it stay owed."""

    approve: bool


class BankReferenceIn(Posted):
    """The bank's reference of what was sent in another way."""

    reference: str


class ReasonIn(Posted):
    """Why."""

    reason: str


@router.get("/asked", operation_id="refunds_asked")
def refunds_asked(request: Request) -> tuple[RefundAsk, ...]:
    """Refunds of the caller's institutions that a second person decides, oldest first."""
    return queries.asks_of(request.actor)


@router.post("/asked/{ask_id}/decision", operation_id="decide_refund")
@idempotent
def decide_refund(request: Request, ask_id: UUID, body: AskDecisionIn) -> None:
    """Decide a refund that another person asked for."""
    actions.decide_refund(actor=request.actor, ask_id=ask_id, approve=body.approve, reason=body.reason, now=request.now)


@router.post("/{refund_id}/retry", operation_id="retry_refund")
@idempotent
def retry_refund(request: Request, refund_id: UUID, body: NothingIn) -> None:
    """Have the provider try a refund again that did not arrive."""
    actions.retry_refund(actor=request.actor, refund_id=refund_id, now=request.now)


@router.post("/{refund_id}/sent", operation_id="send_refund_otherwise")
@idempotent
def send_refund_otherwise(request: Request, refund_id: UUID, body: BankReferenceIn) -> None:
    """Record that a refund that did not arrive was sent in another way."""
    actions.send_refund_otherwise(actor=request.actor, refund_id=refund_id, reference=body.reference, now=request.now)


@router.post("/{refund_id}/write-off", operation_id="ask_write_off")
@idempotent
def ask_write_off(request: Request, refund_id: UUID, body: ReasonIn) -> None:
    """Propose to write off a refund that cannot be delivered."""
    actions.ask_write_off(actor=request.actor, refund_id=refund_id, reason=body.reason, now=request.now)


@router.post("/{refund_id}/write-off/decision", operation_id="decide_write_off")
@idempotent
def decide_write_off(request: Request, refund_id: UUID, body: WriteOffDecisionIn) -> None:
    """A second person writes it off, or lets it stay owed."""
    actions.decide_write_off(actor=request.actor, refund_id=refund_id, approve=body.approve, now=request.now)
