"""Where an institution stands as an entity of federations, and the anchors on which institutions rely."""

from collections.abc import Collection
from datetime import datetime

from django.conf import settings

from linkspan.institutions.models import FederationRow, TrustedIssuerRow
from linkspan.institutions.queries.keys import signing_key
from linkspan.institutions.queries.registry import institution
from linkspan.institutions.rules.trust import FederationPlace, TrustKind, may_see_trust
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, permit
from linkspan.kernel.readers import public

MOST_ANCHORS = 5


@public
def federation_entity(code: str, at: datetime) -> str:
    """The address that names the institution in federations: that of its did:web, else its own place here.

    NotFound if there is none of that code, or it has no key.
    """
    institution(code)
    did = signing_key(code, at).did
    is_site = code == settings.INSTITUTION and did.startswith("did:web:") and ":" not in did.removeprefix("did:web:")
    return settings.BASE_URL if is_site else f"{settings.BASE_URL}/i/{code}"


@public
def superiors_of(code: str) -> tuple[str, ...]:
    """The entities above the institution, as it publishes them."""
    row = FederationRow.objects.filter(institution=code).first()
    return tuple(row.superiors) if row else ()


def federation_place(actor: Actor, code: str, at: datetime) -> FederationPlace:
    """Where the institution stands, for those who decide on it."""
    permit(may_see_trust(actor, code), "see in which federations this institution stands")
    try:
        entity = federation_entity(code, at)
    except NotFound:
        institution(code)
        entity = ""
    row = FederationRow.objects.filter(institution=code).first()
    if row is None:
        return FederationPlace(code, entity, (), "", None)
    return FederationPlace(code, entity, tuple(row.superiors), row.decided_by, row.decided_at)


def anchors(at: datetime, institutions: Collection[str] | None = None) -> list[TrustedIssuerRow]:
    """The pinned anchors of federations that are relied on, the oldest decision first."""
    rows = TrustedIssuerRow.objects.select_related("source").exclude(keys=[])
    rows = rows.filter(source__kind=TrustKind.FEDERATION, source__ended_at=None, source__decided_at__lte=at)
    if institutions is not None:
        rows = rows.filter(source__institution__in=institutions)
    return [row for row in rows.order_by("source__decided_at", "source_id") if row.did == row.source.address][
        :MOST_ANCHORS
    ]
