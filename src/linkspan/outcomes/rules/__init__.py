"""Funnels, the economics of an agreement, outcomes compared, and the what-if simulator: all pure."""

from linkspan.outcomes.rules.access import may_see_funnel, may_see_outcomes
from linkspan.outcomes.rules.economics import Terms, break_even
from linkspan.outcomes.rules.funnel import STEPS
from linkspan.outcomes.rules.scenario import MOST_PARTNERS, Partner, Scenario, article_case, checked
from linkspan.outcomes.rules.simulation import DRAWS, Simulation, simulate
from linkspan.outcomes.rules.told import Course, ToldCohort, ToldFunnel, ToldGroup, ToldLine, Trend, trends

__all__ = [
    "DRAWS",
    "MOST_PARTNERS",
    "STEPS",
    "Course",
    "Partner",
    "Scenario",
    "Simulation",
    "Terms",
    "ToldCohort",
    "ToldFunnel",
    "ToldGroup",
    "ToldLine",
    "Trend",
    "article_case",
    "break_even",
    "checked",
    "may_see_funnel",
    "may_see_outcomes",
    "simulate",
    "trends",
]
