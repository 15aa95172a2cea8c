"""How a version of an exam did: difficulty by discrimination, as a plot, a table and a file."""

from datetime import datetime
from enum import StrEnum

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from linkspan.exams import actions
from linkspan.exams.queries import Counted, GroupKind, ItemModel, Out, QuestionFigures
from linkspan.exams.rules import FEWEST_RESULTS
from linkspan.kernel.request import Request
from linkspan.outcomes.engines.plots import Dot, dots_svg
from linkspan.screens.exam_statistics import StatisticsScreen, statistics_screen
from linkspan.web.pages import acts, choices, done, post_only, signed_in
from linkspan.web.tables import csv_file

#: More dots, the hardest first, would hide one another.
MOST_DOTS = 60
HEADER = (
    *("question", "topic", "prompt", "learners_from", "learners_to", "right_percent", "discrimination"),
    *("left_out_percent", "mean_seconds", "counts", "look_at"),
)


class Ask(StrEnum):
    """What is asked for from the page of figures."""

    WORK_OUT = "work_out"


@signed_in
@acts(Ask)
def shown(request: Request, code: str, number: int, do: Ask | None = None) -> HttpResponse:
    """The figures of a version as a whole and by question; a post has the worker work out what models say."""
    if do is not None:
        asked = actions.ask_analysis(actor=request.actor, code=code, number=number, now=request.now)
        words = _("It is being worked out. Load the page again to see how far it is.")
        same = _("Nothing was begun: it is under way, or nothing came since.")
        return done(request, words if asked else same, "exam_statistics-shown", code, number)
    found = _asked(request, code, number)
    rows = list(enumerate(found.questions, 1))
    told = {
        "found": found,
        "rows": rows,
        "svg": _plot(rows),
        "choices": [(n, one) for n, one in rows if one.options],
        "fewest": FEWEST_RESULTS,
        "counted": list(Counted),
        "out": list(Out) if found.may_rule else [],
        "models": _models(found, rows),
        "differing": _differing(found, rows),
    }
    return render(request, "desk/exam_statistics.html", told)


@post_only
@signed_in
def groups(request: Request, school: str) -> HttpResponse:
    """Choose by what learners may be compared."""
    wanted = choices(request, "groups", GroupKind)
    actions.set_compared_groups(actor=request.actor, institution=school, groups=wanted, now=request.now)
    return done(request, _("Setting saved."), "exam_making-overview")


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


def _models(found: StatisticsScreen, rows: list[tuple[int, QuestionFigures]]) -> list[tuple[int, str, ItemModel]]:
    """The questions of the models by the numbers of the table, the hardest first."""
    held = {one.item.id: (n, one.item.prompt) for n, one in rows}
    told = [
        (*held[one.item], one) for one in (found.work.models.items if found.work.models else ()) if one.item in held
    ]
    return sorted(told, key=lambda one: (-one[2].difficulty, one[0]))


def _differing(found: StatisticsScreen, rows: list[tuple[int, QuestionFigures]]) -> list[dict[str, object]]:
    """Each group that was compared, with the questions that differ by the numbers of the table."""
    held = {one.item.id: (n, one.item) for n, one in rows}
    return [
        {
            "kind": group.kind,
            "value": group.value,
            "opened": datetime.fromisoformat(group.value) if group.kind is GroupKind.SITTING else None,
            "questions": group.questions,
            "rows": [(*held[row.item], row) for row in group.rows if row.item in held],
        }
        for group in (found.work.models.compared if found.work.models else ())
    ]


def _line(n: int, one: QuestionFigures) -> tuple[object, ...]:
    numbers = (one.right, one.discrimination, one.omitted, one.seconds)
    told = ("" if value is None else value for value in numbers)
    counts = "no" if one.dropped else "in full" if one.full else "yes"
    learners = (one.learners.low, one.learners.high)
    return (n, one.item.group, one.item.prompt, *learners, *told, counts, " ".join(one.flags))
