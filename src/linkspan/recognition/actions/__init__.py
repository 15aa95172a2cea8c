"""What is done to credit and degrees: credit awarded, changed, reversed; plans kept; degrees conferred and revoked."""

from linkspan.recognition.actions.by_hand import (
    adjust_credit,
    decide_exception,
    post_credit,
    reverse_credit,
    substitute_course,
)
from linkspan.recognition.actions.case_export import export_case
from linkspan.recognition.actions.cases import answer_case, remind_of_cases
from linkspan.recognition.actions.conferrals import (
    Prepared,
    confer_due,
    decide_conferral,
    leave_out,
    prepare_conferral,
    set_conferral_holds,
    withdraw_conferral,
)
from linkspan.recognition.actions.credit import (
    award_credit,
    claim_transcript,
    close_case,
    issue_transcript,
    keep_plan,
    open_case,
)
from linkspan.recognition.actions.degree_revocations import ask_revocation, decide_revocation
from linkspan.recognition.actions.degrees import HELD, enter_degree
from linkspan.recognition.actions.exceptions import take_back_exception, withdraw_exception
from linkspan.recognition.actions.irreversible import (
    CHANGE_CREDIT,
    CLOSE_CASE,
    DECIDE_CONFERRAL,
    DECIDE_EXCEPTION,
    DECIDE_REVOCATION,
    TAKE_BACK_EXCEPTION,
)

__all__ = [
    "CHANGE_CREDIT",
    "CLOSE_CASE",
    "DECIDE_CONFERRAL",
    "DECIDE_EXCEPTION",
    "DECIDE_REVOCATION",
    "HELD",
    "TAKE_BACK_EXCEPTION",
    "Prepared",
    "adjust_credit",
    "answer_case",
    "ask_revocation",
    "award_credit",
    "claim_transcript",
    "close_case",
    "confer_due",
    "decide_conferral",
    "decide_exception",
    "decide_revocation",
    "enter_degree",
    "export_case",
    "issue_transcript",
    "keep_plan",
    "leave_out",
    "open_case",
    "post_credit",
    "prepare_conferral",
    "remind_of_cases",
    "reverse_credit",
    "set_conferral_holds",
    "substitute_course",
    "take_back_exception",
    "withdraw_conferral",
    "withdraw_exception",
]
