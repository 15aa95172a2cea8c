"""Reads of a live room: the messages of an attempt, and a sitting's attempts that are under way."""

from uuid import UUID

from linkspan.exams.models import AttemptRow, RoomMessageRow, SittingRow
from linkspan.exams.queries.values import as_exam, as_sitting, attempt_rows
from linkspan.exams.rules import UNDER_WAY, AttemptState, Room, RoomMessage, Sitting, may_proctor
from linkspan.exams.rules.room import RoomKind
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound

MOST_ROOMS = 500


def messages_of(actor: Actor, attempt_id: UUID, after: int = 0) -> tuple[RoomMessage, ...]:
    """The messages of an attempt beyond a number, for its candidate, who reads no names, and for its proctors."""
    row = attempt_rows().filter(id=attempt_id).first()
    own = row is not None and actor.is_person(row.learner_id)
    if row is None or not (own or may_proctor(actor, as_exam(row.version), row.learner_id)):
        raise NotFound("attempt_unknown", "There is no such attempt, or it is not yours.")
    rows = RoomMessageRow.objects.filter(attempt_id=attempt_id, number__gt=after)
    return tuple(as_message(one, named=not own) for one in rows.select_related("receipt").order_by("number"))


def sitting_in_charge(actor: Actor, sitting_id: UUID) -> Sitting:
    """A sitting, for the proctors of its institution who do not sit it; NotFound otherwise."""
    row = SittingRow.objects.select_related("exam__in_force__exam").filter(id=sitting_id).first()
    found = as_sitting(row, row.exam.in_force) if row is not None and row.exam.in_force else None
    own = AttemptRow.objects.filter(sitting_id=sitting_id, learner_id=actor.own_id, state__in=UNDER_WAY)
    if found is None or not actor.has_role("proctor", found.exam.institution) or own.exists():
        raise NotFound("sitting_unknown", "There is no such sitting.")
    return found


def rooms_of(actor: Actor, sitting_id: UUID) -> tuple[Room, ...]:
    """A sitting's attempts that are under way with their messages: those that ask for a proctor first."""
    sitting_in_charge(actor, sitting_id)
    rows = AttemptRow.objects.filter(sitting_id=sitting_id, state__in=UNDER_WAY).order_by("created_at", "id")
    held = {row.id: row for row in rows[:MOST_ROOMS]}
    messages: dict[UUID, list[RoomMessage]] = {one: [] for one in held}
    told = RoomMessageRow.objects.filter(attempt_id__in=held).select_related("receipt").order_by("number")
    for one in told:
        messages[one.attempt_id].append(as_message(one))
    found = [
        Room(row.id, row.learner_id, AttemptState(row.state), tuple(messages[row.id]), row.break_ends_at)
        for row in held.values()
    ]
    return tuple(sorted(found, key=lambda room: not room.asks))


def as_message(row: RoomMessageRow, *, named: bool = True) -> RoomMessage:
    """A row as a value."""
    receipt = getattr(row, "receipt", None)
    by = row.written_by if named else ""
    told = (RoomKind(row.kind), row.words, row.to_all, by, row.at, receipt.at if receipt else None)
    return RoomMessage(row.number, *told)
