"""Applications and wallets of others that a person lets into their credentials: registered, allowed, and ended."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from linkspan.kernel.errors import Unusable

_OB = "https://purl.imsglobal.org/spec/ob/v3p0/scope/"
_CLR = "https://purl.imsglobal.org/spec/clr/v2p0/scope/"

#: How long what an application is given is good, in real time. A code works once.
CODE_LIFE = timedelta(minutes=1)
ACCESS_LIFE = timedelta(hours=1)
REFRESH_LIFE = timedelta(days=180)
#: How long a request that an application pushed waits for its browser (RFC 9126), and a number for proofs is good.
PUSHED_LIFE, PROOF_NONCE_LIFE = timedelta(seconds=90), timedelta(minutes=5)
PUSHED = "urn:ietf:params:oauth:request_uri:"
#: What a registration may hold.
MOST_REDIRECTS, MOST_CONTACTS, LONGEST_ADDRESS, LONGEST_NAME = 10, 5, 500, 100
#: How many connections a person may have, and how many registrations the server takes in a day.
MOST_CONNECTIONS, MOST_REGISTRATIONS = 50, 500
#: A host and a port, in letters that no header and no page reads as more.
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?(:[0-9]{1,5})?")
#: How an application says who it is: by its secret, or, a wallet, not at all: it shows a key with each request.
AUTH_METHOD, NO_AUTH_METHOD = "client_secret_basic", "none"
GRANTS, RESPONSES = ("authorization_code", "refresh_token"), ("code",)
ADDRESSES = ("client_uri", "logo_uri", "tos_uri", "policy_uri")


class AccessScope(StrEnum):
    """What an application may do with a person's credentials (Open Badges 3.0, 7.1; CLR 2.0 likewise)."""

    BADGES_READ = f"{_OB}credential.readonly"
    BADGES_WRITE = f"{_OB}credential.upsert"
    PROFILE_READ = f"{_OB}profile.readonly"
    PROFILE_WRITE = f"{_OB}profile.update"
    RECORDS_READ = f"{_CLR}credential.readonly"
    RECORDS_WRITE = f"{_CLR}credential.upsert"
    RECORD_PROFILE_READ = f"{_CLR}profile.readonly"
    RECORD_PROFILE_WRITE = f"{_CLR}profile.update"
    #: A credential goes into a wallet, bound to its key (OpenID4VCI 1.0): each form has a scope of its name.
    WALLET_BADGE = "OpenBadgeCredential"
    WALLET_SELECTIVE = "OpenBadgeCredential_sd_jwt"
    OFFLINE = "offline_access"


WALLET_SCOPES = frozenset({AccessScope.WALLET_BADGE, AccessScope.WALLET_SELECTIVE})
#: Scopes of CLR 2.0 that mean the same to a person as one of Open Badges 3.0: there is one profile.
SAME_TO_READ = {
    AccessScope.RECORD_PROFILE_READ: AccessScope.PROFILE_READ,
    AccessScope.RECORD_PROFILE_WRITE: AccessScope.PROFILE_WRITE,
    AccessScope.WALLET_SELECTIVE: AccessScope.WALLET_BADGE,
}


#: The same by the text of a scope, whosever it is.
SAME_AS_READ = {str(one): str(other) for one, other in SAME_TO_READ.items()}


def as_read(scopes: Iterable[str]) -> tuple[str, ...]:
    """The scopes without those that say the same to a person."""
    return tuple(dict.fromkeys(str(SAME_AS_READ.get(scope, scope)) for scope in scopes))


@dataclass(frozen=True, slots=True)
class Application:
    """An application as it calls itself; only the host of its addresses is known to be its own."""

    client_id: str
    name: str
    site: str
    terms: str
    privacy: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What an application asks a person for; `host` is where the answer is sent."""

    application: Application
    scopes: tuple[str, ...]
    host: str
    redirect_uri: str
    #: The institution that registered it, for a partner; and how long ago, in seconds, one may have signed in.
    institution: str = ""
    fresh: int | None = None

    @property
    def wishes(self) -> tuple[str, ...]:
        """What is asked for, each once as a person reads it."""
        return as_read(self.scopes)


@dataclass(frozen=True, slots=True)
class Wish:
    """What a wallet asked besides scopes: of which issuer, for which offer (by its hash), bound to which key."""

    issuer: str = ""
    offer_sha256: str = ""
    thumbprint: str = ""
    #: Whether it asked by `authorization_details`, and is to be told what there is by name.
    by_details: bool = False
    #: What a partner wants back in its ID token, and when the person had signed in, in seconds since 1970.
    nonce: str = ""
    signed_in_at: int = 0


@dataclass(frozen=True, slots=True)
class WalletAccess:
    """What a wallet was let into: whose credentials, in which forms, and by which connection."""

    learner_id: UUID
    scopes: frozenset[str]
    wish: Wish
    connection_id: UUID
    application: str


@dataclass(frozen=True, slots=True)
class SentBack:
    """The address to which the browser goes back with the answer: a code, or why there is none."""

    location: str


@dataclass(frozen=True, slots=True)
class LetIn:
    """An application that a person lets in, since when, and when it last came."""

    id: UUID
    name: str
    host: str
    scopes: tuple[str, ...]
    since: datetime
    last_used_at: datetime | None

    @property
    def wishes(self) -> tuple[str, ...]:
        """What it may do, each once as a person reads it."""
        return as_read(self.scopes)


@dataclass(frozen=True, slots=True)
class Registration:
    """The metadata of an application (RFC 7591), as it is kept and told back."""

    name: str
    addresses: Mapping[str, str]
    software_id: str
    software_version: str
    redirect_uris: tuple[str, ...]
    scopes: tuple[str, ...]
    contacts: tuple[str, ...]
    has_secret: bool = True


def read_registration(told: Mapping[str, Any]) -> Registration:
    """The metadata that an application registers itself with; Unusable names the member that does not do.

    All addresses are needed, with https and of one host (Open Badges 3.0, 7.1): that host is all that is known of it,
    and no page of somebody else passes for its own.
    """
    name = _line(told, "client_name", LONGEST_NAME)
    if any(mark in name for mark in "<>"):
        raise _wrong("client_name")
    addresses = {member: read_address(told.get(member), member) for member in ADDRESSES}
    redirects = read_redirects(told.get("redirect_uris"))
    for member, address in addresses.items():
        if urlsplit(address).hostname != urlsplit(redirects[0]).hostname:
            raise _wrong(member)
    scopes = tuple(dict.fromkeys(_line(told, "scope", 2_000).split()))
    if not scopes or not set(scopes) <= set(AccessScope):
        raise _wrong("scope")
    for member, known in (("grant_types", GRANTS), ("response_types", RESPONSES)):
        given = told.get(member, list(known))
        if not isinstance(given, list) or not given or not all(one in known for one in given):
            raise _wrong(member)
    method = told.get("token_endpoint_auth_method", AUTH_METHOD)
    only_wallet = set(scopes) <= {*WALLET_SCOPES, AccessScope.OFFLINE} and bool(set(scopes) & WALLET_SCOPES)
    if method != AUTH_METHOD and not (method == NO_AUTH_METHOD and only_wallet):
        raise _wrong("token_endpoint_auth_method")
    contacts = told.get("contacts", [])
    if not isinstance(contacts, list) or len(contacts) > MOST_CONTACTS:
        raise _wrong("contacts")
    return Registration(
        name=name,
        addresses=addresses,
        software_id=_line(told, "software_id", LONGEST_ADDRESS),
        software_version=_line(told, "software_version", LONGEST_NAME),
        redirect_uris=redirects,
        scopes=scopes,
        contacts=tuple(_line({"contacts": one}, "contacts", 320) for one in contacts),
        has_secret=method == AUTH_METHOD,
    )


def read_redirects(given: object) -> tuple[str, ...]:
    """Addresses of return, of one host; Unusable `invalid_redirect_uri`."""
    if not isinstance(given, list) or not 0 < len(given) <= MOST_REDIRECTS:
        raise _wrong("redirect_uris", "invalid_redirect_uri")
    found = tuple(read_address(one, "redirect_uris", "invalid_redirect_uri") for one in given)
    if len({urlsplit(one).netloc for one in found}) != 1:
        raise _wrong("redirect_uris", "invalid_redirect_uri")
    return found


def _line(told: Mapping[str, Any], member: str, longest: int) -> str:
    value = told.get(member)
    if not isinstance(value, str) or not 0 < len(value.strip()) <= longest or not value.isprintable():
        raise _wrong(member)
    return " ".join(value.split())


def read_address(value: object, member: str, code: str = "invalid_client_metadata") -> str:
    """An https address that every reader takes apart alike: plain letters, no user, no fragment."""
    text = value if isinstance(value, str) else ""
    try:
        usable = 0 < len(text) <= LONGEST_ADDRESS and text.isascii() and text.isprintable()
        parts = urlsplit(text if usable else "")
        usable = usable and parts.scheme == "https" and bool(_HOST.fullmatch(parts.netloc)) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or set(text) & set(' "<>\\^`{|}*#'):
        raise _wrong(member, code)
    return text


def _wrong(member: str, code: str = "invalid_client_metadata") -> Unusable:
    return Unusable(code, "{member} is missing, or is not as it must be.", member=member)


def is_within(asked: str, granted: str) -> bool:
    """Whether scopes that are asked for, in one text, are all among those that were granted."""
    return set(asked.split()) <= set(granted.split())
