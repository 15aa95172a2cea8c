"""Reads of what helps to study a course: announcements, bookmarks, where one stopped, words in what one may see."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL

from linkspan.courseware.engines.markdown import as_html
from linkspan.courseware.models import AnnouncementRow, BookmarkRow, CourseVersionRow, StoppedRow, TextRow
from linkspan.courseware.queries.cohorts import for_me
from linkspan.courseware.queries.courses import course_for, draws_of, seen, taught_row, viewer_of
from linkspan.courseware.queries.versions import authored_run
from linkspan.courseware.rules import (
    MOST_FOUND,
    Announcement,
    Block,
    Found,
    Hit,
    UnitPlace,
    around,
    may_import,
    units_of,
    words_of,
)
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound
from linkspan.kernel.paging import Page, page_of

PAGE = 20
#: Rows with the words of a search of which one asks whether the reader may see them.
MOST_LOOKED_AT = 2_000


def seen_by(actor: Actor, run_id: str, now: datetime) -> Block:
    """What somebody who studies or teaches a course sees of it now."""
    course = course_for(actor, run_id)
    return seen(course, viewer_of(actor, course), draws_of(actor.person_id, course), now)


def announcements(actor: Actor, run_id: str, now: datetime, *, number: int = 1, size: int = PAGE) -> Page[Announcement]:
    """What the staff of a run have told so far, newest first, for who studies or teaches it."""
    course = course_for(actor, run_id)
    rows = AnnouncementRow.objects.filter(run_id=run_id, published_at__lte=now).order_by("-due", "-id")
    rows = rows.select_related("cohort")
    rows = rows if may_import(actor, course.institution) else rows.filter(for_me(actor.person_id, run_id))
    return page_of(rows, rows.count(), announcement, number=number, size=size)


def announcements_to_come(actor: Actor, run_id: str) -> tuple[Announcement, ...]:
    """What waits for its day, for the staff of a run: the next first."""
    authored_run(actor, run_id)
    rows = AnnouncementRow.objects.filter(run_id=run_id, published_at=None).order_by("due", "at", "id")
    rows = rows.select_related("cohort")
    return tuple(map(announcement, rows))


def announcement_of(actor: Actor, announcement_id: UUID) -> AnnouncementRow:
    """A row for its staff; NotFound elsewhere."""
    row = AnnouncementRow.objects.filter(id=announcement_id).first()
    if row is None:
        raise NotFound("announcement_unknown", "There is no such announcement. It may have been withdrawn.")
    authored_run(actor, row.run_id)
    return row


def announcement(row: AnnouncementRow) -> Announcement:
    """A row as a value."""
    cohort, html = row.cohort.name if row.cohort else "", as_html(row.text)
    return Announcement(row.id, row.run_id, row.title, html, row.by, row.due, row.published_at, cohort)


def bookmarks(actor: Actor, run_id: str, chapters: Iterable[Block]) -> tuple[UnitPlace, ...]:
    """The units that somebody marked, as far as they are in what they see now, in the order of the course."""
    mine = set(BookmarkRow.objects.filter(learner_id=actor.own_id, run_id=run_id).values_list("unit", flat=True))
    return tuple(place for name, place in units_of(chapters).items() if name in mine)


def bookmarked(actor: Actor, run_id: str, now: datetime) -> tuple[UnitPlace, ...]:
    """The same, for who asks for nothing else."""
    return bookmarks(actor, run_id, seen_by(actor, run_id, now).children)


def is_bookmarked(actor: Actor, run_id: str, unit: str) -> bool:
    """Whether somebody marked a unit."""
    return BookmarkRow.objects.filter(learner_id=actor.own_id, run_id=run_id, unit=unit).exists()


def stopped_in(actor: Actor, run_id: str, chapters: Iterable[Block]) -> UnitPlace | None:
    """The unit that somebody opened last; None if they opened none, or it is not open any more."""
    units = units_of(chapters)
    row = StoppedRow.objects.filter(learner_id=actor.own_id, run_id=run_id).first()
    return units.get(row.unit) if row else None


def search_course(actor: Actor, run_id: str, text: str, now: datetime) -> Found:
    """Parts of a course whose words begin like each of these, in its order: of what the reader may see now alone."""
    root = seen_by(actor, run_id, now)
    words = words_of(text)
    version = taught_row(run_id)
    if not words or version is None:
        return Found(text, ())
    if version.texts_at is None:
        return Found(text, (), ready=False)
    units, open_now = units_of(root.children), {block.id for block in root.walk()}
    rows = (row for row in _matching(version, words) if row.usage in open_now and row.unit in units)
    hits = [_hit(row, units[row.unit], words) for row, _ in zip(rows, range(MOST_FOUND + 1), strict=False)]
    return Found(text, tuple(hits[:MOST_FOUND]), more=len(hits) > MOST_FOUND)


def _matching(version: CourseVersionRow, words: tuple[str, ...]) -> "QuerySet[TextRow]":
    rows = TextRow.objects.filter(version=version)
    if connection.vendor == "postgresql":
        asked = " & ".join(f"{word}:*" for word in words)
        matches = RawSQL("to_tsvector('simple', courseware_text.words) @@ to_tsquery('simple', %s)", [asked])
        rows = rows.annotate(matches=matches).filter(matches=True)
    else:
        for word in words:
            rows = rows.filter(words__contains=f" {word}")
    return rows.order_by("position")[:MOST_LOOKED_AT]


def _hit(row: TextRow, unit: UnitPlace, words: tuple[str, ...]) -> Hit:
    before, match, after = around(row.text, words)
    return Hit(unit, row.title, before, match, after)


def untold_versions() -> tuple[UUID, ...]:
    """Versions that are taught now and whose texts are not collected yet."""
    newest: dict[str, CourseVersionRow] = {}
    for row in CourseVersionRow.objects.order_by("taught_since", "id"):
        newest[row.run_id] = row
    return tuple(row.id for row in newest.values() if row.texts_at is None)
