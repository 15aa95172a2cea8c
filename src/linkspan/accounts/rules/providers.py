"""Sign-in by an institution's own identity provider: what is entered, and what of its claims is taken."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Self
from urllib.parse import urlsplit
from uuid import UUID

from linkspan.accounts.rules.people import Role
from linkspan.kernel.actor import Actor
from linkspan.kernel.addresses import Address, address
from linkspan.kernel.errors import Refused, Unusable

LONGEST_NAME, LONGEST_ADDRESS, LONGEST_ID, LONGEST_CLAIM = 100, 500, 190, 100
MOST_DOMAINS = 20
#: For how long a code in the mail connects a sign-in that was begun.
CLAIM_LIFE = timedelta(minutes=15)
_DOMAIN = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")


class SignInKind(StrEnum):
    """What a provider speaks."""

    OPENID = "openid"
    SAML = "saml"


@dataclass(frozen=True, slots=True)
class ClaimNames:
    """Under which names a provider tells an address, whether it checked it, and a person's name.

    By SAML these are attributes; `subject` is the one that identifies the person for good, empty for a persistent
    NameID, and an empty `verified` says that the institution gives out the addresses itself.
    """

    email: str = "email"
    verified: str = "email_verified"
    name: str = "name"
    subject: str = ""


#: The attributes of eduPerson and SAML's own subject identifier, by the names that Shibboleth and SimpleSAMLphp send.
SAML_CLAIMS = ClaimNames("urn:oid:0.9.2342.19200300.100.1.3", "", "urn:oid:2.16.840.1.113730.3.1.241", "")


@dataclass(frozen=True, slots=True)
class ProviderTerms:
    """What is entered of a provider: `name` stands on the button, `domains` are those whose addresses it tells."""

    name: str
    client_id: str
    domains: tuple[str, ...]
    claims: ClaimNames = field(default_factory=ClaimNames)

    def fields(self) -> dict[str, str]:
        """The terms as the fields of a form."""
        claims = {f"{name}_claim": told for name, told in asdict(self.claims).items()}
        return {"name": self.name, "client_id": self.client_id, "domains": " ".join(self.domains), **claims}


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate by which a provider signs: its SHA-256, and until when it says it is good."""

    sha256: str
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a SAML provider publishes of itself, as far as it is used; `certificates` are base64 of DER."""

    entity_id: str
    sign_in_at: str
    sign_out_at: str
    certificates: tuple[str, ...]

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> Self:
        """What `asdict` wrote."""
        return cls(kept["entity_id"], kept["sign_in_at"], kept["sign_out_at"], tuple(kept["certificates"]))


@dataclass(frozen=True, slots=True)
class Source:
    """Where metadata comes from: an https address that is read again by the clock, or a file."""

    url: str = ""
    content: str = ""


@dataclass(frozen=True, slots=True)
class Provider:
    """An identity provider of an institution; `people` counts the accounts connected with it.

    Of SAML: the certificates that count, where its metadata is read, when it was read last; where it publishes
    something else now, the certificates of that (`offered`), which count once a person takes them over; and what was
    wrong (`trouble`) if it could not be read.
    """

    id: UUID
    institution: str
    issuer: str
    terms: ProviderTerms
    is_enabled: bool
    added_at: datetime
    people: int
    kind: SignInKind = SignInKind.OPENID
    metadata_url: str = ""
    read_at: datetime | None = None
    certificates: tuple[Certificate, ...] = ()
    offered: tuple[Certificate, ...] = ()
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """Who a provider says is there, whom no account is connected with yet; `seed` is what the code is made of."""

    provider_id: UUID
    subject: str
    email: Address
    name: str
    at: datetime
    seed: str

    def kept(self) -> dict[str, str]:
        """The claim as a session keeps it."""
        told = {"provider_id": str(self.provider_id), "at": self.at.isoformat()}
        return told | {key: getattr(self, key) for key in ("subject", "email", "name", "seed")}

    @classmethod
    def read(cls, kept: Mapping[str, str]) -> Self:
        """The claim that `kept` wrote."""
        held, at = UUID(kept["provider_id"]), datetime.fromisoformat(kept["at"])
        return cls(held, kept["subject"], address(kept["email"]), kept["name"], at, kept["seed"])


@dataclass(frozen=True, slots=True)
class Connection:
    """A sign-in of a provider that is connected with an account."""

    id: int
    provider: str
    is_enabled: bool
    since: datetime
    last_used: datetime


def may_manage_sign_in(actor: Actor, institution: str) -> bool:
    """Registrars at their own institution, and operators."""
    return actor.is_system or actor.has_role(Role.OPERATOR) or actor.has_role(Role.REGISTRAR, institution)


def check_provider(issuer: str, terms: ProviderTerms, kind: SignInKind = SignInKind.OPENID) -> None:
    """Unusable, with every reason, unless an issuer and what is entered of it can be used."""
    wrong, by_saml = [], kind is SignInKind.SAML
    if not by_saml and not _is_issuer(issuer):
        wrong.append("Issuer: enter its https address, without a question mark, such as https://login.example.edu.")
    if not 0 < len(terms.name) <= LONGEST_NAME or not terms.name.isprintable():
        wrong.append(f"Name: write up to {LONGEST_NAME} characters.")
    client = terms.client_id
    if not by_saml and (not 0 < len(client) <= LONGEST_ID or not client.isascii() or not client.isprintable()):
        wrong.append("Client id: copy it from the provider.")
    if not 0 < len(terms.domains) <= MOST_DOMAINS or not all(_DOMAIN.fullmatch(one) for one in terms.domains):
        wrong.append(f"Domains: enter 1 to {MOST_DOMAINS} domains of e-mail addresses, such as example.edu.")
    names, may_lack = asdict(terms.claims), {"subject", *(["verified"] if by_saml else [])}
    if not all(_is_name(told) or (not told and name in may_lack) for name, told in names.items()):
        wrong.append(f"Claims: write the name of each claim, in up to {LONGEST_CLAIM} characters.")
    if wrong:
        raise Unusable("provider_unusable", wrong[0], tuple(wrong))


def _is_name(told: str) -> bool:
    return 0 < len(told) <= LONGEST_CLAIM and told.isprintable()


def _is_issuer(issuer: str) -> bool:
    try:
        parts = urlsplit(issuer)
    except ValueError:
        return False
    plain = issuer.isascii() and issuer.isprintable() and len(issuer) <= LONGEST_ADDRESS and " " not in issuer
    return plain and parts.scheme == "https" and bool(parts.hostname) and not set("?#@") & set(issuer)


def address_in(claims: Mapping[str, Any], terms: ProviderTerms) -> Address:
    """The address that the provider tells as checked, of one of its domains; Refused for any other.

    What is not said to be checked is not: a word such as "yes" is no yes.
    """
    told = claims.get(terms.claims.email)
    if not isinstance(told, str) or not told:
        raise Refused(
            "address_not_told", "{name} did not tell your e-mail address. Ask its help desk.", name=terms.name
        )
    found = address(told)
    checked = claims.get(terms.claims.verified) if terms.claims.verified else True
    if checked is not True and checked != "true":
        raise Refused(
            "address_not_checked",
            "{name} has not checked your e-mail address {email}. Ask its help desk.",
            name=terms.name,
            email=found,
        )
    if found.rpartition("@")[2] not in terms.domains:
        raise Refused(
            "address_of_others",
            "{name} may not tell {email}: it speaks for other domains. Sign in with your password.",
            name=terms.name,
            email=found,
        )
    return found


def name_in(claims: Mapping[str, Any], terms: ProviderTerms) -> str:
    """The person's name as the provider tells it, in one line; empty if it tells none."""
    told = claims.get(terms.claims.name)
    return " ".join(told.replace("\0", "").split())[:200] if isinstance(told, str) else ""


def check_age(claim: Claim, now: datetime) -> None:
    """Refused (`claim_old`) if the sign-in was begun too long ago."""
    if not timedelta() <= now - claim.at < CLAIM_LIFE:
        raise Refused("claim_old", "This took longer than 15 minutes. Begin the sign-in again.")
