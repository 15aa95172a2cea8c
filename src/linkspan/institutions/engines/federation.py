"""OpenID Federation: whom an anchor vouches for, found from the anchor down and proved from each entity up.

A chain says who somebody is and of what kind. Which keys sign credentials is what its metadata say under all policies,
or what the entity publishes itself; the keys by which statements are signed sign nothing else here.
"""

import re
from collections import deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from linkspan.institutions.engines.registries import LONGEST_NAME, key_entry, keys_of, quick, web_address
from linkspan.institutions.rules.trust import Listed, Listing
from linkspan.vc.did import WebResolver
from linkspan.vc.errors import UNREACHABLE, VcError
from linkspan.vc.federation import Chained, Statement, Superiors, chain_to, own_statement, subordinates
from linkspan.vc.keys import PublicKey, key_of_jwk, key_of_multibase
from linkspan.vc.net import NetworkPolicy

#: The types of entity that issue credentials, the one of OpenID4VCI first.
ISSUES = ("openid_credential_issuer", "vc_issuer")
PLAIN_STEP = re.compile(r"[A-Za-z0-9._~-]+")
#: Of how many entities the chains are asked for in one round, and with how many questions.
MOST_ENTITIES, MOST_QUESTIONS = 200, 700
#: The same while somebody waits for a verdict.
MOST_AT_ONCE = 10


@dataclass(slots=True)
class _Round:
    """One round of questions: what was found, who could not be asked, how many do not hold."""

    anchor: str
    keys: Sequence[PublicKey]
    policy: NetworkPolicy
    asked: Superiors
    found: dict[str, Listed] = field(default_factory=dict)
    kept: set[str] = field(default_factory=set)
    broken: int = 0
    keeps_all: bool = False


def ask_federation(anchor: str, pinned: Collection[Mapping[str, Any]], policy: NetworkPolicy, at: datetime) -> Listing:
    """Whom the anchor vouches for now, and the anchor itself with the keys that it shows.

    `pinned` are the anchor's keys on which somebody relies; at the first contact those that it shows. While it shows
    others nobody goes who is not found: what was listed lasts as long as its chain. VcError of the anchor's own answer.
    """
    asked = Superiors(quick(policy), at, MOST_QUESTIONS)
    top = own_statement(anchor, asked)
    own = Listed(anchor, _name(top.claims.get("metadata"), anchor), "", _anchor_keys(top))
    held = {str(entry["publicKeyMultibase"]): entry for entry in pinned}
    keys = [_key(entry) for entry in held.values()] or list(top.keys.values())
    this = _Round(anchor, keys, quick(policy), asked)
    this.keeps_all = bool(held) and own.multibases != frozenset(held)
    _all_below(top, this)
    return Listing({anchor: own, **this.found}, this.broken, frozenset(this.kept), this.keeps_all)


def _key(entry: Mapping[str, Any]) -> PublicKey:
    if isinstance(entry.get("publicKeyJwk"), Mapping):
        return key_of_jwk(entry["publicKeyJwk"])
    return key_of_multibase(str(entry["publicKeyMultibase"]))


def _anchor_keys(top: Statement) -> tuple[Mapping[str, Any], ...]:
    return tuple(key_entry(f"{top.subject}#{kid}", key) for kid, key in top.keys.items())


def _all_below(top: Statement, this: _Round) -> None:
    """Every entity below the anchor, breadth first."""
    waiting, seen = deque([top]), {this.anchor}
    while waiting:
        superior = waiting.popleft()
        for entity in _listed_by(superior, this):
            if entity in seen:
                continue
            if len(seen) > MOST_ENTITIES:
                this.broken, this.keeps_all = this.broken + 1, True
                continue
            seen.add(entity)
            if _proved(entity, superior, this):
                waiting.extend(_superior(entity, this))


def _listed_by(superior: Statement, this: _Round) -> tuple[str, ...]:
    try:
        return subordinates(superior, this.policy)
    except VcError:
        this.keeps_all, this.broken = True, this.broken + 1
        return ()


def _superior(entity: str, this: _Round) -> Iterator[Statement]:
    """The entity's own statement, if it is one that lists others."""
    if not entity.startswith("did:"):
        own = own_statement(entity, this.asked)
        if own.endpoint("federation_list_endpoint"):
            yield own


def _proved(entity: str, superior: Statement, this: _Round) -> bool:
    try:
        chained = chain_to(entity, this.anchor, this.keys, this.asked, through=superior.subject)
    except VcError as error:
        if error.code in UNREACHABLE or error.code == "chain_too_long":
            this.kept |= {entity, did_web_of(entity)}
        else:
            this.broken += 1
        return False
    for one in issuers_of(chained, WebResolver(this.policy)):
        this.found[one.did] = one
    return True


def issuers_of(chained: Chained, resolver: WebResolver) -> Iterator[Listed]:
    """The issuers that a proved entity is: itself, and the did:web whose document stands at its address.

    A DID, as registries of schools list them, is itself. None if its superiors do not have it issue credentials.
    """
    name, url = _name(chained.metadata, chained.subject), _site(chained.metadata)
    if chained.subject.startswith("did:"):
        yield Listed(chained.subject, name, url, _published(chained.subject, resolver), chained.until)
        return
    kinds = [chained.metadata[kind] for kind in ISSUES if kind in chained.metadata]
    if not kinds:
        return
    keys = next((found for kind in kinds if (found := _stated(chained.subject, kind.get("jwks")))), ())
    keys = keys or _published(chained.subject, resolver)
    yield Listed(chained.subject, name, url, keys, chained.until)
    did = did_web_of(chained.subject)
    own = _published(did, resolver) if did else ()
    if own:
        yield Listed(did, name, url, own, chained.until)


def _published(did: str, resolver: WebResolver) -> tuple[Mapping[str, Any], ...]:
    if did.startswith("did:key:"):
        return ()
    try:
        return keys_of(did, resolver)
    except VcError:
        return ()


def _stated(entity: str, jwks: Any) -> tuple[Mapping[str, Any], ...]:
    """The keys that the metadata state for credentials; one that cannot be read is left out."""
    listed = jwks.get("keys") if isinstance(jwks, Mapping) else None
    found = []
    for jwk in listed if isinstance(listed, list) else ():
        kid = str(jwk.get("kid", "")) if isinstance(jwk, Mapping) else ""
        try:
            method = kid if kid.startswith(("did:", "https:")) else f"{entity}#{kid}"
            found.append(key_entry(method, key_of_jwk(jwk)))
        except (VcError, TypeError, AttributeError):
            continue
    return tuple(found[:50])


def _name(metadata: Any, entity: str) -> str:
    """What it is called under the policies of its federation, else its host."""
    held = metadata.get("federation_entity") if isinstance(metadata, Mapping) else None
    told = held if isinstance(held, Mapping) else {}
    for name in (told.get("organization_name"), told.get("display_name")):
        if isinstance(name, str) and name.strip() and name.isprintable() and len(name) <= LONGEST_NAME:
            return " ".join(name.split())
    return (urlsplit(entity).hostname or entity)[:LONGEST_NAME]


def _site(metadata: Mapping[str, Any]) -> str:
    told = metadata.get("federation_entity")
    held = told if isinstance(told, Mapping) else {}
    return web_address(held.get("organization_uri") or held.get("homepage_uri"))


def did_web_of(entity: str) -> str:
    """The did:web whose document stands at an entity's address; nothing for what is no such address, or whose path
    could be read as another's."""
    parts = urlsplit(entity)
    steps = [step for step in parts.path.split("/") if step]
    if parts.scheme != "https" or not all(PLAIN_STEP.fullmatch(step) for step in steps):
        return ""
    return ":".join(["did:web", parts.netloc.replace(":", "%3A"), *steps])


def entity_of(issuer: str) -> str:
    """The entity that may stand behind an issuer: its address, or the one at which its did:web stands."""
    if not issuer.startswith("did:web:"):
        return issuer
    host, *path = issuer.removeprefix("did:web:").split(":")
    return "/".join([f"https://{host.replace('%3A', ':').replace('%3a', ':')}", *path])


def vouched_for(
    issuer: str, anchors: Mapping[str, Sequence[Mapping[str, Any]]], policy: NetworkPolicy, at: datetime
) -> dict[str, Listed]:
    """The issuer as each anchor vouches for it, asked now; `anchors` are their pinned keys by address."""
    found = {}
    asked = Superiors(quick(policy), at, MOST_AT_ONCE, most_silent=1)
    for anchor, pinned in anchors.items():
        for entity in dict.fromkeys((entity_of(issuer), issuer)):
            try:
                chained = chain_to(entity, anchor, [_key(entry) for entry in pinned], asked)
            except VcError:
                continue
            listed = {one.did: one for one in issuers_of(chained, WebResolver(quick(policy)))}
            if issuer in listed:
                found[anchor] = listed[issuer]
                break
    return found
