"""What systems of an institution do over the W3C VC API: have a credential signed, change its status.

The institution's own conditions hold here too: only badges that its schema describes are signed, and where program
awards take four eyes, which no system has, they are refused.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from linkspan.accounts.rules import Scope
from linkspan.credentials.actions.statuses import mark, take_entries
from linkspan.credentials.actions.store import append_to_log, status_entry
from linkspan.credentials.models import ApiCredentialRow, StatusEntryRow
from linkspan.credentials.queries import takes_four_eyes
from linkspan.credentials.queries.lists import schema_url
from linkspan.institutions.engines.custody import sealer_of
from linkspan.institutions.queries import institution as institution_of
from linkspan.institutions.queries import signing_key
from linkspan.kernel import audit
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import Busy, NotFound, Refused, Unusable, permit
from linkspan.kernel.ids import new_id
from linkspan.vc import VcError, badges
from linkspan.vc.contexts import OPEN_BADGES_EXTENSIONS
from linkspan.vc.gate import digest
from linkspan.vc.sealers import UNREACHABLE

#: The status purposes that a system may set, and the bit behind each; revocation cannot be taken back.
BITS = {"revocation": "revoked", "suspension": "suspended"}


def issue_over_api(
    *, actor: Actor, institution: str, credential: Mapping[str, Any], credential_id: str | None, now: datetime
) -> dict[str, Any]:
    """Sign a credential that a system of the institution hands in, with a status entry of its own.

    The issuer is filled in, or must be the institution's. The same `credential_id` with the same content gives the
    credential there is; with other content it is Refused (`credential_id_used`). Unusable says what the signer refused.
    """
    permit(actor.has_role(Scope.ISSUE, institution), "issue for this institution")
    sealer = sealer_of(signing_key(institution, now), four_eyes=takes_four_eyes(institution))
    named = credential_id or str(credential.get("id") or new_id().urn)
    unsigned = {**_checked(credential, named, sealer.did), "issuer": _profile(institution, sealer.did)}
    row = ApiCredentialRow(
        institution=institution,
        credential_id=named,
        issued_by=actor.name,
        request_sha256=digest(credential),
        issued_at=now,
    )
    claim = _claimed(row, sealer.did, now)
    if claim.document is not None:
        return dict(claim.document)
    unsigned["credentialStatus"] = status_entry(claim.status_entry)
    try:
        document = sealer.seal(unsigned, now)
    except VcError as error:
        if error.code == UNREACHABLE:
            raise Busy(error.code, "The signer does not answer now. Send the same request again later.") from error
        ApiCredentialRow.objects.filter(id=claim.id, document__isnull=True).delete()
        raise Unusable(error.code, error.message) from error
    return _issued(claim.id, document, actor, now)


def _claimed(asked: ApiCredentialRow, did: str, now: datetime) -> ApiCredentialRow:
    """The row of a request: the one there is, signed or not, or a new one with a status entry of its own."""
    try:
        with transaction.atomic():
            held = _held(asked)
            if held is None:
                (entry,) = take_entries(asked.institution, did, 1, now)
                entry.save(force_insert=True)
                asked.status_entry = entry
                asked.save(force_insert=True)
            return held or asked
    except IntegrityError:  # the same request again, at the same moment
        held = _held(asked)
        if held is None:
            raise
        return held


def _held(asked: ApiCredentialRow) -> ApiCredentialRow | None:
    rows = ApiCredentialRow.objects.select_related("status_entry")
    row = rows.filter(institution=asked.institution, credential_id=asked.credential_id).first()
    if row is not None and row.request_sha256 != asked.request_sha256:
        raise Refused("credential_id_used", "That credentialId was used for another credential.")
    return row


@transaction.atomic
def _issued(row_id: UUID, document: dict[str, Any], actor: Actor, now: datetime) -> dict[str, Any]:
    """Store what was signed, unless the same was stored meanwhile; returns what is stored."""
    row = ApiCredentialRow.objects.select_for_update().get(id=row_id)
    if row.document is None:
        row.document = document
        row.save(update_fields=["document"])
        append_to_log(row.institution, [(row.document, None)], now)
        after = {"credential_id": row.credential_id, "institution": row.institution}
        subject = f"credentials.api_credential:{row.id}"
        audit.record(actor=actor, verb="issue_over_api", subject=subject, now=now, after=after)
    return dict(row.document or {})


def _signed_row(institution: str, credential_id: str) -> ApiCredentialRow:
    rows = ApiCredentialRow.objects.filter(institution=institution, credential_id=credential_id)
    row = rows.filter(document__isnull=False).first()
    if row is None:
        raise NotFound("credential_unknown", "No credential with that credentialId was issued over this interface.")
    return row


def _checked(credential: Mapping[str, Any], named: str, did: str) -> dict[str, Any]:
    if "proof" in credential:
        raise Unusable("proof_present", "The credential is signed already; hand in one without a proof.")
    if "credentialStatus" in credential:
        raise Unusable("status_present", "The status is entered here; hand in the credential without one.")
    issuer = credential.get("issuer", did)
    if (issuer.get("id", did) if isinstance(issuer, Mapping) else issuer) != did:
        raise Unusable("issuer_foreign", "The issuer of this instance is {did}.", did=did)
    told = {**credential, "id": str(credential.get("id") or named), **_created_here(credential, did)}
    return told | _schemas(credential)


def _schemas(credential: Mapping[str, Any]) -> dict[str, Any]:
    """The schemas as a list, which 1EdTech's asks for: those that the system names, else ours and theirs (ADR 25)."""
    if "credentialSchema" in credential:
        named = credential["credentialSchema"]
        return {"credentialSchema": named if isinstance(named, list) else [named]}
    contexts = credential.get("@context")
    if not isinstance(contexts, list):  # the gate says so
        return {}
    more = [] if OPEN_BADGES_EXTENSIONS in contexts else [OPEN_BADGES_EXTENSIONS]
    return {"@context": [*contexts, *more], "credentialSchema": badges.named_schemas(schema_url("achievement"))}


def _created_here(credential: Mapping[str, Any], did: str) -> dict[str, Any]:
    """The subject with the institution as the achievement's creator, unless the credential names one."""
    subject = credential.get("credentialSubject")
    achievement = subject.get("achievement") if isinstance(subject, Mapping) else None
    if not isinstance(subject, Mapping) or not isinstance(achievement, Mapping):
        return {}
    made = {"creator": {"id": did, "type": ["Profile"]}, **achievement}
    return {"credentialSubject": {**subject, "achievement": made}}


def _profile(code: str, did: str) -> dict[str, Any]:
    """The issuer as it stands in the register: whoever hands a credential in does not choose the name shown."""
    issuing = institution_of(code)
    return {"id": did, "type": ["Profile"], "name": issuing.name, **({"url": issuing.url} if issuing.url else {})}


@transaction.atomic
def set_status_over_api(
    *, actor: Actor, institution: str, credential_id: str, purpose: str, value: bool, now: datetime
) -> None:
    """Set or clear the status of a credential that was issued over the API; the same again changes nothing.

    A suspension is said by this server alone where the credential names the list of revocations only (ADR 25).

    Unusable for another purpose; Refused (`revocation_final`) for taking a revocation back (Bitstring Status List 1.0,
    section 2.1: not reversible).
    """
    permit(actor.has_role(Scope.STATUS, institution), "change the status of credentials of this institution")
    if purpose not in BITS:
        raise Unusable("purpose_unknown", "statusPurpose is one of {bits}.", bits=", ".join(BITS))
    row = _signed_row(institution, credential_id)
    entry = StatusEntryRow.objects.select_for_update().get(id=row.status_entry_id)
    before = getattr(entry, BITS[purpose])
    if before == value:
        return
    if purpose == "revocation" and not value:
        raise Refused("revocation_final", "A revocation cannot be taken back. Issue a new credential.")
    mark(row.status_entry_id, now, **{BITS[purpose]: value})
    subject, after = f"credentials.api_credential:{row.id}", {"purpose": purpose, "status": value}
    audit.record(actor=actor, verb="set_status_over_api", subject=subject, now=now, after=after)


@transaction.atomic
def get_over_api(*, actor: Actor, institution: str, credential_id: str, now: datetime) -> dict[str, Any]:
    """A credential that was issued over the API, for systems that may read; the reading goes on the trail."""
    permit(actor.has_role(Scope.READ, institution), "read credentials of this institution")
    row = _signed_row(institution, credential_id)
    subject = f"credentials.api_credential:{row.id}"
    audit.record(actor=actor, verb="get_over_api", subject=subject, now=now)
    return dict(row.document or {})
