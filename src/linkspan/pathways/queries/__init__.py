"""Reads of agreements and audits. Agreements are public; audits are the learner's and the parties'."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from linkspan.catalog.queries import prices_in_force, runs_of_courses
from linkspan.catalog.rules import CourseRun
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, permit
from linkspan.kernel.money import Money
from linkspan.pathways.models import AgreementVersionRow, AuditRow
from linkspan.pathways.queries.versions import MOST_READ, Versions, versions_on
from linkspan.pathways.queries.versions import AgreementVersion as AgreementVersion
from linkspan.pathways.rules.agreement import Agreement
from linkspan.pathways.rules.audit import Audit, audit_record
from linkspan.pathways.rules.lifecycle import Move, Status, status_at
from linkspan.pathways.rules.network import Terms, terms_of
from linkspan.pathways.rules.replaying import Replay, replay
from linkspan.pathways.rules.replaying import StoredAudit as StoredAudit
from linkspan.pathways.rules.versions import sending_credentials

#: How many rows one statement asks for.
MANY = 500


@dataclass(frozen=True, slots=True)
class PathwayAnswer:
    """What one pathway says to one record, and the credential that it was asked for."""

    agreement: AgreementVersion
    audit: Audit
    credential: str


@dataclass(frozen=True, slots=True)
class NetworkRow:
    """One public pathway on a day: its terms, and what it says to the record at hand, if there is one."""

    agreement: AgreementVersion
    terms: Terms
    status: str
    audit: Audit | None = None


@dataclass(frozen=True, slots=True)
class AdmissionCourse:
    """A course by which a pathway is entered: what it costs, and the run to take; None where that is not known."""

    course: str
    price: Money | None
    run: CourseRun | None


def agreements_on(on: date) -> tuple[AgreementVersion, ...]:
    """Every agreement in the version whose period holds the day (else its nearest one), by title."""
    return tuple(sorted((found.current for found in versions_on(on)), key=lambda one: (one.receiving, one.title)))


def agreement_on(agreement_id: str, on: date) -> AgreementVersion:
    """One agreement in the version whose period holds the day; NotFound if none of it is public."""
    return _versions(agreement_id, on).current


def judged_on(agreement_id: str, record: Mapping[str, Any], on: date) -> tuple[AgreementVersion, Audit]:
    """The version of an agreement that judges a record on a day, and its audit; NotFound if none of it is public."""
    return _versions(agreement_id, on).judge(record, on)


def _versions(agreement_id: str, on: date) -> Versions:
    found = versions_on(on, agreement_id)
    if not found:
        raise NotFound("agreement_unknown", "There is no agreement {agreement_id}.", agreement_id=agreement_id)
    return found[0]


def agreement_version(agreement_id: str, version: int) -> AgreementVersion:
    """One version."""
    row = AgreementVersionRow.objects.prefetch_related("moves").filter(agreement_id=agreement_id, version=version)
    found = row.first()
    if found is None:
        raise NotFound(
            "agreement_unknown",
            "There is no version {version} of {agreement_id}.",
            version=version,
            agreement_id=agreement_id,
        )
    return _agreement(found)


def moves_of(agreement_id: str, version: int) -> tuple[Mapping[str, Any], ...]:
    """The moves of a version, oldest first: status, who, why, when."""
    rows = AgreementVersionRow.objects.filter(agreement_id=agreement_id, version=version)
    return tuple(
        {"status": move.status, "actor": move.actor_name, "reason": move.reason, "at": move.at}
        for row in rows
        for move in row.moves.order_by("at", "id")
    )


def pathways_for(record: Mapping[str, Any], on: date) -> tuple[PathwayAnswer, ...]:
    """Every pathway that an active credential of the record opens, with its audit by the version that judges it."""
    answers = []
    for versions in sorted(versions_on(on), key=lambda one: (one.current.receiving, one.current.title)):
        held = sending_credentials(versions.current.terms.sending, record)
        if held:
            agreement, audit = versions.judge(record, on)
            answers.append(PathwayAnswer(agreement, audit, str(held[-1]["id"])))
    return tuple(answers)


def network_on(on: date, record: Mapping[str, Any] | None = None) -> tuple[NetworkRow, ...]:
    """Every public pathway on a day, each judged on the record if one is given. One query, but for new documents.

    The terms are those of the version that judges: the one in force, or the one that the learner entered under.
    """
    rows = []
    for versions in versions_on(on):
        agreement, audit = versions.judge(record, on) if record is not None else (versions.current, None)
        terms = _offered_by(agreement, on)
        rows.append(NetworkRow(agreement, terms, audit.status if audit else agreement.status_on(on), audit))
    return tuple(rows)


#: What a version offers on a day, by its hash: worked out once, as the version never changes.
_offered: dict[tuple[str, date], Terms] = {}


def _offered_by(agreement: AgreementVersion, on: date) -> Terms:
    key = (agreement.sha256, on)
    if key not in _offered:
        if len(_offered) >= MOST_READ:
            _offered.clear()
        _offered[key] = terms_of(agreement.terms, on)
    return _offered[key]


def admission_courses(agreements: Iterable[Agreement], now: datetime) -> dict[str, AdmissionCourse]:
    """The admission courses that agreements name, by course, in two queries: price, and the first run to come."""
    keys = sorted({one.bridge.course for one in agreements if one.bridge and one.bridge.course})
    if not keys:
        return {}
    prices = prices_in_force((f"course:{key}" for key in keys), now.date())
    runs: dict[str, CourseRun] = {}
    for run in runs_of_courses(keys):
        if now < run.enrolment_closes:
            runs.setdefault(run.course.key, run)
    return {key: AdmissionCourse(key, prices.get(f"course:{key}"), runs.get(key)) for key in keys}


def audits_of(records: Iterable[Mapping[str, Any]], agreement: AgreementVersion, on: date) -> tuple[Audit, ...]:
    """Many records under one agreement of the day, in their order, each by the version that judges it."""
    if agreement.terms.entry is None:
        return tuple(audit_record(record, agreement.terms, on) for record in records)
    versions = _versions(agreement.id, on)
    return tuple(versions.judge(record, on)[1] for record in records)


def stored_audit(actor: Actor, audit_id: UUID) -> StoredAudit:
    """An audit as it was seen: for the learner, the system, auditors and staff of the receiving institution."""
    row = AuditRow.objects.filter(id=audit_id).first()
    if row is None:
        raise NotFound("audit_unknown", "There is no such audit.")
    receiving = agreement_version(row.agreement_id, row.version).receiving
    staff = any(actor.has_role(role, receiving) for role in ("admissions", "registrar"))
    permit(actor.is_system or actor.is_person(row.learner_id) or actor.has_role("auditor") or staff, "see this audit")
    return _stored(row)


def stored_audits(actor: Actor, audit_ids: Iterable[UUID]) -> Mapping[UUID, StoredAudit]:
    """Many audits as they were seen, by id: for the system, when it judges a whole round."""
    permit(actor.is_system, "read these audits")
    wanted = list(audit_ids)
    found: dict[UUID, StoredAudit] = {}
    for start in range(0, len(wanted), MANY):
        rows = AuditRow.objects.filter(id__in=wanted[start : start + MANY])
        found |= {row.id: _stored(row) for row in rows}
    return found


def replayed_audit(actor: Actor, audit_id: UUID) -> Replay:
    """The stored audit beside the stored record judged again under the stored version, by the rules of then."""
    stored = stored_audit(actor, audit_id)
    return replay(stored, agreement_version(stored.agreement_id, stored.version).terms)


def _agreement(row: AgreementVersionRow, on: date | None = None) -> AgreementVersion:
    return AgreementVersion(replace(Agreement.read(row.document), status=status_of(row, on)), row.sha256)


def status_of(row: AgreementVersionRow, on: date | None) -> str:
    """The status of a version's row on a day; the newest one if none is named."""
    held = sorted(row.moves.all(), key=lambda move: (move.at, move.id))
    moves = [Move(Status(move.status), "", "", move.at, move.effective) for move in held]
    if on is None:
        return str(moves[-1].status if moves else Status.DRAFT)
    return str(status_at(moves, None, on))


def _stored(row: AuditRow) -> StoredAudit:
    return StoredAudit(
        row.id, row.learner_id, row.agreement_id, row.version, row.on, row.record, row.result, row.rules_version
    )
