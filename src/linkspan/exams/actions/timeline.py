"""What an exam's page noticed: kept only where its learner agreed, and never more than a set number of an attempt."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F

from linkspan.exams.actions.rows import own_attempt_row
from linkspan.exams.models import ExamVersionRow, NoticedRow, TimelineConsentRow
from linkspan.exams.queries import agreed_to_timeline
from linkspan.exams.rules import ANSWERING
from linkspan.exams.rules.timeline import MOST_NOTICED, read_noticed
from linkspan.kernel import audit
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, Refused


@transaction.atomic
def agree_to_timeline(*, actor: Actor, code: str, now: datetime) -> None:
    """Agree to a timeline of the version in force; a second time changes nothing."""
    version = _version(code)
    told = {"learner_id": actor.own_id, "version": version, "ended_at": None}
    _, fresh = TimelineConsentRow.objects.get_or_create(**told, defaults={"at": now})
    if fresh:
        after = {"version": version.number}
        audit.record(actor=actor, verb="agree_to_timeline", subject=f"exams.exam:{code}", now=now, after=after)


@transaction.atomic
def end_timeline(*, actor: Actor, code: str, now: datetime) -> None:
    """Take that back: from now on nothing is noted; what was noted goes by the clock."""
    rows = TimelineConsentRow.objects.filter(learner_id=actor.own_id, version__exam_id=code, ended_at=None)
    if rows.update(ended_at=now):
        audit.record(actor=actor, verb="end_timeline", subject=f"exams.exam:{code}", now=now)


@transaction.atomic
def note_noticed(*, actor: Actor, attempt_id: UUID, noticed: object, now: datetime) -> int:
    """Keep what the page of one's running attempt noticed; return how much of it is kept.

    Refused without the learner's agreement. What is more than one attempt may hold is dropped.
    """
    row = own_attempt_row(actor, attempt_id)
    if row.state not in ANSWERING or row.started_at is None:
        raise Refused("attempt_not_running", "This attempt is not running.")
    if not agreed_to_timeline(row.learner_id, row.version):
        raise Refused("timeline_not_agreed", "Nothing is noted: you did not agree to a timeline.")
    read = read_noticed(noticed, now, row.started_at)
    free = max(0, MOST_NOTICED - row.noticed.count())
    kept = [NoticedRow(learner_id=row.learner_id, attempt=row, kind=kind, at=at) for kind, at in read[:free]]
    NoticedRow.objects.bulk_create(kept)
    return len(kept)


def _version(code: str) -> ExamVersionRow:
    rows = ExamVersionRow.objects.filter(exam_id=code, id=F("exam__in_force")).defer("bank", "seb_settings")
    found = rows.first()
    if found is None:
        raise NotFound("exam_unknown", "There is no such exam.")
    return found
