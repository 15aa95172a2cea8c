"""What is done to credit: awarded after joining, reversed by a person when its ground is gone; plans that are kept."""

from linkspan.recognition.actions.credit import (
    award_credit,
    claim_transcript,
    close_case,
    enter_degree,
    issue_transcript,
    keep_plan,
    open_case,
)
from linkspan.recognition.actions.irreversible import CLOSE_CASE

__all__ = [
    "CLOSE_CASE",
    "award_credit",
    "claim_transcript",
    "close_case",
    "enter_degree",
    "issue_transcript",
    "keep_plan",
    "open_case",
]
