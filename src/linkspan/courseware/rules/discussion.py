"""The discussion of a course: what threads and posts are, who may do what with them, and how often one writes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import Refused, Unusable
from linkspan.kernel.paging import Page

LONGEST_TITLE, LONGEST_POST, LONGEST_WHY = 200, 5_000, 1_000
LONGEST_TOPIC, MOST_TOPICS = 80, 30
#: Where no unit is meant and the staff named no topics.
TOPICS = ("General",)
#: What a learner may write, over all courses: so many posts in so long. Staff answer as fast as they can.
RATES = ((10, timedelta(minutes=10)), (60, timedelta(days=1)))
MOST_REPORTS = 20
MODERATORS = ("author", "program_staff", "registrar")
#: Between two digests of one person.
DIGEST_EVERY = timedelta(days=1)
#: The same words again within this time are one post, sent twice.
TWICE = timedelta(minutes=10)


class Show(StrEnum):
    """Which threads a list shows."""

    ALL = "all"
    UNANSWERED = "unanswered"
    ANSWERED = "answered"
    FOLLOWED = "followed"
    MINE = "mine"


class ThreadAct(StrEnum):
    """What is done with a thread: ended by who began it or by staff, locked by staff alone."""

    CLOSE = "close"
    REOPEN = "reopen"
    LOCK = "lock"
    UNLOCK = "unlock"


@dataclass(frozen=True, slots=True)
class DiscussionSettings:
    """Whether a run is discussed here, and the topics beside its units."""

    run_id: str
    is_open: bool = True
    topics: tuple[str, ...] = TOPICS


@dataclass(frozen=True, slots=True)
class Thread:
    """A thread as one reader sees it. `unit` is the name of a unit, or empty: then it belongs to `topic`.

    An empty `title` was deleted by its author. `unread`: the reader follows it, and something is new.
    `cohort`: the name of the cohort that it is for, empty for everybody.
    """

    id: UUID
    run_id: str
    unit: str
    place: str
    topic: str
    title: str
    by: str
    by_staff: bool
    mine: bool
    at: datetime
    last_at: datetime
    replies: int
    answered: bool
    closed: bool
    locked: bool
    hidden: bool
    following: bool
    unread: bool
    cohort: str = ""


@dataclass(frozen=True, slots=True)
class Post:
    """A post as one reader sees it: its `html` is safe in any page, and empty where the reader may not see it."""

    id: UUID
    html: str
    by: str
    by_staff: bool
    mine: bool
    at: datetime
    is_first: bool
    is_answer: bool
    hidden: bool
    why_hidden: str
    deleted: bool
    reported: bool


@dataclass(frozen=True, slots=True)
class Conversation:
    """A thread with a page of its posts, and what its reader may do."""

    thread: Thread
    course: str
    posts: Page[Post]
    may_reply: bool
    may_end: bool
    may_moderate: bool


@dataclass(frozen=True, slots=True)
class Threads:
    """A page of the threads of a run that a reader may see, and where new ones may stand: units by name, topics."""

    course: str
    settings: DiscussionSettings
    units: Mapping[str, str]
    page: Page[Thread]
    may_moderate: bool


@dataclass(frozen=True, slots=True)
class ThreadAsk:
    """Which threads are asked for."""

    text: str = ""
    unit: str = ""
    topic: str = ""
    show: Show = Show.ALL
    number: int = 1


@dataclass(frozen=True, slots=True)
class ReportedPost:
    """A post that readers reported and staff have not looked at yet: each reason, without who gave it."""

    post_id: UUID
    thread_id: UUID
    run_id: str
    title: str
    html: str
    by: str
    at: datetime
    hidden: bool
    reasons: tuple[str, ...]


def may_moderate(actor: Actor, institution: str) -> bool:
    """Authors, program staff and registrars of the institution, and the system."""
    return actor.is_system or any(actor.has_role(role, institution) for role in MODERATORS)


def check_post(text: str) -> str:
    """The text of a post without what surrounds it; Unusable if it is empty or too long."""
    text = _storable(text)
    if not text:
        raise Unusable("post_empty", "Your text is empty. Write something.")
    if len(text) > LONGEST_POST:
        raise Unusable("post_too_long", "Your text is longer than {most} characters. Shorten it.", most=LONGEST_POST)
    return text


def check_title(title: str) -> str:
    """The title of a thread in one line; Unusable if it is empty or too long."""
    title = " ".join(_storable(title).split())
    if not title or len(title) > LONGEST_TITLE:
        raise Unusable("title_unusable", "Title: enter 1 to {most} characters.", most=LONGEST_TITLE)
    return title


def check_why(reason: str) -> str:
    """A reason that somebody else reads; Unusable if it is empty or too long."""
    reason = _storable(reason)
    if not reason or len(reason) > LONGEST_WHY:
        raise Unusable("reason_missing", "Give a reason of up to {most} characters.", most=LONGEST_WHY)
    return reason


def check_topics(lines: Sequence[str]) -> tuple[str, ...]:
    """Topics, one a line, each once; those that are always there if none is given."""
    topics = tuple(dict.fromkeys(topic for line in lines if (topic := " ".join(_storable(line).split()))))
    if len(topics) > MOST_TOPICS or any(len(topic) > LONGEST_TOPIC for topic in topics):
        raise Unusable(
            "topics_unusable",
            "Topics: enter at most {most}, one a line, each of up to {longest} characters.",
            most=MOST_TOPICS,
            longest=LONGEST_TOPIC,
        )
    return topics or TOPICS


def check_place(unit: str, topic: str, units: Mapping[str, str], settings: DiscussionSettings) -> None:
    """Unusable unless a thread belongs to one unit that its author sees, or to one topic."""
    if bool(unit) == bool(topic) or (unit and unit not in units) or (topic and topic not in settings.topics):
        raise Unusable("place_missing", "Choose what your question is about: a unit or a topic of this course.")


def check_rate(times: Sequence[datetime], now: datetime) -> None:
    """Refused for who wrote too much of late; `times` are those of what they wrote."""
    for most, span in RATES:
        if sum(moment > now - span for moment in times) >= most:
            raise Refused("posts_too_many", "You wrote a lot in a short time. Wait a while, then send it again.")


def _storable(text: str) -> str:
    if "\0" in text:
        raise Unusable("text_unusable", "A null character cannot be stored. Remove it.")
    return text.replace("\r\n", "\n").strip()
