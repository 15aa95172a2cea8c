"""ecdsa-sd-2023: an issuer signs each statement, the holder shows some of them (a grade, not the others).

    base = sign_base(document, issuer_key, created=moment)
    shown = derive(base, ["/credentialSubject/result/0"])
    check(shown, shown["proof"])

Source: W3C Data Integrity ECDSA Cryptosuites 1.0, sections 3.4 to 3.6. What says who issued it, when, until when and
where its status stands is always shown, beside what the issuer makes mandatory.
"""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec

from linkspan.vc.ecdsa_sd.groups import Labelled, hmac_labels, matching, shown_labels
from linkspan.vc.ecdsa_sd.pointers import select, skolemized
from linkspan.vc.ecdsa_sd.proof_value import Base, Derived, read_base, read_derived, write_base, write_derived
from linkspan.vc.errors import VcError
from linkspan.vc.jsonld import canonical, term_quads
from linkspan.vc.keys import P256, PrivateKey, PublicKey, key_of_raw, kind_of, raw_public
from linkspan.vc.proofs import LocalSigner, Signer, instant, proofs_of, signature_holds, signer_of
from linkspan.vc.rdfc import canonical_labels
from linkspan.vc.suites import check_options

__all__ = ["SUITE", "check", "derive", "sign_base"]

SUITE = "ecdsa-sd-2023"
ALWAYS = (
    *("id", "issuer", "validFrom", "validUntil", "awardedDate", "credentialStatus", "credentialSchema"),
    *("refreshService", "termsOfUse"),
)


def sign_base(
    document: Mapping[str, Any],
    key: PrivateKey | Signer,
    *,
    created: datetime,
    mandatory: Sequence[str] = (),
) -> dict[str, Any]:
    """The document with a base proof, for its holder alone, by a P-256 key. `mandatory` are JSON pointers (RFC 6901).

    Raises VcError `key_of_other_suite`, `pointer_unknown`, `sd_nested` (a signed credential inside), and DataLoss.
    """
    signer = signer_of(key)
    if signer.kind is not P256:
        raise VcError("key_of_other_suite", f"{SUITE} is signed by P-256 keys.")
    unsecured = {name: value for name, value in document.items() if name != "proof"}
    pointers = [*(f"/{name}" for name in ALWAYS if name in unsecured), *mandatory]
    proof = {
        "type": "DataIntegrityProof",
        "cryptosuite": SUITE,
        "created": instant(created),
        "verificationMethod": signer.verification_method,
        "proofPurpose": "assertionMethod",
    }
    hmac_key = secrets.token_bytes(32)
    whole = hmac_labels(unsecured, hmac_key)
    required = matching(whole, unsecured, pointers)
    own = ec.generate_private_key(ec.SECP256R1())
    once, public = LocalSigner(own), P256.public_prefix + raw_public(own.public_key())
    rest = [line for place, line in enumerate(whole.lines) if place not in required]
    signed = _proof_hash(unsecured, proof) + public + _hash(whole.lines[place] for place in sorted(required))
    base = Base(signer.sign(signed), public, hmac_key, [once.sign(line.encode()) for line in rest], pointers)
    return {**unsecured, "proof": {**proof, "proofValue": write_base(base)}}


def derive(document: Mapping[str, Any], shown: Sequence[str]) -> dict[str, Any]:
    """What the holder shows: the mandatory statements and those at the JSON pointers `shown`, with a derived proof.

    Raises VcError: `proof_broken` (no base proof), `pointer_unknown`.
    """
    (proof,) = [p for p in proofs_of(document) if p.get("cryptosuite") == SUITE] or [{}]
    base = read_base(proof)
    unsecured = {name: value for name, value in document.items() if name != "proof"}
    whole = hmac_labels(unsecured, base.hmac_key)
    required = matching(whole, unsecured, base.pointers)
    chosen = matching(whole, unsecured, shown)
    together = [*base.pointers, *shown]
    combined = sorted(matching(whole, unsecured, together))
    rest = [place for place in range(len(whole.lines)) if place not in required]
    if len(rest) != len(base.signatures):
        raise VcError("proof_broken", "The base proof is not one of this document.")
    signatures = [mark for place, mark in zip(rest, base.signatures, strict=True) if place in chosen]
    derived = Derived(
        base.signature,
        base.public,
        signatures,
        shown_labels(whole, skolemized(unsecured), together),
        [number for number, place in enumerate(combined) if place in required],
    )
    revealed = select(unsecured, together)
    return {**revealed, "proof": {**proof, "proofValue": write_derived(derived)}}


def check(document: Mapping[str, Any], proof: Mapping[str, Any], key: PublicKey) -> None:
    """Check a derived proof; VcError says why it does not hold.

    Codes: `proof_purpose_wrong`, `proof_broken`, `proof_not_derived` (the base proof is for the holder alone),
    `key_of_other_suite`, `signature_wrong`, and DataLoss.
    """
    if proof.get("proofPurpose") != "assertionMethod":
        raise VcError("proof_purpose_wrong", "The proof was not made for assertionMethod.")
    check_options(proof)
    if kind_of(key) is not P256:
        raise VcError("key_of_other_suite", f"{SUITE} is signed by P-256 keys.")
    derived = read_derived(proof)
    unsecured = {name: value for name, value in document.items() if name != "proof"}
    lines = _labelled(unsecured, derived)
    required = set(derived.mandatory)
    if len(required) != len(derived.mandatory) or not required <= set(range(len(lines))):
        raise VcError("signature_wrong", "The proof counts statements that are not there.")
    rest = [line for place, line in enumerate(lines) if place not in required]
    once = key_of_raw(P256, derived.public[2:])
    held = len(rest) == len(derived.signatures) and all(
        signature_holds(once, mark, line.encode()) for mark, line in zip(derived.signatures, rest, strict=True)
    )
    signed = _proof_hash(unsecured, proof) + derived.public + _hash(lines[place] for place in sorted(required))
    if not held or not signature_holds(key, derived.signature, signed):
        raise VcError("signature_wrong", "The content is not what was signed.")


def _labelled(unsecured: Mapping[str, Any], derived: Derived) -> list[str]:
    quads = term_quads(unsecured)
    names = {}
    for node, label in canonical_labels(quads).items():
        number = int(label.removeprefix("_:c14n"))
        if number not in derived.labels:
            raise VcError("signature_wrong", "The proof does not name all things in the content.")
        names[node] = derived.labels[number]
    return list(Labelled.of(quads, names).lines)


def _proof_hash(unsecured: Mapping[str, Any], proof: Mapping[str, Any]) -> bytes:
    options = {name: value for name, value in proof.items() if name not in ("proofValue", "@context")}
    return hashlib.sha256(canonical({"@context": unsecured.get("@context"), **options}).encode()).digest()


def _hash(lines: Any) -> bytes:
    return hashlib.sha256("".join(lines).encode()).digest()
