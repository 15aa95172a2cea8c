"""The timeline of an attempt: a strip by minute, and the table that says the same."""

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from linkspan.accounts.actions import read_people
from linkspan.exams import queries
from linkspan.exams.rules import StripRow, Timeline
from linkspan.kernel.request import Request
from linkspan.web.pages import signed_in

#: Sizes of the strip: a minute, a row, and the place of the words.
MINUTE, HEIGHT, LABELS, AXIS = 8, 26, 190, 24
LABEL: dict[StripRow, Promise] = {
    StripRow.FOCUS: _("Window and full screen"),
    StripRow.PASTE: _("Pasted"),
    StripRow.NETWORK: _("Network"),
    StripRow.SAVES: _("Answers saved"),
    StripRow.CLOCK: _("Start, pauses, end"),
    StripRow.MESSAGES: _("Messages"),
    StripRow.INCIDENTS: _("Incidents"),
}


@dataclass(frozen=True, slots=True)
class Strip:
    """The strip, ready to be drawn: rows with their words, spots, and a line each ten minutes."""

    width: int
    height: int
    rows: tuple[tuple[str, int, int], ...]
    spots: tuple[tuple[int, int, str], ...]
    ticks: tuple[tuple[int, int], ...]


@signed_in
def one(request: Request, attempt_id: UUID) -> HttpResponse:
    """An attempt in order, for its proctors, and for its learner once the result is out."""
    found = queries.timeline_of(request.actor, attempt_id)
    row = queries.attempt(request.actor, attempt_id)
    own = request.actor.is_person(row.learner_id)
    people = {} if own else read_people(actor=request.actor, ids=[row.learner_id], now=request.now)
    names = {key: person.legal_name or person.name for key, person in people.items()}
    told = {"row": row, "own": own, "names": names, "timeline": found, "strip": strip(found) if found.spots else None}
    return render(request, "exam_timeline.html", told)


def strip(found: Timeline) -> Strip:
    """The strip of a timeline; rows in which nothing happened stay, so that one sees that."""
    places = {row: AXIS + number * HEIGHT for number, row in enumerate(StripRow)}
    middle = HEIGHT // 2
    rows = tuple((str(LABEL[row]), y, y + middle + 4) for row, y in places.items())
    spots = tuple((LABELS + spot.minute * MINUTE, places[spot.row] + 4, spot.row.value) for spot in found.spots)
    step = 10 if found.minutes > 20 else 5
    ticks = tuple((LABELS + minute * MINUTE, minute) for minute in range(0, found.minutes + step, step))
    width = LABELS + (found.minutes + step) * MINUTE
    return Strip(width, AXIS + len(StripRow) * HEIGHT + 4, rows, spots, ticks)
