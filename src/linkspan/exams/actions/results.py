"""A released result on record."""

from datetime import datetime

from linkspan.exams.actions.rows import SYSTEM
from linkspan.exams.models import AttemptRow
from linkspan.exams.queries import as_exam, outcome_of
from linkspan.exams.queries.series import last_handed_in, series_holding, standing_in
from linkspan.exams.rules import AttemptState, Exam
from linkspan.records.actions import record_fact
from linkspan.records.queries import grades_of_record
from linkspan.records.rules import Kind, NewFact


def put_on_record(row: AttemptRow, now: datetime, reason: str = "") -> None:
    """Put an accepted result on record; one that differs stands beside the earlier one, with the reason.

    A rejected attempt is a result of 0 where its version says so, and else none.
    """
    exam = as_exam(row.version)
    rejected = row.state == AttemptState.REJECTED and exam.conduct.rejection_in_grade
    if row.submitted_at is None or not (rejected or row.state == AttemptState.VERIFIED):
        return
    data = {
        "id": exam.code,
        "grade": {"scale": "percent", "value": "0" if rejected else str(row.score)},
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
    if not rejected:
        _put_series_on_record(row, exam, now, reason)


def _put_series_on_record(row: AttemptRow, exam: Exam, now: datetime, reason: str) -> None:
    """Put each series that this result passes on record, as an exam of its code; one that was passed is corrected."""
    for series in series_holding(exam.code):
        found = standing_in(row.learner_id, series)
        if found is None or found.percent is None or exam.code not in found.series.terms.exams:
            continue
        facts = (one.data for one in grades_of_record(SYSTEM, row.learner_id) if one.kind == Kind.EXAM_RESULT)
        if not found.passed and not any(one.get("id") == series.code for one in facts):
            continue
        data = {
            "id": series.code,
            "grade": {"scale": "percent", "value": str(found.percent)},
            "passed": found.passed,
            "proctored": True,
            "taken": last_handed_in(row.learner_id, found.series.terms.exams).date().isoformat(),
        }
        record_fact(
            actor=SYSTEM,
            learner_id=row.learner_id,
            institution=exam.institution,
            fact=NewFact(Kind.EXAM_RESULT, f"{series.code}:series", data),
            source=f"exam series {series.code}, version {found.series.version}",
            now=now,
            reason=reason or f"result of {exam.code}",
        )
