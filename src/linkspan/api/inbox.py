"""Records that learners share with an institution: one is read, or many are exported; each reading is logged."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ninja import Field

from linkspan.admissions import actions
from linkspan.admissions.actions import DisclosedRecord
from linkspan.api.answers import Router
from linkspan.api.documents import Audit, Credential, Record, Verdict
from linkspan.api.once import Posted, idempotent
from linkspan.kernel.request import Request

router = Router()


class ReadingIn(Posted):
    """Whose record, and for which purpose it was shared."""

    learner_id: UUID
    purpose: str = Field(max_length=64)


class ExportIn(Posted):
    """Whose records, each with its purpose."""

    wanted: list[ReadingIn] = Field(min_length=1, max_length=500)


@dataclass(frozen=True, slots=True)
class SharedCredential:
    """A credential as it is on record, and what was found out about it."""

    document: Credential
    verification: Verdict


@dataclass(frozen=True, slots=True)
class SharedRecord:
    """What a learner shares: the parts, the record, credentials with their verdicts, audits under one's agreements.

    `until` is null where an application is the ground.
    """

    learner_id: UUID
    name: str
    purpose: str
    basis: str
    parts: tuple[str, ...]
    until: datetime | None
    record: Record
    credentials: tuple[SharedCredential, ...]
    audits: tuple[Audit, ...]


@router.post("/{institution}/readings", operation_id="disclose_record")
@idempotent
def disclose_record(request: Request, institution: str, body: ReadingIn) -> SharedRecord:
    """Read one record that a learner shares; the learner sees that it was read, by whom and why."""
    shown = actions.disclose_record(
        actor=request.actor,
        learner_id=body.learner_id,
        institution=institution,
        purpose=body.purpose,
        now=request.now,
        how="api",
    )
    return _shared(shown)


@router.post("/{institution}/exports", operation_id="export_records")
@idempotent
def export_records(request: Request, institution: str, body: ExportIn) -> Sequence[SharedRecord]:
    """Many records at once, for the institution's registrars; each counts as read, and is logged as an export."""
    wanted = [(one.learner_id, one.purpose) for one in body.wanted]
    records = actions.export_records(actor=request.actor, institution=institution, wanted=wanted, now=request.now)
    return [_shared(shown) for shown in records]


def _shared(shown: DisclosedRecord) -> SharedRecord:
    return SharedRecord(
        shown.learner_id,
        shown.name,
        shown.purpose,
        shown.basis,
        shown.parts,
        shown.until,
        shown.record,
        tuple(SharedCredential(held.document, verdict.as_json()) for held, verdict in shown.credentials),
        tuple(row.audit.as_json() for row in shown.pathways if row.audit),
    )
