"""The last gate before a signature: only what is schema-valid, free of data loss, and approved is signed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from linkspan.vc import jose, schemas, sdjwt, status_tokens
from linkspan.vc.errors import VcError
from linkspan.vc.jsonld import canonical
from linkspan.vc.keys import PublicKey
from linkspan.vc.merkle import entry_of
from linkspan.vc.proofs import Signer, sign

#: Types of achievement that one person alone may not award where four eyes are asked for.
PROGRAM_AWARDS = frozenset({"MicroCredential"})


_TIMES = frozenset({"iss", "sub", "iat", "exp"})
#: What an issuer publishes of itself in tokens, and the claims that may stand in each.
PUBLISHED = {
    status_tokens.TYPE: _TIMES | {"ttl", "status_list"},
    "entity-statement+jwt": _TIMES | {"jwks", "metadata", "authority_hints"},
}


@dataclass(frozen=True, slots=True)
class Approval:
    """Who prepared a document and who approved it, for the document with that digest and no other."""

    digest: str
    prepared_by: str
    approved_by: str


@dataclass(frozen=True, slots=True)
class Policy:
    """What the gate asks for; with `four_eyes`, program awards are approved by another than prepared them."""

    four_eyes: bool


def digest(document: Mapping[str, Any]) -> str:
    """SHA-256 of an unsigned document in RFC 8785 form, as hex."""
    return entry_of(document).hex()


def release(
    document: Mapping[str, Any], signer: Signer, *, created: datetime, approval: Approval | None, policy: Policy
) -> dict[str, Any]:
    """The signed document; DataLoss or VcError (`schema_invalid`, `status_several`, `not_approved`, `issuer_foreign`)
    if refused."""
    _check(document, signer, approval, policy)
    return sign(document, signer, created=created)


def release_selective(
    document: Mapping[str, Any],
    signer: Signer,
    *,
    created: datetime,
    approval: Approval | None,
    policy: Policy,
    holder: PublicKey,
    type_name: str,
    integrity: str = "",
) -> str:
    """The document as an SD-JWT VC (`vct` is the `type_name`, whose bytes `integrity` fixes) bound to the holder's key,
    each result hidden until the holder shows it; refused as by `release`."""
    _check(document, signer, approval, policy)
    canonical(dict(document))
    claims = {name: value for name, value in document.items() if name != "@context"}
    results = range(len(document["credentialSubject"].get("result", [])))
    fixed = {"vct#integrity": integrity} if integrity else {}
    named = {"iss": signer.verification_method.partition("#")[0], "vct": type_name, **fixed}
    named |= status_tokens.beside(document.get("credentialStatus"))
    hidden = [("credentialSubject", "result", number) for number in results]
    return sdjwt.issue({**named, **claims}, signer, hidden=hidden, created=created, holder=holder)


def release_published(claims: Mapping[str, Any], signer: Signer, *, kind: str) -> str:
    """What an issuer publishes of itself, as a token: a list of statuses, or its statement as an entity of federations.

    Raises VcError `kind_refused` for any other kind, or for claims that such a token has not.
    """
    allowed = PUBLISHED.get(kind, frozenset())
    if not allowed or not set(claims) <= allowed or not {"iss", "sub", "iat", "exp"} <= set(claims):
        raise VcError("kind_refused", "This is no token that an issuer publishes of itself.")
    return jose.sign_claims(claims, signer, kind=kind)


def _check(document: Mapping[str, Any], signer: Signer, approval: Approval | None, policy: Policy) -> None:
    schemas.check(document)
    if isinstance(document.get("credentialStatus"), list):
        raise VcError("status_several", "A badge or a transcript that is signed here has one status (ADR 25).")
    issuer = document["issuer"]
    if (issuer if isinstance(issuer, str) else issuer["id"]) != signer.verification_method.partition("#")[0]:
        raise VcError("issuer_foreign", "The document names another issuer than the one whose key signs.")
    if policy.four_eyes and _is_program_award(document):
        _check_approval(document, approval)


def _is_program_award(document: Mapping[str, Any]) -> bool:
    achievement = document["credentialSubject"].get("achievement", {})
    return achievement.get("achievementType") in PROGRAM_AWARDS


def _check_approval(document: Mapping[str, Any], approval: Approval | None) -> None:
    if approval is None or not approval.approved_by or not approval.prepared_by:
        raise VcError("not_approved", "A program award needs somebody who prepared it and another who approved it.")
    if approval.prepared_by == approval.approved_by:
        raise VcError("not_approved", "Who prepared a program award does not approve it.")
    if approval.digest != digest(document):
        raise VcError("not_approved", "What was approved is another document.")
