"""The dean's page: funnels, tuition forgone and gained, break-even, outcomes compared; each also as a file."""

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from linkspan.admissions.queries import rounds
from linkspan.admissions.rules import Mode, Round
from linkspan.catalog.queries import programs
from linkspan.kernel.errors import NotFound, permit
from linkspan.kernel.request import Request
from linkspan.outcomes import queries
from linkspan.outcomes.engines.plots import Bar, Point, bars_svg, curve_svg
from linkspan.outcomes.rules import (
    STEPS,
    Terms,
    ToldCohort,
    ToldFunnel,
    ToldLine,
    article_case,
    break_even,
    may_see_funnel,
    may_see_outcomes,
)
from linkspan.pathways.queries import agreement_on
from linkspan.web.pages import signed_in
from linkspan.web.tables import csv_file


@dataclass(frozen=True, slots=True)
class RoundFunnel:
    """How far who applied in a round came, as counted at a moment, and the plot of it."""

    round: Round
    funnel: ToldFunnel
    svg: str
    at: datetime


@signed_in
def dean(request: Request) -> HttpResponse:
    """Funnels of the decided ranked rounds and of each cohort, money, and how pathway students do."""
    permit(may_see_outcomes(request.actor), "see outcomes")
    lines = queries.tuition_lines(request.actor, request.now.date())
    reading = queries.Reading(request.now)
    told = {
        "funnels": _round_funnels(request),
        "cohorts": [row for found in _cohort_funnels(request, reading).values() for row in found],
        "steps": STEPS,
        "balance": queries.balance(request.actor, request.now.date()),
        "lines": lines,
        "titles": {row.agreement_id: agreement_on(row.agreement_id, request.now.date()).title for row in lines},
        "groups": _groups(request, reading),
        "article": _article(),
    }
    return render(request, "desk/dean.html", told)


@signed_in
def dean_file(request: Request, what: str) -> HttpResponse:
    """What a table of the dean's page shows, as CSV."""
    permit(may_see_outcomes(request.actor), "see outcomes")
    if what == "cohorts":
        rows = [(r.program, r.cohort, *r.steps.values()) for found in _cohort_funnels(request).values() for r in found]
        return csv_file("cohorts.csv", ("program", "cohort", *STEPS), rows)
    if what == "rounds":
        shown = _round_funnels(request, plots=False)
        steps = list(shown[0].funnel.steps) if shown else []
        table = [(one.round.title, one.round.term, *one.funnel.steps.values()) for one in shown]
        return csv_file("rounds.csv", ("round", "term", *steps), table)
    if what == "tuition":
        lines = queries.tuition_lines(request.actor, request.now.date())
        header = ("agreement", "cohort", "learners", "currency", "forgone_minor", "paid_minor", "to_come_minor")
        return csv_file("tuition.csv", header, [_tuition_row(line) for line in lines])
    raise NotFound("file_unknown", "There is no such file. Go back to the outcomes.")


def _tuition_row(line: ToldLine) -> tuple[object, ...]:
    told = line.amounts
    money = (told.forgone.currency, told.forgone.minor, told.paid.minor, told.to_come.minor) if told else ("",) * 4
    return (line.agreement_id, line.cohort, line.learners, *money)


def _round_funnels(request: Request, plots: bool = True) -> list[RoundFunnel]:
    found = []
    for round_ in rounds():
        if round_.mode != Mode.RANKED or round_.decided_at is None:
            continue
        agreement = agreement_on(round_.agreement_id, round_.opens_at.date())
        if not may_see_funnel(request.actor, round_.institution, agreement.terms.sending.institution):
            continue
        program, as_of = queries.source_of(agreement), round_.decided_at
        counted = queries.counted_funnel(request.actor, program, round_.id, as_of, request.now)
        funnel = counted.value
        bars = [Bar(_words(name), band.middle, str(band)) for name, band in funnel.steps.items()]
        svg = bars_svg(bars) if plots else ""
        found.append(RoundFunnel(round_, funnel, svg, counted.at))
    return found


def _cohort_funnels(request: Request, reading: queries.Reading | None = None) -> dict[str, tuple[ToldCohort, ...]]:
    seen = [p for p in programs(request.now.date()) if may_see_funnel(request.actor, p.institution)]
    read = reading or queries.Reading(request.now)
    return {program.key: queries.cohorts(request.actor, program.key, request.now, read) for program in seen}


def _groups(request: Request, reading: queries.Reading) -> list[dict[str, object]]:
    actor = request.actor
    schools = sorted({round_.institution for round_ in rounds() if may_see_funnel(actor, round_.institution)})
    return [{"school": s, "rows": queries.pathway_outcomes(actor, s, request.now, reading)} for s in schools]


def _article() -> dict[str, object]:
    """The article's case, before any assumption: what one learner forgoes and pays, and where the two meet."""
    terms = article_case().partners[0].terms
    even = break_even(terms, Fraction(0))
    share = even.share_anyway or Fraction(0)
    return {"terms": terms, "loss": -terms.forgone_per_learner, "percent": f"{float(share) * 100:.1f}"}


def break_even_svg(terms: Terms) -> str:
    """Net tuition per learner over the share who would have come anyway."""
    points = []
    for percent in range(0, 101, 5):
        net = float(break_even(terms, Fraction(percent, 100)).net_per_learner) / 100
        points.append(Point(percent, net, net, net))
    return curve_svg(points, _("Would have come anyway, percent"), _("Net per learner"))


def _words(name: str) -> str:
    return _(name.replace("_", " "))
