"""The list of answers that wait for a marker, and whom of the markers to tell that some do."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from linkspan.exams.models import ExamVersionRow, MarkRow
from linkspan.exams.queries.marking import MARKED_IN, waiting_rows
from linkspan.kernel.actor import Actor
from linkspan.kernel.lists import Ask, Shape, found, numbered, word_beginnings
from linkspan.kernel.paging import Page

#: A marker is told of an exam once in so long, with all that waits.
TOLD_EVERY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class MarkLine:
    """An answer in a marker's list: what was asked, never whose it is; marks are due when results come out."""

    id: UUID
    question: str
    title: str
    third: bool
    since: datetime
    due: datetime


MARKING = Shape(
    search=lambda text: numbered(text) | word_beginnings(text, ("attempt__version__title",)),
    sorts={
        "title": ("attempt__version__title", "assigned_at"),
        "since": ("assigned_at",),
        "due": ("attempt__sitting__release_at", "assigned_at"),
    },
    first="due",
)


def marks_waiting(actor: Actor, ask: Ask) -> Page[MarkLine]:
    """The answers that wait for the actor's mark, those that are due first."""
    rows = waiting_rows(actor).select_related("attempt__sitting", "attempt__version")
    rows = rows.defer("attempt__version__bank", "attempt__version__seb_settings", "attempt__form", "attempt__shares")
    prompts: dict[tuple[UUID, str], str] = {}

    def line(row: MarkRow) -> MarkLine:
        version = row.attempt.version
        if (version.id, row.item) not in prompts:
            bank = ExamVersionRow.objects.values_list("bank", flat=True).get(id=version.id)
            prompts.update({(version.id, entry["id"]): entry["prompt"] for entry in bank})
        question = prompts.get((version.id, row.item), "")
        return MarkLine(
            row.id, question, version.title, row.number > 2, row.assigned_at, row.attempt.sitting.release_at
        )

    return found(rows, ask, MARKING, line)


def markers_to_tell(now: datetime) -> tuple[tuple[UUID, str], ...]:
    """Markers and exams with answers that they were not told of, and of which they were told nothing for a day."""
    rows = MarkRow.objects.filter(marked_at=None, attempt__state__in=MARKED_IN, attempt__released_at=None)
    names = ("marker_id", "attempt__version__exam_id")
    lately = set(MarkRow.objects.filter(told_at__gt=now - TOLD_EVERY).values_list(*names))
    return tuple(sorted(set(rows.filter(told_at=None).values_list(*names)) - lately))
