"""Reactions to lower domains."""

from uuid import UUID

from linkspan.enrolment.actions import confirm_payment
from linkspan.kernel.actor import system_actor
from linkspan.kernel.outbox import Delivered, Subscriber
from linkspan.messages.tasks import tell


def on_charge_paid(delivered: Delivered) -> None:
    """A paid charge opens the verified track."""
    charge_id = UUID(delivered.payload["charge_id"])
    confirm_payment(actor=system_actor("enrolment"), charge_id=charge_id, now=delivered.at)


def on_enrolled(delivered: Delivered) -> None:
    """Tell the learner that they are in."""
    tell(delivered, "enrolled", "/dashboard/")


def on_track_changed(delivered: Delivered) -> None:
    """Tell the learner that the verified track is open."""
    tell(delivered, "verified", "/dashboard/")


SUBSCRIPTIONS: dict[str, Subscriber] = {
    "ChargePaid": on_charge_paid,
    "LearnerEnrolled": on_enrolled,
    "TrackChanged": on_track_changed,
}
