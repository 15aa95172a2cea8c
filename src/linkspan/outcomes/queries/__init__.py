"""Reads over everything below."""

from linkspan.outcomes.queries.comparison import pathway_outcomes
from linkspan.outcomes.queries.funnels import cohorts, funnel, source_of
from linkspan.outcomes.queries.reading import Records, graded_records
from linkspan.outcomes.queries.scenarios import scenario_of
from linkspan.outcomes.queries.tuition import agreement_terms, balance, tuition_lines

__all__ = [
    "Records",
    "agreement_terms",
    "balance",
    "cohorts",
    "funnel",
    "graded_records",
    "pathway_outcomes",
    "scenario_of",
    "source_of",
    "tuition_lines",
]
