"""The exchange of agreements between servers: identity, partners, messages (docs/formats/exchange.md)."""

from typing import Any

from ninja import Router

from linkspan.admissions.actions.received_records import receive_record
from linkspan.api.once import Posted, idempotent, once
from linkspan.kernel.jsonable import jsonable
from linkspan.kernel.request import Request
from linkspan.pathways.actions import exchange as actions
from linkspan.pathways.actions.receive import receive_message
from linkspan.pathways.queries import exchange as queries

router = Router()


class NothingIn(Posted):
    """No more than the key."""


class PartnerIn(Posted):
    """A partner's short name in agreements, and its did:web, compared by a person."""

    code: str
    did: str


@router.get("/{institution}/did.json", response=dict[str, Any], auth=None, operation_id="exchange_identity")
def exchange_identity(request: Request, institution: str) -> dict[str, Any]:
    """The controller document of an institution's exchange identity: its key and where to send messages."""
    return queries.exchange_document(institution)


@router.post("/{institution}/messages", response=dict[str, Any], auth=None, operation_id="receive_message")
def receive(request: Request, institution: str) -> dict[str, Any]:
    """Take a signed message of a partner's server; the same message again gets the same answer."""
    return receive_message(institution=institution, raw=request.body, now=request.now)


@router.post("/{institution}/records", response=dict[str, Any], auth=None, operation_id="receive_record")
def receive_a_record(request: Request, institution: str) -> dict[str, Any]:
    """Take a learner's record that a partner's server signed; the signed receipt, the same for the same message."""
    return receive_record(institution=institution, raw=request.body, now=request.now)


@router.get("/{institution}/agreements/{agreement_id}", response=dict[str, Any], auth=None, operation_id="snapshot")
def snapshot(request: Request, institution: str, agreement_id: str) -> dict[str, Any]:
    """The last version that both parties approved, with its hash and who approved it: what is relied on."""
    return queries.snapshot(institution, agreement_id)


@router.post("/{institution}/identity", response=dict[str, Any], operation_id="open_exchange")
@idempotent
def open_exchange(request: Request, institution: str, body: NothingIn) -> dict[str, Any]:
    """Open the exchange for one's own institution."""
    return {"did": actions.open_exchange(actor=request.actor, institution=institution, now=request.now)}


@router.post("/{institution}/partners", response=dict[str, Any], operation_id="add_partner")
def add_partner(request: Request, institution: str, body: PartnerIn) -> dict[str, Any]:
    """Name a partner's server; its document is asked for first, outside of any transaction."""
    actions.add_partner(actor=request.actor, institution=institution, code=body.code, did=body.did, now=request.now)
    return once(request, body, lambda: {"done": True})


@router.get("/{institution}/messages", response=list[dict[str, Any]], operation_id="exchange_messages")
def exchange_messages(request: Request, institution: str) -> list[dict[str, Any]]:
    """The newest messages of one's own institution, both ways, and what became of them."""
    return [jsonable(message) for message in queries.messages_of(request.actor, institution)]
