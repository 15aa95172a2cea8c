"""What is done to enrolments."""

from linkspan.enrolment.actions.enrolments import (
    await_payment_again,
    cancel_unpaid,
    close_verified_track,
    confirm_payment,
    enrol,
    withdraw,
    withdraw_learner,
)
from linkspan.enrolment.actions.irreversible import LEAVE, MOST_WITHDRAWN, WITHDRAW
from linkspan.enrolment.actions.rosters import take_roster
from linkspan.enrolment.actions.wishes import tell_wishes, unwish, wish

__all__ = [
    "LEAVE",
    "MOST_WITHDRAWN",
    "WITHDRAW",
    "await_payment_again",
    "cancel_unpaid",
    "close_verified_track",
    "confirm_payment",
    "enrol",
    "take_roster",
    "tell_wishes",
    "unwish",
    "wish",
    "withdraw",
    "withdraw_learner",
]
