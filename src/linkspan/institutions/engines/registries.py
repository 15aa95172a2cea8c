"""Registries of others: asked under the network policy, read strictly, each entry by itself.

A registry says who somebody is. Which keys are theirs it says for its own host alone: all others are read where the
issuer publishes them itself, so that no registry can speak for a stranger.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import unquote, urlsplit

from linkspan.institutions.rules.trust import Listed, Listing, TrustKind
from linkspan.vc.did import WebResolver, did_key_document, did_web_url, listed_key
from linkspan.vc.errors import UNREACHABLE, VcError
from linkspan.vc.keys import RSA, PublicKey, jwk_of, key_of_multibase, kind_of, multibase_of
from linkspan.vc.net import NetworkPolicy, fetch
from linkspan.vc.strict_json import parse

#: How long one registry may take, and how large it may be.
ASKING_SECONDS = 2.0
MOST_ENTRIES, MOST_KEYS, LONGEST_NAME, LONGEST_ADDRESS = 5_000, 50, 200, 500
#: Of how many issuers the own documents are read in one round, and after how many silences the rest waits.
MOST_DOCUMENTS, MOST_SILENT = 200, 3


def quick(policy: NetworkPolicy) -> NetworkPolicy:
    """The policy with the time that a registry gets."""
    return replace(policy, seconds=min(policy.seconds, ASKING_SECONDS))


def ask_registry(kind: TrustKind, url: str, policy: NetworkPolicy) -> Listing:
    """What a registry lists now. VcError: those of `fetch` and of JSON, `registry_wrong`, `registry_too_long`."""
    return read_registry(kind, url, fetch(url, quick(policy), accept="application/json"))


def read_registry(kind: TrustKind, url: str, body: bytes) -> Listing:
    """What the body of a registry at that address lists; an entry that cannot be read is counted and left out."""
    document = parse(body)
    rows = list(_dcc_rows(document) if kind is TrustKind.DCC else _linkspan_rows(document))
    if len(rows) > MOST_ENTRIES:
        raise VcError("registry_too_long", f"The registry lists more than {MOST_ENTRIES} issuers.")
    found: dict[str, Listed] = {}
    unreadable = 0
    for did, row in rows:
        try:
            one = _listed(did, row, urlsplit(url).netloc.lower() if kind is TrustKind.LINKSPAN else "")
        except VcError:
            unreadable += 1
            continue
        before = found.get(one.did)
        found[one.did] = replace(one, keys=before.keys + one.keys) if before else one
    return Listing(found, unreadable)


def _dcc_rows(document: Mapping[str, Any]) -> Iterable[tuple[Any, Any]]:
    listed = document.get("registry")
    if not isinstance(listed, Mapping):
        raise VcError("registry_wrong", "What stands at the address is no registry of issuers in DCC's form.")
    return listed.items()


def _linkspan_rows(document: Mapping[str, Any]) -> Iterable[tuple[Any, Any]]:
    listed = document.get("issuers")
    if not isinstance(listed, list):
        raise VcError("registry_wrong", "What stands at the address is no registry of a Linkspan server.")
    return ((row.get("did"), row) if isinstance(row, Mapping) else (None, row) for row in listed)


def _listed(did: Any, row: Any, own_host: str) -> Listed:
    if not isinstance(did, str) or not isinstance(row, Mapping) or len(did) > LONGEST_ADDRESS:
        raise VcError("entry_broken", "An entry has no DID, or is no object.")
    host = check_issuer(did)
    name, url = row.get("name"), row.get("url")
    if not isinstance(name, str) or not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        raise VcError("entry_broken", "An entry has no usable name.")
    keys = _own_keys(did, row) if own_host and host in ("", own_host) else ()
    return Listed(did, " ".join(name.split()), web_address(url), keys)


def check_issuer(did: str) -> str:
    """The host on which an issuer's own document stands, "" if it is its own document; VcError if it is none."""
    if did.startswith("did:key:"):
        did_key_document(did)
        return ""
    if did.startswith("https://") and urlsplit(did).netloc and did.isascii() and did.isprintable():
        return urlsplit(did).netloc.lower()
    did_web_url(did)
    return unquote(did.removeprefix("did:web:").partition(":")[0]).lower()


def web_address(url: Any) -> str:
    usable = isinstance(url, str) and url.startswith(("https://", "http://")) and len(url) <= LONGEST_ADDRESS
    return url if usable and isinstance(url, str) and url.isascii() and url.isprintable() else ""


def _own_keys(did: str, row: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    """The keys with their history that a server lists for an issuer of its own."""
    listed = row.get("keys")
    found = []
    for entry in listed[:MOST_KEYS] if isinstance(listed, list) else ():
        multibase = entry.get("publicKeyMultibase") if isinstance(entry, Mapping) else None
        if not isinstance(multibase, str):
            raise VcError("entry_broken", "A key of an entry has no publicKeyMultibase.")
        key_of_multibase(multibase)
        if did.startswith("did:key:") and did != f"did:key:{multibase}":
            raise VcError("entry_broken", "A key of an entry is another than its own name says.")
        times = {
            name: str(entry[name])[:40] for name in ("valid_from", "valid_to", "compromised_at") if entry.get(name)
        }
        found.append({"method": f"{did}#{multibase}", "publicKeyMultibase": multibase, **times})
    return tuple(found)


def with_own_documents(listing: Listing, first: Iterable[str], policy: NetworkPolicy) -> Listing:
    """The listing with the keys that issuers of the web publish themselves, those in `first` before others.

    Who does not answer has no keys then, and is asked again at the next round.
    """
    resolver, silent = WebResolver(quick(policy)), 0
    entries = dict(listing.entries)
    waiting = [did for did, one in entries.items() if not one.keys and not did.startswith("did:key:")]
    wanted = set(first)
    for did in sorted(waiting, key=lambda did: did not in wanted)[:MOST_DOCUMENTS]:
        if silent >= MOST_SILENT:
            break
        try:
            entries[did] = replace(entries[did], keys=keys_of(did, resolver))
        except VcError as error:
            silent += error.code in UNREACHABLE
    return replace(listing, entries=entries)


def keys_of(did: str, resolver: WebResolver) -> tuple[Mapping[str, Any], ...]:
    """The keys that an issuer publishes for what it asserts; VcError if its document cannot be had."""
    document = resolver.controller(did)
    asserted = document.get("assertionMethod")
    found = []
    for entry in (asserted if isinstance(asserted, list) else [asserted])[:MOST_KEYS]:
        name = str(entry.get("id") if isinstance(entry, Mapping) else entry)
        method = f"{did}{name}" if name.startswith("#") else name
        try:
            key = listed_key(document, method, "assertionMethod")
        except VcError:
            continue  # a key of a type that is not read here, or one that the document does not list as its own
        found.append(key_entry(method, key))
    return tuple(found)


def key_entry(method: str, key: PublicKey) -> Mapping[str, Any]:
    """A key as it is pinned: its multibase form names it, and one of RSA is read from its JWK."""
    named = {"method": method, "publicKeyMultibase": multibase_of(key)}
    return named | {"publicKeyJwk": jwk_of(key)} if kind_of(key) is RSA else named
