"""What is done in exams."""

from linkspan.exams.actions.accommodations import approve_accommodation, decide_accommodation, request_accommodation
from linkspan.exams.actions.answers import OpenedPage, Receipt, Taken, open_page, save_answers, save_form, save_response
from linkspan.exams.actions.attempts import (
    close_no_show,
    confirm_identity,
    create_attempt,
    start_attempt,
    submit_attempt,
)
from linkspan.exams.actions.interventions import (
    add_minutes,
    cancel_attempt,
    decline_attempt,
    pause_attempt,
    resume_attempt,
)
from linkspan.exams.actions.late import decide_late_answers, take_answer_file
from linkspan.exams.actions.lockdown import (
    end_seb_waiver,
    list_seb_clients,
    put_plain_seb,
    put_seb,
    take_seb_file,
    waive_seb_for_attempt,
    waive_seb_for_sitting,
)
from linkspan.exams.actions.making import (
    change_terms,
    discard_draft,
    draft_exam,
    draft_version,
    publish_version,
    put_bank,
    retire_item,
    set_second_person,
    take_bank,
)
from linkspan.exams.actions.reviews import appeal_verdict, decide_appeal, log_incident, release_result, review_attempt
from linkspan.exams.actions.sittings import (
    add_sitting,
    cancel_sitting,
    change_sitting,
    prolong_sitting,
    register_for_exam,
)

__all__ = [
    "OpenedPage",
    "Receipt",
    "Taken",
    "add_minutes",
    "add_sitting",
    "appeal_verdict",
    "approve_accommodation",
    "cancel_attempt",
    "cancel_sitting",
    "change_sitting",
    "change_terms",
    "close_no_show",
    "confirm_identity",
    "create_attempt",
    "decide_accommodation",
    "decide_appeal",
    "decide_late_answers",
    "decline_attempt",
    "discard_draft",
    "draft_exam",
    "draft_version",
    "end_seb_waiver",
    "list_seb_clients",
    "log_incident",
    "open_page",
    "pause_attempt",
    "prolong_sitting",
    "publish_version",
    "put_bank",
    "put_plain_seb",
    "put_seb",
    "register_for_exam",
    "release_result",
    "request_accommodation",
    "resume_attempt",
    "retire_item",
    "review_attempt",
    "save_answers",
    "save_form",
    "save_response",
    "set_second_person",
    "start_attempt",
    "submit_attempt",
    "take_answer_file",
    "take_bank",
    "take_seb_file",
    "waive_seb_for_attempt",
    "waive_seb_for_sitting",
]
