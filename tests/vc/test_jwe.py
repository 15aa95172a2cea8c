"""Encrypted messages: what is opened, and what never is."""

import json

import pytest
from joserfc import jwe as library
from joserfc.jwk import ECKey

from linkspan.vc import VcError, base64url, jwe

KEY = jwe.new_key("k1")
OPEN = jwe.public(KEY)


def by_hand(header: dict, text: bytes = b'{"a": 1}') -> str:
    """A message by the library, by whatever header it takes."""
    algorithms = [header["alg"], header["enc"], "DEF"]
    return library.encrypt_compact(header, text, ECKey.import_key(OPEN), algorithms=algorithms)


@pytest.mark.parametrize("enc", jwe.CONTENTS)
def test_what_is_encrypted_to_a_key_is_opened_by_it_alone(enc: str) -> None:
    text = jwe.encrypt({"credential": "x" * 100_000}, OPEN, enc)
    assert "d" not in OPEN and jwe.decrypt(text, [jwe.new_key("other"), KEY]) == {"credential": "x" * 100_000}
    with pytest.raises(VcError):
        jwe.decrypt(text, [jwe.new_key("k1")])


def test_a_key_of_a_secret_is_the_same_each_time_and_of_its_purpose() -> None:
    one, again = jwe.key_from("s", "wallets", "0"), jwe.key_from("s", "wallets", "0")
    assert one == again and one["d"] != jwe.key_from("s", "other", "0")["d"] != jwe.key_from("t", "wallets", "0")["d"]


def altered(text: str, part: int) -> str:
    parts = text.split(".")
    raw = bytearray(base64url.decode(parts[part]))
    raw[-1] ^= 1
    return ".".join([*parts[:part], base64url.encode(bytes(raw)), *parts[part + 1 :]])


@pytest.mark.parametrize("part", [2, 3, 4])
def test_a_changed_message_is_not_opened(part: int) -> None:
    with pytest.raises(VcError):
        jwe.decrypt(altered(jwe.encrypt({"a": 1}, OPEN, "A256GCM"), part), [KEY])


HOSTILE = {
    "nothing": "",
    "a signed token": "a.b.c",
    "not encrypted": f"{base64url.encode(json.dumps({'alg': 'none', 'enc': 'none'}).encode())}....",
    "a shared secret": f"{base64url.encode(json.dumps({'alg': 'dir', 'enc': 'A128GCM'}).encode())}..a.b.c",
    "packed": by_hand({"alg": "ECDH-ES", "enc": "A128GCM", "zip": "DEF"}),
    "a wrapped key": by_hand({"alg": "ECDH-ES+A128KW", "enc": "A128GCM"}),
    "another cipher": by_hand({"alg": "ECDH-ES", "enc": "A128CBC-HS256"}),
    "huge": "a" * (jwe.LARGEST + 1),
    "no base64": "é.é.é.é.é",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_what_is_no_message_to_us_is_refused(text: str) -> None:
    with pytest.raises(VcError):
        jwe.decrypt(text, [KEY])


KEYS = {
    "none": None,
    "secret": KEY,
    "another curve": {**OPEN, "crv": "P-384"},
    "not on the curve": {**OPEN, "x": OPEN["y"]},
    "of another algorithm": {**OPEN, "alg": "RSA-OAEP"},
    "without a part": {"kty": "EC", "crv": "P-256", "x": OPEN["x"]},
    "a number": {**OPEN, "x": 1},
}


@pytest.mark.parametrize("jwk", KEYS.values(), ids=KEYS.keys())
def test_a_key_that_is_none_is_refused(jwk) -> None:
    with pytest.raises(VcError):
        jwe.encrypt({}, jwk, "A128GCM")
    with pytest.raises(VcError):
        jwe.encrypt({}, OPEN, "A128CBC-HS256")
