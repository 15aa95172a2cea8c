"""A platform against the record: how each learner's grade stands, and what somebody does about it."""

from collections.abc import Iterator
from enum import StrEnum
from itertools import batched
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from linkspan.courseware.queries import events_of, username_rows
from linkspan.kernel.errors import LinkspanError, NotFound
from linkspan.kernel.request import Request
from linkspan.kernel.told import told as in_words
from linkspan.records import actions, queries
from linkspan.records.rules import Side
from linkspan.screens.lists import ListName
from linkspan.web.lists import list_page
from linkspan.web.pages import acts, done, names_of, signed_in, text
from linkspan.web.tables import csv_file

SIDE = ("grade", "letter", "passed", "track", "source", "time", "hash")
HEADER = ("username", "name", "state", "next", "since", *(f"{one} there" for one in SIDE))
HEADER += ("certificate there", "certificate grade there", *(f"{one} here" for one in SIDE), "left by", "reason")


class CompareAct(StrEnum):
    """What is done with a comparison, or a line of it."""

    TAKE_OVER = "take_over"
    LEAVE = "leave"


@signed_in
@acts(CompareAct)
def comparison(request: Request, comparison_id: UUID, do: CompareAct | None = None) -> HttpResponse:
    """One comparison with its lines, or all of it as a file; a post has what was told and is not on record wait."""
    made = queries.comparison(request.actor, comparison_id)
    if request.GET.get("as") == "whole":
        return csv_file("comparison.csv", HEADER, _rows(request, comparison_id, made.institution))
    told = {"made": made, "counts": sorted(made.counts.items())}
    if do is None:
        return list_page(request, "desk/comparison.html", ListName.COMPARED, told, made.id)
    try:
        return _taken_over(request, comparison_id, [])
    except LinkspanError as error:
        wrong = {"problem": in_words(error)}
        page = "desk/comparison.html"
        return list_page(request, page, ListName.COMPARED, told | wrong, made.id, status=error.status)


@signed_in
@acts(CompareAct)
def line(request: Request, line_id: UUID, do: CompareAct | None = None) -> HttpResponse:
    """One line: both sides with source, time and hash; it is taken over, linked, or left with a reason."""
    row = queries.compared_line(request.actor, line_id)
    told: dict[str, object] = {}
    status = 200
    try:
        if do is CompareAct.TAKE_OVER:
            return _taken_over(request, row.comparison_id, [line_id])
        if do is CompareAct.LEAVE:
            reason = text(request, "reason", 500)
            actions.leave_difference(actor=request.actor, line_id=line_id, reason=reason, now=request.now)
            return done(request, _("Left as it is. The reason is kept."), "comparisons-line", line_id)
    except NotFound:
        raise
    except LinkspanError as error:
        told, status = {"problem": in_words(error), "code": error.code, "typed": request.POST}, error.status
    made = queries.comparison(request.actor, row.comparison_id)
    names = names_of(request, {row.learner_id} if row.learner_id else (), at=made.institution)
    username = username_rows(made.institution, made.place, [row.username]).get(row.username)
    sides = [(_("On the platform"), row.there), (_("On record here"), row.here)]
    told["events"] = events_of(made.institution, made.place, made.run_id, row.username) if row.username else ()
    told |= {"row": row, "made": made, "name": names.get(row.learner_id or row.id), "username_id": username}
    return render(request, "desk/compared.html", told | {"sides": sides}, status=status)


def _taken_over(request: Request, comparison_id: UUID, lines: list[UUID]) -> HttpResponse:
    made = actions.take_over(actor=request.actor, comparison_id=comparison_id, lines=lines, now=request.now)
    words = _("The file waits. Nothing is on record before you import it.")
    return done(request, words, "record_imports-one", made)


def _rows(request: Request, comparison_id: UUID, institution: str) -> Iterator[list[object]]:
    for rows in batched(queries.every_line(request.actor, comparison_id), 500):
        names = names_of(request, {row.learner_id for row in rows if row.learner_id}, at=institution)
        for row in rows:
            name = names.get(row.learner_id, "") if row.learner_id else ""
            papers = (row.there.certificate if row.there else None) or {}
            yield [
                *(row.username, name, row.state, row.next, row.since.isoformat(), *_side(row.there)),
                *(papers.get("status", ""), papers.get("grade") or "", *_side(row.here), row.left_by, row.left_reason),
            ]


def _side(side: Side | None) -> list[object]:
    if side is None:
        return [""] * len(SIDE)
    passed = "" if side.passed is None else "yes" if side.passed else "no"
    at = side.at.isoformat() if side.at else ""
    percent = "" if side.percent is None else side.percent
    return [percent, side.letter, passed, side.track, side.source, at, side.sha256]
