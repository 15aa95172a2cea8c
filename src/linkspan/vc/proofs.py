"""Data Integrity proofs: eddsa-rdfc-2022 and eddsa-jcs-2022 (W3C Data Integrity EdDSA Cryptosuites 1.0, section 3)."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from linkspan.vc.errors import VcError
from linkspan.vc.jsonld import canonical
from linkspan.vc.keys import base58_decode, base58_encode, did_key_of, public_key_of, verification_method_of

SUITES = ("eddsa-rdfc-2022", "eddsa-jcs-2022")


def instant(moment: datetime) -> str:
    """An XML Schema dateTime in UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def sign(
    document: Mapping[str, Any], seed: bytes, *, created: datetime, cryptosuite: str = "eddsa-rdfc-2022"
) -> dict[str, Any]:
    """The document with a proof by the Ed25519 key of that 32-byte seed, for `assertionMethod`.

    Raises DataLoss if part of the document would not be covered by the signature.
    """
    key = Ed25519PrivateKey.from_private_bytes(seed)
    did = did_key_of(key.public_key().public_bytes_raw())
    proof = {
        "type": "DataIntegrityProof",
        "cryptosuite": cryptosuite,
        "created": instant(created),
        "verificationMethod": verification_method_of(did),
        "proofPurpose": "assertionMethod",
    }
    unsecured = {key: value for key, value in document.items() if key != "proof"}
    signature = key.sign(hash_data(unsecured, proof))
    return {**unsecured, "proof": {**proof, "proofValue": f"z{base58_encode(signature)}"}}


def hash_data(unsecured: Mapping[str, Any], proof: Mapping[str, Any]) -> bytes:
    """What is signed: the hash of the proof's options, then that of the document (section 3.3.4 / 3.2.4)."""
    options = {key: value for key, value in proof.items() if key != "proofValue"}
    suite = proof.get("cryptosuite")
    if suite == "eddsa-rdfc-2022":
        options["@context"] = unsecured["@context"]
        return _sha256(canonical(options).encode()) + _sha256(canonical(dict(unsecured)).encode())
    if suite == "eddsa-jcs-2022":
        canonical(dict(unsecured))  # only for its refusals: what the contexts do not define is not vouched for
        return _sha256(rfc8785.dumps(options)) + _sha256(rfc8785.dumps(dict(unsecured)))
    raise VcError("cryptosuite_unknown", f"The cryptosuite {suite} is not one that can be checked here.")


def check(document: Mapping[str, Any], proof: Mapping[str, Any], key: Ed25519PublicKey | None = None) -> None:
    """Check one proof of a document; VcError says why it does not hold.

    `key` is the one that a controller document or registry gives for the proof's verification method; without it the
    key that the method names in its own fragment serves.
    """
    if proof.get("type") != "DataIntegrityProof":
        raise VcError("proof_type_unknown", f"The proof type {proof.get('type')} is not one that can be checked here.")
    if proof.get("proofPurpose") != "assertionMethod":
        raise VcError("proof_purpose_wrong", "The proof was not made to assert this.")
    value = proof.get("proofValue")
    method = proof.get("verificationMethod")
    if not isinstance(value, str) or not value.startswith("z") or not isinstance(method, str):
        raise VcError("proof_broken", "The proof has no signature in base58, or names no key.")
    key = key or public_key_of(method)
    unsecured = {name: inner for name, inner in document.items() if name != "proof"}
    try:
        key.verify(base58_decode(value[1:]), hash_data(unsecured, proof))
    except InvalidSignature as error:
        raise VcError("signature_wrong", "The content is not what was signed.") from error


def _sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()
