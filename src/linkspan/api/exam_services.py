"""Proctoring services of an institution: entered, tried, switched on and off."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from ninja import Field

from linkspan.api.answers import Done, Made, Router
from linkspan.api.once import NothingIn, Posted, idempotent, once
from linkspan.exams import actions, queries
from linkspan.exams.rules import Offering, Service, ServiceKind, ServiceTerms
from linkspan.kernel.audit import Entry
from linkspan.kernel.request import Request

router = Router()


class ServiceTermsIn(Posted):
    """What is entered of a service; `secret` is never told again, and stays as it is where a change leaves it out.

    An LTI tool has a launch address and one of its keys, and no secret.
    """

    name: str = Field(max_length=500)
    base_url: str = Field(max_length=1000)
    client_id: str = Field(max_length=500)
    secret: str = ""
    kind: ServiceKind = ServiceKind.EDX_PROCTORING
    launch_url: str = Field("", max_length=1000)
    jwks_url: str = Field("", max_length=1000)

    def terms(self) -> ServiceTerms:
        """The terms as a value."""
        plain = (self.name, self.base_url, self.client_id)
        return ServiceTerms(*plain, self.kind, self.launch_url, self.jwks_url)


class ServiceIn(ServiceTermsIn):
    """A service of an institution."""

    institution: str = Field(max_length=64)


class ServiceOffIn(Posted):
    """Why."""

    why: str = Field(max_length=1000)


@dataclass(frozen=True, slots=True)
class CallbackSecret:
    """With what the service takes tokens for its callbacks; the secret is told this once."""

    client_id: UUID
    client_secret: str


@router.get("", operation_id="exam_services")
def services(request: Request, institution: str) -> Sequence[Service]:
    """An institution's proctoring services, those that are switched off too."""
    return queries.services_at(request.actor, institution.replace("\0", ""))


@router.get("/{uuid:service_id}/history", operation_id="exam_service_history")
def history(request: Request, service_id: UUID) -> Sequence[Entry]:
    """Who did what to a service, when and why."""
    return queries.service_history(request.actor, service_id)


@router.post("", operation_id="add_exam_service")
@idempotent
def add_service(request: Request, body: ServiceIn) -> Made:
    """Enter a proctoring service; no exam uses it before it is switched on."""
    made = actions.add_service(
        actor=request.actor, institution=body.institution, terms=body.terms(), secret=body.secret, now=request.now
    )
    return Made(made)


@router.post("/{uuid:service_id}", operation_id="change_exam_service")
@idempotent
def change_service(request: Request, service_id: UUID, body: ServiceTermsIn) -> None:
    """Change what was entered of a service; another address switches it off until it was tried there."""
    actions.change_service(
        actor=request.actor, service_id=service_id, terms=body.terms(), secret=body.secret, now=request.now
    )


@router.post("/{uuid:service_id}/callback-secret", operation_id="give_callback_secret")
def give_callback_secret(request: Request, service_id: UUID, body: NothingIn) -> CallbackSecret:
    """A new secret for the service's callbacks, kept nowhere: a repetition makes another. The one before ends."""
    made = actions.give_callback_secret(actor=request.actor, service_id=service_id, now=request.now)
    return CallbackSecret(service_id, made)


@router.post("/{uuid:service_id}/try", operation_id="try_exam_service")
def try_service(request: Request, service_id: UUID, body: NothingIn) -> Offering:
    """What the service says that it offers; it is asked outside of any transaction."""
    found = actions.try_service(actor=request.actor, service_id=service_id, now=request.now)
    return once(request, body, lambda: found)


@router.post("/{uuid:service_id}/enable", operation_id="enable_exam_service")
def enable_service(request: Request, service_id: UUID, body: NothingIn) -> Done:
    """Let exams be proctored by it, if it answers; it is asked outside of any transaction."""
    actions.enable_service(actor=request.actor, service_id=service_id, now=request.now)
    return once(request, body, Done)


@router.post("/{uuid:service_id}/disable", operation_id="disable_exam_service")
@idempotent
def disable_service(request: Request, service_id: UUID, body: ServiceOffIn) -> None:
    """Ask it nothing and take nothing from it any more."""
    actions.disable_service(actor=request.actor, service_id=service_id, why=body.why, now=request.now)
