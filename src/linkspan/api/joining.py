"""Joining: an institution registers, proves its domain, and its accreditation is reviewed."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import HttpResponse
from ninja import Field

from linkspan.api.answers import Router
from linkspan.api.once import NothingIn, Posted, from_base64, idempotent, once, private_file
from linkspan.institutions import actions, queries
from linkspan.institutions.rules import Joining, Registration
from linkspan.kernel.request import Request

router = Router()
LARGEST_EVIDENCE = 5_000_000


@dataclass(frozen=True, slots=True)
class RegistrationTold:
    """How far a registration is; `proof` is what the domain must show."""

    id: UUID
    code: str
    name: str
    domain: str
    state: Joining
    proof: str
    registered_at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class RegistrationState:
    """Where a registration stands now."""

    state: Joining


class RegistrationIn(Posted):
    """The institution, its domain, who accredits it, and the accreditor's letter in base64 (up to 5 MB)."""

    code: str
    name: str
    country: str
    time_zone: str
    domain: str = Field(max_length=253)
    accreditor: str = Field(max_length=200)
    accreditation_id: str = Field(max_length=200)
    evidence_base64: str = Field(max_length=LARGEST_EVIDENCE * 4 // 3 + 4)


class ReviewIn(Posted):
    """Whether the accreditation is accepted, and what was checked."""

    accept: bool
    reason: str


@router.get("/", operation_id="own_registrations")
def own_registrations(request: Request) -> list[RegistrationTold]:
    """The caller's registrations, newest first."""
    return [_out(found) for found in queries.own_registrations(request.actor)]


@router.get("/review", operation_id="registrations_to_review")
def registrations_to_review(request: Request) -> list[RegistrationTold]:
    """Registrations whose domain is proved, for operators, oldest first."""
    return [_out(found) for found in queries.registrations_to_review(request.actor)]


@router.post("/", operation_id="register_to_join")
@idempotent
def register_to_join(request: Request, body: RegistrationIn) -> RegistrationTold:
    """Register an institution; the answer tells what proves its domain."""
    evidence = from_base64(body.evidence_base64, "evidence_base64")
    made = actions.register_to_join(
        actor=request.actor,
        code=body.code,
        name=body.name,
        country=body.country,
        time_zone=body.time_zone,
        domain=body.domain,
        accreditor=body.accreditor,
        accreditation_id=body.accreditation_id,
        evidence=evidence,
        now=request.now,
    )
    return _out(queries.registration(request.actor, made))


@router.get("/{uuid:registration_id}", operation_id="get_registration")
def get_registration(request: Request, registration_id: UUID) -> RegistrationTold:
    """How far a registration is: the caller's own, or any for operators."""
    return _out(queries.registration(request.actor, registration_id))


@router.post("/{uuid:registration_id}/proof", operation_id="prove_domain")
def prove_domain(request: Request, registration_id: UUID, body: NothingIn) -> RegistrationState:
    """Look for the proof at the domain, in its TXT record and in its file."""
    state = actions.prove_domain(actor=request.actor, registration_id=registration_id, now=request.now)
    return once(request, body, lambda: RegistrationState(state))


@router.post("/{uuid:registration_id}/review", operation_id="review_accreditation")
@idempotent
def review_accreditation(request: Request, registration_id: UUID, body: ReviewIn) -> RegistrationState:
    """Accept or refuse an accreditation; accepted, the institution is in and who registered it is its registrar."""
    state = actions.review_accreditation(
        actor=request.actor,
        registration_id=registration_id,
        accept=body.accept,
        reason=body.reason,
        now=request.now,
    )
    return RegistrationState(state)


def _out(found: Registration) -> RegistrationTold:
    return RegistrationTold(
        found.id, found.code, found.name, found.domain, found.state, found.proof, found.registered_at, found.reason
    )


@router.get("/{uuid:registration_id}/accreditation", operation_id="open_accreditation", response={200: bytes})
def open_accreditation(request: Request, registration_id: UUID) -> HttpResponse:
    """The accreditation's document, for who reviews it; each reading is kept."""
    content = actions.open_accreditation(actor=request.actor, registration_id=registration_id, now=request.now)
    return private_file(content, "application/octet-stream")
