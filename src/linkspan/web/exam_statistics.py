"""How a version of an exam did: difficulty by discrimination, as a plot, a table and a file."""

from enum import StrEnum

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from linkspan.exams.queries import Counted, Out, QuestionFigures
from linkspan.exams.rules import FEWEST_RESULTS
from linkspan.kernel.request import Request
from linkspan.outcomes.engines.plots import Dot, dots_svg
from linkspan.screens.exam_statistics import StatisticsScreen, statistics_screen
from linkspan.web.pages import signed_in
from linkspan.web.tables import csv_file

#: More dots, the hardest first, would hide one another.
MOST_DOTS = 60
HEADER = (
    *("question", "topic", "prompt", "learners_from", "learners_to", "right_percent", "discrimination"),
    *("left_out_percent", "mean_seconds", "counts", "look_at"),
)


@signed_in
def shown(request: Request, code: str, number: int) -> HttpResponse:
    """The figures of a version as a whole and by question, by the attempts that are asked for."""
    found = _asked(request, code, number)
    rows = list(enumerate(found.questions, 1))
    told = {
        "found": found,
        "rows": rows,
        "svg": _plot(rows),
        "choices": [(n, one) for n, one in rows if one.options],
        "fewest": FEWEST_RESULTS,
        "counted": list(Counted),
        "out": list(Out),
    }
    return render(request, "desk/exam_statistics.html", told)


@signed_in
def table(request: Request, code: str, number: int) -> HttpResponse:
    """The same table as a CSV file."""
    found = _asked(request, code, number)
    return csv_file("questions.csv", HEADER, [_line(n, one) for n, one in enumerate(found.questions, 1)])


def _asked(request: Request, code: str, number: int) -> StatisticsScreen:
    counted = _one_of(request.GET.get("counted", ""), Counted, Counted.ALL)
    out = _one_of(request.GET.get("out", ""), Out, Out.RELEASED)
    return statistics_screen(request.actor, code, number, counted=counted, out=out)


def _one_of[Choice: StrEnum](given: str, among: type[Choice], otherwise: Choice) -> Choice:
    return among(given) if given in set(among) else otherwise


def _plot(rows: list[tuple[int, QuestionFigures]]) -> str:
    dots = [
        Dot(f"{n}", float(one.right), float(one.discrimination), bool(one.flags))
        for n, one in rows
        if one.right is not None and one.discrimination is not None
    ]
    return dots_svg(dots[:MOST_DOTS], _("Right answers in percent"), _("Discrimination")) if dots else ""


def _line(n: int, one: QuestionFigures) -> tuple[object, ...]:
    numbers = (one.right, one.discrimination, one.omitted, one.seconds)
    told = ("" if value is None else round(value, 3) for value in numbers)
    counts = "no" if one.dropped else "in full" if one.full else "yes"
    learners = (one.learners.low, one.learners.high)
    return (n, one.item.group, one.item.prompt, *learners, *told, counts, " ".join(one.flags))
