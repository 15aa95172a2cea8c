"""Breaks that are arranged for a learner: the clock stands as in a proctor's pause, and goes on by itself."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from linkspan.exams.actions.rows import attempt_row, own_attempt_row
from linkspan.exams.actions.sessions import tell_service
from linkspan.exams.models import AttemptRow, LtiSessionRow
from linkspan.exams.queries import as_attempt, check_client
from linkspan.exams.queries.values import breaks_at
from linkspan.exams.rules import UNKNOWN_CLIENT, Act, Attempt, AttemptState, Client, after
from linkspan.kernel import audit
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import Refused

OF_A_BREAK = ("state", "deadline", "paused_at", "break_ends_at", "breaks")


@transaction.atomic
def begin_break(*, actor: Actor, attempt_id: UUID, now: datetime, client: Client = UNKNOWN_CLIENT) -> Attempt:
    """Begin a break of one's running exam, as long as is left of what is arranged; again, it is the same one.

    Refused where no break is arranged or left, while the clock stands otherwise, and after the end.
    """
    row = own_attempt_row(actor, attempt_id)
    check_client(row, client, now)
    if row.break_ends_at is not None and now < row.break_ends_at:
        return as_attempt(row)
    if row.break_ends_at is not None:
        _go_on(row, actor, Act.BREAK_OVER, now)
    if row.state == AttemptState.STARTED and row.deadline is not None and now >= row.deadline:
        raise Refused("time_over", "The time of this exam is over.")
    state, lasts = after(AttemptState(row.state), Act.BEGIN_BREAK), breaks_at(row).next()
    row.state, row.paused_at, row.break_ends_at = state, now, now + lasts
    return _kept(row, actor, Act.BEGIN_BREAK, now)


@transaction.atomic
def end_break(*, actor: Actor, attempt_id: UUID, now: datetime, client: Client = UNKNOWN_CLIENT) -> Attempt:
    """Go on after a break, with exactly the time that was left; a second time changes nothing.

    The clock does it where a break's time is over. What a proctor paused, only a proctor resumes.
    """
    if actor.is_system:
        row = attempt_row(attempt_id)
        over = row.break_ends_at is not None and now >= row.break_ends_at
        return _go_on(row, actor, Act.BREAK_OVER, now) if over else as_attempt(row)
    row = own_attempt_row(actor, attempt_id)
    check_client(row, client, now)
    if row.state == AttemptState.STARTED:
        return as_attempt(row)
    if row.break_ends_at is None:
        raise Refused("no_break", "You are on no break. A proctor lets the exam go on.")
    return _go_on(row, actor, Act.END_BREAK, now)


def settle_break(row: AttemptRow, now: datetime) -> None:
    """Close the break that is taken, if one is, at the latest when its time is over: the end moves by how long it was.

    The clock goes on from then; whoever stops it anew says so after this.
    """
    if row.break_ends_at is None or row.paused_at is None:
        return
    ended = min(now, row.break_ends_at)
    row.breaks = [*row.breaks, [row.paused_at.isoformat(), ended.isoformat()]]
    if row.deadline is not None:
        row.deadline += ended - row.paused_at
    row.paused_at, row.break_ends_at = None, None


def _go_on(row: AttemptRow, actor: Actor, act: Act, now: datetime) -> Attempt:
    settle_break(row, now)
    row.state = after(AttemptState(row.state), act)
    return _kept(row, actor, act, now)


def _kept(row: AttemptRow, actor: Actor, act: Act, now: datetime) -> Attempt:
    row.save(update_fields=OF_A_BREAK)
    if row.version.watched is not None:
        LtiSessionRow.objects.filter(session__attempt=row, paused_at__isnull=False).update(paused_at=None)
    tell_service(row, now)
    told = {"state": row.state, "deadline": row.deadline.isoformat() if row.deadline else None}
    subject = f"exams.attempt:{row.id}"
    audit.record(actor=actor, verb=f"{act}_attempt", subject=subject, now=now, after=told)
    return as_attempt(row)
