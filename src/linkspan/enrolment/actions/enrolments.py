"""A learner enrols in a run, pays, and leaves."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from linkspan.catalog.queries import course_run
from linkspan.catalog.rules import CourseRun
from linkspan.enrolment.events import LearnerEnrolled, LearnerWithdrew, TrackChanged, VerifiedTrackClosed
from linkspan.enrolment.models import EnrolmentRow, WishRow
from linkspan.enrolment.queries import enrolment, verified_price
from linkspan.enrolment.rules import (
    Enrolment,
    EnrolmentState,
    Track,
    check_upgrade,
    check_window,
    may_enrol,
    may_enrol_others,
)
from linkspan.finance.actions import cancel, charge, lock_charge, refund
from linkspan.finance.queries import is_paid, owed_until
from linkspan.kernel import audit, outbox
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, Refused, Unusable, permit


@transaction.atomic
def enrol(*, actor: Actor, learner_id: UUID, run_id: str, track: Track, now: datetime) -> Enrolment:
    """Enrol in a run; staff enrol others in theirs.

    The verified track charges the price in force and counts once it is paid.
    Enrolling again changes nothing, except that audit becomes verified when that is asked for.
    """
    run = course_run(run_id)
    staff = may_enrol_others(actor, run.course.institution)
    permit(staff or may_enrol(actor, learner_id), "enrol somebody else")
    row = EnrolmentRow.objects.select_for_update().filter(learner_id=learner_id, run_id=run_id).first()
    if row is None or row.state == EnrolmentState.WITHDRAWN:
        check_window(run, now)
        row = _admit(actor, learner_id, run, row, now)
    if track == Track.VERIFIED and row.track != Track.VERIFIED and row.charge_id is None:
        check_upgrade(run, now)
        row.charge_id = _charge(actor, learner_id, run, now)
        row.state = EnrolmentState.AWAITING_PAYMENT
        row.save(update_fields=["charge_id", "state"])
        if is_paid(row.charge_id):
            _verify(actor, row, run, now)
    return enrolment(row)


def _admit(actor: Actor, learner_id: UUID, run: CourseRun, row: EnrolmentRow | None, now: datetime) -> EnrolmentRow:
    row, _ = EnrolmentRow.objects.update_or_create(
        learner_id=learner_id,
        run_id=run.id,
        defaults={"track": Track.AUDIT, "state": EnrolmentState.ACTIVE, "charge_id": None, "at": now},
    )
    WishRow.objects.filter(learner_id=learner_id, course_key=run.course.key).delete()
    subject, school = f"enrolment.enrolment:{row.id}", run.course.institution
    audit.record(actor=actor, verb="enrol", subject=subject, now=now, after={"run": run.id}, institution=school)
    outbox.publish(LearnerEnrolled(learner_id, run.id, run.title, Track.AUDIT), now=now)
    return row


def _charge(actor: Actor, learner_id: UUID, run: CourseRun, now: datetime) -> UUID:
    price = verified_price(run, now)
    if price is None:
        raise Refused("no_price", "The verified track is not on sale for this course yet.")
    return charge(
        actor=actor,
        learner_id=learner_id,
        subject=f"course-run:{run.id}",
        amount=price,
        now=now,
        institution=run.course.institution,
    )


@transaction.atomic
def confirm_payment(*, actor: Actor, charge_id: UUID, now: datetime) -> None:
    """Put the enrolment behind a paid charge on the verified track; a second time changes nothing."""
    permit(actor.is_system, "confirm payments")
    row = EnrolmentRow.objects.select_for_update().filter(charge_id=charge_id).first()
    if row is None or row.state != EnrolmentState.AWAITING_PAYMENT or not is_paid(charge_id):
        return
    _verify(actor, row, course_run(row.run_id), now)


def _verify(actor: Actor, row: EnrolmentRow, run: CourseRun, now: datetime) -> None:
    row.track, row.state = Track.VERIFIED, EnrolmentState.ACTIVE
    row.save(update_fields=["track", "state"])
    _trail(actor, row, "change_track", now)
    outbox.publish(TrackChanged(row.learner_id, row.run_id, run.title, Track.VERIFIED), now=now)


@transaction.atomic
def close_verified_track(*, actor: Actor, charge_id: UUID, now: datetime) -> None:
    """Put the enrolment behind a refunded or cancelled charge back on the audit track; grades of record stay."""
    permit(actor.is_system, "close the verified track")
    row = EnrolmentRow.objects.select_for_update().filter(charge_id=charge_id).first()
    if row is None or is_paid(charge_id):
        return
    row.track, row.charge_id = Track.AUDIT, None
    if row.state == EnrolmentState.AWAITING_PAYMENT:
        row.state = EnrolmentState.ACTIVE
    row.save(update_fields=["track", "charge_id", "state"])
    _trail(actor, row, "close_verified_track", now)
    if row.state == EnrolmentState.WITHDRAWN:
        return
    outbox.publish(VerifiedTrackClosed(row.learner_id, row.run_id, course_run(row.run_id).title), now=now)


@transaction.atomic
def await_payment_again(*, actor: Actor, charge_id: UUID, now: datetime) -> None:
    """Have the verified track behind a charge that was re-opened wait for its payment; grades of record stay."""
    permit(actor.is_system, "have an enrolment wait for its payment")
    row = EnrolmentRow.objects.select_for_update().filter(charge_id=charge_id).first()
    if row is None or row.state != EnrolmentState.ACTIVE or is_paid(charge_id):
        return
    row.track, row.state = Track.AUDIT, EnrolmentState.AWAITING_PAYMENT
    row.save(update_fields=["track", "state"])
    _trail(actor, row, "await_payment", now)


@transaction.atomic
def cancel_unpaid(*, actor: Actor, enrolment_id: UUID, now: datetime) -> None:
    """Cancel the charge of an enrolment that was not paid by the upgrade deadline; until then nothing happens.

    A charge that was re-opened after it has the days that the institution gives to pay.
    """
    permit(actor.is_system, "cancel unpaid charges")
    row = _after_its_charge(id=enrolment_id)
    if row is None or row.charge_id is None or row.state != EnrolmentState.AWAITING_PAYMENT:
        return
    until = owed_until(row.charge_id) or now
    if now >= max(course_run(row.run_id).upgrade_by, until) and not is_paid(row.charge_id):
        cancel(actor=actor, charge_id=row.charge_id, reason="not paid by the deadline", now=now)


@transaction.atomic
def withdraw(*, actor: Actor, learner_id: UUID, run_id: str, now: datetime) -> None:
    """Leave a run; an unpaid charge is cancelled, grades of record stay. A second time changes nothing."""
    permit(may_enrol(actor, learner_id), "withdraw somebody else")
    row = _after_its_charge(learner_id=learner_id, run_id=run_id)
    if row is None or row.state == EnrolmentState.WITHDRAWN:
        return
    unpaid = None
    if row.state == EnrolmentState.AWAITING_PAYMENT and row.charge_id is not None and not is_paid(row.charge_id):
        unpaid, row.charge_id = row.charge_id, None
    row.state = EnrolmentState.WITHDRAWN
    row.save(update_fields=["state", "charge_id"])
    if unpaid is not None:
        cancel(actor=actor, charge_id=unpaid, reason="the learner withdrew", now=now)
    _trail(actor, row, "withdraw", now)
    outbox.publish(LearnerWithdrew(learner_id, run_id, course_run(run_id).title), now=now)


@transaction.atomic
def withdraw_learner(
    *, actor: Actor, enrolment_id: UUID, reason: str, now: datetime, give_back: bool = False
) -> Enrolment:
    """Take a learner out of a run, for a reason that they are told: staff of its institution, never themselves.

    An unpaid charge is cancelled. What was paid stays, or with `give_back` goes back by the rules of refunds: in full,
    by a second person where the institution asks for one. Grades of record stay. Refused for who left already.
    """
    row = _after_its_charge(id=enrolment_id)
    run = course_run(row.run_id) if row is not None else None
    if row is None or run is None or not may_enrol_others(actor, run.course.institution):
        raise NotFound("enrolment_unknown", "There is no such enrolment.")
    permit(not actor.is_person(row.learner_id), "withdraw yourself here")
    if not reason.strip():
        raise Unusable("reason_missing", "Say why: the learner reads it.")
    if row.state == EnrolmentState.WITHDRAWN:
        raise Refused("left_already", "This learner has left the run already.")
    before = {"track": row.track, "state": row.state}
    charge_id, paid = row.charge_id, row.charge_id is not None and is_paid(row.charge_id)
    row.state, row.charge_id = EnrolmentState.WITHDRAWN, row.charge_id if paid else None
    row.save(update_fields=["state", "charge_id"])
    if charge_id is not None and not paid:
        cancel(actor=actor, charge_id=charge_id, reason=reason, now=now)
    elif charge_id is not None and give_back:
        refund(actor=actor, charge_id=charge_id, reason=reason, now=now)
    audit.record(
        actor=actor,
        verb="withdraw_learner",
        subject=f"enrolment.enrolment:{row.id}",
        now=now,
        before=before,
        after={"run": run.id, "state": row.state, "give_back": give_back},
        why=reason.strip(),
        institution=run.course.institution,
    )
    outbox.publish(LearnerWithdrew(row.learner_id, run.id, run.title, reason.strip()[:1000]), now=now)
    row.refresh_from_db()
    return enrolment(row)


def _after_its_charge(**which: object) -> EnrolmentRow | None:
    """The enrolment for update, its charge locked before it: a payment takes these locks in the same order."""
    seen = EnrolmentRow.objects.filter(**which).first()
    if seen is not None and seen.charge_id is not None:
        lock_charge(seen.charge_id)
    return EnrolmentRow.objects.select_for_update().filter(**which).first()


def _trail(actor: Actor, row: EnrolmentRow, verb: str, now: datetime) -> None:
    after = {"run": row.run_id, "track": row.track, "state": row.state}
    audit.record(actor=actor, verb=verb, subject=f"enrolment.enrolment:{row.id}", now=now, after=after)
