"""Partners of an institution, to which people sign in by their account here (OpenID Connect)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from linkspan.accounts.rules.applications import LONGEST_NAME, MOST_REDIRECTS, read_address, read_redirects
from linkspan.accounts.rules.people import Role
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import Unusable

MOST_PARTNERS = 50
#: How long ago a person may have signed in where a partner asks that they do so anew, at least, in seconds.
JUST_NOW = 60


class PartnerScope(StrEnum):
    """What a partner learns of who signs in: that it is the same person, their name, their address."""

    OPENID = "openid"
    PROFILE = "profile"
    EMAIL = "email"


#: What a partner may be registered for besides, and a person may leave out.
OPTIONAL = (PartnerScope.PROFILE, PartnerScope.EMAIL)


@dataclass(frozen=True, slots=True)
class Partner:
    """A partner as its institution sees it; `people` let it in now."""

    id: UUID
    institution: str
    name: str
    host: str
    client_id: str
    redirect_uris: tuple[str, ...]
    privacy: str
    scopes: tuple[str, ...]
    registered_at: datetime
    ended_at: datetime | None
    people: int


@dataclass(frozen=True, slots=True)
class NewPartner:
    """A partner that was registered, with the secret that is shown once."""

    id: UUID
    client_id: str
    client_secret: str


def may_manage_partners(actor: Actor, institution: str) -> bool:
    """The institution's registrars: they answer for whom its people are sent to."""
    return actor.is_system or actor.has_role(Role.REGISTRAR, institution)


def read_name(name: str) -> str:
    """The name of a partner; Unusable `name_missing`."""
    called = " ".join(name.split())
    if not called or len(called) > LONGEST_NAME or not called.isprintable() or set("<>") & set(called):
        raise Unusable("name_missing", "Enter a name of at most {most} characters.", most=LONGEST_NAME)
    return called


def read_places(addresses: Sequence[str], privacy: str) -> tuple[tuple[str, ...], str]:
    """Where its people come back to, and its privacy page; Unusable `redirects_unusable`, `privacy_unusable`."""
    told = [address.strip() for address in addresses if address.strip()]
    try:
        places = read_redirects(told)
    except Unusable as error:
        words = "Enter web addresses of one host, one in each line, at most {most}. They begin with https://."
        raise Unusable("redirects_unusable", words, most=MOST_REDIRECTS) from error
    try:
        return places, read_address(privacy.strip(), "policy_uri")
    except Unusable as error:
        words = "Enter the web address of its privacy page. It begins with https://."
        raise Unusable("privacy_unusable", words) from error


def read_scopes(scopes: Iterable[str]) -> tuple[PartnerScope, ...]:
    """What it may learn, that it is the same person always among it; Unusable `scopes_unusable`."""
    wanted = {str(scope) for scope in scopes} - {PartnerScope.OPENID}
    if not wanted <= set(OPTIONAL):
        raise Unusable("scopes_unusable", "A partner may learn the name, the e-mail address, or neither.")
    return (PartnerScope.OPENID, *(scope for scope in OPTIONAL if scope in wanted))
