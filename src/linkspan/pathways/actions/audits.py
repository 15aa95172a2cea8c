"""Audits that are kept."""

from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import permit
from linkspan.kernel.record import Record
from linkspan.pathways.models import AuditRow
from linkspan.pathways.queries import agreement_version, judged_on
from linkspan.pathways.rules.audit.record import Audit, audit_record
from linkspan.pathways.rules.language.meaning import RULES_VERSION


@transaction.atomic
def store_audit(
    *,
    actor: Actor,
    learner_id: UUID,
    record: Record,
    agreement_id: str,
    on: date,
    now: datetime,
    version: int | None = None,
) -> tuple[UUID, Audit]:
    """Judge a record by the version of the agreement that judges it on the day; keep both, to be replayed.

    With `version` by that one: who has joined under it stays under it.
    """
    permit(actor.is_system or actor.is_person(learner_id), "have this record judged")
    if version is None:
        agreement, found = judged_on(agreement_id, record, on)
    else:
        agreement = agreement_version(agreement_id, version)
        found = audit_record(record, agreement.terms, on)
    row = AuditRow.objects.create(
        learner_id=learner_id,
        agreement_id=agreement.id,
        version=agreement.version,
        sha256=agreement.sha256,
        on=on,
        record=record,
        result=found.as_json(),
        rules_version=RULES_VERSION,
        at=now,
    )
    return row.id, found
