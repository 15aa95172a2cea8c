"""The messages of OpenID for Verifiable Credential Issuance 1.0, pre-authorised code flow; no storage, no clock.

What an issuer says of itself, offers, and how a wallet proves the key to which a credential is to be bound.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode

from linkspan.vc import jose
from linkspan.vc.errors import Unreadable, VcError
from linkspan.vc.keys import PublicKey, did_key_of, key_of_jwk, public_key_of

#: Section 4.1.1: the grant by a code that the issuer gave to a person it had already identified.
PRE_AUTHORISED = "urn:ietf:params:oauth:grant-type:pre-authorized_code"
#: Section 8.2.1.1 (Appendix F.1): the type of a proof of possession.
PROOF_TYPE = "openid4vci-proof+jwt"
OLDEST_PROOF = timedelta(minutes=5)
CLOCK_SKEW = timedelta(seconds=60)
ALGORITHMS = ("Ed25519", "EdDSA", "ES256", "ES384")
BADGE, SELECTIVE = "OpenBadgeCredential", "OpenBadgeCredential_sd_jwt"


class Places(NamedTuple):
    """Where an issuer stands: its identifier (an https address) and the endpoints below it."""

    issuer: str
    token: str
    nonce: str
    credential: str


def issuer_metadata(places: Places, name: str, type_name: str) -> dict[str, Any]:
    """Section 12.2.4: what the issuer offers. Two formats of one credential: as a badge, and with hidden grades."""
    proofs = {"jwt": {"proof_signing_alg_values_supported": list(ALGORITHMS)}}
    shown = {"credential_metadata": {"display": [{"name": name}]}}
    bound = {"cryptographic_binding_methods_supported": ["did:key", "jwk"], "proof_types_supported": proofs, **shown}
    types = ["VerifiableCredential", "OpenBadgeCredential"]
    return {
        "credential_issuer": places.issuer,
        "credential_endpoint": places.credential,
        "nonce_endpoint": places.nonce,
        "authorization_servers": [places.issuer],
        "display": [{"name": name}],
        "credential_configurations_supported": {
            BADGE: {"format": "ldp_vc", "credential_definition": {"type": types}, **bound},
            SELECTIVE: {"format": "dc+sd-jwt", "vct": type_name, **bound},
        },
    }


def server_metadata(places: Places) -> dict[str, Any]:
    """RFC 8414, for the one grant that there is; wallets need not register (section 12.3)."""
    return {
        "issuer": places.issuer,
        "token_endpoint": places.token,
        "grant_types_supported": [PRE_AUTHORISED],
        "response_types_supported": [],
        "token_endpoint_auth_methods_supported": ["none"],
        "pre-authorized_grant_anonymous_access_supported": True,
    }


def offer(issuer: str, configurations: Sequence[str], code: str, *, digits: int) -> dict[str, Any]:
    """Section 4.1.1: an offer by a code, which works only with a transaction code of so many digits."""
    asked = {"input_mode": "numeric", "length": digits, "description": "The code that the credential's page shows"}
    return {
        "credential_issuer": issuer,
        "credential_configuration_ids": list(configurations),
        "grants": {PRE_AUTHORISED: {"pre-authorized_code": code, "tx_code": asked}},
    }


def offer_link(offered: Mapping[str, Any]) -> str:
    """Section 4.1.2: the offer by value, as a wallet opens it from a link or a QR code."""
    return "openid-credential-offer://?" + urlencode({"credential_offer": json.dumps(offered, separators=(",", ":"))})


class Proven(NamedTuple):
    """What a proof shows: the key of the holder, its did:key, and the nonce that the issuer must have given out."""

    key: PublicKey
    did: str
    nonce: str


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
    return Proven(key, did_key_of(key), claims["nonce"])


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
