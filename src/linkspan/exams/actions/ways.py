"""Sitting an exam without the camera of its service: asked for by the learner, decided by its staff.

The grounds stay with the request. The audit trail and the attempt carry the decision's reason alone.
"""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from linkspan.exams.actions.rows import LONGEST_REASON, exam_row
from linkspan.exams.actions.sessions import sit_another_way
from linkspan.exams.events import WayAsked, WayDecided
from linkspan.exams.models import WayRow
from linkspan.exams.queries import attempt_rows, exam, newest_way, title_of
from linkspan.exams.rules import LONGEST_GROUNDS, UNDER_WAY
from linkspan.exams.rules.ways import WayState, may_decide_way
from linkspan.kernel import audit, outbox
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, Refused, Unusable, permit


@transaction.atomic
def ask_for_way(*, actor: Actor, code: str, grounds: str, now: datetime) -> UUID:
    """Ask to sit a watched exam without its service; asking again before a decision changes the grounds.

    What was granted stays granted. What was refused stays refused until staff decide on another request.
    """
    if exam(code).watched is None:
        raise Refused("exam_unwatched", "No service watches this exam.")
    said = _grounds(grounds)
    row = exam_row(code)
    newest = newest_way(actor.own_id, code)
    if newest is not None and newest.state == WayState.APPROVED:
        return newest.id
    waiting = WayRow.objects.select_for_update().filter(learner_id=actor.own_id, exam=row, state=WayState.REQUESTED)
    held = waiting.first()
    if held is not None:
        held.grounds = said
        held.save(update_fields=["grounds"])
        return held.id
    told = {"grounds": said, "state": WayState.REQUESTED, "requested_at": now}
    made = WayRow.objects.create(learner_id=actor.own_id, exam=row, **told)
    audit.record(actor=actor, verb="ask_for_way", subject=f"exams.learner:{actor.own_id}", now=now)
    outbox.publish(WayAsked(actor.own_id, made.id, title_of(row), row.institution), now=now)
    return made.id


@transaction.atomic
def decide_way(*, actor: Actor, way_id: UUID, approve: bool, reason: str, now: datetime) -> None:
    """Let a learner sit an exam without its service, or not, with a reason that they read; the same again is nothing.

    What is let also holds for an attempt that is under way: the service is out of it at once.
    """
    rows = WayRow.objects.select_for_update(of=("self",)).select_related("exam")
    row = rows.filter(id=way_id).first()
    if row is None:
        raise NotFound("way_unknown", "There is no such request.")
    permit(may_decide_way(actor, row.exam.institution, row.learner_id), "decide this request")
    to = WayState.APPROVED if approve else WayState.REFUSED
    if row.state == to:
        return
    if row.state != WayState.REQUESTED:
        raise Refused("way_decided", "This request is decided. The learner can ask again.")
    why = reason.strip()[:LONGEST_REASON]
    if not why:
        raise Unusable("reason_missing", "Give a reason: the learner reads it.")
    row.state, row.reason, row.decided_at = to, why, now
    row.decided_by, row.decided_by_id = actor.name, actor.person_id
    row.save()
    subject = f"exams.learner:{row.learner_id}"
    audit.record(actor=actor, verb="decide_way", subject=subject, now=now, after={"state": to})
    if approve:
        attempts = attempt_rows().select_for_update(of=("self",)).filter(learner_id=row.learner_id)
        for attempt in attempts.filter(sitting__exam=row.exam, state__in=UNDER_WAY):
            sit_another_way(attempt, row, now)
    outbox.publish(WayDecided(row.learner_id, title_of(row.exam), to, why), now=now)


def _grounds(given: str) -> str:
    said = given.strip()
    if not said:
        raise Unusable("grounds_missing", "Say why you need another way: staff decide by it.")
    if len(said) > LONGEST_GROUNDS:
        raise Unusable("grounds_too_long", "Your reason: write at most {most} characters.", most=LONGEST_GROUNDS)
    return said
