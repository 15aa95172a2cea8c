"""The exchange of agreements between servers: identity, partners, messages (docs/formats/exchange.md)."""

from dataclasses import dataclass

from linkspan.admissions.actions import receive_record
from linkspan.api.answers import Done, Router
from linkspan.api.documents import Agreement, Controller, MessageTaken, SignedMessage
from linkspan.api.once import NothingIn, Posted, idempotent, once
from linkspan.kernel.request import Request
from linkspan.pathways import actions, queries
from linkspan.pathways.actions import receive_message
from linkspan.pathways.queries import Carried

router = Router()


@dataclass(frozen=True, slots=True)
class Approved:
    """Which party approved the terms, and when."""

    institution: str
    sha256: str
    at: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The version that is relied on."""

    agreement: str
    version: int
    sha256: str
    status: str
    approvals: tuple[Approved, ...]
    document: Agreement


@dataclass(frozen=True, slots=True)
class Identity:
    """The exchange identity of an institution."""

    did: str


class PartnerIn(Posted):
    """A partner's short name in agreements, and its did:web, compared by a person."""

    code: str
    did: str


@router.get("/{institution}/did.json", auth=None, operation_id="exchange_identity")
def exchange_identity(request: Request, institution: str) -> Controller:
    """The controller document of an institution's exchange identity: its key and where to send messages."""
    return queries.exchange_document(institution)


@router.post("/{institution}/messages", auth=None, operation_id="receive_message")
def receive(request: Request, institution: str) -> MessageTaken:
    """Take a signed message of a partner's server; the same message again gets the same answer."""
    return receive_message(institution=institution, raw=request.body, now=request.now)


@router.post("/{institution}/records", auth=None, operation_id="receive_record")
def receive_a_record(request: Request, institution: str) -> SignedMessage:
    """Take a learner's record that a partner's server signed; the signed receipt, the same for the same message."""
    return receive_record(institution=institution, raw=request.body, now=request.now)


@router.get("/{institution}/agreements/{agreement_id}", auth=None, operation_id="snapshot")
def snapshot(request: Request, institution: str, agreement_id: str) -> Snapshot:
    """The last version that both parties approved, with its hash and who approved it: what is relied on."""
    return Snapshot(**queries.snapshot(institution, agreement_id))


@router.post("/{institution}/identity", operation_id="open_exchange")
@idempotent
def open_exchange(request: Request, institution: str, body: NothingIn) -> Identity:
    """Open the exchange for one's own institution."""
    return Identity(actions.open_exchange(actor=request.actor, institution=institution, now=request.now))


@router.post("/{institution}/partners", operation_id="add_partner")
def add_partner(request: Request, institution: str, body: PartnerIn) -> Done:
    """Name a partner's server; its document is asked for first, outside of any transaction."""
    actions.add_partner(actor=request.actor, institution=institution, code=body.code, did=body.did, now=request.now)
    return once(request, body, Done)


@router.get("/{institution}/messages", operation_id="exchange_messages")
def exchange_messages(request: Request, institution: str) -> tuple[Carried, ...]:
    """The newest messages of one's own institution, both ways, and what became of them."""
    return queries.messages_of(request.actor, institution)
