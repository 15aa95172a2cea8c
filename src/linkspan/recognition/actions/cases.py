"""What is said about open cases: by the learner, and by the clock."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from linkspan.kernel import audit, outbox
from linkspan.kernel.actor import Actor
from linkspan.kernel.each import each_due
from linkspan.kernel.errors import NotFound, Refused, Unusable
from linkspan.recognition.events import CaseAnswered, CaseNudged
from linkspan.recognition.models import CaseAnswerRow, CaseRow
from linkspan.recognition.rules.service import LONGEST_ANSWER, MOST_ANSWERS, Nudge, due_after, nudge


@transaction.atomic
def answer_case(*, actor: Actor, case_id: UUID, text: str, now: datetime) -> None:
    """The learner says something about their open case, which its registrars read; the same twice is kept once."""
    row = CaseRow.objects.select_for_update().filter(id=case_id, learner_id=actor.own_id).first()
    if row is None:
        raise NotFound("case_unknown", "There is no such case.")
    said = text.replace("\0", "").strip()
    if not said:
        raise Unusable("answer_missing", "Write what the registrar should know.")
    if len(said) > LONGEST_ANSWER:
        raise Unusable("answer_too_long", "At most {most} characters: shorten it.", most=LONGEST_ANSWER)
    earlier = CaseAnswerRow.objects.filter(case_id=case_id)
    if earlier.filter(text=said).exists():
        return
    if row.closed_at is not None:
        raise Refused("case_closed", "The registrar has decided on this case. Write to the office.")
    if earlier.count() >= MOST_ANSWERS:
        raise Refused("answers_too_many", "You have answered often. Write to the office.")
    CaseAnswerRow.objects.create(learner_id=row.learner_id, case_id=row.id, text=said, at=now)
    audit.record(actor=actor, verb="answer_case", subject=f"recognition.case:{row.id}", now=now)
    outbox.publish(CaseAnswered(row.learner_id, row.id, row.institution), now=now)


def remind_of_cases(now: datetime) -> None:
    """Remind of each case that is soon due, and say of each that it is late; once each."""
    rows = CaseRow.objects.filter(closed_at=None).exclude(nudged=Nudge.LATE).order_by("due_at", "id")
    due = [row.id for row in rows if nudge(row.opened_at, row.due_at or due_after(row.opened_at), now) != row.nudged]
    each_due("recognition.remind_of_cases", due, lambda one: _remind(one, now), now=now)


def _remind(case_id: UUID, now: datetime) -> None:
    row = CaseRow.objects.select_for_update().get(id=case_id)
    until = row.due_at or due_after(row.opened_at)
    said = nudge(row.opened_at, until, now)
    if row.closed_at is not None or said == row.nudged:
        return
    row.nudged, row.due_at = said, until
    row.save(update_fields=["nudged", "due_at"])
    day = until.date().isoformat()
    outbox.publish(CaseNudged(row.learner_id, row.id, row.institution, str(said), day), now=now)
