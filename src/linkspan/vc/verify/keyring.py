"""Which key a verification method means, and who vouches for that."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from linkspan.vc.certificates import Chain
from linkspan.vc.did import did_key_document, listed_key
from linkspan.vc.errors import VcError
from linkspan.vc.keys import PublicKey, key_of_jwk, key_of_multibase, multibase_of, public_key_of
from linkspan.vc.model import as_list
from linkspan.vc.said import Said
from linkspan.vc.verify.trust import Trust

REGISTRY, CONTROLLER, FRAGMENT, CERTIFICATE = "registry", "controller", "fragment", "certificate"


@dataclass(frozen=True, slots=True)
class Found:
    """A key, who vouches that the method means it, and, where nobody does, why the controller's document did not.

    `others` are more keys that decisions to rely on an outside issuer pin under the same name; with `renewable` the
    issuer can have put another key under that name since.
    """

    key: PublicKey
    source: str
    fault: VcError | None = None
    others: tuple[PublicKey, ...] = ()
    renewable: bool = False


@dataclass(frozen=True, slots=True)
class Pinned:
    """A key that a registry row lists, and its multibase, with the row and the entry that say when it is in force."""

    key: PublicKey
    multibase: str
    row: Mapping[str, Any]
    entry: Mapping[str, Any]


def find_key(method: str, purpose: str, trust: Trust, at: datetime, offered: PublicKey | None = None) -> Found:
    """The key of a method: as the registry lists it, else as its controller's document does, else its own fragment.

    `offered` is a key that the signature itself brings: it serves if one of these lists it, and else vouches for
    nobody. Raises VcError if none of them gives a key.
    """
    owner, _, fragment = method.partition("#")
    named = [
        pinned
        for row in trust.rows(owner)
        for pinned in pinned_keys(row)
        if pinned.entry.get("method") == method or pinned.multibase == fragment or _same(pinned.key, offered)
    ]
    if named:
        first, *more = {pinned.multibase: pinned for pinned in named}.values()
        renewable = "outside" in first.row and not owner.startswith("did:key:") and first.multibase != fragment
        others = tuple(pinned.key for pinned in more) if renewable else ()
        return Found(first.key, REGISTRY, others=others, renewable=renewable)
    try:
        document = did_key_document(owner) if owner.startswith("did:key:") else trust.controller(owner)
        full = f"{owner}#{owner.removeprefix('did:key:')}" if owner.startswith("did:key:") and not fragment else method
        if offered is not None and full == owner:
            return Found(_listed(document, owner, offered, purpose, at), CONTROLLER)
        return Found(listed_key(document, full, purpose, at), CONTROLLER)
    except VcError as fault:
        if offered is not None and not owner.startswith("did:key:"):
            return Found(offered, FRAGMENT, fault)
        if owner.startswith("did:key:") or not fragment.startswith("z"):
            raise
        return Found(public_key_of(method), FRAGMENT, fault)


def find_certified(method: str, purpose: str, trust: Trust, at: datetime, chain: Chain) -> Found:
    """The key of a chain's first certificate, which is the one that signed: as the registry lists it, or its issuer's
    own document does; else it is known by the chain alone."""
    owner = method.partition("#")[0]
    pinned = [one for row in trust.rows(owner) for one in pinned_keys(row) if _same(one.key, chain.key)]
    if pinned:
        return Found(chain.key, REGISTRY)
    try:
        document = did_key_document(owner) if owner.startswith("did:key:") else trust.controller(owner)
        return Found(_listed(document, owner, chain.key, purpose, at), CONTROLLER)
    except VcError as fault:
        return Found(chain.key, FRAGMENT, fault)


def _same(key: PublicKey, offered: PublicKey | None) -> bool:
    return offered is not None and multibase_of(key) == multibase_of(offered)


def _listed(document: Mapping[str, Any], owner: str, offered: PublicKey, purpose: str, at: datetime) -> PublicKey:
    """The key of a document that is the one offered, under whichever name; VcError `key_not_listed`."""
    for entry in as_list(document.get("verificationMethod")):
        name = str(entry.get("id")) if isinstance(entry, Mapping) else ""
        try:
            found = listed_key(document, f"{owner}{name}" if name.startswith("#") else name, purpose, at)
        except VcError:
            continue
        if _same(found, offered):
            return found
    raise VcError(
        "key_not_listed", Said("{owner} does not list the key that signed for {purpose}.", owner=owner, purpose=purpose)
    )


def pinned_keys(row: Mapping[str, Any]) -> tuple[Pinned, ...]:
    """The keys that a registry row lists; VcError `registry_broken` if one cannot be read."""
    keys = row.get("keys") or []
    if not isinstance(keys, list) or not all(isinstance(entry, Mapping) for entry in keys):
        raise VcError(
            "registry_broken", Said("The registry's keys of {did} are not a list of objects.", did=row.get("did"))
        )
    return tuple(_pinned(entry, row) for entry in keys)


def _pinned(entry: Mapping[str, Any], row: Mapping[str, Any]) -> Pinned:
    if isinstance(entry.get("publicKeyMultibase"), str) and not isinstance(entry.get("publicKeyJwk"), Mapping):
        text = str(entry["publicKeyMultibase"])
        return Pinned(key_of_multibase(text), text, row, entry)
    if isinstance(entry.get("publicKeyJwk"), Mapping):
        key = key_of_jwk(entry["publicKeyJwk"])
        return Pinned(key, multibase_of(key), row, entry)
    raise VcError(
        "registry_broken", Said("A key of {did} in the registry has no publicKeyMultibase or -Jwk.", did=row.get("did"))
    )
