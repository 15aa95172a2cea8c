"""Reactions to lower domains."""

from datetime import datetime
from uuid import UUID

from linkspan.enrolment.actions import cancel_unpaid, close_verified_track, confirm_payment
from linkspan.enrolment.queries import awaiting_payment
from linkspan.kernel.actor import system_actor
from linkspan.kernel.outbox import Delivered, Subscriber
from linkspan.messages.tasks import tell

SYSTEM = system_actor("enrolment")


def on_charge_paid(delivered: Delivered) -> None:
    """A paid charge opens the verified track."""
    charge_id = UUID(delivered.payload["charge_id"])
    confirm_payment(actor=SYSTEM, charge_id=charge_id, now=delivered.at)


def on_charge_closed(delivered: Delivered) -> None:
    """A refunded or cancelled charge closes it."""
    charge_id = UUID(delivered.payload["charge_id"])
    close_verified_track(actor=SYSTEM, charge_id=charge_id, now=delivered.at)


def cancel_unpaid_upgrades(now: datetime) -> None:
    """Cancel charges of the verified track that were not paid by the upgrade deadline."""
    for enrolment_id in awaiting_payment():
        cancel_unpaid(actor=SYSTEM, enrolment_id=enrolment_id, now=now)


def on_enrolled(delivered: Delivered) -> None:
    """Tell the learner that they are in."""
    tell(delivered, "enrolled", "/dashboard/")


def on_track_changed(delivered: Delivered) -> None:
    """Tell the learner that the verified track is open."""
    tell(delivered, "verified", "/dashboard/")


def on_verified_track_closed(delivered: Delivered) -> None:
    """Tell the learner that they are on the audit track."""
    tell(delivered, "verified_closed", "/dashboard/")


def on_withdrew(delivered: Delivered) -> None:
    """Tell the learner that they are out."""
    tell(delivered, "withdrew", "/dashboard/")


SUBSCRIPTIONS: dict[str, Subscriber] = {
    "ChargePaid": on_charge_paid,
    "LearnerEnrolled": on_enrolled,
    "TrackChanged": on_track_changed,
    "ChargeClosed": on_charge_closed,
    "VerifiedTrackClosed": on_verified_track_closed,
    "LearnerWithdrew": on_withdrew,
}
TICKS = (cancel_unpaid_upgrades,)
