"""What a notice and a message are, and what notices are about."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from linkspan.kernel.errors import Unusable
from linkspan.kernel.lines import OneLine


@dataclass(frozen=True, slots=True)
class Notice:
    """A notice as its reader sees it; `done` once the wait that it announced is over."""

    id: UUID
    title: str
    body: str
    link: str
    at: datetime
    read: bool
    done: bool


@dataclass(frozen=True, slots=True)
class Mail:
    """A message as it leaves. What is not ours comes in by `of`, as lines, with our words around them."""

    to: str
    subject: str
    body: str

    def __post_init__(self) -> None:
        if any(len(line.splitlines()) != 1 for line in (self.to, self.subject)):
            raise Unusable("mail_unusable", "An address and a subject are one line each.")

    @classmethod
    def of(cls, to: str, subject: str, paragraphs: Iterable[str], given: Mapping[str, OneLine], **ours: str) -> Self:
        """Our words with the lines given; `ours` are what we alone write, such as links. KeyError if a word lacks."""
        written = [paragraph.format_map({**given, **ours}) for paragraph in paragraphs]
        return cls(to, " ".join(subject.format_map(given).split()), "\n\n".join(written) + "\n")


class Topic(StrEnum):
    """What notices are about: e-mail is chosen by topic."""

    LEARNING = "learning"
    DISCUSSION = "discussion"
    EXAMS = "exams"
    RECORD = "record"
    CREDENTIALS = "credentials"
    APPLICATIONS = "applications"
    MONEY = "money"
    PATHWAYS = "pathways"
    DESK = "desk"


class Mailing(StrEnum):
    """How notices come by e-mail: each at once, all of a day in one mail, or not."""

    AT_ONCE = "at_once"
    DAILY = "daily"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Template:
    """The words of a kind of notice, as message ids."""

    topic: Topic
    title: str
    body: str


def zone_of(name: str) -> ZoneInfo:
    """The reader's zone; UTC if theirs is not known."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
