"""Completion of programs, grading, and the states of what is issued."""

from linkspan.credentials.rules.grading import GradingPolicy, grading_policy, program_grade
from linkspan.credentials.rules.states import (
    NEXT_STATES,
    STANDING,
    Award,
    AwardState,
    CredentialState,
    Holder,
    Issued,
    IssueKind,
    may_approve,
    may_choose,
    may_issue,
    may_list_credentials,
    may_revoke,
    may_set_policy,
    may_transcribe,
)
from linkspan.credentials.rules.tree import Completion, Grade, Part, Result, best_completion, completion

__all__ = [
    "NEXT_STATES",
    "STANDING",
    "Award",
    "AwardState",
    "Completion",
    "CredentialState",
    "Grade",
    "GradingPolicy",
    "Holder",
    "IssueKind",
    "Issued",
    "Part",
    "Result",
    "best_completion",
    "completion",
    "grading_policy",
    "may_approve",
    "may_choose",
    "may_issue",
    "may_list_credentials",
    "may_revoke",
    "may_set_policy",
    "may_transcribe",
    "program_grade",
]
