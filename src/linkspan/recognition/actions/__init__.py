"""What is done to credit: awarded after joining, reversed by a person when its ground is gone; plans that are kept."""

from linkspan.recognition.actions.by_hand import (
    adjust_credit,
    decide_exception,
    post_credit,
    reverse_credit,
    substitute_course,
)
from linkspan.recognition.actions.cases import answer_case, remind_of_cases
from linkspan.recognition.actions.credit import (
    award_credit,
    claim_transcript,
    close_case,
    enter_degree,
    issue_transcript,
    keep_plan,
    open_case,
)
from linkspan.recognition.actions.irreversible import CHANGE_CREDIT, CLOSE_CASE, DECIDE_EXCEPTION

__all__ = [
    "CHANGE_CREDIT",
    "CLOSE_CASE",
    "DECIDE_EXCEPTION",
    "adjust_credit",
    "answer_case",
    "award_credit",
    "claim_transcript",
    "close_case",
    "decide_exception",
    "enter_degree",
    "issue_transcript",
    "keep_plan",
    "open_case",
    "post_credit",
    "remind_of_cases",
    "reverse_credit",
    "substitute_course",
]
