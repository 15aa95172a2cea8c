"""Reads of agreements and audits. Agreements are public; audits are the learner's and the parties'."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from linkspan.catalog.queries import prices_in_force, runs_of_courses
from linkspan.catalog.rules import CourseRun
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, permit
from linkspan.kernel.money import Money
from linkspan.pathways.models import AgreementVersionRow, AuditRow
from linkspan.pathways.rules.audit import Audit, audit_record, status_on
from linkspan.pathways.rules.lifecycle import Move, Status, status_at
from linkspan.pathways.rules.network import Terms, is_public, terms_of
from linkspan.pathways.rules.versions import sending_credentials

#: How many rows one statement asks for.
MANY = 500


@dataclass(frozen=True, slots=True)
class Agreement:
    """One version of an agreement, with the status it has at present."""

    id: str
    version: int
    sha256: str
    document: Mapping[str, Any]

    @property
    def receiving(self) -> str:
        """The receiving institution."""
        return str(self.document["receiving"]["institution"])

    @property
    def title(self) -> str:
        """The receiving degree."""
        return str(self.document["receiving"].get("title") or self.document["receiving"]["program"])

    def status_on(self, on: date) -> str:
        """The status on a day."""
        return status_on(self.document, on)


@dataclass(frozen=True, slots=True)
class PathwayAnswer:
    """What one pathway says to one record, and the credential that it was asked for."""

    agreement: Agreement
    audit: Audit
    credential: str


@dataclass(frozen=True, slots=True)
class NetworkRow:
    """One public pathway on a day: its terms, and what it says to the record at hand, if there is one."""

    agreement: Agreement
    terms: Terms
    status: str
    audit: Audit | None = None

    @property
    def document(self) -> Mapping[str, Any]:
        """The agreement's document."""
        return self.agreement.document


@dataclass(frozen=True, slots=True)
class AdmissionCourse:
    """A course by which a pathway is entered: what it costs, and the run to take; None where that is not known."""

    course: str
    price: Money | None
    run: CourseRun | None


@dataclass(frozen=True, slots=True)
class StoredAudit:
    """An audit as it was seen."""

    id: UUID
    learner_id: UUID
    agreement_id: str
    version: int
    on: date
    record: Mapping[str, Any]
    result: Mapping[str, Any]
    rules_version: str


def agreements_on(on: date) -> tuple[Agreement, ...]:
    """Every agreement in the version whose period holds the day (else its nearest one), by title."""
    by_id: dict[str, list[Agreement]] = {}
    for row in AgreementVersionRow.objects.prefetch_related("moves").order_by("agreement_id", "version"):
        by_id.setdefault(row.agreement_id, []).append(_agreement(row, on))
    chosen = (_version_on(shown, on) for versions in by_id.values() if (shown := _shown(versions, on)))
    return tuple(sorted(chosen, key=lambda agreement: (agreement.receiving, agreement.title)))


def agreement_on(agreement_id: str, on: date) -> Agreement:
    """One agreement in the version whose period holds the day; NotFound if none of it is public."""
    rows = AgreementVersionRow.objects.prefetch_related("moves").filter(agreement_id=agreement_id).order_by("version")
    versions = _shown([_agreement(row, on) for row in rows], on)
    if not versions:
        raise NotFound("agreement_unknown", f"There is no agreement {agreement_id}.")
    return _version_on(versions, on)


def agreement_version(agreement_id: str, version: int) -> Agreement:
    """One version."""
    row = AgreementVersionRow.objects.prefetch_related("moves").filter(agreement_id=agreement_id, version=version)
    found = row.first()
    if found is None:
        raise NotFound("agreement_unknown", f"There is no version {version} of {agreement_id}.")
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
    """Every pathway that an active credential of the record opens, with its audit."""
    answers = []
    for agreement in agreements_on(on):
        held = sending_credentials(agreement.document["sending"], record)
        if held:
            audit = audit_record(record, agreement.document, on)
            answers.append(PathwayAnswer(agreement, audit, str(held[-1]["id"])))
    return tuple(answers)


def network_on(on: date, record: Mapping[str, Any] | None = None) -> tuple[NetworkRow, ...]:
    """Every public pathway on a day, each judged on the record if one is given. One query, but for new documents."""
    rows = []
    for agreement in _public_agreements(on):
        audit = audit_record(record, agreement.document, on) if record is not None else None
        terms = terms_of(agreement.document, on)
        rows.append(NetworkRow(agreement, terms, audit.status if audit else agreement.status_on(on), audit))
    return tuple(rows)


def admission_courses(documents: Iterable[Mapping[str, Any]], now: datetime) -> dict[str, AdmissionCourse]:
    """The admission courses that agreements name, by course, in two queries: price, and the first run to come."""
    keys = sorted({str(doc["bridge"]["course"]) for doc in documents if (doc.get("bridge") or {}).get("course")})
    if not keys:
        return {}
    prices = prices_in_force((f"course:{key}" for key in keys), now.date())
    runs: dict[str, CourseRun] = {}
    for run in runs_of_courses(keys):
        if now < run.enrolment_closes:
            runs.setdefault(run.course.key, run)
    return {key: AdmissionCourse(key, prices.get(f"course:{key}"), runs.get(key)) for key in keys}


def _public_agreements(on: date) -> list[Agreement]:
    fields = ("agreement_id", "version", "sha256", "moves__status", "moves__at", "moves__effective")
    order = ("agreement_id", "version", "moves__at", "moves__id")
    moves: dict[tuple[str, int, str], list[Move]] = {}
    for agreement_id, version, sha256, status, at, effective in AgreementVersionRow.objects.order_by(
        *order
    ).values_list(*fields):
        held = moves.setdefault((agreement_id, version, sha256), [])
        if status:
            held.append(Move(status, "", "", at, effective))
    documents = _documents({sha256 for _, _, sha256 in moves})
    by_id: dict[str, list[Agreement]] = {}
    for (agreement_id, version, sha256), held in moves.items():
        status = str(status_at(held, None, on))
        found = Agreement(agreement_id, version, sha256, {**documents[sha256], "status": status})
        by_id.setdefault(agreement_id, []).append(found)
    return [_version_on(shown, on) for versions in by_id.values() if (shown := _shown(versions, on))]


#: Documents by their hash: a version never changes, so what was read once is read for good.
_read: dict[str, Mapping[str, Any]] = {}
MOST_READ = 5_000


def _documents(hashes: set[str]) -> Mapping[str, Mapping[str, Any]]:
    lacking = hashes - _read.keys()
    if len(_read) + len(lacking) > MOST_READ:
        _read.clear()
        lacking = hashes
    if lacking:
        _read.update(AgreementVersionRow.objects.filter(sha256__in=lacking).values_list("sha256", "document"))
    return _read


def audits_of(records: Iterable[Mapping[str, Any]], agreement: Agreement, on: date) -> tuple[Audit, ...]:
    """Many records under one agreement, in their order."""
    return tuple(audit_record(record, agreement.document, on) for record in records)


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


def replayed_audit(actor: Actor, audit_id: UUID) -> tuple[StoredAudit, Mapping[str, Any]]:
    """The stored audit, and the result of judging the stored record again under the stored version."""
    stored = stored_audit(actor, audit_id)
    agreement = agreement_version(stored.agreement_id, stored.version)
    return stored, audit_record(stored.record, agreement.document, stored.on).as_json()


#: What a person asking today should be told first; a version in force stands before an announced one.
_FIRST = (Status.ACTIVE, Status.SUSPENDED, Status.CLOSED)


def _shown(versions: list[Agreement], on: date) -> list[Agreement]:
    """Those that anybody may see: what is drafted, reviewed or rejected stays between the parties."""
    return [version for version in versions if is_public(version.document, on)]


def _version_on(versions: list[Agreement], on: date) -> Agreement:
    """The newest version in its period on that day, those in force first; if there is none, the first one."""
    in_period = [v for v in versions if not v.status_on(on).endswith("_in_force")]
    return max(in_period, key=lambda v: (v.document["status"] in _FIRST, v.version)) if in_period else versions[0]


def _agreement(row: AgreementVersionRow, on: date | None = None) -> Agreement:
    return Agreement(row.agreement_id, row.version, row.sha256, {**row.document, "status": status_of(row, on)})


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
