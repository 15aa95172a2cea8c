"""One verdict about one credential."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import rfc8785

from linkspan.vc import jose
from linkspan.vc.errors import DataLoss, VcError
from linkspan.vc.jsonld import check_covered
from linkspan.vc.received import Received, receive, types_of
from linkspan.vc.schema_registry import violation
from linkspan.vc.verify.holder import Occasion, holder
from linkspan.vc.verify.issuer import issuer
from linkspan.vc.verify.seals import issuer_id, seals_of, signature
from linkspan.vc.verify.shown import achievement_of
from linkspan.vc.verify.status import status
from linkspan.vc.verify.trust import Resolver, Trust
from linkspan.vc.verify.validity import validity
from linkspan.vc.verify.verdict import FAILED, NOT_APPLICABLE, PASSED, UNKNOWN, Check, Verdict, overall, worst

__all__ = ["Check", "Occasion", "Resolver", "Trust", "Verdict", "digest_of", "overall", "verify"]


def verify(
    document: bytes | str | Mapping[str, Any], *, trust: Trust, at: datetime, occasion: Occasion | None = None
) -> Verdict:
    """Judge a credential at an instant.

    `document` is what was handed over, of any kind that `received` reads. Raises Unreadable if it is none,
    DataLoss for a key that stands twice, ContextsMissing if setup was not run.
    """
    received = receive(document)
    credential = received.credential
    did = issuer_id(credential) or str(credential.get("iss", ""))
    known = trust.issuer(did) or {}
    shown = {"id": did, "name": known.get("name"), "url": known.get("url")}
    checks = _checks(received, did, trust, at, occasion or Occasion())
    return Verdict(overall(checks), checks, shown, achievement_of(credential))


def _checks(received: Received, did: str, trust: Trust, at: datetime, occasion: Occasion) -> tuple[Check, ...]:
    loss = _data_loss(received)
    credential = received.credential
    seals = seals_of(received)
    return (
        signature(seals, loss, trust, at),
        loss,
        issuer(did, seals, trust, at, trust.logged.get(digest_of(credential)) if trust.logged else None),
        _validity(received, at),
        status(credential, trust, at),
        _schema(credential, trust),
        holder(received, occasion, trust, at),
    )


def digest_of(credential: Mapping[str, Any]) -> str:
    """SHA-256 of a credential in RFC 8785 form, proofs included, as hex: its name in a log. Nothing if it has none."""
    try:
        return hashlib.sha256(rfc8785.dumps(dict(credential))).hexdigest()
    except (rfc8785.CanonicalizationError, RecursionError):
        return ""


def _data_loss(received: Received) -> Check:
    credential = dict(received.credential)
    if received.token is not None:
        if "@context" not in credential:
            return Check("data_loss", PASSED, "signed_as_text", "The signature covers the text as it stands.")
        credential = {name: value for name, value in credential.items() if name not in jose.CLAIMS}
    if "VerifiableCredential" not in types_of(credential):
        return Check("data_loss", FAILED, "not_a_credential", "The document does not call itself a credential.")
    try:
        check_covered({key: value for key, value in credential.items() if key != "proof"})
    except DataLoss as error:
        outcome = UNKNOWN if error.code == "context_unknown" else FAILED
        return Check("data_loss", outcome, error.code, error.message)
    return Check("data_loss", PASSED, "all_covered", "Every statement is covered by the signature.")


def _validity(received: Received, at: datetime) -> Check:
    """The credential's own period and, for a token, `nbf` and `exp` as well (RFC 7519, section 4.1)."""
    own = validity(received.credential, at)
    if received.token is None:
        return own
    _, claims = jose.read(received.token)
    for name in ("nbf", "exp"):
        if name in claims and jose.instant_of(claims[name]) is None:
            return Check("validity", FAILED, "date_broken", f"{name} is not a time.")
    limits = {"validFrom": claims.get("nbf"), "validUntil": claims.get("exp")}
    period = {name: found.isoformat() for name, value in limits.items() if (found := jose.instant_of(value))}
    return worst([own, validity(period, at)])


def _schema(credential: Mapping[str, Any], trust: Trust) -> Check:
    named = credential.get("credentialSchema")
    entries = named if isinstance(named, list) else [named] if named else []
    if not entries:
        return Check("schema", NOT_APPLICABLE, "no_schema", "It names no schema.")
    return worst([_against(entry, credential, trust) for entry in entries])


def _against(entry: Any, credential: Mapping[str, Any], trust: Trust) -> Check:
    try:
        found = violation(entry if isinstance(entry, Mapping) else {}, credential, trust.schemas)
    except VcError as error:
        return Check("schema", UNKNOWN, error.code, error.message)
    if found is not None:
        return Check("schema", FAILED, "schema_violated", f"It has not the shape that it promises: {found}")
    return Check("schema", PASSED, "schema_met", "It has the shape that it promises.")
