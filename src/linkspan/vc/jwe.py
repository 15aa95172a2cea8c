"""Answers that only one reader opens: JSON Web Encryption (RFC 7516) by ECDH-ES on P-256, on joserfc."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from joserfc import errors, jwe
from joserfc.jwk import ECKey

from linkspan.vc.errors import VcError
from linkspan.vc.strict_json import parse

AGREEMENT, CONTENTS = "ECDH-ES", ("A128GCM", "A256GCM")
LARGEST = 2 * 1024 * 1024
#: The order of the group of P-256.
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


def new_key(kid: str) -> dict[str, str]:
    """A private key for one answer, as a JWK."""
    return _told(ECKey.generate_key("P-256", private=True), kid, private=True)


def key_from(secret: str, purpose: str, kid: str) -> dict[str, str]:
    """The private key that follows from a secret of the server for a purpose; ever the same one."""
    drawn = HKDF(algorithm=SHA256(), length=48, salt=None, info=purpose.encode()).derive(secret.encode())
    number = int.from_bytes(drawn) % (ORDER - 1) + 1
    held = ec.derive_private_key(number, ec.SECP256R1())
    return _told(ECKey.import_key(held), kid, private=True)


def public(key: Mapping[str, str]) -> dict[str, str]:
    """The public part of a key, as others encrypt to it."""
    return _told(ECKey.import_key(dict(key)), key["kid"], private=False)


def _told(key: ECKey, kid: str, *, private: bool) -> dict[str, str]:
    told = {
        name: str(value)
        for name, value in key.as_dict(private=private).items()
        if name in ("kty", "crv", "x", "y", "d")
    }
    return {**told, "kid": kid, "use": "enc", "alg": AGREEMENT}


def encrypt(told: Mapping[str, Any], jwk: Any, enc: Any) -> str:
    """What only the holder of that key reads; VcError `encryption_refused` for a key or a cipher that is not taken."""
    if enc not in CONTENTS:
        raise VcError("encryption_refused", "enc is one of A128GCM and A256GCM.")
    if not isinstance(jwk, Mapping) or jwk.get("kty") != "EC" or jwk.get("crv") != "P-256" or "d" in jwk:
        raise VcError("encryption_refused", "jwk is the public part of a key on P-256.")
    if jwk.get("alg", AGREEMENT) != AGREEMENT:
        raise VcError("encryption_refused", "The key is for another algorithm than ECDH-ES.")
    try:
        key = ECKey.import_key({name: jwk[name] for name in ("kty", "crv", "x", "y")})
        named = {"kid": jwk["kid"]} if isinstance(jwk.get("kid"), str) and len(jwk["kid"]) <= 200 else {}
        header = {"alg": AGREEMENT, "enc": enc, **named}
        return jwe.encrypt_compact(header, json.dumps(told).encode(), key, registry=_registry())
    except (errors.JoseError, ValueError, KeyError, TypeError) as error:
        raise VcError("encryption_refused", "jwk is no usable key.") from error


def _registry() -> jwe.JWERegistry:
    """What is taken; nothing is unpacked. The library's own limit is of small messages, without pictures."""
    registry = jwe.JWERegistry(algorithms=[AGREEMENT, *CONTENTS])
    registry.max_ciphertext_length = LARGEST
    return registry


def decrypt(text: str, keys: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """The JSON object in a message to one of these keys; VcError `not_opened` for all that is none, or was changed."""
    if len(text) > LARGEST or text.count(".") != 4:
        raise VcError("not_opened", "The message is not encrypted as one token.")
    for key in keys:
        try:
            opened = jwe.decrypt_compact(text, ECKey.import_key(dict(key)), registry=_registry())
        except (errors.JoseError, ValueError, KeyError, TypeError):
            continue
        if opened.headers().get("zip"):
            break
        return parse(opened.plaintext or b"")
    raise VcError("not_opened", "The message is not for us, was changed, or is encrypted in another way.")
