"""Which key a verification method means, and who vouches for that."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from linkspan.vc.did import did_key_document, listed_key
from linkspan.vc.errors import VcError
from linkspan.vc.keys import PublicKey, key_of_jwk, key_of_multibase, multibase_of, public_key_of
from linkspan.vc.verify.trust import Trust

REGISTRY, CONTROLLER, FRAGMENT = "registry", "controller", "fragment"


@dataclass(frozen=True, slots=True)
class Found:
    """A key, who vouches that the method means it, and, where nobody does, why the controller's document did not."""

    key: PublicKey
    source: str
    fault: VcError | None = None


@dataclass(frozen=True, slots=True)
class Pinned:
    """A key that a registry row lists, by its multibase, with the row and the entry that say when it is in force."""

    multibase: str
    row: Mapping[str, Any]
    entry: Mapping[str, Any]


def find_key(method: str, purpose: str, trust: Trust, at: datetime) -> Found:
    """The key of a method: as the registry lists it, else as its controller's document does, else its own fragment.

    Raises VcError if none of them gives a key.
    """
    owner, _, fragment = method.partition("#")
    for row in trust.rows(owner):
        for pinned in pinned_keys(row):
            if pinned.entry.get("method") == method or pinned.multibase == fragment:
                return Found(key_of_multibase(pinned.multibase), REGISTRY)
    try:
        document = did_key_document(owner) if owner.startswith("did:key:") else trust.controller(owner)
        full = f"{owner}#{owner.removeprefix('did:key:')}" if owner.startswith("did:key:") and not fragment else method
        return Found(listed_key(document, full, purpose, at), CONTROLLER)
    except VcError as fault:
        if owner.startswith("did:key:") or not fragment.startswith("z"):
            raise
        return Found(public_key_of(method), FRAGMENT, fault)


def pinned_keys(row: Mapping[str, Any]) -> tuple[Pinned, ...]:
    """The keys that a registry row lists; VcError `registry_broken` if one cannot be read."""
    keys = row.get("keys") or []
    if not isinstance(keys, list) or not all(isinstance(entry, Mapping) for entry in keys):
        raise VcError("registry_broken", f"The registry's keys of {row.get('did')} are not a list of objects.")
    return tuple(Pinned(_multibase(entry, row), row, entry) for entry in keys)


def _multibase(entry: Mapping[str, Any], row: Mapping[str, Any]) -> str:
    if isinstance(entry.get("publicKeyMultibase"), str):
        return str(entry["publicKeyMultibase"])
    if isinstance(entry.get("publicKeyJwk"), Mapping):
        return multibase_of(key_of_jwk(entry["publicKeyJwk"]))
    raise VcError("registry_broken", f"A key of {row.get('did')} in the registry has no publicKeyMultibase or -Jwk.")
