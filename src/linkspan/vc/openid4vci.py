"""The messages of OpenID for Verifiable Credential Issuance 1.0; no storage, no clock.

What an issuer says of itself, offers, and how a wallet proves the key to which a credential is to be bound.
"""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode

from linkspan.vc import dpop, jose
from linkspan.vc.contexts import CREDENTIALS_V2, OPEN_BADGES
from linkspan.vc.errors import Unreadable, VcError
from linkspan.vc.keys import PublicKey, did_key_of, jwk_of, key_of_jwk, public_key_of

#: Section 4.1.1: the grant by a code that the issuer gave to a person it had already identified.
PRE_AUTHORISED = "urn:ietf:params:oauth:grant-type:pre-authorized_code"
#: Section 8.2.1.1 (Appendix F.1): the type of a proof of possession.
PROOF_TYPE = "openid4vci-proof+jwt"
#: Appendix D.1, and as drafts named it, which libraries still write.
ATTESTATION_TYPES = frozenset({"key-attestation+jwt", "keyattestation+jwt"})
OLDEST_PROOF = timedelta(minutes=5)
CLOCK_SKEW = timedelta(seconds=60)
ALGORITHMS = ("Ed25519", "EdDSA", "ES256", "ES384")
BADGE, SELECTIVE = "OpenBadgeCredential", "OpenBadgeCredential_sd_jwt"


#: How many keys may be proven at once, each of which gets a copy (section 12.2.4, `batch_credential_issuance`).
BATCH = 10
#: How an answer may be hidden from all but the wallet (section 10).
KEY_AGREEMENT, CONTENT = ("ECDH-ES",), ("A128GCM", "A256GCM")
#: Of its own types, an issuer signs with these.
SIGNATURES = {"ldp_vc": ["eddsa-rdfc-2022", "ecdsa-rdfc-2019"], "dc+sd-jwt": ["Ed25519", "ES256", "ES384"]}


class Places(NamedTuple):
    """Where an issuer stands: its identifier (an https address), with its endpoints below it, and the server by which
    a person lets wallets in."""

    issuer: str
    server: str

    @property
    def token(self) -> str:
        """Where the code of an offer is redeemed."""
        return f"{self.issuer}/token"

    @property
    def nonce(self) -> str:
        """Where numbers for proofs are given out."""
        return f"{self.issuer}/nonce"

    @property
    def credential(self) -> str:
        """Where credentials are."""
        return f"{self.issuer}/credential"

    @property
    def deferred(self) -> str:
        """Where a wallet comes again for what was not signed yet."""
        return f"{self.issuer}/deferred"

    @property
    def notification(self) -> str:
        """Where a wallet tells what became of what it got."""
        return f"{self.issuer}/notification"


class Codes(NamedTuple):
    """By what a wallet takes an offer up: a code to redeem, or a state with which it sends the holder's browser."""

    pre_authorised: str
    state: str


def issuer_metadata(places: Places, name: str, type_name: str, opening: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """Section 12.2.4: what the issuer offers. Two formats of one credential: as a badge, and with hidden grades.

    `opening` are the public keys to which wallets encrypt their requests.
    """
    types = ["VerifiableCredential", "OpenBadgeCredential"]
    definition = {"@context": [CREDENTIALS_V2, OPEN_BADGES], "type": types}
    hiding = {"enc_values_supported": list(CONTENT), "encryption_required": False}
    return {
        "credential_issuer": places.issuer,
        "credential_endpoint": places.credential,
        "nonce_endpoint": places.nonce,
        "deferred_credential_endpoint": places.deferred,
        "notification_endpoint": places.notification,
        "authorization_servers": [places.issuer, places.server],
        "batch_credential_issuance": {"batch_size": BATCH},
        "credential_request_encryption": {"jwks": {"keys": [dict(key) for key in opening]}, **hiding},
        "credential_response_encryption": {"alg_values_supported": list(KEY_AGREEMENT), **hiding},
        "display": [{"name": name}],
        "credential_configurations_supported": {
            BADGE: {"format": "ldp_vc", "credential_definition": definition, **_bound(BADGE, "ldp_vc", name)},
            SELECTIVE: {"format": "dc+sd-jwt", "vct": type_name, **_bound(SELECTIVE, "dc+sd-jwt", name)},
        },
    }


def _bound(scope: str, form: str, name: str) -> dict[str, Any]:
    proofs = {"jwt": {"proof_signing_alg_values_supported": list(ALGORITHMS)}}
    return {
        "scope": scope,
        "credential_signing_alg_values_supported": SIGNATURES[form],
        "cryptographic_binding_methods_supported": ["did:key", "jwk"],
        "proof_types_supported": proofs,
        "credential_metadata": {"display": [{"name": name}], "claims": CLAIMS},
    }


#: What a badge says, as wallets show it (section B.2).
CLAIMS = [
    {"path": ["credentialSubject", "achievement", "name"], "display": [{"name": "Achievement", "locale": "en"}]},
    {"path": ["credentialSubject", "result", None, "value"], "display": [{"name": "Result", "locale": "en"}]},
]


def type_metadata(type_name: str, name: str) -> bytes:
    """What stands at the name of the SD-JWT type (SD-JWT VC, section 6): its words for people, to the byte."""
    claims = [{"path": one["path"], "display": one["display"], "sd": "allowed"} for one in CLAIMS]
    told = {
        "vct": type_name,
        "name": f"Credential of {name}",
        "description": "An achievement of a learner, as an Open Badge 3.0; the holder chooses which results to show.",
        "display": [{"locale": "en", "name": f"Credential of {name}"}],
        "claims": claims,
    }
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def integrity_of(document: bytes) -> str:
    """How a credential names the bytes of its type (Subresource Integrity): `vct#integrity`."""
    return "sha256-" + base64.b64encode(hashlib.sha256(document).digest()).decode()


def server_metadata(places: Places) -> dict[str, Any]:
    """RFC 8414, for the one grant that there is here; wallets need not register (section 12.3)."""
    return {
        "issuer": places.issuer,
        "token_endpoint": places.token,
        "grant_types_supported": [PRE_AUTHORISED],
        "response_types_supported": [],
        "token_endpoint_auth_methods_supported": ["none"],
        "dpop_signing_alg_values_supported": list(dpop.ALGORITHMS),
        "pre-authorized_grant_anonymous_access_supported": True,
    }


def offer(places: Places, configurations: Sequence[str], codes: Codes, *, digits: int) -> dict[str, Any]:
    """Section 4.1.1: an offer by a code, which works only with a transaction code of so many digits; or, for wallets
    that send the holder here to say yes, by a state."""
    asked = {"input_mode": "numeric", "length": digits, "description": "The code that the credential's page shows"}
    return {
        "credential_issuer": places.issuer,
        "credential_configuration_ids": list(configurations),
        "grants": {
            PRE_AUTHORISED: {
                "pre-authorized_code": codes.pre_authorised,
                "tx_code": asked,
                "authorization_server": places.issuer,
            },
            "authorization_code": {"issuer_state": codes.state, "authorization_server": places.server},
        },
    }


def offer_link(offered: Mapping[str, Any]) -> str:
    """Section 4.1.2: the offer by value, as a wallet opens it from a link or a QR code."""
    return "openid-credential-offer://?" + urlencode({"credential_offer": json.dumps(offered, separators=(",", ":"))})


class Proven(NamedTuple):
    """What a proof shows: the key of the holder, its did:key, and the nonce that the issuer must have given out."""

    key: PublicKey
    did: str
    nonce: str
    #: What the maker of the wallet says of the key, if it says something (Appendix D); of whom nobody here knows more.
    attested: Mapping[str, Any] | None = None


def check_proof(token: str, *, audience: str, now: datetime) -> Proven:
    """A proof of possession (Appendix F.1); VcError (`proof_refused` or a named reason of the token) if it is none.

    The nonce is checked by whoever gave it out. A key comes as a did:key in `kid`, or as `jwk`; both at once, or a
    certificate chain, are refused.
    """
    try:
        header, claims = jose.read(token)
    except Unreadable as error:
        raise VcError("proof_refused", f"The proof is not a token: {error.message}") from error
    key = _holder_key(header)
    jose.check_header(header, key, (PROOF_TYPE,))
    jose.verify_compact(token, header, key)
    if claims.get("aud") != audience:
        raise VcError("proof_refused", f"The proof is for another issuer: aud must be {audience}.")
    made = jose.instant_of(claims.get("iat"))
    if made is None or not now - OLDEST_PROOF <= made <= now + CLOCK_SKEW:
        raise VcError("proof_refused", "The proof was not made just now: iat is missing, old, or in the future.")
    if not isinstance(claims.get("nonce"), str):
        raise VcError("proof_refused", "The proof has no nonce. Ask the nonce endpoint for one.")
    attested = _attested(header["key_attestation"], key, now) if "key_attestation" in header else None
    return Proven(key, did_key_of(key), claims["nonce"], attested)


def _attested(token: Any, key: PublicKey, now: datetime) -> dict[str, Any]:
    """What a key attestation says (Appendix D.1). It must be of this key and in force; whoever signed it is not known
    here, so that its word is read, kept as `trust: unknown`, and believed in nothing."""
    if not isinstance(token, str) or len(token) > 20_000:
        raise VcError("proof_refused", "The key attestation is no token.")
    try:
        header, claims = jose.read(token)
    except Unreadable as error:
        raise VcError("proof_refused", "The key attestation is no token.") from error
    if jose.type_of(header) not in ATTESTATION_TYPES or header.get("alg") in (None, "none"):
        raise VcError("proof_refused", "The key attestation is of another type, or not signed.")
    keys = claims.get("attested_keys")
    if not isinstance(keys, list) or not any(_is_same(one, key) for one in keys[:100]):
        raise VcError("proof_refused", "The key attestation is of other keys.")
    ends = claims.get("exp")
    if ends is not None and ((end := jose.instant_of(ends)) is None or end <= now):
        raise VcError("proof_refused", "The key attestation has expired.")
    told = {name: claims[name] for name in ("key_storage", "user_authentication") if _is_words(claims.get(name))}
    named = claims.get("iss", "")
    return {"trust": "unknown", "iss": named[:200] if isinstance(named, str) and named.isprintable() else "", **told}


def _is_words(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) <= 10
        and all(isinstance(one, str) and len(one) < 100 and one.isprintable() for one in value)
    )


def _is_same(jwk: Any, key: PublicKey) -> bool:
    try:
        return isinstance(jwk, Mapping) and jwk_of(key_of_jwk(jwk)) == jwk_of(key)
    except VcError:
        return False


def _holder_key(header: Mapping[str, Any]) -> PublicKey:
    """The key that the wallet names; unlike elsewhere its own word is enough, since the proof is of this very key."""
    given = [name for name in ("kid", "jwk", "x5c") if name in header]
    if given == ["jwk"] and isinstance(header["jwk"], Mapping):
        if "d" in header["jwk"]:
            raise VcError("proof_refused", "The proof shows a private key. Make a new key: this one is known now.")
        return key_of_jwk(header["jwk"])
    if given == ["kid"] and str(header["kid"]).startswith("did:key:"):
        return public_key_of(str(header["kid"]))
    raise VcError("proof_refused", "The proof names its key by one of kid (a did:key) and jwk.")
