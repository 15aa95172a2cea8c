"""One verdict about one credential."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from linkspan.vc import status as status_lists
from linkspan.vc.errors import DataLoss, VcError
from linkspan.vc.jsonld import parse, safe_quads
from linkspan.vc.proofs import check

PASSED, FAILED, UNKNOWN, NOT_APPLICABLE = "passed", "failed", "unknown", "not_applicable"


@dataclass(frozen=True, slots=True)
class Check:
    """One check: `outcome` is passed, failed, unknown or not_applicable; `code` names the reason, `message` says it."""

    name: str
    outcome: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """`valid`, `invalid` or `unknown`, with every check and what the credential says."""

    verdict: str
    checks: tuple[Check, ...]
    issuer: Mapping[str, Any]
    achievement: Mapping[str, Any]

    def as_json(self) -> dict[str, Any]:
        """The object that `linkspan verify --json` prints."""
        return {
            "verdict": self.verdict,
            "checks": [
                {"name": c.name, "outcome": c.outcome, "code": c.code, "message": c.message} for c in self.checks
            ],
            "issuer": dict(self.issuer),
            "achievement": dict(self.achievement),
        }


@dataclass(frozen=True, slots=True)
class Trust:
    """What a verifier relies on.

    `issuers` are registry rows `{"did", "name", "url"?, "valid_from"?, "valid_to"?}`; `lists` are status list
    credentials by address.
    """

    issuers: Sequence[Mapping[str, Any]] = ()
    lists: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def issuer(self, did: str) -> Mapping[str, Any] | None:
        """The registry's row for that DID."""
        return next((row for row in self.issuers if row.get("did") == did), None)


def verify(document: bytes | str | Mapping[str, Any], *, trust: Trust, at: datetime) -> Verdict:
    """Judge a credential at an instant. Raises Unreadable if it is none; ContextsMissing if setup was not run."""
    credential = dict(document) if isinstance(document, Mapping) else parse(document)
    loss = _data_loss(credential)
    checks = (
        _signature(credential, loss),
        loss,
        _issuer(credential, trust),
        _validity(credential, at),
        _status(credential, trust, at),
        _schema(credential),
        Check("holder", NOT_APPLICABLE, "no_presentation", "Nobody was asked to show that the credential is theirs."),
    )
    did = _issuer_id(credential)
    known = trust.issuer(did) or {}
    shown = {"id": did, "name": known.get("name"), "url": known.get("url")}
    return Verdict(overall(checks), checks, shown, _achievement(credential))


def overall(checks: Sequence[Check]) -> str:
    """Invalid if any failed; valid if signature, data loss and issuer passed and nothing but schema is unknown."""
    outcome = {c.name: c.outcome for c in checks}
    if FAILED in outcome.values():
        return "invalid"
    vital = all(outcome[name] == PASSED for name in ("signature", "data_loss", "issuer"))
    open_ones = [name for name, value in outcome.items() if value == UNKNOWN and name != "schema"]
    return "valid" if vital and not open_ones else "unknown"


def _data_loss(credential: Mapping[str, Any]) -> Check:
    try:
        safe_quads({key: value for key, value in credential.items() if key != "proof"})
    except DataLoss as error:
        outcome = UNKNOWN if error.code == "context_unknown" else FAILED
        return Check("data_loss", outcome, error.code, error.message)
    return Check("data_loss", PASSED, "all_covered", "Every statement is covered by the signature.")


def _proofs(credential: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    proof = credential.get("proof")
    found = proof if isinstance(proof, list) else [proof] if proof else []
    return [entry for entry in found if isinstance(entry, Mapping)]


def _signature(credential: Mapping[str, Any], loss: Check) -> Check:
    proofs = _proofs(credential)
    if not proofs:
        return Check("signature", FAILED, "proof_missing", "The credential is not signed.")
    if loss.outcome != PASSED:
        return Check("signature", UNKNOWN, loss.code, "Not checked: part of the content is not covered by it.")
    for proof in proofs:
        try:
            check(credential, proof)
        except DataLoss as error:
            return Check("signature", UNKNOWN, error.code, error.message)
        except VcError as error:
            known = error.code in {"signature_wrong", "proof_broken", "proof_purpose_wrong", "multibase_broken"}
            return Check("signature", FAILED if known else UNKNOWN, error.code, error.message)
    return Check("signature", PASSED, "signature_holds", "The content is what was signed.")


def _issuer_id(credential: Mapping[str, Any]) -> str:
    issuer = credential.get("issuer")
    named = issuer.get("id") if isinstance(issuer, Mapping) else issuer
    return named if isinstance(named, str) else ""


def _issuer(credential: Mapping[str, Any], trust: Trust) -> Check:
    did = _issuer_id(credential)
    methods = [str(proof.get("verificationMethod", "")) for proof in _proofs(credential)]
    if not methods or any(method.partition("#")[0] != did for method in methods):
        return Check("issuer", FAILED, "key_of_another", "The key that signed is not one of the issuer named.")
    row = trust.issuer(did)
    if row is None:
        return Check("issuer", UNKNOWN, "issuer_not_registered", f"{did} is not in the registry that was asked.")
    created = [_moment(proof.get("created")) for proof in _proofs(credential)]
    begins, ends = _moment(row.get("valid_from")), _moment(row.get("valid_to"))
    for moment in created:
        if moment is None or (begins and moment < begins.replace(microsecond=0)) or (ends and moment >= ends):
            return Check("issuer", FAILED, "key_not_in_force", "The key was not in force when it signed.")
    return Check("issuer", PASSED, "issuer_registered", f"Signed by {row.get('name')}.")


def _validity(credential: Mapping[str, Any], at: datetime) -> Check:
    for name in ("validFrom", "validUntil"):
        if name in credential and _moment(credential[name]) is None:
            return Check("validity", FAILED, "date_broken", f"{name} is not a date and time with a zone.")
    begins, ends = _moment(credential.get("validFrom")), _moment(credential.get("validUntil"))
    if begins and at < begins:
        return Check("validity", FAILED, "not_yet_valid", f"Valid only from {begins.isoformat()}.")
    if ends and at > ends:
        return Check("validity", FAILED, "expired", f"Expired on {ends.isoformat()}.")
    return Check("validity", PASSED, "in_force", "In force at that time.")


def _moment(value: Any) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return moment if moment.tzinfo else None


def _status(credential: Mapping[str, Any], trust: Trust, at: datetime) -> Check:
    named = credential.get("credentialStatus")
    entries = named if isinstance(named, list) else [named] if named else []
    if not entries:
        return Check("status", NOT_APPLICABLE, "no_status", "The credential says nothing of revocation.")
    for entry in entries:
        try:
            said = _status_entry(entry, credential, trust, at)
        except VcError as error:
            return Check("status", UNKNOWN, error.code, error.message)
        if said.is_set and said.purpose in ("revocation", "suspension"):
            word = "revoked" if said.purpose == "revocation" else "suspended"
            return Check("status", FAILED, word, f"The issuer has {word} the credential.")
    return Check("status", PASSED, "not_revoked", "The issuer has not revoked it.")


def _status_entry(entry: Any, credential: Mapping[str, Any], trust: Trust, at: datetime) -> status_lists.Said:
    if not isinstance(entry, Mapping) or entry.get("type") != "BitstringStatusListEntry":
        raise VcError("status_type_unknown", "The status entry is of a type that cannot be checked here.")
    url = str(entry.get("statusListCredential"))
    document = trust.lists.get(url)
    if document is None:
        raise VcError("status_list_missing", f"The status list {url} was not at hand.")
    if _issuer_id(document) != _issuer_id(credential):
        raise VcError("status_list_foreign", "The status list is not the issuer's own.")
    for proof in _proofs(document) or [{}]:
        check(document, proof)
        if str(proof.get("verificationMethod", "")).partition("#")[0] != _issuer_id(document):
            raise VcError("status_list_foreign", "The status list was signed by somebody else.")
    if _validity(document, at).outcome == FAILED:
        raise VcError("status_list_expired", "The status list is not in force at that time.")
    return status_lists.look_up(entry, document)


def _schema(credential: Mapping[str, Any]) -> Check:
    if "credentialSchema" in credential:
        return Check("schema", UNKNOWN, "schema_not_at_hand", "The schema it names was not at hand.")
    return Check("schema", NOT_APPLICABLE, "no_schema", "It names no schema.")


def _achievement(credential: Mapping[str, Any]) -> dict[str, Any]:
    subject = credential.get("credentialSubject")
    subject = subject if isinstance(subject, Mapping) else {}
    found = subject.get("achievement")
    found = found if isinstance(found, Mapping) else {}
    names = {
        str(entry.get("id")): str(entry.get("name"))
        for entry in found.get("resultDescription") or []
        if isinstance(entry, Mapping)
    }
    results = [
        {"name": names.get(str(entry.get("resultDescription")), ""), "value": str(entry.get("value"))}
        for entry in subject.get("result") or []
        if isinstance(entry, Mapping)
    ]
    return {"id": found.get("id"), "name": found.get("name"), "results": results}
