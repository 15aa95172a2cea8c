"""Proofs of possession (RFC 9449): what shows a key for a request, and what does not."""

import hashlib
import json
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from linkspan.vc import VcError, base64url, dpop
from linkspan.vc.keys import jwk_of
from linkspan.vc.proofs import LocalSigner

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
PLACE = "https://mitx.example/token"
KEY = ec.generate_private_key(ec.SECP256R1())
OTHER = Ed25519PrivateKey.generate()


def proof(key=KEY, *, header: dict | None = None, **changes) -> str:
    """A proof for the place; `header` and the rest change what is in it, None takes it out."""
    claims = {"jti": "n-1", "htm": "POST", "htu": PLACE, "iat": int(NOW.timestamp()), **changes}
    alg = "ES256" if isinstance(key, ec.EllipticCurvePrivateKey) else "Ed25519"
    told = {"typ": "dpop+jwt", "alg": alg, "jwk": jwk_of(key.public_key()), **(header or {})}
    parts = [{n: v for n, v in part.items() if v is not None} for part in (told, claims)]
    text = ".".join(base64url.encode(json.dumps(part).encode()) for part in parts)
    return f"{text}.{base64url.encode(LocalSigner(key).sign(text.encode()))}"


def hashed(token: str) -> str:
    return base64url.encode(hashlib.sha256(token.encode()).digest())


def test_the_thumbprint_is_that_of_the_standard() -> None:
    shown = dpop.check(proof(OTHER), method="POST", address=PLACE, now=NOW)
    jwk = jwk_of(OTHER.public_key())
    form = f'{{"crv":"Ed25519","kty":"OKP","x":"{jwk["x"]}"}}'
    assert shown == (base64url.encode(hashlib.sha256(form.encode()).digest()), "n-1", "")


@pytest.mark.parametrize("htu", [PLACE, f"{PLACE}?a=b#c", "HTTPS://MITX.example:443/token"])
def test_an_address_is_the_same_in_each_way_to_write_it(htu: str) -> None:
    assert dpop.check(proof(htu=htu, nonce="n"), method="POST", address=PLACE, now=NOW).nonce == "n"


def test_with_a_token_the_proof_is_of_that_token() -> None:
    assert dpop.check(proof(ath=hashed("t")), method="POST", address=PLACE, now=NOW, token="t").jti == "n-1"
    for changes in ({}, {"ath": hashed("u")}, {"ath": 1}):
        with pytest.raises(VcError):
            dpop.check(proof(**changes), method="POST", address=PLACE, now=NOW, token="t")


REFUSED = {
    "for another method": {"htm": "GET"},
    "for another address": {"htu": "https://hes.example/token"},
    "for another path": {"htu": f"{PLACE}/more"},
    "for an address that is none": {"htu": "https://[::1"},
    "for no address": {"htu": None},
    "without a number": {"jti": None},
    "with a long number": {"jti": "x" * 501},
    "without a time": {"iat": None},
    "too old": {"iat": int((NOW - timedelta(minutes=6)).timestamp())},
    "from the future": {"iat": int((NOW + timedelta(minutes=2)).timestamp())},
    "with a nonce that is no text": {"nonce": 1},
    "of another type": {"header": {"typ": "JWT"}},
    "not signed": {"header": {"alg": "none"}},
    "by a shared secret": {"header": {"alg": "HS256", "jwk": {"kty": "oct", "k": "AA"}}},
    "by another key's algorithm": {"header": {"alg": "ES384"}},
    "by another's key": {"header": {"jwk": jwk_of(OTHER.public_key())}},
    "with its private key": {"header": {"jwk": {**jwk_of(KEY.public_key()), "d": "AA"}}},
    "with no key": {"header": {"jwk": None}},
    "with a weak key": {"header": {"alg": "RS256", "jwk": jwk_of(rsa.generate_private_key(65537, 2048).public_key())}},
    "with an extension": {"header": {"crit": ["b64"]}},
    "too long": {"more": "x" * 4_000},
}


@pytest.mark.parametrize("changes", REFUSED.values(), ids=REFUSED.keys())
def test_a_proof_is_refused(changes: dict) -> None:
    with pytest.raises(VcError):
        dpop.check(proof(**changes), method="POST", address=PLACE, now=NOW)


@pytest.mark.parametrize("text", ["", "a.b.c", proof()[:-4] + "AAAA"])
def test_what_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(VcError):
        dpop.check(text, method="POST", address=PLACE, now=NOW)
