"""Credit awards, degree plans, and plans by term: all pure."""

from linkspan.recognition.rules.awards import CreditAward
from linkspan.recognition.rules.by_hand import WHOLE
from linkspan.recognition.rules.catalogue import CatalogueDegree
from linkspan.recognition.rules.conferral import DegreeKind, HoldKind, ListState
from linkspan.recognition.rules.degree import SEASONS
from linkspan.recognition.rules.plan import DegreePlan
from linkspan.recognition.rules.planning import WORDS, Limit, Placed, Task, Todo, plan_shown
from linkspan.recognition.rules.terms import Term, parse_term, term_of, terms_from

__all__ = [
    "SEASONS",
    "WHOLE",
    "WORDS",
    "CatalogueDegree",
    "CreditAward",
    "DegreeKind",
    "DegreePlan",
    "HoldKind",
    "Limit",
    "ListState",
    "Placed",
    "Task",
    "Term",
    "Todo",
    "parse_term",
    "plan_shown",
    "term_of",
    "terms_from",
]
