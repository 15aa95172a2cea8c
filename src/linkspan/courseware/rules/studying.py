"""What helps to study a course: announcements of its staff, bookmarks, the place where one stopped, what is found."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from linkspan.courseware.rules.course import Block
from linkspan.kernel.errors import Refused, Unusable

LONGEST_ANNOUNCEMENT = 10_000
#: How far ahead an announcement is written.
AHEAD = timedelta(days=400)
#: Announcements of one run that wait for their day.
MOST_WAITING = 50
MOST_BOOKMARKS = 500
MOST_WORDS, LONGEST_SEARCH, MOST_FOUND = 6, 200, 50
AROUND = 80
WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Announcement:
    """What the staff of a run tell everybody in it, from `due` on; `html` is safe in any page.

    `cohort`: the name of the cohort that it is for, empty for everybody.
    """

    id: UUID
    run_id: str
    title: str
    html: str
    by: str
    due: datetime
    published_at: datetime | None
    cohort: str = ""


@dataclass(frozen=True, slots=True)
class UnitPlace:
    """A unit in what somebody sees of a course, with the titles of what it stands in."""

    name: str
    title: str
    chapter: str
    part: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A part of a course in which words were found: where it stands, and the text around the first of them."""

    unit: UnitPlace
    title: str
    before: str
    match: str
    after: str


@dataclass(frozen=True, slots=True)
class Found:
    """What a search in a course found; `more` than is told. `ready`: the texts of the course are collected."""

    text: str
    hits: tuple[Hit, ...]
    more: bool = False
    ready: bool = True


def check_announcement(text: str) -> str:
    """The text of an announcement; Unusable if it is empty or too long."""
    text = text.replace("\r\n", "\n").strip()
    if not text or "\0" in text or len(text) > LONGEST_ANNOUNCEMENT:
        raise Unusable("text_unusable", "Text: enter 1 to {most} characters.", most=LONGEST_ANNOUNCEMENT)
    return text


def check_ahead(due: datetime, now: datetime) -> None:
    """Unusable for a day that nobody writes for."""
    if due > now + AHEAD:
        raise Unusable("time_unusable", "Choose a time within the next {days} days.", days=AHEAD.days)


def check_room(waiting: int) -> None:
    """Refused where enough announcements of a run wait for their day."""
    if waiting >= MOST_WAITING:
        raise Refused("too_many_waiting", "{most} announcements wait here. Withdraw one first.", most=MOST_WAITING)


def units_of(chapters: Iterable[Block]) -> dict[str, UnitPlace]:
    """The units of what somebody sees of a course, by name and in its order."""
    return {
        unit.name: UnitPlace(unit.name, unit.title or part.title, chapter.title, part.title)
        for chapter in chapters
        for part in chapter.children
        for unit in part.units
    }


def folded(text: str) -> str:
    """Return the words of a text as a search compares them: small letters without accents, a blank around each."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return "".join(f" {word}" for word in WORD.findall(plain)) + " "


def words_of(text: str) -> tuple[str, ...]:
    """The words that are looked for, at most six; each finds every word that begins so."""
    return tuple(dict.fromkeys(folded(text[:LONGEST_SEARCH]).split()))[:MOST_WORDS]


def around(text: str, words: Sequence[str]) -> tuple[str, str, str]:
    """A piece of a text with the first word that begins like one of these: before it, itself, after it."""
    for found in WORD.finditer(text):
        if folded(found[0]).strip().startswith(tuple(words)):
            begin, end = max(0, found.start() - AROUND), found.end() + AROUND
            before, after = text[begin : found.start()], text[found.end() : end]
            return ("…" if begin else "") + before, found[0], after + ("…" if end < len(text) else "")
    return text[: 2 * AROUND], "", ""
