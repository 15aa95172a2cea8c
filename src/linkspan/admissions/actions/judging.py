"""A record is judged on the day on which something is decided by it; always inside the caller's transaction."""

from datetime import datetime

from linkspan.admissions.models import ApplicationRow
from linkspan.admissions.rules.applications import State, proposal_for
from linkspan.kernel.actor import system_actor
from linkspan.pathways.actions import store_audit
from linkspan.pathways.rules import Audit
from linkspan.records.queries import learner_record


def judge_anew(row: ApplicationRow, now: datetime) -> tuple[State, tuple[str, ...], Audit]:
    """Judge the record on the day and keep the audit; what the rules propose, why, and the audit itself."""
    system = system_actor("admissions")
    record = learner_record(system, row.learner_id)
    row.audit_id, found = store_audit(
        actor=system,
        learner_id=row.learner_id,
        record=record,
        agreement_id=row.round.agreement_id,
        on=now.date(),
        now=now,
    )
    row.eligibility = found.outcome
    return *proposal_for(found.as_json()), found
