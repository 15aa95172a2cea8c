"""A rejection takes two people, and the learner is heard between: proposed with a ground, answered, then decided."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from linkspan.exams.actions.rows import own_attempt_row
from linkspan.exams.events import RejectionAnswered, RejectionProposed
from linkspan.exams.models import AttemptRow, RejectionRow
from linkspan.exams.queries import as_exam
from linkspan.exams.queries.values import as_rejection
from linkspan.exams.rules import Act, AttemptState, IncidentKind, after
from linkspan.exams.rules.attempts import HEARD_WITHIN
from linkspan.kernel import audit, outbox
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import Refused, Unusable

LONGEST = 10_000


def proposal_of(row: AttemptRow) -> RejectionRow | None:
    """The rejection that was proposed of an attempt, if one was."""
    return RejectionRow.objects.filter(attempt=row).first()


def propose_rejection(actor: Actor, row: AttemptRow, ground: IncidentKind | None, reason: str, now: datetime) -> None:
    """Propose to reject an attempt; the caller has locked it and permitted. The learner reads why, and may answer."""
    before = AttemptState(row.state)
    state = after(before, Act.PROPOSE_REJECTION)
    if not reason.strip():
        raise Unusable("reason_missing", "Say why the attempt is rejected: the learner reads it.")
    if ground is None:
        raise Unusable("ground_missing", "Choose the ground of the rejection from the list.")
    held = RejectionRow.objects.create(
        learner_id=row.learner_id,
        attempt=row,
        ground=ground,
        reason=reason.strip()[:LONGEST],
        proposed_by=actor.name,
        proposed_by_id=actor.person_id,
        at=now,
        heard_until=now + HEARD_WITHIN,
    )
    row.state = state
    row.save(update_fields=["state"])
    subject, told = f"exams.attempt:{row.id}", {"state": row.state, "ground": ground}
    audit.record(actor=actor, verb="propose_rejection", subject=subject, now=now, before={"state": before}, after=told)
    exam = as_exam(row.version)
    outbox.publish(RejectionProposed(row.learner_id, row.id, exam.title, exam.institution, held.heard_until), now=now)


@transaction.atomic
def answer_rejection(*, actor: Actor, attempt_id: UUID, statement: str, now: datetime) -> None:
    """Say what happened, before a second person decides on a rejection; once, and the same again changes nothing."""
    row = own_attempt_row(actor, attempt_id)
    held = proposal_of(row)
    if held is None or row.state != AttemptState.REJECTION_PROPOSED:
        raise Refused("nothing_to_answer", "No rejection of this attempt is proposed.")
    said = statement.strip()[:LONGEST]
    if not said:
        raise Unusable("statement_missing", "Say what happened.")
    if held.statement == said:
        return
    if as_rejection(held).heard(now):
        raise Refused("answer_over", "You answered, or the time to answer is over. Another person decides now.")
    held.statement, held.stated_at = said, now
    held.save(update_fields=["statement", "stated_at"])
    audit.record(actor=actor, verb="answer_rejection", subject=f"exams.attempt:{row.id}", now=now)
    exam = as_exam(row.version)
    outbox.publish(RejectionAnswered(row.learner_id, row.id, exam.title, exam.institution), now=now)
