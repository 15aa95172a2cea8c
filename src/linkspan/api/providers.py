"""Sign-in by institutions: their identity providers, and the sign-ins connected with the caller's account."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from ninja import Field

from linkspan.accounts import actions, queries
from linkspan.accounts.engines.saml import LARGEST_METADATA, fetched
from linkspan.accounts.rules import (
    LONGEST_REASON,
    MOST_DOMAINS,
    SAML_CLAIMS,
    ClaimNames,
    Connection,
    Provider,
    ProviderTerms,
    Source,
)
from linkspan.api.answers import Done, Made, Router
from linkspan.api.once import NothingIn, Posted, idempotent, once
from linkspan.kernel.audit import Entry
from linkspan.kernel.errors import Unusable
from linkspan.kernel.request import Request

router = Router()


class ClaimNamesIn(Posted):
    """Under which names the provider tells these; `subject` is of SAML alone."""

    email: str = "email"
    verified: str = "email_verified"
    name: str = "name"
    subject: str = ""


class AttributeNamesIn(Posted):
    """Under which names a SAML provider tells these; an empty `subject` is a persistent NameID."""

    email: str = SAML_CLAIMS.email
    verified: str = SAML_CLAIMS.verified
    name: str = SAML_CLAIMS.name
    subject: str = SAML_CLAIMS.subject


class TermsIn(Posted):
    """What is entered of a provider; `secret` is never told again, and stays as it is where a change leaves it out."""

    name: str
    client_id: str
    domains: list[str] = Field(max_length=MOST_DOMAINS)
    claims: ClaimNamesIn = ClaimNamesIn()
    secret: str = ""

    def terms(self) -> ProviderTerms:
        """The terms as a value."""
        return ProviderTerms(self.name, self.client_id, tuple(self.domains), ClaimNames(**self.claims.dict()))


class ProviderIn(TermsIn):
    """A provider of an institution."""

    institution: str = Field(max_length=64)
    issuer: str


class SourceIn(Posted):
    """A SAML provider's metadata: its https address, or its content. To read it anew from its address, neither."""

    metadata_url: str = Field("", max_length=500)
    metadata: str = Field("", max_length=LARGEST_METADATA)

    def source(self) -> Source:
        """The metadata, fetched if need be."""
        if self.metadata_url and self.metadata:
            raise Unusable("metadata_unusable", "Metadata: {why}.", why="enter its https address, or a file")
        return fetched(Source(self.metadata_url, self.metadata))


class SamlProviderIn(SourceIn):
    """A SAML provider of an institution; `entity_id` is needed where its metadata describes several."""

    institution: str = Field(max_length=64)
    entity_id: str = Field("", max_length=500)
    name: str
    domains: list[str] = Field(max_length=MOST_DOMAINS)
    claims: AttributeNamesIn = AttributeNamesIn()

    def terms(self) -> ProviderTerms:
        """The terms as a value."""
        return ProviderTerms(self.name, "", tuple(self.domains), ClaimNames(**self.claims.dict()))


class DisableIn(Posted):
    """Why."""

    why: str = Field(max_length=LONGEST_REASON)


@dataclass(frozen=True, slots=True)
class SignInEnded:
    """How many people's sign-ins and tokens ended."""

    people: int


@router.get("", operation_id="providers")
def providers(request: Request, institution: str) -> Sequence[Provider]:
    """An institution's identity providers, the disabled ones too."""
    return queries.providers_at(request.actor, institution.replace("\0", ""))


@router.get("/connections", operation_id="connections")
def connections(request: Request) -> Sequence[Connection]:
    """The sign-ins of institutions that are connected with the caller's account."""
    return queries.connections_of(request.actor)


@router.post("/connections/{int:connection_id}/end", operation_id="disconnect")
@idempotent
def disconnect(request: Request, connection_id: int) -> None:
    """Take a sign-in off the caller's account; all sign-ins and tokens end."""
    actions.disconnect(actor=request.actor, connection_id=connection_id, now=request.now)


@router.get("/{uuid:provider_id}/history", operation_id="provider_history")
def provider_history(request: Request, provider_id: UUID) -> Sequence[Entry]:
    """Who did what to a provider, when and why."""
    return queries.provider_history(request.actor, provider_id)


@router.post("", operation_id="add_provider")
@idempotent
def add_provider(request: Request, body: ProviderIn) -> Made:
    """Enter an identity provider; nobody signs in by it before it is enabled."""
    made = actions.add_provider(
        actor=request.actor,
        institution=body.institution,
        issuer=body.issuer,
        terms=body.terms(),
        secret=body.secret,
        now=request.now,
    )
    return Made(made)


@router.post("/saml", operation_id="add_saml_provider")
def add_saml_provider(request: Request, body: SamlProviderIn) -> Made:
    """Enter a SAML provider from its metadata, which is read outside of any transaction; nobody signs in by it yet."""
    queries.providers_at(request.actor, body.institution.replace("\0", ""))
    source = body.source()
    return once(
        request,
        body,
        lambda: Made(
            actions.add_saml_provider(
                actor=request.actor,
                institution=body.institution,
                terms=body.terms(),
                source=source,
                entity_id=body.entity_id,
                now=request.now,
            )
        ),
    )


@router.post("/{uuid:provider_id}/metadata", operation_id="renew_metadata")
def renew_metadata(request: Request, provider_id: UUID, body: SourceIn) -> Done:
    """Have what a SAML provider publishes now count; it is read outside of any transaction."""
    actions.renew_metadata(
        actor=request.actor,
        provider_id=provider_id,
        source=Source(body.metadata_url, body.metadata),
        now=request.now,
    )
    return once(request, body, Done)


@router.post("/{uuid:provider_id}", operation_id="change_provider")
@idempotent
def change_provider(request: Request, provider_id: UUID, body: TermsIn) -> None:
    """Change what was entered of a provider; its issuer stays."""
    actions.change_provider(
        actor=request.actor, provider_id=provider_id, terms=body.terms(), secret=body.secret, now=request.now
    )


@router.post("/{uuid:provider_id}/enable", operation_id="enable_provider")
def enable_provider(request: Request, provider_id: UUID, body: NothingIn) -> Done:
    """Have people sign in by it, if it answers as its issuer does; it is asked outside of any transaction."""
    actions.enable_provider(actor=request.actor, provider_id=provider_id, now=request.now)
    return once(request, body, Done)


@router.post("/{uuid:provider_id}/disable", operation_id="disable_provider")
@idempotent
def disable_provider(request: Request, provider_id: UUID, body: DisableIn) -> SignInEnded:
    """Have nobody sign in by it; how many people's sign-ins and tokens end with it."""
    ended = actions.disable_provider(actor=request.actor, provider_id=provider_id, why=body.why, now=request.now)
    return SignInEnded(ended)
