"""The timeline of an attempt: what happened when, for people to read. Nothing of it is a verdict, or counts to one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from linkspan.exams.rules.services import words
from linkspan.kernel.errors import Unusable

#: So much of one attempt is kept of what its page noticed; the rest is dropped, and the timeline says so.
MOST_NOTICED = 600
MOST_AT_ONCE = 50
#: A page tells of what it noticed soon; after a network that was away, later.
LONGEST_AGO = timedelta(hours=12)
#: A strip shows so many minutes.
MOST_MINUTES = 600


class Noticed(StrEnum):
    """What the page of an exam notices where its learner agreed."""

    FOCUS_LOST = "focus_lost"
    FOCUS_BACK = "focus_back"
    FULL_SCREEN_ON = "full_screen_on"
    FULL_SCREEN_LEFT = "full_screen_left"
    PASTE = "paste"
    NETWORK_LOST = "network_lost"
    NETWORK_BACK = "network_back"


class StripRow(StrEnum):
    """The rows of the strip."""

    FOCUS = "focus"
    PASTE = "paste"
    NETWORK = "network"
    SAVES = "saves"
    CLOCK = "clock"
    MESSAGES = "messages"
    INCIDENTS = "incidents"


ROW_OF: Mapping[str, StripRow] = {
    **dict.fromkeys((Noticed.FOCUS_LOST, Noticed.FOCUS_BACK), StripRow.FOCUS),
    **dict.fromkeys((Noticed.FULL_SCREEN_ON, Noticed.FULL_SCREEN_LEFT), StripRow.FOCUS),
    Noticed.PASTE: StripRow.PASTE,
    **dict.fromkeys((Noticed.NETWORK_LOST, Noticed.NETWORK_BACK), StripRow.NETWORK),
    "saved": StripRow.SAVES,
    "candidate_wrote": StripRow.MESSAGES,
    "proctor_wrote": StripRow.MESSAGES,
    "incident": StripRow.INCIDENTS,
}


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened in an attempt, once or several times: a code, and words that people wrote, if any."""

    at: datetime
    what: str
    words: str = ""
    count: int = 1

    @property
    def row(self) -> StripRow:
        """Where the strip shows it; all that moves the clock is in one row."""
        return ROW_OF.get(self.what, StripRow.CLOCK)


@dataclass(frozen=True, slots=True)
class Spot:
    """A minute of a row of the strip, counted from the start, and how often something happened in it."""

    row: StripRow
    minute: int
    count: int


@dataclass(frozen=True, slots=True)
class Timeline:
    """An attempt in order; `agreed` says whether its page noted what it noticed, `cut` whether that was too much."""

    started_at: datetime | None
    moments: tuple[Moment, ...]
    spots: tuple[Spot, ...]
    minutes: int
    agreed: bool
    cut: bool


def read_noticed(given: object, now: datetime, since: datetime) -> tuple[tuple[Noticed, datetime], ...]:
    """What a page says that it noticed, each with its time: between the start and now, whatever the page says.

    Unusable for what is no list of at most 50 kinds that are known, each with milliseconds that it is ago.
    """
    if not isinstance(given, list) or len(given) > MOST_AT_ONCE:
        raise Unusable("noticed_unusable", "Send at most {most} notes at once, as a list.", most=MOST_AT_ONCE)
    return tuple(_one(one, now, since) for one in given)


def _one(given: object, now: datetime, since: datetime) -> tuple[Noticed, datetime]:
    told = given if isinstance(given, dict) else {}
    kind, ago = words(told.get("kind"), 40), told.get("ago_ms")
    if kind not in set(Noticed) or isinstance(ago, bool) or not isinstance(ago, int) or ago < 0:
        raise Unusable("noticed_unusable", "A note has a kind that is known, and the milliseconds since.")
    passed = min(timedelta(milliseconds=min(ago, 10**9)), LONGEST_AGO)
    return Noticed(kind), max(since, now - passed)


def in_order(moments: Iterable[Moment], started: datetime | None, *, agreed: bool, noticed: int) -> Timeline:
    """Put moments in order, and count them by row and minute."""
    found: Sequence[Moment] = sorted(moments, key=lambda one: one.at)
    if started is None or not found:
        return Timeline(started, tuple(found), (), 0, agreed, noticed >= MOST_NOTICED)
    counted: dict[tuple[StripRow, int], int] = {}
    for one in found:
        minute = int((one.at - started) // timedelta(minutes=1))
        if 0 <= minute < MOST_MINUTES:
            counted[one.row, minute] = counted.get((one.row, minute), 0) + one.count
    spots = tuple(Spot(row, minute, count) for (row, minute), count in sorted(counted.items()))
    last = max((spot.minute for spot in spots), default=0) + 1
    return Timeline(started, tuple(found), spots, last, agreed, noticed >= MOST_NOTICED)
