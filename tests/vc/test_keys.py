"""Keys: their forms, both ways, and those that are refused."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from linkspan.vc import VcError, keys

SECRETS = {keys.ED25519: bytes(range(32)), keys.P256: bytes(range(1, 33)), keys.P384: bytes(range(1, 49))}
#: The start of a multikey of each kind (W3C Controlled Identifiers 1.0, section 2.2.2).
STARTS = {keys.ED25519: "z6Mk", keys.P256: "zDn", keys.P384: "z82"}


def public(kind):
    return keys.private_key_of(kind, SECRETS[kind]).public_key()


@pytest.mark.parametrize("kind", keys.KINDS, ids=lambda kind: kind.name)
def test_each_kind_there_and_back(kind) -> None:
    key = public(kind)
    assert keys.multibase_of(key).startswith(STARTS[kind])
    assert keys.raw_public(keys.key_of_multibase(keys.multibase_of(key))) == keys.raw_public(key)
    assert keys.raw_public(keys.key_of_jwk(keys.jwk_of(key))) == keys.raw_public(key)
    method = keys.verification_method_of(keys.did_key_of(key))
    assert keys.raw_public(keys.public_key_of(method)) == keys.raw_public(key)
    secret = "z" + keys.base58_encode(kind.secret_prefix + SECRETS[kind])
    assert keys.raw_public(keys.secret_key_of_multibase(secret).public_key()) == keys.raw_public(key)


@given(st.binary(max_size=100))
def test_base58_there_and_back(data) -> None:
    assert keys.base58_decode(keys.base58_encode(data)) == data


#: The eight points of small order, by y (and the sign of x), and their forms beyond the field's size.
SMALL_ORDER = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
]


@pytest.mark.parametrize("point", SMALL_ORDER)
def test_points_of_small_order_are_refused(point) -> None:
    with pytest.raises(VcError) as caught:
        keys.key_of_multibase("z" + keys.base58_encode(keys.ED25519.public_prefix + bytes.fromhex(point)))
    assert caught.value.code == "key_weak"


@given(st.binary(min_size=32, max_size=32))
def test_keys_that_were_made_properly_are_not(seed) -> None:
    assert not keys.is_small_order(Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw())


P256_PUBLIC = keys.raw_public(public(keys.P256))


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"\xed\x01" + bytes(31), "key_broken"),
        (b"\xed\x01" + bytes(33), "key_broken"),
        (b"\x80\x24" + P256_PUBLIC + b"\0", "key_broken"),
        (b"\x80\x24" + b"\x02" + b"\xff" * 32, "key_broken"),
        (b"\x80\x24" + b"\x04" + P256_PUBLIC[1:], "key_broken"),
        (b"\x81\x24" + P256_PUBLIC, "key_broken"),
        (b"\xe7\x01" + P256_PUBLIC, "key_type_unknown"),
        (b"", "key_type_unknown"),
    ],
)
def test_broken_multikeys_are_refused(raw, code) -> None:
    with pytest.raises(VcError) as caught:
        keys.key_of_multibase("z" + keys.base58_encode(raw))
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("text", "code"), [("uAbc", "method_unknown"), ("z0OIl", "multibase_broken"), ("z" + "2" * 999, "multibase_broken")]
)
def test_what_is_no_multibase_is_refused(text, code) -> None:
    with pytest.raises(VcError) as caught:
        keys.key_of_multibase(text)
    assert caught.value.code == code


def test_a_did_key_whose_fragment_names_another_key_is_refused() -> None:
    one, other = keys.did_key_of(public(keys.P256)), keys.multibase_of(public(keys.ED25519))
    with pytest.raises(VcError) as caught:
        keys.public_key_of(f"{one}#{other}")
    assert caught.value.code == "method_broken"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"d": "AA"}, "jwk_secret"),
        ({"crv": "secp256k1"}, "key_type_unknown"),
        ({"kty": "OKP"}, "key_type_unknown"),
        ({"x": "AA"}, "key_broken"),
        ({"x": "!" * 43}, "key_broken"),
        ({"y": None}, "key_broken"),
        ({"y": "A" * 43}, "key_broken"),
    ],
)
def test_broken_jwks_are_refused(change, code) -> None:
    with pytest.raises(VcError) as caught:
        keys.key_of_jwk({**keys.jwk_of(public(keys.P256)), **change})
    assert caught.value.code == code


def test_a_curve_that_no_suite_uses_is_refused() -> None:
    with pytest.raises(VcError) as caught:
        keys.kind_of(ec.generate_private_key(ec.SECP521R1()))
    assert caught.value.code == "key_type_unknown"
