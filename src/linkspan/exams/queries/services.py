"""Reads about proctoring services of others."""

from uuid import UUID

from linkspan.exams.engines.service_client import Account
from linkspan.exams.models import ServiceRow
from linkspan.exams.rules import Offering, Service, ServiceKind, ServiceTerms, may_manage_services
from linkspan.kernel import audit, storage
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, permit


def services_at(actor: Actor, institution: str) -> tuple[Service, ...]:
    """An institution's services, those that are switched off too, oldest first."""
    permit(may_manage_services(actor, institution), "manage the proctoring services of this institution")
    rows = ServiceRow.objects.filter(institution=institution).order_by("added_at", "id")
    return tuple(as_service(row) for row in rows)


def service(actor: Actor, service_id: UUID) -> Service:
    """One service, for whoever manages it; NotFound otherwise."""
    row = ServiceRow.objects.filter(id=service_id).first()
    if row is None or not may_manage_services(actor, row.institution):
        raise NotFound("service_unknown", "There is no such service.")
    return as_service(row)


def service_history(actor: Actor, service_id: UUID) -> tuple[audit.Entry, ...]:
    """Who did what to a service, when and why, oldest first."""
    return audit.trail_of(f"exams.service:{service(actor, service_id).id}")


def account_of(service_id: UUID) -> Account:
    """Who we are at a service, for its client."""
    row = ServiceRow.objects.get(id=service_id)
    lti = (ServiceKind(row.kind), row.launch_url, row.jwks_url)
    return Account(row.base_url, row.client_id, storage.opened(row.secret), *lti)


def service_terms(row: ServiceRow) -> ServiceTerms:
    """What was entered of a service."""
    return ServiceTerms(row.name, row.base_url, row.client_id, ServiceKind(row.kind), row.launch_url, row.jwks_url)


def as_service(row: ServiceRow) -> Service:
    """A row as a value."""
    told = (row.is_enabled, bool(row.callback_sha256), row.added_at, row.tried_at, Offering.kept(row.offering))
    return Service(row.id, row.institution, service_terms(row), *told)
