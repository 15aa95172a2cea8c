"""Sign-in by institutions: providers are added, changed, enabled and disabled."""

from dataclasses import asdict, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F

from linkspan.accounts.engines.openid import discovered
from linkspan.accounts.models import IdentityProviderRow, User
from linkspan.accounts.queries.access import check_institution
from linkspan.accounts.queries.providers import connected_with, provider, subject_of, terms_of
from linkspan.accounts.rules.access import LONGEST_REASON
from linkspan.accounts.rules.providers import (
    ClaimNames,
    ProviderTerms,
    SignInKind,
    check_provider,
    may_manage_sign_in,
)
from linkspan.kernel import audit, storage
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, Refused, Unusable, permit
from linkspan.kernel.versions import check_seen

LONGEST_SECRET = 1_000
MOST_PROVIDERS = 10


@transaction.atomic
def add_provider(
    *, actor: Actor, institution: str, issuer: str, terms: ProviderTerms, secret: str, now: datetime
) -> UUID:
    """Enter an identity provider of an institution; nobody signs in by it before it is enabled."""
    permit(may_manage_sign_in(actor, institution), "manage the sign-in of this institution")
    issuer, terms = issuer.strip(), plain(terms)
    check_provider(issuer, terms)
    check_room(institution, issuer, terms.client_id)
    row = IdentityProviderRow(institution=institution, issuer=issuer, secret=_sealed(secret), added_at=now)
    enter(row, terms)
    note(row, actor=actor, verb="add_provider", now=now, after={"issuer": issuer, **asdict(terms)})
    return row.id


def check_room(institution: str, issuer: str, client_id: str) -> None:
    """Refused unless there is such an institution and it may have this provider besides those that it has."""
    if not institution:
        raise Unusable("institution_missing", "Name the institution whose provider this is.")
    check_institution(institution)
    held = IdentityProviderRow.objects.filter(institution=institution)
    if held.filter(issuer=issuer, client_id=client_id).exists():
        raise Refused("provider_known", "This provider is entered already, with this client id. Change that entry.")
    if held.count() >= MOST_PROVIDERS:
        raise Refused("too_many_providers", "An institution has up to {most} providers.", most=MOST_PROVIDERS)


@transaction.atomic
def change_provider(
    *, actor: Actor, provider_id: UUID, terms: ProviderTerms, secret: str, now: datetime, seen: str | None = None
) -> None:
    """Change what was entered of a provider; an empty secret stays as it is. Its issuer never changes.

    People are known by the issuer's identifiers: under another issuer somebody else could have the same one.
    """
    row = locked(actor, provider_id)
    kind = SignInKind(row.kind)
    before, terms = terms_of(row), plain(terms)
    if kind is SignInKind.SAML:
        terms, secret = replace(terms, client_id=""), ""  # its key is our own
    check_provider(row.issuer, terms, kind)
    check_seen(seen, before.fields())
    if secret:
        row.secret = _sealed(secret)
    if before != terms or secret:
        enter(row, terms)
        told = {**asdict(terms), **({"secret": "changed"} if secret else {})}
        note(row, actor=actor, verb="change_provider", now=now, before=asdict(before), after=told)


def enable_provider(*, actor: Actor, provider_id: UUID, now: datetime) -> None:
    """Have people sign in by a provider, if it answers as its issuer does; it is asked outside of any transaction.

    A SAML provider was asked when it was entered, and is known by its certificates.
    """
    held = provider(actor, provider_id)
    found = discovered(held.issuer) if held.kind is SignInKind.OPENID else {}
    ends_at = str(found.get("end_session_endpoint", ""))
    with transaction.atomic():
        row = locked(actor, provider_id)
        row.ends_sessions_at = ends_at if ends_at.startswith("https://") and len(ends_at) <= 500 else ""
        row.is_enabled, was = True, row.is_enabled
        row.save(update_fields=["ends_sessions_at", "is_enabled"])
        if not was:
            note(row, actor=actor, verb="enable_provider", now=now)


@transaction.atomic
def disable_provider(*, actor: Actor, provider_id: UUID, why: str, now: datetime) -> int:
    """Have nobody sign in by a provider any more; how many people's sign-ins and tokens end with it, at once.

    Their accounts stay, with what they hold: they sign in with a password, which a mail sets, or with a passkey.
    """
    if not why.strip() or len(why) > LONGEST_REASON:
        raise Unusable(
            "reason_missing", "Reason: write why, in up to {longest_reason} characters.", longest_reason=LONGEST_REASON
        )
    row = locked(actor, provider_id)
    if not row.is_enabled:
        return 0
    row.is_enabled = False
    row.save(update_fields=["is_enabled"])
    people = User.objects.filter(id__in=connected_with(row.id).values("user_id"))
    ended = people.update(sign_ins_ended=F("sign_ins_ended") + 1)
    note(row, actor=actor, verb="disable_provider", now=now, after={"people": ended}, why=why.strip())
    return ended


def locked(actor: Actor, provider_id: UUID) -> IdentityProviderRow:
    """A provider that the actor manages, while nobody else changes it; NotFound otherwise."""
    row = IdentityProviderRow.objects.select_for_update().filter(id=provider_id).first()
    if row is None or not may_manage_sign_in(actor, row.institution):
        raise NotFound("provider_unknown", "There is no such provider.")
    return row


def plain(terms: ProviderTerms) -> ProviderTerms:
    """The terms without blanks around, and domains in lower case, each once."""
    domains = tuple(dict.fromkeys(one.strip().lower().removeprefix("@") for one in terms.domains))
    claims = ClaimNames(**{name: told.strip() for name, told in asdict(terms.claims).items()})
    return replace(
        terms, name=" ".join(terms.name.split()), client_id=terms.client_id.strip(), domains=domains, claims=claims
    )


def enter(row: IdentityProviderRow, terms: ProviderTerms) -> None:
    """Store a provider with its terms."""
    row.name, row.client_id = terms.name, terms.client_id
    row.domains, row.claims = list(terms.domains), asdict(terms.claims)
    row.save()


def _sealed(secret: str) -> str:
    secret = secret.strip()
    if not 0 < len(secret) <= LONGEST_SECRET:
        raise Unusable("secret_missing", "Secret: copy the client secret from the provider.")
    return storage.sealed(secret)


def note(row: IdentityProviderRow, **told: Any) -> None:
    """Write what was done to a provider on the trail."""
    audit.record(subject=subject_of(row.id), institution=row.institution, **told)
