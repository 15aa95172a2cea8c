"""Demonstrating proof of possession (RFC 9449): a client shows, with each request, the key that its token is bound to.

No storage, no clock: whether a proof was shown before, and whether its nonce was given out, is for the caller.
"""

import hashlib
import json
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from linkspan.vc import base64url, jose
from linkspan.vc.errors import Unreadable, VcError
from linkspan.vc.keys import PublicKey, jwk_of, key_of_jwk

TYPE = "dpop+jwt"
OLDEST, SKEW = timedelta(minutes=5), timedelta(seconds=60)
LONGEST = 4_000
ALGORITHMS = ("ES256", "ES384", "Ed25519", "EdDSA")


class Shown(NamedTuple):
    """What a proof shows: the key, as the hash that tokens name it by, its own number, and the nonce in it."""

    thumbprint: str
    jti: str
    nonce: str


def thumbprint(key: PublicKey) -> str:
    """SHA-256 of a key in its one JSON form (RFC 7638), in base64url."""
    form = json.dumps(jwk_of(key), sort_keys=True, separators=(",", ":"))
    return base64url.encode(hashlib.sha256(form.encode()).digest())


def check(proof: str, *, method: str, address: str, now: datetime, token: str = "") -> Shown:
    """What a proof shows of this request; VcError (`dpop_refused`, or a reason of its token) if it is none for it.

    With a token, the proof must be of that token (section 4.3, `ath`).
    """
    if len(proof) > LONGEST:
        raise _no("It is too long.")
    try:
        header, claims = jose.read(proof)
    except Unreadable as error:
        raise _no("It is no token.") from error
    named = header.get("jwk")
    if not isinstance(named, dict):
        raise _no("Its header holds no jwk.")
    key = key_of_jwk(named)
    if header.get("alg") not in ALGORITHMS:
        raise _no("Its algorithm is not one of those that are taken here.")
    jose.check_header(header, key, (TYPE,))
    jose.verify_compact(proof, header, key)
    _check_claims(claims, method, address, now)
    if token and claims.get("ath") != base64url.encode(hashlib.sha256(token.encode()).digest()):
        raise _no("It is of another access token (ath).")
    nonce = claims.get("nonce", "")
    if not isinstance(nonce, str):
        raise _no("Its nonce is no text.")
    return Shown(thumbprint(key), str(claims["jti"]), nonce)


def _check_claims(claims: dict[str, Any], method: str, address: str, now: datetime) -> None:
    jti = claims.get("jti")
    if not isinstance(jti, str) or not 0 < len(jti) <= 500:
        raise _no("It has no number of its own (jti).")
    if claims.get("htm") != method:
        raise _no("It is for another method (htm).")
    if not isinstance(claims.get("htu"), str) or _place(claims["htu"]) != _place(address):
        raise _no("It is for another address (htu).")
    made = jose.instant_of(claims.get("iat"))
    if made is None or not now - OLDEST <= made <= now + SKEW:
        raise _no("It was not made just now (iat).")


def _place(address: str) -> tuple[str, str, str] | None:
    """An address without query and fragment, written in one way (section 4.3, point 9)."""
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError:
        return None
    scheme = parts.scheme.lower()
    default = {"http": 80, "https": 443}.get(scheme)
    host = (parts.hostname or "") + (f":{port}" if port not in (None, default) else "")
    return scheme, host, parts.path or "/"


def _no(why: str) -> VcError:
    return VcError("dpop_refused", f"The DPoP proof is refused. {why}")
