"""What a proctor does while an exam runs, and how an attempt ends without counting: named people, with a reason."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from linkspan.exams.actions.breaks import OF_A_BREAK, settle_break
from linkspan.exams.actions.rows import attempt_row, needed, own_attempt_row
from linkspan.exams.actions.sessions import open_session, tell_service
from linkspan.exams.events import AttemptCancelled
from linkspan.exams.models import AttemptRow, LtiSessionRow
from linkspan.exams.queries import as_attempt, as_exam
from linkspan.exams.rules import ANSWERING, Act, Attempt, AttemptState, after, may_cancel, may_proctor
from linkspan.kernel import audit, outbox
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import Refused, Unusable, permit

MOST_MINUTES = 240


@transaction.atomic
def pause_attempt(*, actor: Actor, attempt_id: UUID, reason: str, now: datetime) -> Attempt:
    """Stop the clock of a running attempt; pausing again changes nothing. A reason is needed.

    What a tool paused, and a break that the learner takes, is a person's pause from then on.
    """
    row = _running_row(actor, attempt_id, "pause this exam")
    on_break = row.break_ends_at is not None
    if row.state == AttemptState.PAUSED and not on_break:
        _by_a_person(row)
        return as_attempt(row)
    settle_break(row, now)
    if row.deadline is not None and now >= row.deadline:
        raise Refused("time_over", "The time of this exam is over.")
    state = after(AttemptState(row.state), Act.RESUME) if on_break else AttemptState(row.state)
    row.state, row.paused_at = after(state, Act.PAUSE), now
    return _kept(row, actor, Act.PAUSE, needed(reason), now)


@transaction.atomic
def resume_attempt(*, actor: Actor, attempt_id: UUID, now: datetime) -> Attempt:
    """Let the clock of a paused attempt go on with exactly the time that was left."""
    row = _running_row(actor, attempt_id, "resume this exam")
    if row.state == AttemptState.STARTED:
        return as_attempt(row)
    row.state = after(AttemptState(row.state), Act.RESUME)
    settle_break(row, now)
    if row.paused_at is not None and row.deadline is not None:
        row.deadline += now - row.paused_at
    row.paused_at = None
    return _kept(row, actor, Act.RESUME, "", now)


@transaction.atomic
def fail_attempt(*, actor: Actor, attempt_id: UUID, reason: str, now: datetime) -> Attempt:
    """Stop an attempt whose device failed: once the identity is confirmed again, it goes on on another one.

    The clock stands meanwhile. A reason is needed; the same again changes nothing.
    """
    row = _running_row(actor, attempt_id, "move this exam to another device")
    if row.state == AttemptState.ERROR:
        return as_attempt(row)
    settle_break(row, now)
    if row.paused_at is None and row.deadline is not None and now >= row.deadline:
        raise Refused("time_over", "The time of this exam is over.")
    row.state, row.paused_at, row.device = after(AttemptState(row.state), Act.FAIL), row.paused_at or now, ""
    failed = _kept(row, actor, Act.FAIL, needed(reason), now)
    open_session(row, now)
    return failed


@transaction.atomic
def add_minutes(*, actor: Actor, attempt_id: UUID, minutes: int, reason: str, now: datetime) -> Attempt:
    """Move the end of a running or paused attempt; the page shows it at its next save. A reason is needed."""
    row = _running_row(actor, attempt_id, "give this exam more time")
    if row.state not in ANSWERING or row.deadline is None:
        raise Refused("attempt_not_running", "This attempt is not running.")
    if not 1 <= minutes <= MOST_MINUTES:
        raise Unusable("minutes_unusable", "Minutes: enter 1 to {most_minutes}.", most_minutes=MOST_MINUTES)
    row.deadline += timedelta(minutes=minutes)
    return _kept(row, actor, "add_minutes", needed(reason), now, {"minutes": minutes})


@transaction.atomic
def cancel_attempt(*, actor: Actor, attempt_id: UUID, reason: str, now: datetime) -> Attempt:
    """End an attempt that did not come to its end; it counts against no limit, and the learner reads the reason."""
    row = attempt_row(attempt_id)
    exam = as_exam(row.version)
    permit(may_cancel(actor, exam, row.learner_id), "cancel this attempt")
    if row.state == AttemptState.CANCELLED:
        return as_attempt(row)
    settle_break(row, now)
    row.state, row.verdict_reason = after(AttemptState(row.state), Act.CANCEL), needed(reason)
    outbox.publish(AttemptCancelled(row.learner_id, row.id, exam.title, row.verdict_reason), now=now)
    return _kept(row, actor, Act.CANCEL, row.verdict_reason, now)


@transaction.atomic
def decline_attempt(*, actor: Actor, attempt_id: UUID, now: datetime) -> Attempt:
    """Decline to be proctored, before the start; the attempt ends and counts against no limit."""
    row = own_attempt_row(actor, attempt_id)
    if row.state == AttemptState.DECLINED:
        return as_attempt(row)
    row.state = after(AttemptState(row.state), Act.DECLINE)
    return _kept(row, actor, Act.DECLINE, "", now)


def _running_row(actor: Actor, attempt_id: UUID, what: str) -> AttemptRow:
    row = attempt_row(attempt_id)
    permit(may_proctor(actor, as_exam(row.version), row.learner_id), what)
    return row


def _kept(
    row: AttemptRow, actor: Actor, verb: str, why: str, now: datetime, more: dict[str, int] | None = None
) -> Attempt:
    row.save(update_fields=["device", "verdict_reason", *OF_A_BREAK])
    if verb != "add_minutes":
        _by_a_person(row)
    tell_service(row, now)
    told = {"state": row.state, "deadline": row.deadline.isoformat() if row.deadline else None} | (more or {})
    subject = f"exams.attempt:{row.id}"
    audit.record(actor=actor, verb=f"{verb}_attempt", subject=subject, now=now, after=told, why=why)
    return as_attempt(row)


def _by_a_person(row: AttemptRow) -> None:
    """A tool resumes what it paused itself: once a person moved the clock, that is no pause of the tool any more."""
    if row.version.watched is not None:
        LtiSessionRow.objects.filter(session__attempt=row, paused_at__isnull=False).update(paused_at=None)
