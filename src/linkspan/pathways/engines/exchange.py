"""Signing and checking messages, and sending them over https; the network policy is the one of verification."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from linkspan.kernel.errors import NotPermitted
from linkspan.pathways.rules.agreement.formats import FORMAT
from linkspan.vc import did_key_of
from linkspan.vc.did import did_web_url, listed_key
from linkspan.vc.errors import VcError
from linkspan.vc.net import NetworkPolicy, fetch, post
from linkspan.vc.strict_json import parse

PURPOSE = "authentication"
ALGORITHM, TYPE = "Ed25519", "linkspan-exchange+json"
SERVICE, RECORD_SERVICE = "LinkspanExchange", "LinkspanRecords"


def exchange_did(code: str) -> str:
    """The did:web under which this server exchanges agreements for an institution."""
    place = settings.BASE_URL.partition("://")[2].rstrip("/").replace(":", "%3A").replace("/", ":")
    return f"did:web:{place}:api:v1:exchange:{code}"


def endpoint_of(code: str) -> str:
    """Where messages for an institution of this server are sent."""
    return f"{settings.BASE_URL.rstrip('/')}/api/v1/exchange/{code}/messages"


def controller_document(did: str, seed: bytes, endpoint: str) -> dict[str, Any]:
    """The document of an institution's exchange identity: its key, and where to send messages."""
    multibase = _multibase(seed)
    method = f"{did}#{multibase}"
    entry = {"id": method, "type": "Multikey", "controller": did, "publicKeyMultibase": multibase}
    return {
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
        "id": did,
        "verificationMethod": [entry],
        "authentication": [method],
        "service": [
            {"id": f"{did}#exchange", "type": SERVICE, "serviceEndpoint": endpoint, "format": FORMAT},
            {"id": f"{did}#records", "type": RECORD_SERVICE, "serviceEndpoint": _beside(endpoint, "records")},
        ],
    }


def _beside(endpoint: str, name: str) -> str:
    return f"{endpoint.rpartition('/')[0]}/{name}"


def signed_message(body: Mapping[str, Any], did: str, seed: bytes, typ: str = TYPE) -> dict[str, Any]:
    """The message as a flattened JSON Web Signature (RFC 7515, section 7.2.2), EdDSA over its RFC 8785 JSON.

    `typ` keeps messages of one use from being taken for those of another (RFC 8725, section 3.11).
    """
    private = Ed25519PrivateKey.from_private_bytes(seed)
    header = {"alg": ALGORITHM, "kid": f"{did}#{_multibase(seed)}", "typ": typ}
    found = jws.serialize_json(
        {"protected": header}, rfc8785.dumps(dict(body)), _key(private.public_key(), private), algorithms=[ALGORITHM]
    )
    return dict(found)


def payload_of(envelope: Mapping[str, Any]) -> dict[str, Any]:
    """What an envelope says, before its signature is checked; VcError if it is none."""
    payload = envelope.get("payload")
    if set(envelope) != {"payload", "protected", "signature"} or not isinstance(payload, str):
        raise VcError("envelope_broken", "The message is no signed envelope: payload, protected, signature.")
    return parse(_decoded(payload))


@dataclass(frozen=True, slots=True)
class Wire:
    """What reaches partners: controller documents in, messages out."""

    policy: NetworkPolicy

    def controller(self, did: str) -> dict[str, Any]:
        """A partner's controller document, asked anew; VcError if it cannot be had."""
        return parse(fetch(did_web_url(did), self.policy, accept="application/did+json, application/json"))

    def send(self, endpoint: str, message: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
        """Post a message; the status and the answer. VcError if nobody answers."""
        status, body = post(endpoint, rfc8785.dumps(dict(message)), self.policy)
        try:
            return status, parse(body)
        except VcError:
            return status, {}


def service_of(document: Mapping[str, Any], kind: str = SERVICE) -> str:
    """The endpoint that a controller document names for the exchange, or for records; VcError if none."""
    for service in document.get("service") or ():
        if isinstance(service, Mapping) and service.get("type") == kind:
            return str(service.get("serviceEndpoint"))
    raise VcError("no_service", "The partner's document names no endpoint for this.")


def format_read(document: Mapping[str, Any]) -> int:
    """The format of agreements that a server says it reads in its controller document; the first, if it says none."""
    for service in document.get("service") or ():
        if isinstance(service, Mapping) and service.get("type") == SERVICE:
            stated = service.get("format")
            return stated if isinstance(stated, int) and not isinstance(stated, bool) and 1 <= stated <= 1000 else 1
    return 1


def check_signature(
    envelope: Mapping[str, Any], sender: str, wire: Wire, now: datetime, typ: str = TYPE
) -> dict[str, Any]:
    """NotPermitted unless one of the sender's own keys signed exactly this envelope; the sender's document of now."""
    try:
        header = parse(_decoded(str(envelope.get("protected"))))
        method = str(header.get("kid"))
        if method.partition("#")[0] != sender or (header.get("alg"), header.get("typ")) != (ALGORITHM, typ):
            raise VcError("signature_other", "The signature is of another key, or of another kind than is used here.")
        document = wire.controller(sender)
        key = listed_key(document, method, PURPOSE, now)
        if not isinstance(key, Ed25519PublicKey):
            raise VcError("signature_other", "The sender's key is of another kind than is used here.")
        flattened: Any = dict(envelope)
        jws.deserialize_json(flattened, _key(key), algorithms=[ALGORITHM])
    except (VcError, JoseError, ValueError, TypeError) as error:
        raise NotPermitted("signature_wrong", "The signature does not hold: {error}", error=error) from error
    return document


def _key(public: Ed25519PublicKey, private: Ed25519PrivateKey | None = None) -> OKPKey:
    jwk: dict[str, Any] = {"kty": "OKP", "crv": "Ed25519", "x": _encoded(public.public_bytes_raw())}
    if private is not None:
        jwk["d"] = _encoded(private.private_bytes_raw())
    return OKPKey.import_key(jwk)


def _multibase(seed: bytes) -> str:
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    return did_key_of(public).removeprefix("did:key:")


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError as error:
        raise VcError("envelope_broken", "The envelope is not in base64url.") from error
