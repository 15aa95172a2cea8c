"""What is done to enrolments."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from linkspan.catalog.queries import course_run, price_in_force
from linkspan.catalog.rules import CourseRun
from linkspan.enrolment.events import LearnerEnrolled, TrackChanged
from linkspan.enrolment.models import EnrolmentRow
from linkspan.enrolment.queries import enrolment
from linkspan.enrolment.rules import (
    Enrolment,
    EnrolmentState,
    Track,
    check_upgrade,
    check_window,
    may_enrol,
)
from linkspan.finance.actions import charge
from linkspan.kernel import audit, outbox
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import Refused, permit


@transaction.atomic
def enrol(*, actor: Actor, learner_id: UUID, run_id: str, track: Track, now: datetime) -> Enrolment:
    """Enrol in a run. The verified track charges the price in force and counts once it is paid.

    Enrolling again changes nothing, except that audit becomes verified when that is asked for.
    """
    permit(may_enrol(actor, learner_id), "enrol somebody else")
    run = course_run(run_id)
    row = EnrolmentRow.objects.select_for_update().filter(learner_id=learner_id, run_id=run_id).first()
    if row is None or row.state == EnrolmentState.WITHDRAWN:
        check_window(run, now)
        row = _admit(actor, learner_id, run, row, now)
    if track == Track.VERIFIED and row.track != Track.VERIFIED and row.charge_id is None:
        check_upgrade(run, now)
        row.charge_id = _charge(actor, learner_id, run, now)
        row.state = EnrolmentState.AWAITING_PAYMENT
        row.save(update_fields=["charge_id", "state"])
    return enrolment(row)


def _admit(actor: Actor, learner_id: UUID, run: CourseRun, row: EnrolmentRow | None, now: datetime) -> EnrolmentRow:
    row, _ = EnrolmentRow.objects.update_or_create(
        learner_id=learner_id,
        run_id=run.id,
        defaults={"track": Track.AUDIT, "state": EnrolmentState.ACTIVE, "charge_id": None, "at": now},
    )
    audit.record(actor=actor, verb="enrol", subject=f"enrolment.enrolment:{row.id}", now=now, after={"run": run.id})
    outbox.publish(LearnerEnrolled(learner_id, run.id, run.title, Track.AUDIT), now=now)
    return row


def _charge(actor: Actor, learner_id: UUID, run: CourseRun, now: datetime) -> UUID:
    subject = f"course:{run.course.key}"
    price = price_in_force(subject, now.date())
    if price is None:
        raise Refused("no_price", "The verified track is not on sale for this course yet.")
    return charge(actor=actor, learner_id=learner_id, subject=subject, amount=price, now=now)


@transaction.atomic
def confirm_payment(*, actor: Actor, charge_id: UUID, now: datetime) -> None:
    """Put the enrolment behind a paid charge on the verified track; a second time changes nothing."""
    permit(actor.is_system, "confirm payments")
    row = EnrolmentRow.objects.select_for_update().filter(charge_id=charge_id).first()
    if row is None or row.track == Track.VERIFIED:
        return
    row.track, row.state = Track.VERIFIED, EnrolmentState.ACTIVE
    row.save(update_fields=["track", "state"])
    after = {"track": Track.VERIFIED}
    audit.record(actor=actor, verb="change_track", subject=f"enrolment.enrolment:{row.id}", now=now, after=after)
    title = course_run(row.run_id).title
    outbox.publish(TrackChanged(row.learner_id, row.run_id, title, Track.VERIFIED), now=now)


@transaction.atomic
def withdraw(*, actor: Actor, learner_id: UUID, run_id: str, now: datetime) -> None:
    """Leave a run; grades of record stay. A second time changes nothing."""
    permit(may_enrol(actor, learner_id), "withdraw somebody else")
    rows = EnrolmentRow.objects.filter(learner_id=learner_id, run_id=run_id).exclude(state=EnrolmentState.WITHDRAWN)
    if rows.update(state=EnrolmentState.WITHDRAWN):
        subject = f"enrolment.learner:{learner_id}"
        audit.record(actor=actor, verb="withdraw", subject=subject, now=now, before={"run": run_id})
