"""Reads of audits, which are of the learner and of the parties."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from uuid import UUID

from linkspan.kernel.actor import Actor
from linkspan.kernel.aliases import is_same
from linkspan.kernel.errors import NotFound, Unusable, permit
from linkspan.kernel.readers import granted
from linkspan.kernel.record import Record
from linkspan.pathways.models import AuditRow
from linkspan.pathways.queries.agreements import _versions, agreement_version
from linkspan.pathways.queries.versions import AgreementVersion
from linkspan.pathways.rules.audit.record import Audit, audit_record
from linkspan.pathways.rules.audit.replaying import Replay, StoredAudit, in_sentences, replay

#: How many rows one statement asks for.
MANY = 500


def judged_on(agreement_id: str, record: Record, on: date) -> tuple[AgreementVersion, Audit]:
    """The version of an agreement that judges a record on a day, and its audit; NotFound if none of it is public."""
    return _versions(agreement_id, on).judge(record, on)


@granted
def audits_of(records: Iterable[Record], agreement: AgreementVersion, on: date) -> tuple[Audit, ...]:
    """Many records under one agreement of the day, in their order, each by the version that judges it."""
    if agreement.terms.entry is None:
        return tuple(audit_record(record, agreement.terms, on) for record in records)
    versions = _versions(agreement.id, on)
    return tuple(versions.judge(record, on)[1] for record in records)


def stored_audit(actor: Actor, audit_id: UUID) -> StoredAudit:
    """An audit as it was seen: for the learner, the system, auditors and staff of the receiving institution."""
    return _seen(actor, audit_id)[0]


def _seen(actor: Actor, audit_id: UUID) -> tuple[StoredAudit, AgreementVersion]:
    row = AuditRow.objects.filter(id=audit_id).first()
    if row is None:
        raise NotFound("audit_unknown", "There is no such audit.")
    version = agreement_version(row.agreement_id, row.version)
    staff = any(actor.has_role(role, version.receiving) for role in ("admissions", "registrar"))
    own = is_same(actor.person_id, row.learner_id)
    permit(actor.is_system or own or actor.has_role("auditor") or staff, "see this audit")
    return _stored(row), version


def stored_audits(actor: Actor, audit_ids: Iterable[UUID]) -> Mapping[UUID, StoredAudit]:
    """Many audits as they were seen, by id: for the system, when it judges a whole round."""
    permit(actor.is_system, "read these audits")
    wanted = list(audit_ids)
    found: dict[UUID, StoredAudit] = {}
    for start in range(0, len(wanted), MANY):
        rows = AuditRow.objects.filter(id__in=wanted[start : start + MANY])
        found |= {row.id: _stored(row) for row in rows}
    return found


def audit_in_sentences(actor: Actor, audit_id: UUID) -> StoredAudit:
    """An audit as it was seen, for pages: its texts can be told in the reader's language."""
    stored, version = _seen(actor, audit_id)
    try:
        return replace(stored, result=in_sentences(stored, version.terms))
    except Unusable:  # judged by rules that are not known here: its texts stay as they were stored
        return stored


def replayed_audit(actor: Actor, audit_id: UUID) -> Replay:
    """The stored audit beside the stored record judged again under the stored version, by the rules of then."""
    return replayed_under(actor, audit_id)[0]


def replayed_under(actor: Actor, audit_id: UUID) -> tuple[Replay, AgreementVersion]:
    """The same, with the version under which it was judged."""
    stored, version = _seen(actor, audit_id)
    return replay(stored, version.terms), version


def _stored(row: AuditRow) -> StoredAudit:
    return StoredAudit(
        row.id, row.learner_id, row.agreement_id, row.version, row.on, row.record, row.result, row.rules_version
    )
