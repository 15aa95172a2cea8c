"""A school reads records that learners let it read; each reading is logged before anything is shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from linkspan.accounts.actions import log_disclosure
from linkspan.accounts.queries import consents_between, person_of
from linkspan.accounts.rules import (
    Basis,
    Part,
    Purpose,
    basis_for,
    may_export_disclosed,
    may_read_disclosed,
    parts_of,
)
from linkspan.admissions.queries import applications_that_stand
from linkspan.admissions.rules.applications import Application
from linkspan.credentials.queries import credentials_of, judge_all
from linkspan.credentials.rules import Issued
from linkspan.kernel.actor import Actor, system_actor
from linkspan.kernel.errors import NotFound, Unusable, permit
from linkspan.kernel.record import Record
from linkspan.pathways.queries import NetworkRow, network_on
from linkspan.records.queries import learner_record
from linkspan.vc import Verdict

READER = system_actor("disclosure")
MOST_EXPORTED = 500


@dataclass(frozen=True, slots=True)
class DisclosedRecord:
    """What a school is shown of one learner: the consented parts, each credential with its verdict, and the audit
    under the school's own agreements. `until` is None where an application is the basis."""

    learner_id: UUID
    name: str
    institution: str
    purpose: str
    basis: Basis
    parts: tuple[str, ...]
    until: datetime | None
    record: Record
    credentials: tuple[tuple[Issued, Verdict], ...]
    pathways: tuple[NetworkRow, ...]
    applications: tuple[Application, ...]


def disclose_record(
    *, actor: Actor, learner_id: UUID, institution: str, purpose: str, now: datetime, how: str = "page"
) -> DisclosedRecord:
    """Read a learner's record for an institution, on consent or on an application that stands; the reading is logged.

    NotFound (`record_closed`) where there is no basis (any more): whose record one may not read is not told apart from
    who does not exist.
    """
    permit(may_read_disclosed(actor, institution), "read records for this institution")
    if purpose not in set(Purpose):
        raise Unusable("purpose_unknown", "Choose one of the purposes that learners consent to.")
    # The log stands before anything is read. Judging may ask the signer for a status list, so no transaction is open.
    with transaction.atomic():
        applications = applications_that_stand(learner_id, institution)
        applied_at = max((a.submitted_at for a in applications), default=None)
        found = basis_for(consents_between(learner_id, institution), applied_at, now, purpose)
        if found is None:
            raise NotFound(
                "record_closed", "There is no record here to read: no consent, or it was revoked or has ended."
            )
        basis, consent = found
        parts = consent.records if consent else tuple(part.value for part in Part)
        log_disclosure(
            actor=actor,
            learner_id=learner_id,
            institution=institution,
            purpose=purpose,
            records=list(parts),
            applied_at=applied_at,
            how=how,
            now=now,
        )
    record = parts_of(learner_record(READER, learner_id), parts)
    person = person_of(learner_id)
    return DisclosedRecord(
        learner_id,
        person.legal_name or person.name,
        institution,
        purpose,
        basis,
        parts,
        consent.expires_at if consent else None,
        record,
        _credentials(learner_id, institution, now) if Part.CREDENTIALS in parts else (),
        _pathways(record, institution, applications, now),
        applications if purpose == Purpose.ADMISSION else (),
    )


def _credentials(learner_id: UUID, institution: str, now: datetime) -> tuple[tuple[Issued, Verdict], ...]:
    held = credentials_of(READER, learner_id)
    return tuple(zip(held, judge_all((one.document for one in held), now, relying=[institution]), strict=True))


def _pathways(
    record: Record, institution: str, applications: Sequence[Application], now: datetime
) -> tuple[NetworkRow, ...]:
    """The institution's own pathways that the learner applied to or holds the credential of; else all of its own."""
    own = [row for row in network_on(now.date(), record) if row.agreement.receiving == institution]
    applied = {application.round.agreement_id for application in applications}
    held = {(c.get("issuer"), c.get("program")) for c in record.get("credentials") or []}
    near = [row for row in own if row.agreement.id in applied or not held.isdisjoint(row.agreement.terms.sending.names)]
    return tuple(near or own)


def export_records(
    *, actor: Actor, institution: str, wanted: Sequence[tuple[UUID, str]], now: datetime
) -> tuple[DisclosedRecord, ...]:
    """Many records at once for the institution's registrars, each logged as an export; Unusable above 500."""
    permit(may_export_disclosed(actor, institution), "export records of this institution")
    if len(wanted) > MOST_EXPORTED:
        raise Unusable(
            "export_too_large",
            "At most {most_exported} records at a time: filter the inbox first.",
            most_exported=MOST_EXPORTED,
        )
    return tuple(
        disclose_record(
            actor=actor, learner_id=learner_id, institution=institution, purpose=purpose, how="export", now=now
        )
        for learner_id, purpose in wanted
    )
