"""Which wait a kind of notice announces: when that is over, whoever ended it, the notice is done."""

from collections.abc import Mapping

from linkspan.kernel.waiting import What

ANNOUNCES: Mapping[str, What] = {
    "payment_waits": What.CONFIRM_PAYMENT,
    "check_in_waits": What.CONFIRM_WHO_SITS,
    "help_asked": What.ANSWER_CANDIDATE,
    "way_waits": What.DECIDE_WAY,
    "appeal_waits": What.DECIDE_EXAM_APPEAL,
    "admission_appeal_waits": What.ANSWER_APPEAL,
    "agreement_sent": What.REVIEW_TERMS,
    "attempt_waits": What.REVIEW_EXAM,
    "service_reviewed": What.REVIEW_EXAM,
    "rejection_proposed": What.ANSWER_REJECTION,
    "award_waits": What.APPROVE_AWARD,
    "suspension_waits": What.DECIDE_SUSPENSION,
    "credit_exception_waits": What.APPROVE_EXCEPTION,
    "conferral_waits": What.DECIDE_CONFERRAL,
    "revocation_waits": What.DECIDE_REVOCATION,
    "case_due": What.DECIDE_CASE,
    "case_late": What.DECIDE_CASE,
    "application_offered": What.ANSWER_OFFER,
    "application_incomplete": What.HAND_IN_DOCUMENT,
    "application_provisional": What.TAKE_ADMISSION_COURSE,
}

#: Reminders: to the learner whose turn it is, to an office, and of what is late to those above it.
REMINDERS = frozenset({"turn_soon", "wait_soon", "wait_late"})
#: Of these the domain reminds by itself.
BY_ITSELF = frozenset({What.DECIDE_CASE, What.BOOKED_TIME, What.CHECK_IN, What.SIT_EXAM, What.PICK_UP})
