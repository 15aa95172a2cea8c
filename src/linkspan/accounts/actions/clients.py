"""What is done to systems of institutions that use the VC API."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from linkspan.accounts.models import (
    ApiClientRow,
    UsedAssertion,
)
from linkspan.accounts.queries import api_client
from linkspan.accounts.rules import (
    CLOCK_SKEW,
    LONGEST_ASSERTION,
    ApiClient,
    Scope,
    check_assertion,
    granted_scopes,
    may_manage_clients,
)
from linkspan.kernel import audit
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, Unusable, permit
from linkspan.vc import VcError, jose
from linkspan.vc.keys import jwk_of, key_of_jwk

ASSERTION_TYPES = ("JWT", "client-authentication+jwt")


@transaction.atomic
def register_api_client(
    *, actor: Actor, institution: str, name: str, jwk: Mapping[str, Any], scopes: Iterable[str], now: datetime
) -> UUID:
    """Let a system of an institution use the VC API; its key is public, the private part never comes here."""
    permit(may_manage_clients(actor, institution), "register systems of this institution")
    wanted = sorted(set(scopes))
    unknown = [scope for scope in wanted if scope not in set(Scope)]
    if unknown or not wanted or not name.strip():
        raise Unusable("client_unusable", "A client has a name and some of the scopes {scope}.", scope=", ".join(Scope))
    if "d" in jwk:
        raise Unusable("key_private", "This is a private key. Keep it, and register its public part only.")
    try:
        public = jwk_of(key_of_jwk(jwk))
    except VcError as error:
        raise Unusable(error.code, "The key cannot be used: {message}", message=error.message) from error
    row = ApiClientRow.objects.create(
        institution=institution, name=name.strip()[:200], jwk=public, scopes=wanted, registered_at=now
    )
    after = {"institution": institution, "name": row.name, "scopes": wanted}
    audit.record(actor=actor, verb="register_api_client", subject=f"accounts.client:{row.id}", now=now, after=after)
    return row.id


@transaction.atomic
def revoke_api_client(*, actor: Actor, client_id: UUID, now: datetime) -> None:
    """End a system's access, at once; a second time changes nothing."""
    row = ApiClientRow.objects.select_for_update().filter(id=client_id).first()
    if row is None:
        raise NotFound("client_unknown", "There is no such client.")
    permit(may_manage_clients(actor, row.institution), "revoke systems of this institution")
    if row.revoked_at is None:
        row.revoked_at = now
        row.save(update_fields=["revoked_at"])
        audit.record(actor=actor, verb="revoke_api_client", subject=f"accounts.client:{row.id}", now=now)


@transaction.atomic
def admit_api_client(*, assertion: str, audience: str, scope: str, now: datetime) -> tuple[ApiClient, frozenset[str]]:
    """The client behind a signed assertion (RFC 7523) and the scopes it gets; each assertion works once.

    Unusable (`assertion_refused`) for one that is broken, old, of nobody known here, or used before.
    """
    try:
        header, claims = jose.read(assertion)
        client = api_client(UUID(str(claims.get("iss"))), now)
        key = key_of_jwk(client.jwk)
        jose.check_header(header, key, ASSERTION_TYPES)
        jose.verify_compact(assertion, header, key)
    except (VcError, ValueError, NotFound) as error:
        raise Unusable("assertion_refused", "The client assertion is not usable: {error}", error=error) from error
    jti = check_assertion(claims, str(client.id), audience, now)
    UsedAssertion.objects.filter(expires_at__lt=now).delete()
    _, fresh = UsedAssertion.objects.get_or_create(
        client_id=client.id,
        jti_sha256=hashlib.sha256(jti.encode()).hexdigest(),
        defaults={"expires_at": now + LONGEST_ASSERTION + CLOCK_SKEW},
    )
    if not fresh:
        raise Unusable("assertion_refused", "The client assertion was used before. Sign a new one.")
    return client, granted_scopes(client, scope)
