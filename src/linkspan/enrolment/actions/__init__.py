"""What is done to enrolments."""

from linkspan.enrolment.actions.enrolments import cancel_unpaid, close_verified_track, confirm_payment, enrol, withdraw
from linkspan.enrolment.actions.irreversible import LEAVE
from linkspan.enrolment.actions.rosters import take_roster

__all__ = ["LEAVE", "cancel_unpaid", "close_verified_track", "confirm_payment", "enrol", "take_roster", "withdraw"]
