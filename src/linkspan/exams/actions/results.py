"""A released result on record."""

from datetime import datetime

from linkspan.exams.actions.rows import SYSTEM
from linkspan.exams.models import AttemptRow
from linkspan.exams.queries import as_exam, outcome_of
from linkspan.exams.rules import AttemptState
from linkspan.records.actions import record_fact
from linkspan.records.rules import Kind, NewFact


def put_on_record(row: AttemptRow, now: datetime, reason: str = "") -> None:
    """Put an accepted result on record; one that differs stands beside the earlier one, with the reason."""
    if row.state != AttemptState.VERIFIED or row.submitted_at is None:
        return
    exam = as_exam(row.version)
    data = {
        "id": exam.code,
        "grade": {"scale": "percent", "value": str(row.score)},
        "passed": outcome_of(row) == "passed",
        "proctored": True,
        "taken": row.submitted_at.date().isoformat(),
    }
    record_fact(
        actor=SYSTEM,
        learner_id=row.learner_id,
        institution=exam.institution,
        fact=NewFact(Kind.EXAM_RESULT, f"{exam.code}:{row.sitting_id}", data),
        source=f"exam attempt {row.id}",
        now=now,
        reason=reason,
    )
