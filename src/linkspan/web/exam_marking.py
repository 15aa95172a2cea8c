"""Answers that people mark: what waits for me, and one of them with its rubric, never with a name."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from linkspan.exams import actions, queries
from linkspan.exams.rules import LONGEST_COMMENT
from linkspan.kernel.errors import Unusable
from linkspan.kernel.request import Request
from linkspan.screens.lists import ListName
from linkspan.web.lists import list_page
from linkspan.web.pages import done, signed_in, text, texts

MOST_CRITERIA = 20


@signed_in
def waiting(request: Request) -> HttpResponse:
    """The answers that wait for my mark, those that are due first."""
    return list_page(request, "desk/exam_to_mark.html", ListName.MARKING, {})


@signed_in
def one(request: Request, mark_id: UUID) -> HttpResponse:
    """One answer to mark; what was typed is kept on an error."""
    if request.method != "POST":
        return _page(request, mark_id, [], "")
    points, comment = texts(request, "points", MOST_CRITERIA), text(request, "comment", LONGEST_COMMENT + 1)
    whole = [int(one) if one.isascii() and one.isdigit() and len(one) < 4 else -1 for one in points]
    try:
        actions.put_mark(actor=request.actor, mark_id=mark_id, points=whole, comment=comment, now=request.now)
    except Unusable as error:
        return _page(request, mark_id, points, comment, error)
    return done(request, _("Your mark is kept."), "exam_marking-waiting")


def _page(
    request: Request, mark_id: UUID, points: list[str], comment: str, problem: Unusable | None = None
) -> HttpResponse:
    found = queries.one_to_mark(request.actor, mark_id)
    typed = points if len(points) == len(found.item.options) else [""] * len(found.item.options)
    rows = list(zip(found.item.options, found.item.answers, typed, strict=True))
    told = {"found": found, "rows": rows, "comment": comment, "problem": problem}
    return render(request, "desk/exam_mark.html", told, status=422 if problem else 200)
