"""Signatures of any form as one value: which key, when, and whether it holds."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from linkspan.vc import ecdsa_sd, jose, proofs, sdjwt
from linkspan.vc.certificates import Chain, in_order, key_in, read_chain
from linkspan.vc.did import listed_key
from linkspan.vc.errors import CANNOT_TELL, VcError
from linkspan.vc.instants import moment
from linkspan.vc.keys import PublicKey, key_of_jwk
from linkspan.vc.received import Received
from linkspan.vc.said import Said
from linkspan.vc.suites import suite_of
from linkspan.vc.verify.keyring import CERTIFICATE, Found, find_key
from linkspan.vc.verify.trust import Trust
from linkspan.vc.verify.verdict import FAILED, PASSED, UNKNOWN, Check

SKEW = timedelta(minutes=5)
#: An outside issuer signs by another key than the one that is relied on: certainly, or perhaps.
KEY_CHANGED, KEY_MAYBE_CHANGED = "key_changed", "key_maybe_changed"
_CHANGED = (
    "It is signed by the key that its issuer shows now, not by the one on which somebody here relies. "
    "Who relies on the issuer has to look at the new key first."
)
_MAYBE_CHANGED = (
    "It is not signed by the key on which somebody here relies. Its issuer may have another key by now: let the "
    "issuer's site be asked."
)


@dataclass(frozen=True, slots=True)
class Seal:
    """One signature: the `method` that made it, when, and `check`, which raises VcError if it does not hold.

    `fault` is why it cannot be one, whatever the key; `offered` the key that a token's header gives for its own, and
    `chain` the certificates that it brings for it.
    """

    method: str
    created: datetime | None
    ends: datetime | None
    purpose: str
    check: Callable[[PublicKey], None]
    fault: VcError | None = None
    offered: PublicKey | None = None
    chain: Chain | None = None


def seals_of(received: Received) -> tuple[Seal, ...]:
    """The signatures of what was received: every proof of a document, or the one signature of a token."""
    if received.token is None:
        return tuple(_of_proof(received, proof) for proof in proofs_of(received.credential))
    check = sdjwt.check if received.kind == "sd-jwt" else jose.check
    _, claims = jose.read(received.token)
    named = issuer_id(received.credential) or str(claims.get("iss", ""))
    return (token_seal(received.token, named, check, received.fault),)


def token_seal(token: str, issuer: str, check: Callable[[str, PublicKey], None], fault: VcError | None = None) -> Seal:
    """The signature of a token in an issuer's name; with a chain of certificates the key is that of the first one."""
    header, claims = jose.read(token)
    issued = jose.instant_of(claims.get("iat"))
    offered, chain, wrong = _offered(header)
    method = jose.method_of(header, issuer)
    if chain is not None:
        method = jose.method_of({}, issuer or chain.subject)
    return Seal(method, issued, None, "assertionMethod", lambda key: check(token, key), fault or wrong, offered, chain)


def _offered(header: Mapping[str, Any]) -> tuple[PublicKey | None, Chain | None, VcError | None]:
    """The key of a header's `x5c` or `jwk`, or why it is none: its word alone proves nothing.

    Certificates that cannot be read vouch for nobody; where the header names its key otherwise, that decides.
    """
    try:
        if "x5c" in header:
            chain = read_chain(header["x5c"])
            return chain.key, chain, None
        if isinstance(header.get("jwk"), Mapping):
            return key_of_jwk(header["jwk"]), None, None
    except VcError as error:
        return None, None, None if "x5c" in header and isinstance(header.get("kid"), str) else error
    return None, None, None


def proofs_of(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The proofs of a document as a list."""
    proof = document.get("proof")
    found = proof if isinstance(proof, list) else [proof] if proof else []
    return [entry if isinstance(entry, Mapping) else {} for entry in found]


def signs_text(proof: Mapping[str, Any]) -> bool:
    """Whether a proof signs the text of the document (RFC 8785), not what it states."""
    try:
        return suite_of(proof).jcs
    except VcError:
        return False


def _of_proof(received: Received, proof: Mapping[str, Any]) -> Seal:
    document = received.credential if signs_text(proof) else received.stated
    purpose = str(proof.get("proofPurpose", ""))
    method = proof.get("verificationMethod")
    selective = proof.get("type") == "DataIntegrityProof" and proof.get("cryptosuite") == ecdsa_sd.SUITE
    statements = None if signs_text(proof) else received.statements
    check = ecdsa_sd.check if selective else partial(proofs.check, statements=statements)
    return Seal(
        method if isinstance(method, str) else "",
        moment(proof.get("created")),
        moment(proof.get("expires")),
        purpose,
        lambda key: check(document, proof, key),
        None if selective else _fault(proof),
    )


def _fault(proof: Mapping[str, Any]) -> VcError | None:
    try:
        suite_of(proof)
    except VcError as error:
        return error
    return None


def issuer_id(credential: Mapping[str, Any]) -> str:
    """The identifier of the issuer that a credential names, or nothing."""
    issuer = credential.get("issuer")
    named = issuer.get("id") if isinstance(issuer, Mapping) else issuer
    return named if isinstance(named, str) else ""


def signature(seals: Sequence[Seal], loss: Check, trust: Trust, at: datetime) -> Check:
    """All signatures must hold (for a proof set: every one of it, a type not known here included)."""
    if not seals:
        return Check("signature", FAILED, "proof_missing", "The credential is not signed.")
    if loss.outcome != PASSED:
        return Check("signature", UNKNOWN, loss.code, "Not checked: part of the content is not covered by it.")
    found = [_holds(seal, trust, at) for seal in seals]
    return next((c for c in found if c.outcome == FAILED), next((c for c in found if c.outcome == UNKNOWN), found[0]))


def found_key(seal: Seal, trust: Trust, at: datetime) -> Found:
    """`find_key`; where several are pinned under the name, the one under which the signature holds, else the first."""
    if seal.chain is not None:
        return Found(seal.chain.key, CERTIFICATE)
    named = (seal.method, seal.purpose, at)
    if seal.offered is None and named in trust.keys:
        return trust.keys[named]
    found = find_key(seal.method, seal.purpose, trust, at, seal.offered)
    if seal.offered is None and not found.others:
        trust.keys[named] = found
        return found
    for key in (found.key, *found.others) if found.others else ():
        try:
            seal.check(key)
        except VcError:
            continue
        return replace(found, key=key)
    return found


def _holds(seal: Seal, trust: Trust, at: datetime) -> Check:
    renewable = False
    try:
        if seal.fault:
            raise seal.fault
        if not seal.method:
            raise VcError("proof_type_unknown", "One of the signatures does not say which key made it.")
        found = found_key(seal, trust, at)
        renewable = found.renewable
        seal.check(found.key)
    except VcError as error:
        changed = _changed_key(seal, trust, at) if renewable and outcome_of(error) == FAILED else None
        error = _of_order(seal, error)
        return changed or Check("signature", outcome_of(error), error.code, error.message)
    if seal.created and seal.created > at + SKEW:
        return Check(
            "signature",
            FAILED,
            "signed_in_future",
            Said("It says it was signed on {created}.", created=seal.created.isoformat()),
        )
    if seal.ends and seal.ends < at:
        return Check(
            "signature",
            FAILED,
            "proof_expired",
            Said("The signature was good until {ends}.", ends=seal.ends.isoformat()),
        )
    return Check("signature", PASSED, "signature_holds", "The content is what was signed.")


def _of_order(seal: Seal, error: VcError) -> VcError:
    """A token whose signature holds by another of its certificates than the first: they stand in a wrong order."""
    if seal.chain is None or error.code != "signature_wrong" or in_order(seal.chain):
        return error
    for certificate in seal.chain.certificates[1:]:
        try:
            seal.check(key_in(certificate))
        except VcError:
            continue
        return VcError(
            "certificate_order", "Its certificates stand in a wrong order: that of the key that signed has to be first."
        )
    return error


def _changed_key(seal: Seal, trust: Trust, at: datetime) -> Check | None:
    """Why a signature that fails under a pinned key of an outside issuer is unknown, not false; None if it is false.

    The issuer can have put another key under the same name since. Its own document says so, where it may be asked.
    """
    try:
        document = trust.controller(seal.method.partition("#")[0])
        key = listed_key(document, seal.method, seal.purpose, at)
    except VcError as error:
        if error.code not in CANNOT_TELL:
            return None
        return Check("signature", UNKNOWN, KEY_MAYBE_CHANGED, _MAYBE_CHANGED)
    try:
        seal.check(key)
    except VcError:
        return None
    return Check("signature", UNKNOWN, KEY_CHANGED, _CHANGED)


def outcome_of(error: VcError) -> str:
    """Unknown if the reason is something not known or not reachable here, else failed."""
    return UNKNOWN if error.code in CANNOT_TELL else FAILED
