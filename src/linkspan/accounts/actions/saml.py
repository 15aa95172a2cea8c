"""SAML providers of institutions: entered from their metadata, which is read again, and taken over by a person."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from linkspan.accounts.actions.providers import check_room, enter, locked, note, plain
from linkspan.accounts.engines.saml import certificate_of, fetched, own_key, published
from linkspan.accounts.events import ProviderChanged
from linkspan.accounts.models import IdentityProviderRow
from linkspan.accounts.queries.access import check_institution
from linkspan.accounts.queries.providers import metadata_of, provider
from linkspan.accounts.rules.providers import (
    Metadata,
    ProviderTerms,
    SignInKind,
    Source,
    check_provider,
    may_manage_sign_in,
)
from linkspan.kernel import outbox, storage
from linkspan.kernel.actor import Actor
from linkspan.kernel.each import each_due
from linkspan.kernel.errors import LinkspanError, Refused, Unusable, permit
from linkspan.kernel.told import told
from linkspan.kernel.versions import Changed

#: How often a provider's metadata is read again.
READ_AGAIN = timedelta(hours=6)
MOST_AT_ONCE = 20


def add_saml_provider(
    *, actor: Actor, institution: str, terms: ProviderTerms, source: Source, now: datetime, entity_id: str = ""
) -> UUID:
    """Enter a SAML provider from its metadata, which is fetched outside of any transaction; nobody signs in yet."""
    permit(may_manage_sign_in(actor, institution), "manage the sign-in of this institution")
    check_institution(institution)
    terms = plain(terms)
    check_provider("", terms, SignInKind.SAML)
    if terms.client_id:
        raise Unusable("client_id_unused", "Client id: leave it empty, SAML has none.")
    found = _read(source, now, entity_id.strip())
    with transaction.atomic():
        check_room(institution, found.entity_id, "")
        key, certificate = own_key(f"Linkspan {institution}", now)
        row = IdentityProviderRow(
            institution=institution,
            issuer=found.entity_id,
            kind=SignInKind.SAML,
            secret=storage.sealed(key),
            certificate=certificate,
            added_at=now,
        )
        _take(row, found, source.url.strip(), now)
        enter(row, terms)
        after = {"issuer": found.entity_id, **asdict(terms), **_told(row)}
        note(row, actor=actor, verb="add_provider", now=now, after=after)
    return row.id


def renew_metadata(*, actor: Actor, provider_id: UUID, source: Source, now: datetime, seen: str | None = None) -> None:
    """Have what a provider publishes now count, by a person's word: from its address again, another one, or a file.

    `seen` is the first certificate that the person looked at, if they did: Changed if another one is published by now.
    The provider stays the same one, since people are known by its identifiers.
    """
    held = provider(actor, provider_id)
    if held.kind is not SignInKind.SAML:
        raise Refused("no_metadata", "This provider has no metadata of SAML.")
    source = source if source.url.strip() or source.content.strip() else Source(held.metadata_url)
    found = _read(source, now, held.issuer)
    first = certificate_of(found.certificates[0]).sha256
    if seen is not None and seen != first:
        raise Changed({"certificate": seen}, {"certificate": first})
    with transaction.atomic():
        row = locked(actor, provider_id)
        before = _told(row)
        _take(row, found, source.url.strip(), now)
        row.save()
        if before != _told(row):
            note(row, actor=actor, verb="renew_metadata", now=now, before=before, after=_told(row))


def refresh_metadata(*, now: datetime) -> None:
    """Read the metadata of every provider again whose turn it is; what is new there waits for a person."""
    rows = IdentityProviderRow.objects.filter(kind=SignInKind.SAML, asked_at__lte=now - READ_AGAIN)
    due = list(rows.exclude(metadata_url="").order_by("asked_at", "id").values_list("id", flat=True)[:MOST_AT_ONCE])
    each_due("accounts.refresh_metadata", due, lambda one: _refresh(one, now), now=now, calls_out=True)


def _refresh(provider_id: UUID, now: datetime) -> None:
    row = IdentityProviderRow.objects.get(id=provider_id)
    found, trouble = None, ""
    try:
        found = _read(Source(row.metadata_url), now, row.issuer)
    except LinkspanError as error:
        trouble = told(error)[:500]
    with transaction.atomic():
        row = IdentityProviderRow.objects.select_for_update().get(id=provider_id)
        row.asked_at, row.trouble = now, trouble
        if found is not None:
            row.read_at = now
            offered = {} if found == metadata_of(row) else _kept(found)
            if offered and offered != row.offered:
                outbox.publish(ProviderChanged(row.id, row.institution, row.name), now=now)
            row.offered = offered
        row.save()


def _read(source: Source, now: datetime, entity_id: str) -> Metadata:
    return published(fetched(source).content, now, entity_id)


def _take(row: IdentityProviderRow, found: Metadata, url: str, now: datetime) -> None:
    row.metadata, row.offered, row.metadata_url = _kept(found), {}, url
    row.asked_at = row.read_at = now
    row.trouble = ""


def _kept(found: Metadata) -> dict[str, Any]:
    return asdict(found) | {"certificates": list(found.certificates)}


def _told(row: IdentityProviderRow) -> Mapping[str, Any]:
    """What the trail says of metadata: certificates by their hashes."""
    held = metadata_of(row)
    if held is None:
        return {}
    certificates = [certificate_of(one).sha256 for one in held.certificates]
    places = {"sign_in_at": held.sign_in_at, "sign_out_at": held.sign_out_at, "metadata_url": row.metadata_url}
    return places | {"certificates": certificates}
