"""What is done to rounds and applications. Rules propose; a named person decides."""

from linkspan.admissions.actions.appeals import decide_appeal, file_appeal
from linkspan.admissions.actions.applications import (
    order_choices,
    submit_application,
    take_in_applications,
    withdraw_application,
)
from linkspan.admissions.actions.automatic import offer_freed_seats
from linkspan.admissions.actions.decisions import (
    answer_offer,
    confirm_joining,
    decide_application,
    lapse_offers,
    record_score,
)
from linkspan.admissions.actions.disclosure import MOST_EXPORTED, DisclosedRecord, disclose_record, export_records
from linkspan.admissions.actions.documents import add_document, read_document, remove_document, save_draft
from linkspan.admissions.actions.fees import ask_waiver, decide_waiver
from linkspan.admissions.actions.files import OpenedFile, open_file
from linkspan.admissions.actions.irreversible import ANSWER, CANCEL_ROUND, CERTIFY, CHANGE_ROUND, DECIDE, MATCH
from linkspan.admissions.actions.letters import (
    ask_letter,
    hand_in_letter,
    letter_by_link,
    read_letter,
    send_letter_link,
)
from linkspan.admissions.actions.matchings import decide_round, rerun_round
from linkspan.admissions.actions.received_records import receive_record
from linkspan.admissions.actions.reviews import (
    adopt_scores,
    assign_readers,
    declare_conflict,
    set_rubric,
    submit_review,
)
from linkspan.admissions.actions.round_changes import cancel_round, change_round
from linkspan.admissions.actions.rounds import certify_list, open_intake, open_round
from linkspan.admissions.actions.scores import take_in_scores
from linkspan.admissions.actions.terms import admit_provisionally, defer_joining
from linkspan.admissions.actions.transfers import send_record

__all__ = [
    "ANSWER",
    "CANCEL_ROUND",
    "CERTIFY",
    "CHANGE_ROUND",
    "DECIDE",
    "MATCH",
    "MOST_EXPORTED",
    "DisclosedRecord",
    "OpenedFile",
    "add_document",
    "admit_provisionally",
    "adopt_scores",
    "answer_offer",
    "ask_letter",
    "ask_waiver",
    "assign_readers",
    "cancel_round",
    "certify_list",
    "change_round",
    "confirm_joining",
    "decide_appeal",
    "decide_application",
    "decide_round",
    "decide_waiver",
    "declare_conflict",
    "defer_joining",
    "disclose_record",
    "export_records",
    "file_appeal",
    "hand_in_letter",
    "lapse_offers",
    "letter_by_link",
    "offer_freed_seats",
    "open_file",
    "open_intake",
    "open_round",
    "order_choices",
    "read_document",
    "read_letter",
    "receive_record",
    "record_score",
    "remove_document",
    "rerun_round",
    "save_draft",
    "send_letter_link",
    "send_record",
    "set_rubric",
    "submit_application",
    "submit_review",
    "take_in_applications",
    "take_in_scores",
    "withdraw_application",
]
