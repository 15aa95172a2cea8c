"""Reads about sign-in by institutions: their providers, and the sign-ins connected with an account."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from allauth.socialaccount.models import SocialAccount
from django.db.models import QuerySet

from linkspan.accounts.engines.openid import Expected
from linkspan.accounts.engines.saml import Peer, certificate_of, own_place
from linkspan.accounts.models import IdentityProviderRow
from linkspan.accounts.rules.providers import (
    Certificate,
    ClaimNames,
    Connection,
    Metadata,
    Provider,
    ProviderTerms,
    SignInKind,
    may_manage_sign_in,
)
from linkspan.kernel import audit, storage
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, permit
from linkspan.kernel.readers import by_secret, granted, public


@dataclass(frozen=True, slots=True)
class Offered:
    """A provider as the sign-in page offers it."""

    id: UUID
    name: str
    kind: SignInKind


@dataclass(frozen=True, slots=True)
class Keyed:
    """What signing in by a provider needs, its secret with it; for the part of the site that does so."""

    id: UUID
    institution: str
    kind: SignInKind
    terms: ProviderTerms
    expected: Expected
    secret: str
    ends_sessions_at: str
    certificate: str
    metadata: Metadata | None

    @property
    def peer(self) -> Peer:
        """The provider as SAML sees it; NotFound if it speaks something else."""
        if self.metadata is None:
            raise _unknown()
        return Peer(own_place(self.id), self.metadata, self.secret, self.certificate, self.terms.claims.subject)


@public
def offered_providers() -> tuple[Offered, ...]:
    """The providers by which people may sign in now, by name."""
    rows = IdentityProviderRow.objects.filter(is_enabled=True).order_by("name", "id")
    return tuple(Offered(held, name, SignInKind(kind)) for held, name, kind in rows.values_list("id", "name", "kind"))


@by_secret
def keyed_provider(provider_id: UUID, kind: SignInKind | None = None) -> Keyed:
    """A provider that is enabled, of that kind if one is named; NotFound otherwise."""
    row = IdentityProviderRow.objects.filter(id=provider_id, is_enabled=True).first()
    if row is None or kind not in {None, row.kind}:
        raise _unknown()
    return keyed_of(row)


def keyed_of(row: IdentityProviderRow) -> Keyed:
    """A provider with its secret."""
    return Keyed(
        row.id,
        row.institution,
        SignInKind(row.kind),
        terms_of(row),
        Expected(row.issuer, row.client_id),
        storage.opened(row.secret),
        row.ends_sessions_at,
        row.certificate,
        metadata_of(row),
    )


def metadata_of(row: IdentityProviderRow) -> Metadata | None:
    """What a SAML provider published, as it counts."""
    return Metadata.read(row.metadata) if row.metadata else None


@granted
def own_peer(provider_id: UUID) -> Peer:
    """A SAML provider, enabled or not, for whoever reads what we publish to it; NotFound for another one."""
    row = IdentityProviderRow.objects.filter(id=provider_id, kind=SignInKind.SAML).first()
    if row is None:
        raise _unknown()
    return keyed_of(row).peer


def _unknown() -> NotFound:
    return NotFound("provider_unknown", "Nobody can sign in that way here. Choose another one.")


def providers_at(actor: Actor, institution: str) -> tuple[Provider, ...]:
    """An institution's providers, the disabled ones too, oldest first."""
    permit(may_manage_sign_in(actor, institution), "manage the sign-in of this institution")
    rows = IdentityProviderRow.objects.filter(institution=institution).order_by("added_at", "id")
    return tuple(_provider(row) for row in rows)


def provider(actor: Actor, provider_id: UUID) -> Provider:
    """One provider, for whoever manages it; NotFound otherwise."""
    row = IdentityProviderRow.objects.filter(id=provider_id).first()
    if row is None or not may_manage_sign_in(actor, row.institution):
        raise NotFound("provider_unknown", "There is no such provider.")
    return _provider(row)


def provider_history(actor: Actor, provider_id: UUID) -> tuple[audit.Entry, ...]:
    """Who did what to a provider, when and why, oldest first."""
    return audit.trail_of(subject_of(provider(actor, provider_id).id))


def connections_of(actor: Actor) -> tuple[Connection, ...]:
    """The sign-ins of institutions that are connected with one's own account."""
    rows = SocialAccount.objects.filter(user_id=actor.own_id).order_by("date_joined", "id")
    known = {str(row.id): row for row in IdentityProviderRow.objects.filter(id__in=[row.provider for row in rows])}
    return tuple(
        Connection(row.id, known[row.provider].name, known[row.provider].is_enabled, row.date_joined, row.last_login)
        for row in rows
        if row.provider in known
    )


def is_connected(provider_id: UUID, subject: str) -> bool:
    """Whether an account is connected with that sign-in."""
    return bool(connected_with(provider_id).filter(uid=subject).exists())


def connected_with(provider_id: UUID) -> QuerySet[SocialAccount]:
    """The sign-ins of a provider that are connected with an account."""
    found: QuerySet[SocialAccount] = SocialAccount.objects.filter(provider=str(provider_id))
    return found


def subject_of(provider_id: UUID) -> str:
    """What the trail calls a provider."""
    return f"accounts.provider:{provider_id}"


def terms_of(row: IdentityProviderRow) -> ProviderTerms:
    """What was entered of a provider."""
    return ProviderTerms(row.name, row.client_id, tuple(row.domains), ClaimNames(**row.claims))


def _provider(row: IdentityProviderRow) -> Provider:
    return Provider(
        row.id,
        row.institution,
        row.issuer,
        terms_of(row),
        row.is_enabled,
        row.added_at,
        connected_with(row.id).count(),
        SignInKind(row.kind),
        row.metadata_url,
        row.read_at,
        _certificates(row.metadata),
        _certificates(row.offered),
        row.trouble,
    )


def _certificates(kept: Mapping[str, Any]) -> tuple[Certificate, ...]:
    return tuple(map(certificate_of, kept.get("certificates", ())))
