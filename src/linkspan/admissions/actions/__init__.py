"""What is done to rounds and applications. Rules propose; a named person decides."""

from linkspan.admissions.actions.applications import submit_application, take_in_applications, withdraw_application
from linkspan.admissions.actions.decisions import answer_offer, confirm_joining, decide_application, record_score
from linkspan.admissions.actions.disclosure import disclose_record, export_records
from linkspan.admissions.actions.rounds import decide_round, open_round, rerun_round

__all__ = [
    "answer_offer",
    "confirm_joining",
    "decide_application",
    "decide_round",
    "disclose_record",
    "export_records",
    "open_round",
    "record_score",
    "rerun_round",
    "submit_application",
    "take_in_applications",
    "withdraw_application",
]
