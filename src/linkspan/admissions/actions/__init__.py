"""What is done to rounds and applications. Rules propose; a named person decides."""

from linkspan.admissions.actions.applications import (
    order_choices,
    submit_application,
    take_in_applications,
    withdraw_application,
)
from linkspan.admissions.actions.decisions import (
    answer_offer,
    confirm_joining,
    decide_application,
    lapse_offers,
    record_score,
)
from linkspan.admissions.actions.disclosure import disclose_record, export_records
from linkspan.admissions.actions.matchings import decide_round, rerun_round
from linkspan.admissions.actions.rounds import certify_list, open_intake, open_round

__all__ = [
    "answer_offer",
    "certify_list",
    "confirm_joining",
    "decide_application",
    "decide_round",
    "disclose_record",
    "export_records",
    "lapse_offers",
    "open_intake",
    "open_round",
    "order_choices",
    "record_score",
    "rerun_round",
    "submit_application",
    "take_in_applications",
    "withdraw_application",
]
