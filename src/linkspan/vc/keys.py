"""Ed25519 keys as Multikey and did:key (W3C Controlled Identifiers 1.0, section 2.2.2; the did:key method)."""

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from linkspan.vc.errors import VcError

ED25519_PUBLIC = b"\xed\x01"
ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"


def base58_encode(data: bytes) -> str:
    """Base 58 in the Bitcoin alphabet, leading zero bytes kept."""
    number, text = int.from_bytes(data), ""
    while number:
        number, digit = divmod(number, 58)
        text = ALPHABET[digit] + text
    return "1" * (len(data) - len(data.lstrip(b"\0"))) + text


def base58_decode(text: str) -> bytes:
    """The bytes of a base-58 text; VcError if it is none."""
    number = 0
    for letter in text:
        digit = ALPHABET.find(letter)
        if digit < 0:
            raise VcError("multibase_broken", "A key or signature is not base58.")
        number = number * 58 + digit
    zeros = len(text) - len(text.lstrip("1"))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8)


def did_key_of(public: bytes) -> str:
    """The did:key of a raw Ed25519 public key of 32 bytes."""
    return f"did:key:z{base58_encode(ED25519_PUBLIC + public)}"


def verification_method_of(did: str) -> str:
    """The one verification method of a did:key."""
    return f"{did}#{did.removeprefix('did:key:')}"


def public_key_of(method: str) -> Ed25519PublicKey:
    """The key that a verification method names in its own fragment, or a did:key in its own name.

    This serves the signature check alone: that the key belongs to the issuer is for the registry to say.
    """
    did, _, fragment = method.partition("#")
    multibase = fragment or did.removeprefix("did:key:")
    if did.startswith("did:key:") and multibase != did.removeprefix("did:key:"):
        raise VcError("method_broken", f"The key {method} contradicts its own name.")
    if not multibase.startswith("z"):
        raise VcError("method_unknown", f"The key {method} is not one that can be read here.")
    raw = base58_decode(multibase[1:])
    if raw[:2] != ED25519_PUBLIC or len(raw) != 34:
        raise VcError("key_type_unknown", f"The key {method} is not an Ed25519 key.")
    return Ed25519PublicKey.from_public_bytes(raw[2:])
