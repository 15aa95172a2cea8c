"""Reads of programs that use the API by themselves."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from linkspan.accounts.models import ApiClientRow
from linkspan.accounts.rules import (
    ApiClient,
    may_manage_clients,
)
from linkspan.kernel.actor import Actor, Grant
from linkspan.kernel.errors import NotFound, permit
from linkspan.kernel.readers import by_secret


@by_secret
def api_client(client_id: UUID, now: datetime) -> ApiClient:
    """A client that is registered and not revoked, for whoever checks its access; NotFound otherwise."""
    row = ApiClientRow.objects.filter(id=client_id).first()
    if row is None or (row.revoked_at is not None and row.revoked_at <= now):
        raise NotFound("client_unknown", "There is no such client, or its access has ended.")
    return _client(row)


def api_clients(actor: Actor, institution: str) -> tuple[ApiClient, ...]:
    """The systems of an institution, newest first, revoked ones included."""
    permit(may_manage_clients(actor, institution), "see systems of this institution")
    rows = ApiClientRow.objects.filter(institution=institution).order_by("-registered_at")
    return tuple(_client(row) for row in rows)


@by_secret
def client_actor(client: ApiClient, scopes: Iterable[str]) -> Actor:
    """A client as an actor: it holds each of its scopes at its institution, and no person's role."""
    grants = frozenset(Grant(scope, client.institution) for scope in scopes)
    return Actor(person_id=None, name=f"client {client.name}", grants=grants)


def _client(row: ApiClientRow) -> ApiClient:
    return ApiClient(row.id, row.institution, row.name, row.jwk, frozenset(row.scopes), row.revoked_at)
