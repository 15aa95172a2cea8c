"""Messages in a live room: a candidate asks for the proctor, proctors write to one or to all of a sitting.

Messages and their receipts are added only, and stay with the attempt.
"""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction

from linkspan.exams.actions.rows import attempt_row, own_attempt_row
from linkspan.exams.events import HelpAsked
from linkspan.exams.models import AttemptRow, RoomMessageRow, RoomReadRow
from linkspan.exams.queries import as_exam, as_message, attempt_rows, sitting_in_charge
from linkspan.exams.rules import UNDER_WAY, AttemptState, may_proctor
from linkspan.exams.rules.room import (
    CANDIDATE_MAY,
    PROCTOR_MAY,
    RoomKind,
    check_pace,
    check_room,
    is_asking,
    message_words,
)
from linkspan.kernel import outbox
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import Refused, permit
from linkspan.kernel.locks import one_at_a_time


@transaction.atomic
def ask_for_help(*, actor: Actor, attempt_id: UUID, words: str, now: datetime) -> int:
    """Ask for the proctor, in words or without; return the message's number. Proctors are told until one answers."""
    row = own_attempt_row(actor, attempt_id)
    held = list(RoomMessageRow.objects.filter(attempt=row).order_by("number"))
    check_room(AttemptState(row.state), len(held))
    check_pace([one.at for one in held if one.kind == RoomKind.HELP], now, CANDIDATE_MAY)
    asked_before = is_asking(as_message(one) for one in held)
    number = _write(row, RoomKind.HELP, message_words(words, needed=False), actor, now)
    if not asked_before:
        exam = as_exam(row.version)
        outbox.publish(HelpAsked(row.learner_id, row.id, exam.title, exam.institution), now=now)
    return number


@transaction.atomic
def tell_candidate(*, actor: Actor, attempt_id: UUID, words: str, now: datetime) -> int:
    """Write to one candidate; the message's number in their attempt."""
    row = attempt_row(attempt_id)
    permit(may_proctor(actor, as_exam(row.version), row.learner_id), "write to this candidate")
    text = message_words(words, needed=True)
    check_room(AttemptState(row.state), row.messages.count())
    _check_proctor(actor, now)
    return _write(row, RoomKind.TOLD, text, actor, now)


@transaction.atomic
def tell_sitting(*, actor: Actor, sitting_id: UUID, words: str, now: datetime) -> int:
    """Write to everybody whose attempt in a sitting is under way; return to how many. Refused if there is nobody."""
    sitting_in_charge(actor, sitting_id)
    text = message_words(words, needed=True)
    _check_proctor(actor, now)
    rows = attempt_rows().select_for_update(of=("self",)).filter(sitting_id=sitting_id, state__in=UNDER_WAY)
    reached = [row for row in rows.exclude(learner_id=actor.own_id).order_by("id") if _has_place(row)]
    if not reached:
        raise Refused("room_empty", "Nobody is in this sitting now.")
    for row in reached:
        _write(row, RoomKind.TOLD, text, actor, now, to_all=True)
    return len(reached)


@transaction.atomic
def read_messages(*, actor: Actor, attempt_id: UUID, upto: int, now: datetime) -> None:
    """Say that the candidate's page showed the messages up to that number; a second time changes nothing."""
    row = own_attempt_row(actor, attempt_id)
    unread = RoomMessageRow.objects.filter(attempt=row, number__lte=upto, kind=RoomKind.TOLD, receipt=None)
    fresh = [RoomReadRow(learner_id=row.learner_id, message=one, at=now) for one in unread]
    RoomReadRow.objects.bulk_create(fresh)


def _has_place(row: AttemptRow) -> bool:
    try:
        check_room(AttemptState(row.state), row.messages.count())
    except Refused:
        return False
    return True


def _check_proctor(actor: Actor, now: datetime) -> None:
    """A message to all counts once, however many it reaches."""
    one_at_a_time(f"exams.room:{actor.own_id}")
    rows = RoomMessageRow.objects.filter(written_by_id=actor.own_id, at__gt=now - PROCTOR_MAY[1])
    check_pace(_counted(rows.values_list("at", "to_all")), now, PROCTOR_MAY)


def _counted(rows: Iterable[tuple[datetime, bool]]) -> list[datetime]:
    single, to_all = [], set()
    for at, everybody in rows:
        if everybody:
            to_all.add(at)
        else:
            single.append(at)
    return [*single, *to_all]


def _write(row: AttemptRow, kind: RoomKind, text: str, actor: Actor, now: datetime, *, to_all: bool = False) -> int:
    number = row.messages.count() + 1
    RoomMessageRow.objects.create(
        learner_id=row.learner_id,
        attempt=row,
        number=number,
        kind=kind,
        words=text,
        to_all=to_all,
        written_by=actor.name,
        written_by_id=actor.person_id,
        at=now,
    )
    return number
