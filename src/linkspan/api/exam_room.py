"""Live rooms of exams: messages between proctors and candidates, and the timeline of an attempt."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from ninja import Field

from linkspan.api.answers import Router
from linkspan.api.once import NothingIn, Posted, idempotent
from linkspan.exams import actions, queries
from linkspan.exams.rules import LONGEST_MESSAGE, Room, RoomMessage, Timeline
from linkspan.kernel.request import Request

router = Router()


class HelpIn(Posted):
    """Why the candidate asks for the proctor; may be left out."""

    words: str = Field("", max_length=LONGEST_MESSAGE)


class MessageIn(Posted):
    """What a proctor writes."""

    words: str = Field(max_length=LONGEST_MESSAGE)


class ShownIn(Posted):
    """Up to which number the candidate was shown the messages."""

    upto: int = Field(ge=0, le=100_000)


class NoticedIn(Posted):
    """What a page noticed: each with a kind (focus_lost, paste ...) and the milliseconds that it is ago (`ago_ms`)."""

    noticed: list[dict[str, Any]] = Field(max_length=50)


@dataclass(frozen=True, slots=True)
class Written:
    """The number of a message in its attempt."""

    number: int


@dataclass(frozen=True, slots=True)
class Reached:
    """How many candidates a message reached."""

    candidates: int


@dataclass(frozen=True, slots=True)
class KeptNotes:
    """How many notes were kept; what is more than one attempt may hold is dropped."""

    kept: int


@dataclass(frozen=True, slots=True)
class TimelineConsent:
    """Whether the caller agreed to a timeline of the version in force, and for how many days it is kept."""

    agreed: bool
    days: int


@router.get("/attempts/{uuid:attempt_id}/messages", operation_id="room_messages")
def messages(request: Request, attempt_id: UUID, after: int = 0) -> tuple[RoomMessage, ...]:
    """The messages of an attempt beyond a number, for its candidate and its proctors."""
    return queries.messages_of(request.actor, attempt_id, max(0, min(after, 100_000)))


@router.post("/attempts/{uuid:attempt_id}/help", operation_id="ask_for_help")
@idempotent
def ask_for_help(request: Request, attempt_id: UUID, body: HelpIn) -> Written:
    """Ask for the proctor."""
    actor, now = request.actor, request.now
    return Written(actions.ask_for_help(actor=actor, attempt_id=attempt_id, words=body.words, now=now))


@router.post("/attempts/{uuid:attempt_id}/messages", operation_id="tell_candidate")
@idempotent
def tell_candidate(request: Request, attempt_id: UUID, body: MessageIn) -> Written:
    """Write to one candidate."""
    actor, now = request.actor, request.now
    return Written(actions.tell_candidate(actor=actor, attempt_id=attempt_id, words=body.words, now=now))


@router.post("/attempts/{uuid:attempt_id}/receipts", operation_id="read_messages")
@idempotent
def read_messages(request: Request, attempt_id: UUID, body: ShownIn) -> None:
    """Say up to which number the candidate was shown the messages."""
    actions.read_messages(actor=request.actor, attempt_id=attempt_id, upto=body.upto, now=request.now)


@router.get("/sittings/{uuid:sitting_id}", operation_id="sitting_room")
def room(request: Request, sitting_id: UUID) -> tuple[Room, ...]:
    """The attempts of a sitting that are under way with their messages, those that ask for a proctor first."""
    return queries.rooms_of(request.actor, sitting_id)


@router.post("/sittings/{uuid:sitting_id}/messages", operation_id="tell_sitting")
@idempotent
def tell_sitting(request: Request, sitting_id: UUID, body: MessageIn) -> Reached:
    """Write to everybody in a sitting."""
    actor, now = request.actor, request.now
    return Reached(actions.tell_sitting(actor=actor, sitting_id=sitting_id, words=body.words, now=now))


@router.get("/attempts/{uuid:attempt_id}/timeline", operation_id="attempt_timeline")
def timeline(request: Request, attempt_id: UUID) -> Timeline:
    """An attempt in order and by minute, for its proctors, and for its learner once the result is out."""
    return queries.timeline_of(request.actor, attempt_id)


@router.post("/attempts/{uuid:attempt_id}/noticed", operation_id="note_noticed")
@idempotent
def note_noticed(request: Request, attempt_id: UUID, body: NoticedIn) -> KeptNotes:
    """Keep what the page of one's running attempt noticed, where one agreed to it."""
    actor, now = request.actor, request.now
    return KeptNotes(actions.note_noticed(actor=actor, attempt_id=attempt_id, noticed=body.noticed, now=now))


@router.get("/exams/{code}/timeline-consent", operation_id="get_timeline_consent")
def consent(request: Request, code: str) -> TimelineConsent:
    """Whether the caller agreed to a timeline, and for how long it is kept."""
    found = queries.exam(code)
    return TimelineConsent(queries.timeline_agreed(request.actor.own_id, found), queries.timeline_days())


@router.post("/exams/{code}/timeline-consent", operation_id="agree_to_timeline")
@idempotent
def agree(request: Request, code: str, body: NothingIn) -> None:
    """Agree to a timeline."""
    actions.agree_to_timeline(actor=request.actor, code=code, now=request.now)


@router.post("/exams/{code}/timeline-consent/end", operation_id="end_timeline")
@idempotent
def end(request: Request, code: str, body: NothingIn) -> None:
    """Take it back: from now on nothing is noted."""
    actions.end_timeline(actor=request.actor, code=code, now=request.now)
