"""Reads over everything below."""

from linkspan.outcomes.queries.comparison import pathway_outcomes
from linkspan.outcomes.queries.funnels import cohorts, counted_funnel, exact_funnel, funnel, source_of
from linkspan.outcomes.queries.reading import Reading
from linkspan.outcomes.queries.scenarios import answered_offers, scenario_of
from linkspan.outcomes.queries.tuition import agreement_terms, balance, tuition_lines

__all__ = [
    "Reading",
    "agreement_terms",
    "answered_offers",
    "balance",
    "cohorts",
    "counted_funnel",
    "exact_funnel",
    "funnel",
    "pathway_outcomes",
    "scenario_of",
    "source_of",
    "tuition_lines",
]
