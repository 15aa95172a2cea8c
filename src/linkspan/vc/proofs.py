"""Data Integrity proofs: make one, add one, check one.

Sources: W3C Verifiable Credential Data Integrity 1.0 (section 4), Data Integrity EdDSA Cryptosuites 1.0 (section 3) and
Data Integrity ECDSA Cryptosuites 1.0 (section 3). What each cryptosuite hashes is in `vc.suites`.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from nacl.exceptions import BadSignatureError
from nacl.exceptions import ValueError as NaClValueError
from nacl.signing import SigningKey, VerifyKey

from linkspan.vc.errors import VcError
from linkspan.vc.jsonld import Statements, check_covered
from linkspan.vc.keys import (
    ED25519,
    P256,
    Kind,
    PrivateKey,
    PublicKey,
    base58_decode,
    base58_encode,
    did_key_of,
    kind_of,
    private_key_of,
    public_key_of,
    verification_method_of,
)
from linkspan.vc.said import Said
from linkspan.vc.suites import check_options, hash_data, suite_of

__all__ = [
    "LocalSigner",
    "Signer",
    "add_proof",
    "check",
    "hash_data",
    "instant",
    "sign",
    "signature_holds",
    "signer_of",
]

MOST_PROOFS = 20


def instant(moment: datetime) -> str:
    """An XML Schema dateTime in UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Signer(Protocol):
    """A key that signs, wherever it lives: in this process, in another one, in a hardware module."""

    @property
    def kind(self) -> Kind:
        """The kind of the key."""

    @property
    def verification_method(self) -> str:
        """The address under which verifiers find the public key."""

    def sign(self, data: bytes) -> bytes:
        """The signature of the data: 64 bytes for Ed25519 and P-256, 96 for P-384 (r then s for ECDSA)."""


class LocalSigner:
    """A private key in this process. Without a verification method of its own it is that of its did:key."""

    def __init__(self, key: PrivateKey, verification_method: str | None = None) -> None:
        self.kind = kind_of(key)
        self.verification_method = verification_method or verification_method_of(did_key_of(key.public_key()))
        self._key = SigningKey(key.private_bytes_raw()) if isinstance(key, Ed25519PrivateKey) else key

    def sign(self, data: bytes) -> bytes:
        """The raw signature, as `Signer.sign` says."""
        if isinstance(self._key, SigningKey):
            return self._key.sign(data).signature
        r, s = decode_dss_signature(self._key.sign(data, ec.ECDSA(_hash(self.kind))))
        size = self.kind.secret_length
        return r.to_bytes(size) + s.to_bytes(size)


def sign(
    document: Mapping[str, Any],
    key: bytes | PrivateKey | Signer,
    *,
    created: datetime,
    cryptosuite: str | None = None,
    options: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The document with one proof, which replaces any that it had.

    `key` is a signer, a private key, or the 32-byte seed of an Ed25519 key. `cryptosuite` is by default the RDFC one of
    the key's kind. `options` are further members of the proof (`id`, `expires`, `domain`, `challenge`, `nonce`,
    `proofPurpose`, by default `assertionMethod`; `verificationMethod`, by default the signer's). Raises DataLoss if
    part of the document would not be covered by the signature.
    """
    unsecured = {name: value for name, value in document.items() if name != "proof"}
    return add_proof(unsecured, key, created=created, cryptosuite=cryptosuite, options=options)


def add_proof(
    document: Mapping[str, Any],
    key: bytes | PrivateKey | Signer,
    *,
    created: datetime,
    cryptosuite: str | None = None,
    options: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The document with one proof more: a proof set or, if `options` name a `previousProof`, a chain (section 4.3)."""
    signer = signer_of(key)
    suite = cryptosuite or ("eddsa-rdfc-2022" if signer.kind is ED25519 else "ecdsa-rdfc-2019")
    proof = {
        "type": "DataIntegrityProof",
        "cryptosuite": suite,
        "created": instant(created),
        "verificationMethod": signer.verification_method,
        "proofPurpose": "assertionMethod",
        **(options or {}),
    }
    if suite_of(proof).jcs:
        check_covered({name: value for name, value in document.items() if name != "proof"})
        proof["@context"] = document["@context"]
    check_options(proof)
    earlier = proofs_of(document)
    data = hash_data(_secured_by(document, proof), proof, kind=signer.kind)
    signed = {**proof, "proofValue": "z" + base58_encode(signer.sign(data))}
    return {**document, "proof": [*earlier, signed] if earlier else signed}


def signer_of(key: bytes | PrivateKey | Signer) -> Signer:
    """A signer as it is, or one for a private key or the 32-byte seed of an Ed25519 key."""
    if isinstance(key, bytes):
        return LocalSigner(private_key_of(ED25519, key))
    if isinstance(key, Ed25519PrivateKey | ec.EllipticCurvePrivateKey):
        return LocalSigner(key)
    return key


def proofs_of(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The proofs of a document; VcError (`proof_broken`) if one is no object, or they are more than 20."""
    proof = document.get("proof", [])
    found = proof if isinstance(proof, list) else [proof]
    if len(found) > MOST_PROOFS or not all(isinstance(entry, Mapping) for entry in found):
        raise VcError(
            "proof_broken",
            Said("A proof is not an object, or there are more than {most_proofs}.", most_proofs=MOST_PROOFS),
        )
    return found


def check(
    document: Mapping[str, Any],
    proof: Mapping[str, Any],
    key: PublicKey | None = None,
    *,
    purpose: str = "assertionMethod",
    at: datetime | None = None,
    statements: Statements | None = None,
) -> None:
    """Check one proof of a document; VcError says why it does not hold.

    `key` is the one that a controller document or registry gives for the proof's verification method; without it the
    key that the method names in its own fragment serves. With `at`, the proof must have been created by then and not
    be expired. `statements` are those of the document without its proofs, where they were found out already. A
    proof that names previous ones covers them: whether they hold is found by checking each proof.

    Codes: `proof_type_unknown`, `cryptosuite_unknown`, `proof_purpose_wrong`, `proof_broken`, `proof_date_broken`,
    `proof_created_later`, `proof_expired`, `previous_proof_missing`, `key_of_other_suite`, `signature_wrong`,
    `proof_context_other`, those of `keys.key_of_multibase`, and DataLoss.
    """
    suite = suite_of(proof)
    if proof.get("proofPurpose") != purpose:
        raise VcError("proof_purpose_wrong", Said("The proof was not made for {purpose}.", purpose=purpose))
    check_options(proof, at=at)
    value, method = proof.get("proofValue"), proof.get("verificationMethod")
    if not isinstance(value, str) or not value.startswith("z") or not isinstance(method, str):
        raise VcError("proof_broken", "The proof has no signature in base58, or names no key.")
    found = key or public_key_of(method)
    if kind_of(found) not in suite.kinds:
        raise VcError(
            "key_of_other_suite",
            Said("A {name} key does not make {name_2} proofs.", name=kind_of(found).name, name_2=suite.name),
        )
    known = None if "previousProof" in proof else statements
    data = hash_data(_secured_by(document, proof), proof, kind=kind_of(found), statements=known)
    if not signature_holds(found, base58_decode(value[1:]), data):
        raise VcError("signature_wrong", "The content is not what was signed.")


def signature_holds(key: PublicKey, signature: bytes, data: bytes) -> bool:
    """Whether a raw signature (`Signer.sign`) of the data is one by that key."""
    if isinstance(key, Ed25519PublicKey):
        return _ed25519_holds(key.public_bytes_raw(), signature, data)
    if isinstance(key, RSAPublicKey):
        return False  # no cryptosuite takes one
    size = kind_of(key).secret_length
    if len(signature) != 2 * size:
        return False
    r, s = int.from_bytes(signature[:size]), int.from_bytes(signature[size:])
    try:
        key.verify(encode_dss_signature(r, s), data, ec.ECDSA(_hash(kind_of(key))))
    except InvalidSignature:
        return False
    return True


@lru_cache(maxsize=1024)
def _ed25519_holds(public: bytes, signature: bytes, data: bytes) -> bool:
    """By libsodium, in half the time of OpenSSL. Kept for next time: one status list is checked for every credential
    that it speaks of."""
    try:
        _verify_key(public).verify(data, signature)
    except (BadSignatureError, NaClValueError):
        return False
    return True


@lru_cache(maxsize=256)
def _verify_key(public: bytes) -> VerifyKey:
    return VerifyKey(public)


def _hash(kind: Kind) -> hashes.HashAlgorithm:
    return hashes.SHA256() if kind is P256 else hashes.SHA384()


def _secured_by(document: Mapping[str, Any], proof: Mapping[str, Any]) -> dict[str, Any]:
    """What a proof covers: the document without its proofs, but with the previous ones that the proof names."""
    covered = {name: value for name, value in document.items() if name != "proof"}
    if "previousProof" in proof:
        covered["proof"] = _previous(document, proof["previousProof"])
    return covered


def _previous(document: Mapping[str, Any], named: Any) -> list[Mapping[str, Any]]:
    """The proofs of these identifiers, in the document's order (Data Integrity 1.0, section 4.3)."""
    wanted: Sequence[Any] = named if isinstance(named, list) else [named]
    if not wanted or not all(isinstance(entry, str) for entry in wanted):
        raise VcError("proof_broken", "previousProof is not the identifier of a proof.")
    found = [entry for entry in proofs_of(document) if entry.get("id") in wanted]
    if sorted(str(entry["id"]) for entry in found) != sorted(set(wanted)):
        raise VcError(
            "previous_proof_missing",
            Said("Not exactly one proof stands here for each of {wanted}.", wanted=", ".join(wanted)),
        )
    return found
