"""Blind reading: a reader's list and forms; for the office, the rubric, the readers, and how they compare."""

from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from linkspan.admissions import actions, queries
from linkspan.admissions import queries as admissions_queries
from linkspan.admissions.rules import rubric_shown
from linkspan.kernel.errors import Unusable
from linkspan.kernel.request import Request
from linkspan.kernel.versions import version_of
from linkspan.outcomes.engines.plots import Span, spans_svg
from linkspan.web.pages import acts, done, post_only, seen, signed_in, text, typed


class Read(StrEnum):
    """What a reader does with an application."""

    SUBMIT = "submit"
    CONFLICT = "conflict"


class Arrange(StrEnum):
    """What the office does about a round's reading."""

    RUBRIC = "rubric"
    ASSIGN = "assign"
    ADOPT = "adopt"


@signed_in
def reading_list(request: Request) -> HttpResponse:
    """What one has to read."""
    return render(request, "desk/reading.html", {"files": admissions_queries.reading_list(request.actor)})


@signed_in
@acts(Read)
def reading(request: Request, review_id: UUID, do: Read | None = None) -> HttpResponse:
    """One application without its applicant, and the rubric."""
    if do is Read.CONFLICT:
        actions.declare_conflict(
            actor=request.actor, review_id=review_id, reason=text(request, "conflict"), now=request.now
        )
        return done(request, _("Somebody else will read it. Thank you for saying so."), "reading-reading_list")
    found = admissions_queries.blind_file(request.actor, review_id)
    if do is None:
        return render(request, "desk/blind_file.html", {"file": found, "points": range(found.rubric.scale + 1)})
    names = [criterion.name for criterion in found.rubric.criteria]
    given = {name: text(request, name, longest=3) for name in names}
    points = {name: int(value) for name, value in given.items() if value.isascii() and value.isdigit()}
    actions.submit_review(
        actor=request.actor, review_id=review_id, points=points, note=text(request, "note"), now=request.now
    )
    return done(request, _("Your reading is handed in."), "reading-reading_list")


@signed_in
def office(request: Request, round_id: UUID) -> HttpResponse:
    """The office's side of a round's reading."""
    rows = admissions_queries.calibration(request.actor, round_id)
    spans = [span for row in rows for span in _spans(row.reader, row.lowest, row.mean, row.highest, row.others)]
    told = {
        "round": queries.round_by_id(round_id),
        "rubric": (rubric := admissions_queries.rubric_of(round_id)),
        "seen": version_of(rubric_shown(rubric)),
        "rows": rows,
        "svg": spans_svg(spans, _("score, 0 to 1000")) if spans else "",
    }
    return render(request, "desk/readers.html", told)


def _spans(reader: str, low: Decimal, mean: Decimal, high: Decimal, others: Decimal | None) -> list[Span]:
    own = Span(reader, _("given"), float(low), float(mean), float(high))
    if others is None:
        return [own]
    return [own, Span(reader, _("by the others"), *[float(others)] * 3)]


@post_only
@signed_in
@acts(Arrange)
def arrange(request: Request, round_id: UUID, do: Arrange) -> HttpResponse:
    """Set the rubric, assign readers, or adopt the readers' scores."""
    actor, now = request.actor, request.now
    back = reverse("reading-office", args=[round_id])
    if do is Arrange.RUBRIC:
        rows = [_criterion(line) for line in text(request, "criteria").splitlines() if line.strip()]
        scale, quorum = _whole(text(request, "scale")), _whole(text(request, "quorum"))
        criteria = text(request, "criteria").replace("\r", "")
        with typed(back, criteria=criteria, scale=str(scale), quorum=str(quorum)):
            actions.set_rubric(
                actor=actor,
                round_id=round_id,
                rows=rows,
                scale=scale,
                quorum=quorum,
                now=now,
                seen=seen(request),
            )
        return done(request, _("The rubric is set."), back)
    if do is Arrange.ASSIGN:
        made = actions.assign_readers(actor=actor, round_id=round_id, each=_whole(text(request, "each")), now=now)
        words = ngettext("{count} reading is assigned.", "{count} readings are assigned.", made)
        return done(request, words.format(count=made), back)
    count = actions.adopt_scores(actor=actor, round_id=round_id, now=now)
    words = ngettext("{count} score is recorded.", "{count} scores are recorded.", count)
    return done(request, words.format(count=count), back)


def _criterion(line: str) -> tuple[str, int]:
    title, _sign, weight = line.rpartition(";")
    return title.strip(), _whole(weight)


def _whole(given: str) -> int:
    given = given.strip()
    if not (given.isascii() and given.isdigit() and len(given) < 6):
        raise Unusable("number_unusable", _("A whole number is needed: «{given}» is none.").format(given=given[:20]))
    return int(given)
