"""Public keys as Multikey, did:key and JWK: Ed25519, P-256 and P-384.

Sources: W3C Controlled Identifiers 1.0, section 2.2 (Multikey, JsonWebKey); the did:key method; RFC 7517, RFC 8037.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from linkspan.vc import base64url
from linkspan.vc.errors import VcError
from linkspan.vc.said import Said

type PublicKey = Ed25519PublicKey | ec.EllipticCurvePublicKey | rsa.RSAPublicKey
type PrivateKey = Ed25519PrivateKey | ec.EllipticCurvePrivateKey

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
DIGITS = {letter: digit for digit, letter in enumerate(ALPHABET)}
#: Two digits at a time take half the divisions.
PAIRS = [first + second for first in ALPHABET for second in ALPHABET]
LONGEST_BASE58 = 200


class Kind(NamedTuple):
    """A type of key: multicodec prefixes of the public and the secret form, and their lengths in bytes without them."""

    name: str
    public_prefix: bytes
    public_length: int
    secret_prefix: bytes
    secret_length: int


ED25519 = Kind("Ed25519", b"\xed\x01", 32, b"\x80\x26", 32)
P256 = Kind("P-256", b"\x80\x24", 33, b"\x86\x26", 32)
P384 = Kind("P-384", b"\x81\x24", 49, b"\x87\x26", 48)
#: Only for tokens (Open Badges 3.0, section 8.2): it has no length of its own, and is read from a JWK alone.
RSA = Kind("RSA", b"\x85\x24", 0, b"", 0)
KINDS = (ED25519, P256, P384)
RSA_BITS = range(2048, 8193)
CURVES: Mapping[Kind, ec.EllipticCurve] = {P256: ec.SECP256R1(), P384: ec.SECP384R1()}
KIND_OF_CURVE = {curve.name: kind for kind, curve in CURVES.items()}


def base58_encode(data: bytes) -> str:
    """Base 58 in the Bitcoin alphabet, leading zero bytes kept."""
    number, pairs = int.from_bytes(data), []
    while number:
        number, pair = divmod(number, 58 * 58)
        pairs.append(PAIRS[pair])
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + "".join(reversed(pairs)).lstrip("1")


def base58_decode(text: str) -> bytes:
    """The bytes of a base-58 text of at most 200 letters; VcError if it is none."""
    if len(text) > LONGEST_BASE58:
        raise VcError("multibase_broken", "A key or signature is longer than any of its kind.")
    number = 0
    try:
        for letter in text:
            number = number * 58 + DIGITS[letter]
    except KeyError as error:
        raise VcError("multibase_broken", "A key or signature is not base58.") from error
    zeros = len(text) - len(text.lstrip("1"))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8)


def kind_of(key: PublicKey | PrivateKey) -> Kind:
    """The kind of a key object; VcError (`key_type_unknown`) for any other curve."""
    if isinstance(key, Ed25519PublicKey | Ed25519PrivateKey):
        return ED25519
    if isinstance(key, rsa.RSAPublicKey):
        return RSA
    kind = KIND_OF_CURVE.get(key.curve.name)
    if kind is None:
        raise VcError("key_type_unknown", Said("Keys on the curve {name} are not used here.", name=key.curve.name))
    return kind


def raw_public(key: PublicKey) -> bytes:
    """The bytes of a public key: 32 for Ed25519, the compressed point (33 or 49), or PKCS #1 for RSA."""
    if isinstance(key, Ed25519PublicKey):
        return key.public_bytes_raw()
    if isinstance(key, rsa.RSAPublicKey):
        return key.public_bytes(Encoding.DER, PublicFormat.PKCS1)
    return key.public_bytes(Encoding.X962, PublicFormat.CompressedPoint)


def multibase_of(key: PublicKey) -> str:
    """`publicKeyMultibase` of a key."""
    return _multibase(kind_of(key).public_prefix + raw_public(key))


@lru_cache(maxsize=1024)
def _multibase(data: bytes) -> str:
    return "z" + base58_encode(data)


def did_key_of(public: bytes | PublicKey) -> str:
    """The did:key of a public key, or of a raw Ed25519 public key of 32 bytes."""
    key = Ed25519PublicKey.from_public_bytes(public) if isinstance(public, bytes) else public
    return f"did:key:{multibase_of(key)}"


def verification_method_of(did: str) -> str:
    """The one verification method of a did:key."""
    return f"{did}#{did.removeprefix('did:key:')}"


@lru_cache(maxsize=1024)
def key_of_multibase(text: str) -> PublicKey:
    """The key of a `publicKeyMultibase`.

    VcError: `method_unknown` (not base58 multibase), `key_type_unknown`, `key_broken` (wrong length or not a point of
    the curve), `key_weak` (an Ed25519 point of small order, under which one signature fits many messages).
    """
    if not text.startswith("z"):
        raise VcError("method_unknown", Said("The key {text} is not one that can be read here.", text=text[:100]))
    raw = base58_decode(text[1:])
    kind = next((kind for kind in KINDS if raw.startswith(kind.public_prefix)), None)
    if kind is None:
        raise VcError(
            "key_type_unknown",
            Said("The key {text} is not of a type known here (Ed25519, P-256, P-384).", text=text[:100]),
        )
    return key_of_raw(kind, raw[len(kind.public_prefix) :])


def key_of_raw(kind: Kind, raw: bytes) -> PublicKey:
    """The key of a kind from its bytes (`raw_public`); VcError `key_broken` or `key_weak`."""
    if len(raw) != kind.public_length:
        raise VcError(
            "key_broken",
            Said(
                "A {name} key has {public_length} bytes, not {raw}.",
                name=kind.name,
                public_length=kind.public_length,
                raw=len(raw),
            ),
        )
    if kind is ED25519:
        if is_small_order(raw):
            raise VcError("key_weak", "The Ed25519 key is a point of small order: anything would verify under it.")
        return Ed25519PublicKey.from_public_bytes(raw)
    return _point(kind, raw)


def _point(kind: Kind, encoded: bytes) -> ec.EllipticCurvePublicKey:
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(CURVES[kind], encoded)
    except ValueError as error:
        raise VcError("key_broken", Said("The key is not a point of {name}.", name=kind.name)) from error


def is_small_order(raw: bytes) -> bool:
    """Whether 32 bytes are not the canonical form of a point of edwards25519 (RFC 8032, section 5.1.3), or one whose
    eightfold is the neutral element. Doubling needs y alone: x^2 = (y^2 - 1) / (d y^2 + 1)."""
    p = 2**255 - 19
    d = -121665 * pow(121666, -1, p) % p
    y = int.from_bytes(raw, "little") & ((1 << 255) - 1)
    if y >= p:
        return True
    for _ in range(3):
        yy = y * y % p
        xx = (yy - 1) * pow(d * yy + 1, -1, p) % p
        y = (yy + xx) * pow(1 - d * xx * yy, -1, p) % p
    return y == 1


def public_key_of(method: str) -> PublicKey:
    """The key that a verification method names in its own fragment, or a did:key in its own name.

    This serves the signature check alone: that the key belongs to the issuer is for the registry to say.
    """
    did, _, fragment = method.partition("#")
    multibase = fragment or did.removeprefix("did:key:")
    if did.startswith("did:key:") and multibase != did.removeprefix("did:key:"):
        raise VcError("method_broken", Said("The key {method} contradicts its own name.", method=method[:200]))
    return key_of_multibase(multibase)


def jwk_of(key: PublicKey) -> dict[str, str]:
    """`publicKeyJwk` of a key (RFC 7517; RFC 8037 for Ed25519)."""
    kind = kind_of(key)
    if isinstance(key, Ed25519PublicKey):
        return {"kty": "OKP", "crv": kind.name, "x": base64url.encode(key.public_bytes_raw())}
    if isinstance(key, rsa.RSAPublicKey):
        whole = key.public_numbers()
        return {"kty": "RSA", "n": _whole(whole.n), "e": _whole(whole.e)}
    numbers = key.public_numbers()
    size = kind.secret_length
    coordinates = {"x": base64url.encode(numbers.x.to_bytes(size)), "y": base64url.encode(numbers.y.to_bytes(size))}
    return {"kty": "EC", "crv": kind.name, **coordinates}


def key_of_jwk(jwk: Mapping[str, Any]) -> PublicKey:
    """The key of a `publicKeyJwk`; VcError: `jwk_secret`, `key_type_unknown`, `key_broken`, `key_weak`."""
    if "d" in jwk:
        raise VcError("jwk_secret", "The key was published together with its secret part: anybody can sign with it.")
    if jwk.get("kty") == "RSA":
        return _rsa(jwk)
    kind = next((kind for kind in KINDS if kind.name == jwk.get("crv")), None)
    if kind is None or jwk.get("kty") != ("OKP" if kind is ED25519 else "EC"):
        raise VcError("key_type_unknown", "The key is not of a type known here (Ed25519, P-256, P-384, RSA).")
    x = _from_base64url(jwk.get("x"), kind.secret_length)
    if kind is ED25519:
        return key_of_raw(kind, x)
    return _point(kind, b"\x04" + x + _from_base64url(jwk.get("y"), kind.secret_length))


def _whole(number: int) -> str:
    return base64url.encode(number.to_bytes((number.bit_length() + 7) // 8))


def _rsa(jwk: Mapping[str, Any]) -> rsa.RSAPublicKey:
    try:
        n, e = (int.from_bytes(base64url.decode(str(jwk.get(name)))) for name in ("n", "e"))
    except ValueError as error:
        raise VcError("key_broken", "The key is not in base64url.") from error
    if n.bit_length() < RSA_BITS.start:
        raise VcError(
            "key_weak", Said("The RSA key has {n} bits, fewer than {start}.", n=n.bit_length(), start=RSA_BITS.start)
        )
    if n.bit_length() not in RSA_BITS or e.bit_length() > 64:
        raise VcError("key_broken", Said("The RSA key is larger than {stop} bits.", stop=RSA_BITS.stop - 1))
    try:
        return rsa.RSAPublicNumbers(e, n).public_key()
    except ValueError as error:
        raise VcError("key_broken", "The numbers of the RSA key make none.") from error


def secret_key_of_multibase(text: str) -> PrivateKey:
    """The private key of a `secretKeyMultibase` (Controlled Identifiers 1.0, section 2.2.2)."""
    raw = base58_decode(text[1:]) if text.startswith("z") else b""
    kind = next((kind for kind in KINDS if raw.startswith(kind.secret_prefix)), None)
    if kind is None or len(raw) != 2 + kind.secret_length:
        raise VcError("key_type_unknown", "The secret key is not of a type known here (Ed25519, P-256, P-384).")
    return private_key_of(kind, raw[2:])


def private_key_of(kind: Kind, secret: bytes) -> PrivateKey:
    """The private key of a kind from its secret bytes: the Ed25519 seed, or the big-endian scalar."""
    if kind is ED25519:
        return Ed25519PrivateKey.from_private_bytes(secret)
    return ec.derive_private_key(int.from_bytes(secret), CURVES[kind])


def _from_base64url(text: Any, length: int) -> bytes:
    try:
        data = base64url.decode(str(text))
    except ValueError as error:
        raise VcError("key_broken", "The key is not in base64url.") from error
    if len(data) != length:
        raise VcError(
            "key_broken", Said("A coordinate of the key has {length} bytes, not {data}.", length=length, data=len(data))
        )
    return data
