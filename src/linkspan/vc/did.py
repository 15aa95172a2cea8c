"""Controller documents and the keys that they list: did:key and did:web (W3C DID 1.0, Controlled Identifiers 1.0)."""

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from linkspan.vc.errors import VcError
from linkspan.vc.keys import PublicKey, key_of_jwk, key_of_multibase, verification_method_of
from linkspan.vc.net import NetworkPolicy, fetch
from linkspan.vc.said import Said
from linkspan.vc.strict_json import parse

LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
SEGMENT = re.compile(r"(?:[A-Za-z0-9._~-]|%[0-9A-Fa-f]{2})+")
MOST_SILENCES = 3
#: Answers of at most two megabytes each, of which most have some kilobytes.
MOST_KEPT = 500
MULTIBASE_TYPES = ("Multikey", "Ed25519VerificationKey2020")
JWK_TYPES = ("JsonWebKey", "JsonWebKey2020")


def did_web_url(did: str) -> str:
    """Where the document of a did:web stands (did:web method, "Read").

    VcError `did_refused`: an address with a user or an IP number, a path that climbs, a port that is none, letters
    that only look like others.
    """
    host, *path = did.removeprefix("did:web:").split(":")
    name, colon, port = unquote(host).lower().partition(":")
    if not did.startswith("did:web:") or not did.isascii() or "%" in re.sub("%3A", "", host, count=1, flags=re.I):
        raise VcError("did_refused", Said("{did} is not a did:web.", did=did[:200]))
    labels = name.split(".")
    if len(name) > 253 or not all(LABEL.fullmatch(label) for label in labels) or labels[-1].isdigit():
        raise VcError("did_refused", Said("{name} is not the name of a host.", name=name[:200]))
    if bool(colon) != bool(port) or (port and not (port.isdigit() and 0 < int(port) < 65536)):
        raise VcError("did_refused", Said("{host} does not name a port.", host=host[:200]))
    if not all(SEGMENT.fullmatch(segment) and _stays(unquote(segment)) for segment in path):
        raise VcError("did_refused", Said("The path of {did} leads elsewhere.", did=did[:200]))
    _refuse_lookalike(labels)
    return f"https://{name}{':' + port if port else ''}/{'/'.join(path) if path else '.well-known'}/did.json"


def _stays(segment: str) -> bool:
    """Whether one step of a path leads down, to a name that everybody reads alike."""
    return bool(segment.strip(".")) and segment.isprintable() and not set("/\\%?#").intersection(segment)


def _refuse_lookalike(labels: list[str]) -> None:
    for label in labels:
        if label.startswith("xn--"):
            try:
                shown = label[4:].encode().decode("punycode")
            except UnicodeError as error:
                raise VcError("did_refused", Said("{label} is not the name of a host.", label=label)) from error
            scripts = {unicodedata.name(letter, "?").split()[0] for letter in shown if letter.isalpha()}
            if len(scripts) > 1 or scripts & {"CYRILLIC", "GREEK", "FULLWIDTH", "MATHEMATICAL"}:
                raise VcError(
                    "did_refused",
                    Said("The host {shown} is written in letters that only look like others.", shown=shown),
                )


def did_key_document(did: str) -> dict[str, Any]:
    """The controller document that a did:key stands for; VcError if it is none."""
    method = verification_method_of(did)
    multibase = did.removeprefix("did:key:")
    key_of_multibase(multibase)
    entry = {"id": method, "type": "Multikey", "controller": did, "publicKeyMultibase": multibase}
    return {"id": did, "verificationMethod": [entry], "assertionMethod": [method], "authentication": [method]}


def key_list_url(issuer: str) -> str:
    """Where an https issuer publishes its keys (SD-JWT VC, "JWT VC Issuer Metadata"): between its host and its path."""
    address, *more = re.split("[?#]", issuer)
    host, slash, path = address.removeprefix("https://").partition("/")
    if more or not host:
        raise VcError("did_refused", Said("{issuer} is not the address of an issuer.", issuer=issuer[:200]))
    return f"https://{host}/.well-known/jwt-vc-issuer{(slash + path).rstrip('/')}"


def document_of_keys(issuer: str, jwks: Mapping[str, Any]) -> dict[str, Any]:
    """The keys of a JWK Set as a controller document; without a name (`kid`) a key is the issuer's one.

    VcError `controller_unknown` if there is none.
    """
    held = [key for key in _list(jwks.get("keys")) if isinstance(key, Mapping) and key.get("use") != "enc"]
    if not held:
        raise VcError("controller_unknown", Said("{issuer} publishes no keys that can be read.", issuer=issuer))
    names = [f"{issuer}#{key['kid']}" if isinstance(key.get("kid"), str) else issuer for key in held]
    if len(held) == 1 and names != [issuer]:
        held, names = held * 2, [*names, issuer]
    entries = [
        {"id": name, "type": "JsonWebKey", "controller": issuer, "publicKeyJwk": key}
        for name, key in zip(names, held, strict=True)
    ]
    return {"id": issuer, "verificationMethod": entries, "assertionMethod": names}


def listed_key(document: Mapping[str, Any], method: str, purpose: str, at: datetime | None = None) -> PublicKey:
    """The key of a verification method, if the controller lists it for that purpose and has not ended it by `at`.

    VcError: `controller_wrong` (the document is of another), `key_not_listed`, `key_ended`, and those of keys.
    """
    did = method.partition("#")[0]
    if not isinstance(document, Mapping) or document.get("id") != did:
        raise VcError("controller_wrong", Said("What was found as the document of {did} is not its own.", did=did))
    listed = _list(document.get(purpose))
    known = [*_list(document.get("verificationMethod")), *listed]
    entries = [entry for entry in known if isinstance(entry, Mapping) and _absolute(entry.get("id"), did) == method]
    named = [_absolute(entry.get("id") if isinstance(entry, Mapping) else entry, did) for entry in listed]
    if not entries or method not in named or entries[0].get("controller") != did:
        raise VcError(
            "key_not_listed",
            Said("{did} does not list the key {method} for {purpose}.", did=did, method=method, purpose=purpose),
        )
    _refuse_ended(entries[0], at)
    return _key(entries[0])


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value] if value else []


def _absolute(name: Any, did: str) -> str:
    return f"{did}{name}" if isinstance(name, str) and name.startswith("#") else str(name)


def _refuse_ended(entry: Mapping[str, Any], at: datetime | None) -> None:
    for name in ("revoked", "expires"):
        if name in entry and at is not None:
            try:
                ended = datetime.fromisoformat(str(entry[name])) <= at
            except (ValueError, TypeError):
                ended = True
            if ended:
                raise VcError(
                    "key_ended",
                    Said(
                        "The controller ended the key {id} ({name}: {name_2}).",
                        id=entry.get("id"),
                        name=name,
                        name_2=entry[name],
                    ),
                )


def _key(entry: Mapping[str, Any]) -> PublicKey:
    if entry.get("type") in MULTIBASE_TYPES:
        return key_of_multibase(str(entry.get("publicKeyMultibase")))
    if entry.get("type") in JWK_TYPES and isinstance(entry.get("publicKeyJwk"), Mapping):
        return key_of_jwk(entry["publicKeyJwk"])
    raise VcError("key_type_unknown", Said("The key {id} is of a type that is not known here.", id=entry.get("id")))


@dataclass(frozen=True, slots=True)
class WebResolver:
    """Fetches controller documents and status lists under a network policy, each address once for its lifetime.

    The newest answers are kept, and a host that did not answer three times is not asked again.
    """

    policy: NetworkPolicy = field(default_factory=NetworkPolicy)
    seen: dict[str, bytes] = field(default_factory=dict)
    silent: Counter[str] = field(default_factory=Counter)

    def controller(self, did: str) -> Mapping[str, Any]:
        """The controller document of a did:web, or of an https issuer by the keys that it publishes, or its host does.

        VcError of `did_web_url`, `key_list_url`, `fetch` or `parse`; `controller_wrong` for keys of another issuer.
        """
        if did.startswith("https://"):
            return self._issuer(did)
        return parse(self._fetch(did_web_url(did), "application/did+json, application/json"))

    def _issuer(self, issuer: str) -> Mapping[str, Any]:
        try:
            told = parse(self._fetch(key_list_url(issuer), "application/json"))
        except VcError as error:
            if error.code not in ("answer_refused", "gone"):
                raise
            return self._keys_of_host(issuer, error)
        if told.get("issuer") != issuer:
            raise VcError(
                "controller_wrong", Said("What was found as the keys of {issuer} is not its own.", issuer=issuer)
            )
        jwks = told.get("jwks")
        if not isinstance(jwks, Mapping):
            jwks = parse(self._fetch(str(told.get("jwks_uri")), "application/jwk-set+json, application/json"))
        return document_of_keys(issuer, jwks)

    def _keys_of_host(self, issuer: str, missing: VcError) -> Mapping[str, Any]:
        """The keys that the host of an issuer publishes for its badges (Open Badges 3.0, implementation guide)."""
        url = f"https://{issuer.removeprefix('https://').partition('/')[0]}/.well-known/jwks.json"
        try:
            told = parse(self._fetch(url, "application/jwk-set+json, application/json"))
        except VcError as error:
            raise missing from error
        if told.get("iss", issuer) != issuer:
            raise VcError(
                "controller_wrong", Said("What was found as the keys of {issuer} is not its own.", issuer=issuer)
            )
        return document_of_keys(issuer, told)

    def status_list(self, url: str) -> bytes:
        """The status list credential at an address, as it was answered."""
        return self._fetch(url, "application/vc, application/vc+jwt, application/statuslist+jwt, application/json")

    def document(self, url: str) -> bytes:
        """What stands at an address; VcError `gone` if its server says that it was taken away for good."""
        return self._fetch(url, "application/ld+json, application/json, text/plain, */*;q=0.1")

    def _fetch(self, url: str, accept: str) -> bytes:
        if url in self.seen:
            return self.seen[url]
        host = url.partition("://")[2].partition("/")[0]
        if self.silent[host] >= MOST_SILENCES:
            raise VcError("unreachable", Said("{host} did not answer before, and is not asked again.", host=host[:200]))
        try:
            found = fetch(url, self.policy, accept=accept)
        except VcError as error:
            self.silent[host] += error.code in ("too_slow", "unreachable")
            raise
        if len(self.seen) >= MOST_KEPT:
            del self.seen[next(iter(self.seen))]
        self.seen[url] = found
        return found
