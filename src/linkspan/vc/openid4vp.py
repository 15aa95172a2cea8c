"""The messages of OpenID for Verifiable Presentations 1.0, as a verifier: a request, the answer taken apart.

The verifier is named by its DID (section 5.9.3, `decentralized_identifier`), by a certificate (`x509_hash`,
`x509_san_dns`), or by the address of the answer alone (`redirect_uri`, which nothing signs). It asks by a DCQL query
(section 6). The answer comes by POST, for the verifier alone where the request has a key (section 8.3).
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key

from linkspan.vc import base64url, jose, jwe
from linkspan.vc.errors import VcError
from linkspan.vc.jsonld import parse
from linkspan.vc.keys import PrivateKey
from linkspan.vc.proofs import LocalSigner, Signer

REQUEST_TYPE = "oauth-authz-req+jwt"
BADGE_QUERY, SELECTIVE_QUERY = "badge", "badge_sd_jwt"
#: How a verifier may be named.
BY_DID, BY_HASH, BY_NAME, BY_ADDRESS = "decentralized_identifier", "x509_hash", "x509_san_dns", "redirect_uri"
#: What a wallet is told about formats: the proofs and algorithms that are verified here (section 11.1).
FORMATS: Mapping[str, Any] = {
    "ldp_vc": {
        "proof_type_values": ["DataIntegrityProof"],
        "cryptosuite_values": ["eddsa-rdfc-2022", "eddsa-jcs-2022", "ecdsa-rdfc-2019", "ecdsa-jcs-2019"],
    },
    "dc+sd-jwt": {
        "sd-jwt_alg_values": ["Ed25519", "EdDSA", "ES256", "ES384"],
        "kb-jwt_alg_values": ["Ed25519", "EdDSA", "ES256", "ES384"],
    },
}


class Asked(NamedTuple):
    """One request: the verifier's DID, where the answer goes, its nonce and state, and the type of the credential.

    `client` is how the verifier is named if not by its DID, `key` the public key to which the answer is encrypted,
    `wanted` what is asked for if not a badge.
    """

    did: str
    answer_to: str
    nonce: str
    state: str
    type_name: str
    client: str = ""
    key: Mapping[str, str] | None = None
    wanted: Mapping[str, Any] | None = None

    @property
    def client_id(self) -> str:
        """The verifier as wallets know it; the audience of what they present."""
        return self.client or f"{BY_DID}:{self.did}"


class Certified(NamedTuple):
    """A verifier's certificate: its key, the chain as requests carry it (without the anchor), the leaf's hash, and the
    names of hosts in it."""

    key: PrivateKey
    chain: tuple[str, ...]
    leaf_hash: str
    names: tuple[str, ...]


def certified(pem: bytes) -> Certified:
    """The key and the certificates of a PEM file, leaf first; VcError (`certificate_unusable`) if a wallet could not
    use them: a leaf that signs itself, a key that is not the leaf's or not on P-256."""
    try:
        key, chain = load_pem_private_key(pem, None), x509.load_pem_x509_certificates(pem)
    except (ValueError, TypeError) as error:
        told = "The file holds no key without a password and its certificates."
        raise VcError("certificate_unusable", told) from error
    leaf = chain[0]
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise VcError("certificate_unusable", "The certificate's key is not on P-256, with which wallets reckon.")
    if key.public_key() != leaf.public_key():
        raise VcError("certificate_unusable", "The first certificate is not the one of the key.")
    if leaf.issuer == leaf.subject:
        raise VcError("certificate_unusable", "The certificate signs itself: no wallet knows who vouches for it.")
    carried = [one.public_bytes(Encoding.DER) for one in chain if one.issuer != one.subject]
    return Certified(
        key,
        tuple(base64.b64encode(one).decode() for one in carried),
        base64url.encode(hashlib.sha256(carried[0]).digest()),
        tuple(_names(leaf)),
    )


def _names(leaf: x509.Certificate) -> list[str]:
    try:
        found = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return list(found.get_values_for_type(x509.DNSName))


def query(type_name: str) -> dict[str, Any]:
    """A badge as JSON-LD, or else as an SD-JWT with its title and results shown."""
    badge = {
        "id": BADGE_QUERY,
        "format": "ldp_vc",
        "meta": {"type_values": [["VerifiableCredential", "OpenBadgeCredential"]]},
    }
    selective = {"id": SELECTIVE_QUERY, "format": "dc+sd-jwt", "meta": {"vct_values": [type_name]}}
    return {
        "credentials": [badge, selective],
        "credential_sets": [{"options": [[BADGE_QUERY], [SELECTIVE_QUERY]]}],
    }


def claims_of(asked: Asked, *, name: str) -> dict[str, Any]:
    """The request, as it is signed or stands in a link."""
    hidden: dict[str, Any] = {}
    if asked.key is not None:
        hidden = {"jwks": {"keys": [dict(asked.key)]}, "encrypted_response_enc_values_supported": list(jwe.CONTENTS)}
    return {
        "response_type": "vp_token",
        "response_mode": "direct_post.jwt" if hidden else "direct_post",
        "client_id": asked.client_id,
        "response_uri": asked.answer_to,
        "nonce": asked.nonce,
        "state": asked.state,
        "dcql_query": dict(asked.wanted) if asked.wanted else query(asked.type_name),
        "client_metadata": {"client_name": name, "vp_formats_supported": dict(FORMATS), **hidden},
    }


def request(asked: Asked, signer: Signer, *, name: str, now: datetime) -> str:
    """The signed request object, as it stands behind `request_uri`."""
    return jose.sign_claims(_dated(asked, name, now), signer, kind=REQUEST_TYPE)


def certified_request(asked: Asked, certificate: Certified, *, name: str, now: datetime) -> str:
    """The request object, signed by the key of a certificate, which it carries (RFC 9101; section 5.9.3)."""
    header = {"alg": "ES256", "typ": REQUEST_TYPE, "x5c": list(certificate.chain)}
    parts = (header, _dated(asked, name, now))
    text = ".".join(base64url.encode(json.dumps(part, separators=(",", ":")).encode()) for part in parts)
    return f"{text}.{base64url.encode(LocalSigner(certificate.key).sign(text.encode()))}"


def _dated(asked: Asked, name: str, now: datetime) -> dict[str, Any]:
    return {**claims_of(asked, name=name), "aud": "https://self-issued.me/v2", "iat": int(now.timestamp())}


def request_link(asked: Asked, request_uri: str, *, name: str = "") -> str:
    """The link that opens a wallet, from a page or a QR code (section 5.10); it holds what nothing signs itself."""
    if asked.client_id.startswith(f"{BY_ADDRESS}:"):
        told = claims_of(asked, name=name)
        flat = {one: value if isinstance(value, str) else json.dumps(value) for one, value in told.items()}
        return "openid4vp://?" + urlencode(flat)
    return "openid4vp://?" + urlencode({"client_id": asked.client_id, "request_uri": request_uri})


def presented(vp_token: str) -> dict[str, Any] | str:
    """The one presentation in an answer's `vp_token` (section 8.1): a JSON object, or an SD-JWT as text.

    VcError `answer_refused` if it holds none, several, or answers a query that was not made.
    """
    answers = parse(vp_token)
    if len(answers) != 1 or not set(answers) <= {BADGE_QUERY, SELECTIVE_QUERY}:
        raise VcError("answer_refused", "The answer holds not just one of the credentials that were asked for.")
    (held,) = answers.values()
    if not isinstance(held, list) or len(held) != 1 or not isinstance(held[0], dict | str):
        raise VcError("answer_refused", "The answer holds not just one presentation.")
    return held[0]
