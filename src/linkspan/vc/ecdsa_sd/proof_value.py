"""`proofValue` of base and derived proofs: CBOR in base64url.

Source: W3C Data Integrity ECDSA Cryptosuites 1.0, sections 3.5.2 to 3.5.7.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cbor2

from linkspan.vc import base64url
from linkspan.vc.ecdsa_sd.groups import label_of
from linkspan.vc.errors import VcError
from linkspan.vc.keys import P256

BASE, DERIVED = b"\xd9\x5d\x00", b"\xd9\x5d\x01"
MOST_STATEMENTS = 10_000


@dataclass(frozen=True, slots=True)
class Base:
    """A base proof: the issuer's signature, the key used once, the key of labels, a signature for each statement that
    is not mandatory, and the pointers that are."""

    signature: bytes
    public: bytes
    hmac_key: bytes
    signatures: list[bytes]
    pointers: list[str]


@dataclass(frozen=True, slots=True)
class Derived:
    """A derived proof: as above for what is shown, labels by number, and which statements are mandatory, by place."""

    signature: bytes
    public: bytes
    signatures: list[bytes]
    labels: Mapping[int, str]
    mandatory: list[int]


def write_base(base: Base) -> str:
    """The text of a base proof."""
    return _write(BASE, [base.signature, base.public, base.hmac_key, base.signatures, base.pointers])


def write_derived(derived: Derived) -> str:
    """The text of a derived proof."""
    labels = {number: _unlabel(label) for number, label in derived.labels.items()}
    return _write(DERIVED, [derived.signature, derived.public, derived.signatures, labels, derived.mandatory])


def read_base(proof: Mapping[str, Any]) -> Base:
    """The base proof in a proof; VcError `proof_broken`."""
    signature, public, hmac_key, signatures, pointers = _read(proof, BASE)
    if not _bytes(hmac_key, 32) or not isinstance(pointers, list) or not all(isinstance(p, str) for p in pointers):
        raise _broken()
    return Base(signature, public, hmac_key, signatures, pointers)


def read_derived(proof: Mapping[str, Any]) -> Derived:
    """The derived proof in a proof; VcError `proof_broken`, or `proof_not_derived` for a base proof."""
    signature, public, signatures, labels, mandatory = _read(proof, DERIVED)
    if not isinstance(labels, dict) or not isinstance(mandatory, list) or not all(map(_place, [*labels, *mandatory])):
        raise _broken()
    if not all(_bytes(label, 32) for label in labels.values()) or len(set(labels.values())) != len(labels):
        raise _broken()
    return Derived(signature, public, signatures, {n: label_of(held) for n, held in labels.items()}, mandatory)


def _read(proof: Mapping[str, Any], head: bytes) -> list[Any]:
    text = proof.get("proofValue")
    if not isinstance(text, str) or not text.startswith("u"):
        raise _broken()
    try:
        raw = base64url.decode(text[1:])
    except ValueError as error:
        raise _broken() from error
    try:
        if head is DERIVED and raw.startswith(BASE):
            raise VcError("proof_not_derived", "The proof is meant for the holder alone, who shows a part by another.")
        if not raw.startswith(head):
            raise _broken()
        found = cbor2.loads(raw[3:], tag_hook=_tagged)
    except (cbor2.CBORDecodeError, RecursionError, MemoryError) as error:
        raise _broken() from error
    if not isinstance(found, list) or len(found) != 5:
        raise _broken()
    signatures = found[3] if head is BASE else found[2]
    if not _bytes(found[0], 64) or not _bytes(found[1], 35) or not found[1].startswith(P256.public_prefix):
        raise _broken()
    if (
        not isinstance(signatures, list)
        or len(signatures) > MOST_STATEMENTS
        or not all(_bytes(s, 64) for s in signatures)
    ):
        raise _broken()
    return found


def _tagged(*given: Any) -> Any:
    """Some writers tag bytes as arrays of numbers (RFC 8746, tag 64)."""
    tag = given[-1] if isinstance(given[-1], cbor2.CBORTag) else given[1]
    return tag.value if tag.tag == 64 else tag


def _write(head: bytes, value: list[Any]) -> str:
    return "u" + base64url.encode(head + cbor2.dumps(value))


def _unlabel(label: str) -> bytes:
    return base64url.decode(label.removeprefix("_:u"))


def _bytes(value: Any, length: int) -> bool:
    return isinstance(value, bytes) and len(value) == length


def _place(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < MOST_STATEMENTS


def _broken() -> VcError:
    return VcError("proof_broken", "The proof is not one of ecdsa-sd-2023.")
