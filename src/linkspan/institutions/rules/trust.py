"""Whose credentials an institution relies on beside those issued here: what a registrar decides, and what is listed."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from linkspan.kernel.actor import Actor

#: How often a registry is asked, how soon again where a badge shows another key, and how long what it listed counts
#: while it does not answer.
ASK_EVERY = timedelta(days=1)
ASK_AGAIN_AFTER = timedelta(hours=1)
LISTED_FOR = timedelta(days=30)


class TrustKind(StrEnum):
    """What is relied on: one issuer, whom a registry lists (in DCC's form, or another server of this program), whom an
    authority certifies (the root of their certificates), or for whom the anchor of a federation vouches."""

    ISSUER = "issuer"
    DCC = "dcc"
    LINKSPAN = "linkspan"
    ROOT = "root"
    FEDERATION = "federation"


class Standing(StrEnum):
    """How an issuer stands: relied on; with another key now, which a registrar looks at; no longer listed."""

    RELIED = "relied"
    CHANGED = "changed"
    GONE = "gone"


class Moved(StrEnum):
    """What changed of whom is relied on."""

    TRUSTED = "trusted"
    ENDED = "ended"
    LISTED = "listed"
    ADDED = "added"
    GONE = "gone"
    BACK = "back"
    RENAMED = "renamed"
    KEY_CHANGED = "key_changed"
    KEY_ACCEPTED = "key_accepted"


#: What a registrar is told of at once.
ALERTS = (Moved.GONE, Moved.KEY_CHANGED)


@dataclass(frozen=True, slots=True)
class Listed:
    """An issuer as a registry names it. `keys` are its own: from its own document or host, or from a chain that was
    proved, never from a stranger. `until` is how long a chain lasts."""

    did: str
    name: str
    url: str
    keys: tuple[Mapping[str, Any], ...] = ()
    until: datetime | None = None

    @property
    def multibases(self) -> frozenset[str]:
        """Its keys by what they are."""
        return frozenset(str(key["publicKeyMultibase"]) for key in self.keys)


@dataclass(frozen=True, slots=True)
class Listing:
    """What a registry lists, by DID, and how many of its entries cannot be read; `kept` are those that could not be
    asked, which stay as they are, and with `keeps_all` everybody who was not found."""

    entries: Mapping[str, Listed]
    unreadable: int = 0
    kept: frozenset[str] = frozenset()
    keeps_all: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One change of an issuer that a registry lists."""

    what: Moved
    issuer: Listed


@dataclass(frozen=True, slots=True)
class TrustSource:
    """What a registrar relies on for an institution: since when, by whom and why; what its registry last answered."""

    id: UUID
    institution: str
    kind: TrustKind
    address: str
    name: str
    reason: str
    decided_by: str
    decided_at: datetime
    ended_at: datetime | None
    ended_by: str
    ended_reason: str
    asked_at: datetime | None
    answered_at: datetime | None
    error: str
    unreadable: int
    issuers: int
    to_look_at: int
    certificate_until: datetime | None


@dataclass(frozen=True, slots=True)
class TrustedIssuer:
    """An issuer that is relied on, or was; `new_key` while another key than the pinned one waits to be accepted."""

    id: UUID
    did: str
    name: str
    url: str
    standing: Standing
    since: datetime
    keys: int
    new_key: bool
    until: datetime | None


@dataclass(frozen=True, slots=True)
class FederationPlace:
    """An institution as an entity of federations: its address, who stands above it, and who decided that."""

    institution: str
    entity: str
    superiors: tuple[str, ...]
    decided_by: str
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class TrustChange:
    """One line of the history: what changed, of whom or of how many, by whom, and why."""

    at: datetime
    what: Moved
    name: str
    count: int
    by: str
    reason: str


def steps(held: Mapping[str, tuple[Listed, Standing]], listing: Listing) -> Iterator[Step]:
    """What a listing changes of what is held: pinned keys stay until a registrar accepts others."""
    for did, found in listing.entries.items():
        if did not in held:
            yield Step(Moved.ADDED, found)
            continue
        before, standing = held[did]
        if standing is Standing.GONE:
            yield Step(Moved.BACK, found)
        elif (before.name, before.url) != (found.name, found.url):
            yield Step(Moved.RENAMED, found)
        if before.multibases and found.multibases and before.multibases != found.multibases:
            yield Step(Moved.KEY_CHANGED, found)
    for did, (before, standing) in held.items():
        stays = did in listing.entries or did in listing.kept or listing.keeps_all
        if not stays and standing is not Standing.GONE:
            yield Step(Moved.GONE, before)


def alerts(moves: Iterable[Step]) -> tuple[Step, ...]:
    """Those that a registrar is told of."""
    return tuple(step for step in moves if step.what in ALERTS)


def may_decide_trust(actor: Actor, institution: str) -> bool:
    """The institution's registrars, and who runs the server."""
    return actor.is_system or actor.has_role("registrar", institution) or actor.has_role("operator")


def may_see_trust(actor: Actor, institution: str) -> bool:
    """Who decides on it, and auditors."""
    return may_decide_trust(actor, institution) or actor.has_role("auditor")
