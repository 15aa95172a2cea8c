"""Whom an institution relies on: issuers and registries of others, what changed, and a registrar's decisions."""

from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

from ninja import Field

from linkspan.api.answers import Made, Router
from linkspan.api.once import NothingIn, Posted, idempotent
from linkspan.institutions import actions, queries
from linkspan.institutions.rules import (
    FederationPlace,
    SigningPlace,
    TrustChange,
    TrustedIssuer,
    TrustKind,
    TrustSource,
)
from linkspan.kernel.request import Request

router = Router()


class TrustIn(Posted):
    """An issuer (its DID or https address), a registry or the anchor of a federation (its https address), or an
    authority that certifies issuers (its root certificate in PEM form, and no address), its name, and why it is relied
    on."""

    institution: str = Field(max_length=64)
    kind: TrustKind
    address: str = Field("", max_length=500)
    certificate: str = Field("", max_length=10_000)
    name: str = Field(max_length=200)
    reason: str = Field(max_length=2_000)


class ReasonIn(Posted):
    """Why."""

    reason: str = Field(max_length=2_000)


@router.get("", operation_id="trust_sources")
def trust_sources(request: Request, institution: str) -> Sequence[TrustSource]:
    """What an institution relies on, in force first."""
    return queries.trust_sources(request.actor, institution.replace("\0", ""))


@router.post("", operation_id="trust")
@idempotent
def trust(request: Request, body: TrustIn) -> Made:
    """Rely on an issuer, which counts at once, or on a registry, which the worker asks."""
    made = actions.trust(
        actor=request.actor,
        institution=body.institution,
        kind=body.kind,
        address=body.address,
        name=body.name,
        reason=body.reason,
        now=request.now,
        certificate=body.certificate,
    )
    return Made(made)


class SuperiorsIn(Posted):
    """The entities above an institution in federations, by their https addresses; none is allowed."""

    institution: str = Field(max_length=64)
    superiors: list[Annotated[str, Field(max_length=500)]] = Field(max_length=10)


@router.get("/federation", operation_id="federation_place")
def federation_place(request: Request, institution: str) -> FederationPlace:
    """Where an institution stands in federations: its address, and who stands above it."""
    return queries.federation_place(request.actor, institution.replace("\0", ""), request.now)


@router.post("/federation", operation_id="set_superiors")
@idempotent
def set_superiors(request: Request, body: SuperiorsIn) -> None:
    """Say who stands above the institution, in place of those before."""
    actions.set_superiors(actor=request.actor, institution=body.institution, addresses=body.superiors, now=request.now)


class MoveIn(Posted):
    """The institution, and why it moves."""

    institution: str = Field(max_length=64)
    reason: str = Field(max_length=2_000)


@router.get("/keys", operation_id="signing_place")
def signing_place(request: Request, institution: str) -> SigningPlace:
    """How an institution signs: its keys with their times, and whether it can move to its did:web."""
    return queries.signing_place(request.actor, institution.replace("\0", ""), request.now)


@router.post("/keys/move", operation_id="move_to_web")
@idempotent
def move_to_web(request: Request, body: MoveIn) -> SigningPlace:
    """Have an institution that signs under a did:key sign under its did:web from now on."""
    actions.move_to_web(actor=request.actor, code=body.institution, reason=body.reason, now=request.now)
    return queries.signing_place(request.actor, body.institution, request.now)


@router.get("/{uuid:source_id}", operation_id="trust_source")
def trust_source(request: Request, source_id: UUID) -> TrustSource:
    """One of them, and what its registry last answered."""
    return queries.trust_source(request.actor, source_id)


@router.get("/{uuid:source_id}/issuers", operation_id="trusted_issuers")
def trusted_issuers(request: Request, source_id: UUID) -> Sequence[TrustedIssuer]:
    """The issuers that it names, those to look at first; at most 500."""
    return queries.trusted_issuers(request.actor, source_id)


@router.get("/{uuid:source_id}/changes", operation_id="trust_changes")
def trust_changes(request: Request, source_id: UUID) -> Sequence[TrustChange]:
    """What changed, newest first; at most 500 lines."""
    return queries.trust_changes(request.actor, source_id)


@router.post("/{uuid:source_id}/ask", operation_id="ask_registry_again")
@idempotent
def ask_registry_again(request: Request, source_id: UUID, body: NothingIn) -> None:
    """Have the worker ask the registry at its next round."""
    actions.ask_registry_again(actor=request.actor, source_id=source_id, now=request.now)


@router.post("/{uuid:source_id}/end", operation_id="end_trust")
@idempotent
def end_trust(request: Request, source_id: UUID, body: ReasonIn) -> None:
    """Rely on it no more, at once."""
    actions.end_trust(actor=request.actor, source_id=source_id, reason=body.reason, now=request.now)


@router.post("/issuers/{uuid:issuer_id}/accept", operation_id="accept_key")
@idempotent
def accept_key(request: Request, issuer_id: UUID, body: ReasonIn) -> None:
    """Rely on the keys that an issuer shows now, in place of the pinned ones."""
    actions.accept_key(actor=request.actor, issuer_id=issuer_id, reason=body.reason, now=request.now)
