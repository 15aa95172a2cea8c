"""Reads about sign-in by institutions: their providers, and the sign-ins connected with an account."""

from dataclasses import dataclass
from uuid import UUID

from allauth.socialaccount.models import SocialAccount
from django.db.models import QuerySet

from linkspan.accounts.engines.openid import Expected
from linkspan.accounts.models import IdentityProviderRow
from linkspan.accounts.rules.providers import ClaimNames, Connection, Provider, ProviderTerms, may_manage_sign_in
from linkspan.kernel import audit, storage
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, permit


@dataclass(frozen=True, slots=True)
class Offered:
    """A provider as the sign-in page offers it."""

    id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class Keyed:
    """What signing in by a provider needs, its secret with it; for the part of the site that does so."""

    id: UUID
    terms: ProviderTerms
    expected: Expected
    secret: str
    ends_sessions_at: str


def offered_providers() -> tuple[Offered, ...]:
    """The providers by which people may sign in now, by name."""
    rows = IdentityProviderRow.objects.filter(is_enabled=True).order_by("name", "id")
    return tuple(Offered(held, name) for held, name in rows.values_list("id", "name"))


def keyed_provider(provider_id: UUID) -> Keyed:
    """A provider that is enabled; NotFound otherwise."""
    row = IdentityProviderRow.objects.filter(id=provider_id, is_enabled=True).first()
    if row is None:
        raise NotFound("provider_unknown", "Nobody can sign in that way here. Choose another one.")
    expected = Expected(row.issuer, row.client_id)
    return Keyed(row.id, terms_of(row), expected, storage.opened(row.secret), row.ends_sessions_at)


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
    people = connected_with(row.id).count()
    return Provider(row.id, row.institution, row.issuer, terms_of(row), row.is_enabled, row.added_at, people)
