"""Sign-in by an institution's own identity provider: what is entered, and what of its claims is taken."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
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


@dataclass(frozen=True, slots=True)
class ClaimNames:
    """Under which names a provider tells an address, whether it checked it, and a person's name."""

    email: str = "email"
    verified: str = "email_verified"
    name: str = "name"


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
class Provider:
    """An identity provider of an institution (OpenID Connect); `people` counts the accounts connected with it."""

    id: UUID
    institution: str
    issuer: str
    terms: ProviderTerms
    is_enabled: bool
    added_at: datetime
    people: int


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


def check_provider(issuer: str, terms: ProviderTerms) -> None:
    """Unusable, with every reason, unless an issuer and what is entered of it can be used."""
    wrong = []
    if not _is_issuer(issuer):
        wrong.append("Issuer: enter its https address, without a question mark, such as https://login.example.edu.")
    if not 0 < len(terms.name) <= LONGEST_NAME or not terms.name.isprintable():
        wrong.append(f"Name: write up to {LONGEST_NAME} characters.")
    if not 0 < len(terms.client_id) <= LONGEST_ID or not terms.client_id.isascii() or not terms.client_id.isprintable():
        wrong.append("Client id: copy it from the provider.")
    if not 0 < len(terms.domains) <= MOST_DOMAINS or not all(_DOMAIN.fullmatch(one) for one in terms.domains):
        wrong.append(f"Domains: enter 1 to {MOST_DOMAINS} domains of e-mail addresses, such as example.edu.")
    names = (terms.claims.email, terms.claims.verified, terms.claims.name)
    if not all(0 < len(one) <= LONGEST_CLAIM and one.isprintable() for one in names):
        wrong.append(f"Claims: write the name of each claim, in up to {LONGEST_CLAIM} characters.")
    if wrong:
        raise Unusable("provider_unusable", wrong[0], tuple(wrong))


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
    checked = claims.get(terms.claims.verified)
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
