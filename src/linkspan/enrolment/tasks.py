"""Reactions to lower domains."""

from datetime import datetime

from linkspan.enrolment.actions import (
    await_payment_again,
    cancel_unpaid,
    close_verified_track,
    confirm_payment,
    tell_wishes,
)
from linkspan.enrolment.events import (
    EnrolmentOpened,
    LearnerEnrolled,
    LearnerWithdrew,
    TrackChanged,
    VerifiedTrackClosed,
)
from linkspan.enrolment.queries import awaiting_payment
from linkspan.finance.events import ChargeClosed, ChargePaid, ChargeReopened
from linkspan.kernel.actor import system_actor
from linkspan.kernel.each import each_due
from linkspan.kernel.outbox import Delivered, Subscription
from linkspan.kernel.things import About, Thing
from linkspan.messages.tasks import tell

SYSTEM = system_actor("enrolment")


def on_charge_paid(delivered: Delivered[ChargePaid]) -> None:
    """A paid charge opens the verified track."""
    confirm_payment(actor=SYSTEM, charge_id=delivered.event.charge_id, now=delivered.at)


def on_charge_closed(delivered: Delivered[ChargeClosed]) -> None:
    """A refunded or cancelled charge closes it."""
    close_verified_track(actor=SYSTEM, charge_id=delivered.event.charge_id, now=delivered.at)


def on_charge_reopened(delivered: Delivered[ChargeReopened]) -> None:
    """A charge whose payment was taken back has the verified track wait for it."""
    await_payment_again(actor=SYSTEM, charge_id=delivered.event.charge_id, now=delivered.at)


def cancel_unpaid_upgrades(now: datetime) -> None:
    """Cancel charges of the verified track that were not paid by the upgrade deadline."""
    each_due(
        "enrolment.cancel_unpaid_upgrades",
        awaiting_payment(),
        lambda enrolment_id: cancel_unpaid(actor=SYSTEM, enrolment_id=enrolment_id, now=now),
        now=now,
    )


def on_enrolled(delivered: Delivered[LearnerEnrolled]) -> None:
    """Tell the learner that they are in."""
    tell(delivered, "enrolled", About(Thing.DASHBOARD))


def on_track_changed(delivered: Delivered[TrackChanged]) -> None:
    """Tell the learner that the verified track is open."""
    tell(delivered, "verified", About(Thing.DASHBOARD))


def on_verified_track_closed(delivered: Delivered[VerifiedTrackClosed]) -> None:
    """Tell the learner that they are on the audit track."""
    tell(delivered, "verified_closed", About(Thing.DASHBOARD))


def on_withdrew(delivered: Delivered[LearnerWithdrew]) -> None:
    """Tell the learner that they are out, and why where staff took them out."""
    tell(delivered, "withdrawn" if delivered.event.reason else "withdrew", About(Thing.DASHBOARD))


def on_enrolment_opened(delivered: Delivered[EnrolmentOpened]) -> None:
    """Tell who wanted to be told."""
    tell(delivered, "enrolment_open", About.of(Thing.COURSE_RUN, delivered.event.run_id))


SUBSCRIPTIONS = (
    Subscription(ChargePaid, on_charge_paid, at_once=True),
    Subscription(ChargeClosed, on_charge_closed, at_once=True),
    Subscription(ChargeReopened, on_charge_reopened, at_once=True),
    Subscription(LearnerEnrolled, on_enrolled),
    Subscription(TrackChanged, on_track_changed),
    Subscription(VerifiedTrackClosed, on_verified_track_closed),
    Subscription(LearnerWithdrew, on_withdrew),
    Subscription(EnrolmentOpened, on_enrolment_opened),
)
TICKS = (cancel_unpaid_upgrades, tell_wishes)
