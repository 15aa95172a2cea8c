"""Whom an institution relies on, and what of it a verifier reads."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet

from linkspan.institutions.engines.federation import vouched_for
from linkspan.institutions.models import InstitutionRow, SigningKeyRow, TrustedIssuerRow, TrustSourceRow
from linkspan.institutions.queries.federation import anchors
from linkspan.institutions.rules.trust import (
    LISTED_FOR,
    Moved,
    Standing,
    TrustChange,
    TrustedIssuer,
    TrustKind,
    TrustSource,
    may_see_trust,
)
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, permit
from linkspan.kernel.readers import public
from linkspan.vc.certificates import read_root
from linkspan.vc.net import NetworkPolicy

MOST_SHOWN, MOST_ROOTS = 500, 50


def trust_sources(actor: Actor, institution: str) -> tuple[TrustSource, ...]:
    """What an institution relies on, in force first, newest first; ended ones after them."""
    permit(may_see_trust(actor, institution), "see whom this institution relies on")
    rows = _counted(TrustSourceRow.objects.filter(institution=institution)).order_by("-decided_at", "-id")
    found = [_source(row) for row in rows[:MOST_SHOWN]]
    return tuple(sorted(found, key=lambda one: one.ended_at is not None))


def trust_to_look_at(actor: Actor) -> int:
    """How many issuers show another key than the one that the actor's institutions rely on."""
    mine = actor.institutions_as("registrar")
    rows = TrustedIssuerRow.objects.filter(standing=Standing.CHANGED, source__ended_at=None)
    return rows.filter(source__institution__in=mine).count() if mine else 0


def trust_source(actor: Actor, source_id: UUID) -> TrustSource:
    """One of them; NotFound if there is none, or it is not the actor's to see."""
    row = _counted(TrustSourceRow.objects.filter(id=source_id)).first()
    if row is None or not may_see_trust(actor, row.institution):
        raise NotFound("trust_unknown", "Your institution relies on nothing of that kind.")
    return _source(row)


def trusted_issuers(actor: Actor, source_id: UUID) -> tuple[TrustedIssuer, ...]:
    """The issuers that a source names: those to look at first, then by name; at most 500."""
    source = trust_source(actor, source_id)
    rows = TrustedIssuerRow.objects.filter(source_id=source.id).order_by("name", "did")
    order = {Standing.CHANGED: 0, Standing.GONE: 1, Standing.RELIED: 2}
    first = sorted(rows.exclude(standing=Standing.RELIED)[:MOST_SHOWN], key=lambda row: order[Standing(row.standing)])
    rest = rows.filter(standing=Standing.RELIED)[: MOST_SHOWN - len(first)]
    return tuple(_issuer(row) for row in [*first, *rest])


def trust_changes(actor: Actor, source_id: UUID) -> tuple[TrustChange, ...]:
    """What changed of a source, newest first; at most 500 lines."""
    source = trust_source(actor, source_id)
    rows = TrustSourceRow.objects.get(id=source.id).changes.order_by("-at", "-id")[:MOST_SHOWN]
    return tuple(TrustChange(row.at, Moved(row.what), row.name, row.count, row.by, row.reason) for row in rows)


def outside_rows(did: str, at: datetime, institutions: Collection[str] | None = None) -> tuple[dict[str, Any], ...]:
    """The rows under which a verifier relies on an outside issuer, the oldest decision first; of all institutions
    here, or of some. What a registry listed counts for 30 days after its last answer."""
    rows = TrustedIssuerRow.objects.select_related("source").filter(did=did, source__ended_at=None)
    rows = rows.exclude(standing=Standing.GONE).exclude(source__kind=TrustKind.FEDERATION, source__address=F("did"))
    rows = rows.filter(Q(until=None) | Q(until__gt=at))
    fresh = Q(source__kind=TrustKind.ISSUER) | Q(source__answered_at__gte=at - LISTED_FOR)
    rows = rows.filter(fresh, source__decided_at__lte=at)
    if institutions is not None:
        rows = rows.filter(source__institution__in=institutions)
    found = list(rows.order_by("source__decided_at", "source_id")[:20])
    names = _names() if found else {}
    return tuple(_row(row, names) for row in found)


def federated_rows(
    did: str, at: datetime, institutions: Collection[str] | None, policy: NetworkPolicy
) -> tuple[dict[str, Any], ...]:
    """The rows of an issuer for whom the anchor of a federation vouches, asked now: whom no round listed."""
    rows = anchors(at, institutions)
    found = vouched_for(did, {row.did: row.keys for row in rows}, policy, at) if rows else {}
    names = _names() if found else {}
    return tuple(
        {
            **{"did": did, "name": found[row.did].name, "url": found[row.did].url, "keys": list(found[row.did].keys)},
            "outside": _told(row.source, names, row.source.name),
        }
        for row in rows
        if row.did in found
    )


def _names() -> dict[str, str]:
    return dict(InstitutionRow.objects.values_list("code", "name"))


def outside_roots(at: datetime, institutions: Collection[str] | None = None) -> tuple[dict[str, Any], ...]:
    """The root certificates on which a verifier relies, the oldest decision first; of all institutions here, or of
    some."""
    rows = TrustSourceRow.objects.filter(kind=TrustKind.ROOT, ended_at=None, decided_at__lte=at)
    if institutions is not None:
        rows = rows.filter(institution__in=institutions)
    found = list(rows.order_by("decided_at", "id")[:MOST_ROOTS])
    names = _names() if found else {}
    return tuple({"certificate": row.certificate, "outside": _told(row, names, row.name)} for row in found)


def _told(source: TrustSourceRow, names: dict[str, str], registry: str) -> dict[str, str]:
    """Who relies on it since when, by which registry or authority."""
    return {
        "source": str(source.id),
        "by": names.get(source.institution, source.institution),
        "since": source.decided_at.date().isoformat(),
        "registry": registry,
    }


def _row(row: TrustedIssuerRow, names: dict[str, str]) -> dict[str, Any]:
    source = row.source
    told = _told(source, names, source.name if source.kind != TrustKind.ISSUER else "")
    return {"did": row.did, "name": row.name, "url": row.url, "keys": _pinned(row), "outside": told}


def _pinned(row: TrustedIssuerRow) -> list[dict[str, Any]]:
    """The pinned keys, without those whose name now means another key: what that one signs is not known here, not
    wrong."""
    now = {key["method"]: key["publicKeyMultibase"] for key in row.waiting_keys}
    return [key for key in row.keys if now.get(key["method"], key["publicKeyMultibase"]) == key["publicKeyMultibase"]]


@public
def dcc_registry() -> dict[str, Any]:
    """The institutions here in the form of DCC's issuer registries: name, site and country by DID."""
    keys = SigningKeyRow.objects.select_related("institution").filter(compromised_at=None).order_by("did")
    listed: dict[str, dict[str, str]] = {}
    for key in keys:
        school = key.institution
        listed[key.did] = {"name": school.name, "location": school.country, "url": school.url}
    return {"registry": listed}


def _counted(rows: QuerySet[TrustSourceRow]) -> QuerySet[TrustSourceRow]:
    anchor = Q(kind=TrustKind.FEDERATION, issuers__did=F("address"))
    listed = Count("issuers", filter=~Q(issuers__standing=Standing.GONE) & ~anchor)
    waiting = Count("issuers", filter=Q(issuers__standing=Standing.CHANGED))
    return rows.annotate(listed=listed, waiting=waiting)


def _source(row: Any) -> TrustSource:
    return TrustSource(
        row.id,
        row.institution,
        TrustKind(row.kind),
        row.address,
        row.name,
        row.reason,
        row.decided_by,
        row.decided_at,
        row.ended_at,
        row.ended_by,
        row.ended_reason,
        row.asked_at,
        row.answered_at,
        row.error,
        row.unreadable,
        row.listed,
        row.waiting,
        read_root(row.certificate).not_valid_after_utc if row.certificate else None,
    )


def _issuer(row: TrustedIssuerRow) -> TrustedIssuer:
    return TrustedIssuer(
        row.id,
        row.did,
        row.name,
        row.url,
        Standing(row.standing),
        row.since,
        len(row.keys),
        bool(row.waiting_keys),
        row.until,
    )
