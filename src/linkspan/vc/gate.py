"""The last gate before a signature: only what is schema-valid, free of data loss, and approved is signed."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import rfc8785

from linkspan.vc import schemas
from linkspan.vc.errors import VcError
from linkspan.vc.proofs import Signer, sign

#: Types of achievement that one person alone may not award where four eyes are asked for.
PROGRAM_AWARDS = frozenset({"MicroCredential"})


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
    return hashlib.sha256(rfc8785.dumps(dict(document))).hexdigest()


def release(
    document: Mapping[str, Any], signer: Signer, *, created: datetime, approval: Approval | None, policy: Policy
) -> dict[str, Any]:
    """The signed document; VcError (`schema_invalid`, `not_approved`, `issuer_foreign`) or DataLoss if refused."""
    schemas.check(document)
    issuer = document["issuer"]
    if (issuer if isinstance(issuer, str) else issuer["id"]) != signer.verification_method.partition("#")[0]:
        raise VcError("issuer_foreign", "The document names another issuer than the one whose key signs.")
    if policy.four_eyes and _is_program_award(document):
        _check_approval(document, approval)
    return sign(document, signer, created=created)


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
