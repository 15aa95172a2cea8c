"""Admission as pure decisions: rounds and matching, applications and their states."""

from linkspan.admissions.rules.acts import Act, Case, acts_open
from linkspan.admissions.rules.applications import (
    GIVEN_UP,
    HOLDING,
    Appeal,
    Application,
    MatchRun,
    Mode,
    Round,
    State,
    Waiver,
    may_admit,
    may_decide,
    may_export_case,
    may_match,
    may_open_round,
    order_shown,
    shown_to,
)
from linkspan.admissions.rules.documents import TYPES, Document, Letter, asked_for
from linkspan.admissions.rules.inbox import OVER, InboxFilters, Order
from linkspan.admissions.rules.intakes import Intake
from linkspan.admissions.rules.market import RESERVE_ORDERS, TIES
from linkspan.admissions.rules.matching import match_round
from linkspan.admissions.rules.reviews import BlindFile, Review, ReviewState, Rubric, rubric_shown
from linkspan.admissions.rules.score_file import TakenIn
from linkspan.admissions.rules.scores import Better, read_score
from linkspan.admissions.rules.terms import BridgeStanding, appeal_deadline, terms_of
from linkspan.admissions.rules.transfers import Sent

__all__ = [
    "GIVEN_UP",
    "HOLDING",
    "OVER",
    "RESERVE_ORDERS",
    "TIES",
    "TYPES",
    "Act",
    "Appeal",
    "Application",
    "Better",
    "BlindFile",
    "BridgeStanding",
    "Case",
    "Document",
    "InboxFilters",
    "Intake",
    "Letter",
    "MatchRun",
    "Mode",
    "Order",
    "Review",
    "ReviewState",
    "Round",
    "Rubric",
    "Sent",
    "State",
    "TakenIn",
    "Waiver",
    "acts_open",
    "appeal_deadline",
    "asked_for",
    "match_round",
    "may_admit",
    "may_decide",
    "may_export_case",
    "may_match",
    "may_open_round",
    "order_shown",
    "read_score",
    "rubric_shown",
    "shown_to",
    "terms_of",
]
