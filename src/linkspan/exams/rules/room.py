"""A live room: messages between the proctors of an exam and its candidates, and how many there may be."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from linkspan.exams.rules.services import words
from linkspan.exams.rules.states import UNDER_WAY, AttemptState
from linkspan.kernel.errors import Refused, Unusable

LONGEST_MESSAGE = 500
#: Of one attempt, so that nobody fills a room.
MOST_MESSAGES = 300
#: How many one person writes in how long: candidates, and proctors, whose message to all counts once.
CANDIDATE_MAY, PROCTOR_MAY = (5, timedelta(minutes=2)), (30, timedelta(minutes=1))


class RoomKind(StrEnum):
    """What a message is: a candidate asks for the proctor, or a proctor writes."""

    HELP = "help"
    TOLD = "told"


@dataclass(frozen=True, slots=True)
class RoomMessage:
    """A message; `by` names the proctor, to proctors alone, and `read_at` says when the candidate's page showed it."""

    number: int
    kind: RoomKind
    words: str
    to_all: bool
    by: str
    at: datetime
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class Room:
    """An attempt under way as the room of its sitting shows it."""

    attempt_id: UUID
    learner_id: UUID
    state: AttemptState
    messages: tuple[RoomMessage, ...]
    break_ends_at: datetime | None = None

    @property
    def asks(self) -> bool:
        """Whether the candidate asks for a proctor and has no answer yet."""
        return is_asking(self.messages)


def is_asking(messages: Iterable[RoomMessage]) -> bool:
    """Whether the last word is the candidate's; a message to everybody is no answer."""
    own = [one.kind for one in messages if not one.to_all]
    return bool(own) and own[-1] is RoomKind.HELP


def message_words(given: str, *, needed: bool) -> str:
    """What is written, in one line and without what no page shows; Unusable if it is too long or missing."""
    found = words(given, LONGEST_MESSAGE + 1)
    if len(found) > LONGEST_MESSAGE:
        raise Unusable("message_too_long", "Write at most {most} characters.", most=LONGEST_MESSAGE)
    if needed and not found:
        raise Unusable("message_missing", "Write a message.")
    return found


def check_room(state: AttemptState, held: int) -> None:
    """Refused for an attempt that is not under way, or has had all messages that it may have."""
    if state not in UNDER_WAY:
        raise Refused("room_closed", "This exam is over: nothing more can be written here.")
    if held >= MOST_MESSAGES:
        raise Refused("room_full", "This exam has had {most} messages. Speak to each other.", most=MOST_MESSAGES)


def check_pace(written: Collection[datetime], now: datetime, may: tuple[int, timedelta]) -> None:
    """Refused for who wrote as much as one may in that time."""
    most, within = may
    if sum(now - within < at <= now for at in written) >= most:
        raise Refused("messages_too_many", "You wrote a lot in a short time. Wait a minute, then send it again.")
