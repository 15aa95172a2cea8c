"""The dean's page: funnels, tuition forgone and gained, break-even, outcomes compared; each also as a file."""

from collections.abc import Sequence
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
    trends,
)
from linkspan.pathways.queries import agreement_on
from linkspan.web.outcome_tables import (
    CohortAsk,
    Groups,
    cohorts_csv,
    cohorts_svg,
    network_csv,
    network_svg,
    rounds_csv,
    rounds_svg,
    students_csv,
    students_svg,
    trend_csv,
    trend_svg,
    trend_svgs,
    tuition_csv,
    tuition_svg,
)
from linkspan.web.pages import signed_in
from linkspan.web.tables import as_file


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
    every = [row for found in _cohort_funnels(request, reading).values() for row in found]
    asked = CohortAsk.of(request.GET)
    chosen = asked.among(every)
    told = {
        "funnels": _round_funnels(request),
        "cohorts": chosen,
        "programs": sorted({row.program for row in every}),
        "years": sorted({row.cohort for row in every}),
        "asked": asked,
        "trends": trends(chosen),
        "trend_svgs": trend_svgs(chosen),
        "kept": asked.address,
        "steps": STEPS,
        "balance": queries.balance(request.actor, request.now.date()),
        "lines": lines,
        "titles": _titles(request, lines),
        "groups": _groups(request, reading),
        "article": _article(),
    }
    return render(request, "desk/dean.html", told)


@signed_in
def dean_file(request: Request, what: str) -> HttpResponse:
    """What a table of the dean's page shows, as CSV."""
    permit(may_see_outcomes(request.actor), "see outcomes")
    if what in ("cohorts", "trend"):
        chosen = _chosen_cohorts(request)
        return cohorts_csv(chosen) if what == "cohorts" else trend_csv(trends(chosen))
    if what in ("rounds", "network"):
        shown = [(one.round.title, one.round.term, one.funnel) for one in _round_funnels(request, plots=False)]
        return rounds_csv(shown) if what == "rounds" else network_csv(shown)
    if what == "tuition":
        return tuition_csv(queries.tuition_lines(request.actor, request.now.date()))
    if what == "students":
        return students_csv(_groups(request, queries.Reading(request.now)))
    raise NotFound("file_unknown", "There is no such file. Go back to the outcomes.")


@signed_in
def dean_picture(request: Request, what: str) -> HttpResponse:
    """A plot of a table of the dean's page, as a picture to take along."""
    permit(may_see_outcomes(request.actor), "see outcomes")
    if what in ("cohorts", "trend"):
        chosen = _chosen_cohorts(request)
        svg = cohorts_svg(chosen) if what == "cohorts" else trend_svg(chosen)
    elif what in ("rounds", "network"):
        shown = [(one.round.title, one.round.term, one.funnel) for one in _round_funnels(request, plots=False)]
        svg = rounds_svg(shown) if what == "rounds" else network_svg(shown)
    elif what == "tuition":
        lines = queries.tuition_lines(request.actor, request.now.date())
        svg = tuition_svg(lines, _titles(request, lines))
    elif what == "students":
        svg = students_svg(_groups(request, queries.Reading(request.now)))
    else:
        raise NotFound("file_unknown", "There is no such file. Go back to the outcomes.")
    return as_file(svg, "image/svg+xml", f"{what}.svg")


def _chosen_cohorts(request: Request) -> list[ToldCohort]:
    every = [row for found in _cohort_funnels(request).values() for row in found]
    return CohortAsk.of(request.GET).among(every)


def _titles(request: Request, lines: Sequence[ToldLine]) -> dict[str, str]:
    return {row.agreement_id: agreement_on(row.agreement_id, request.now.date()).title for row in lines}


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


def _groups(request: Request, reading: queries.Reading) -> list[Groups]:
    actor = request.actor
    schools = sorted({round_.institution for round_ in rounds() if may_see_funnel(actor, round_.institution)})
    return [Groups(s, queries.pathway_outcomes(actor, s, request.now, reading)) for s in schools]


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
