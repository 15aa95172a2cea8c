"""Signing keys, and how an institution publishes them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

from linkspan.vc.did import did_web_url
from linkspan.vc.errors import VcError

#: Last parts of names that nobody asks for from outside (RFC 6761, 6762, 8375, and `.internal`).
NOT_PUBLIC = ("localhost", "local", "internal", "test", "invalid", "home.arpa")


class Custody(StrEnum):
    """Where the private part of a key lies."""

    FILE = "file"
    PROCESS = "process"
    TOKEN = "token"  # noqa: S105 - the name of a place, no secret


@dataclass(frozen=True, slots=True, repr=False)
class SigningKey:
    """A key with which an institution signs, valid in an interval.

    `did` is the issuer for which it signs (a did:web, or the key's own did:key), `multibase` its public part; `secret`
    leads to the private part. `compromised_at` is when somebody else may have got hold of it.
    """

    institution: str
    did: str
    multibase: str
    custody: Custody
    secret: str
    valid_from: datetime
    valid_to: datetime | None
    compromised_at: datetime | None

    @property
    def method(self) -> str:
        """The verification method."""
        return f"{self.did}#{self.multibase}"

    def holds(self, at: datetime) -> bool:
        """Whether it signs at that instant."""
        ends = _end(self)
        return self.valid_from <= at and (ends is None or at < ends)

    def __repr__(self) -> str:
        return f"SigningKey({self.institution}, {self.method})"


def did_web(base_url: str, code: str, own: bool = False) -> str:
    """The did:web of an institution whose document stands at `base_url/i/CODE/did.json` (did:web, section 3.1).

    With `own` the whole site is the institution's, and the document stands at `/.well-known/did.json`.
    """
    place = base_url.partition("://")[2].rstrip("/")
    host = [part.replace(":", "%3A") for part in place.split("/")]
    return ":".join(["did:web", *host] if own and len(host) == 1 else ["did:web", *host, "i", code])


class Moving(StrEnum):
    """Whether an institution that signs under a did:key can go over to its did:web, and why not."""

    OPEN = "open"
    DONE = "done"
    OFFLINE = "offline"
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True, slots=True)
class KeyShown:
    """A key as its institution and auditors see it; `is_web` whether it signs under the institution's web address."""

    did: str
    multibase: str
    is_web: bool
    valid_from: datetime
    valid_to: datetime | None
    compromised_at: datetime | None


@dataclass(frozen=True, slots=True)
class SigningPlace:
    """How an institution signs: its keys, newest first, whether it can move, and where its document stands or would."""

    institution: str
    keys: tuple[KeyShown, ...]
    moving: Moving
    address: str


def is_public(base_url: str, code: str) -> bool:
    """Whether others can read the did:web of an institution at this address: https, and a name that leads there."""
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    try:
        did_web_url(did_web(base_url, code))
    except VcError:
        return False
    outside = "." in host and not any(host == name or host.endswith(f".{name}") for name in NOT_PUBLIC)
    return parts.scheme == "https" and outside


def moving(key: SigningKey | None, *, public: bool) -> Moving:
    """Whether the key of today leaves room for a did:web."""
    if key is not None and key.did.startswith("did:web:"):
        return Moving.DONE
    if not public:
        return Moving.OFFLINE
    return Moving.ELSEWHERE if key is not None and key.custody is not Custody.FILE else Moving.OPEN


def did_document(did: str, keys: Sequence[SigningKey]) -> dict[str, Any]:
    """The controller document of a DID: every key it ever signed with, as Multikey.

    Keys that have ended stay, so that what they signed still verifies; their intervals are in the issuer registry. A
    compromised key is marked as revoked and asserts nothing more (Controlled Identifiers 1.0, section 2.2).
    """
    methods = [
        {"id": key.method, "type": "Multikey", "controller": did, "publicKeyMultibase": key.multibase}
        | ({"revoked": f"{key.compromised_at:%Y-%m-%dT%H:%M:%SZ}"} if key.compromised_at else {})
        for key in keys
    ]
    return {
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
        "id": did,
        "verificationMethod": methods,
        "assertionMethod": [key.method for key in keys if key.compromised_at is None],
    }


def registry_row(name: str, url: str, keys: Sequence[SigningKey]) -> dict[str, Any]:
    """One DID as `linkspan verify --registry` reads it: its whole interval, and each key with its own."""
    ends = [_end(key) for key in keys]
    return {
        "did": keys[0].did,
        "name": name,
        "url": url,
        "institution": keys[0].institution,
        "valid_from": min(key.valid_from for key in keys).isoformat(),
        "valid_to": None if None in ends else max(end for end in ends if end).isoformat(),
        "keys": [
            {
                "id": key.method,
                "publicKeyMultibase": key.multibase,
                "valid_from": key.valid_from.isoformat(),
                "valid_to": key.valid_to.isoformat() if key.valid_to else None,
                "compromised_at": key.compromised_at.isoformat() if key.compromised_at else None,
            }
            for key in keys
        ],
    }


def _end(key: SigningKey) -> datetime | None:
    return min((end for end in (key.valid_to, key.compromised_at) if end is not None), default=None)
