"""Attempts: checked in, started, answered, handed in. The clock of the server decides; every answer saved stays."""

import secrets
from datetime import datetime
from uuid import UUID

from django.db import transaction

from linkspan.exams.actions.accommodations import give_time
from linkspan.exams.actions.bookings import use_booking
from linkspan.exams.actions.breaks import OF_A_BREAK, settle_break
from linkspan.exams.actions.rows import attempt_row, mark, own_attempt_row
from linkspan.exams.actions.sessions import open_session, tell_service
from linkspan.exams.events import ExamSubmitted, LearnerCheckedIn
from linkspan.exams.models import AttemptRow, ExamVersionRow, SittingRow
from linkspan.exams.queries import (
    as_attempt,
    as_exam,
    attempt_rows,
    bank_of,
    blueprint_of,
    check_client,
    current_bank_of,
    held_by,
    is_with_service,
    reasons_now,
)
from linkspan.exams.queries.making import worn_items
from linkspan.exams.rules import (
    HIGHEST_SEQUENCE,
    STANDING_STILL,
    UNKNOWN_CLIENT,
    Act,
    Attempt,
    AttemptState,
    Client,
    after,
    deadline_for,
    draw_form,
    may_proctor,
)
from linkspan.kernel import audit, outbox
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, Refused, Unusable, permit
from linkspan.kernel.written import kept


@transaction.atomic
def create_attempt(*, actor: Actor, sitting_id: UUID, now: datetime) -> Attempt:
    """Check in for a sitting: a form is drawn, and a proctor confirms the identity before the clock starts.

    Refused with each reason to learners who are not authorised, and outside the sitting's window; of a sitting by
    appointment, outside the booked time. The exam is locked meanwhile, so that neither places nor attempts are given
    twice.
    """
    sitting = (
        SittingRow.objects.select_for_update(of=("self", "exam")).select_related("exam").filter(id=sitting_id).first()
    )
    if sitting is None or actor.person_id is None:
        raise NotFound("sitting_unknown", "There is no such sitting.")
    held = attempt_rows().filter(learner_id=actor.person_id, sitting=sitting).first()
    if held is not None:
        return as_attempt(held)
    version = sitting.exam.in_force
    if version is None or sitting.cancelled_at is not None:
        raise Refused("sitting_cancelled", "This sitting is cancelled. {why}", why=sitting.cancel_reason)
    reasons = reasons_now(actor.person_id, as_exam(version), now)
    if reasons:
        raise Refused("not_authorised", "You are not authorised for this exam yet.", reasons)
    if not sitting.opens_at <= now < sitting.closes_at:
        times = {"begin": kept(sitting.opens_at), "end": kept(sitting.closes_at)}
        raise Refused("sitting_not_open", "The sitting is open from {begin} to {end}.", **times)
    if sitting.by_appointment:
        use_booking(actor, sitting, now)
    elif sitting.capacity is not None and sitting.attempts.count() >= sitting.capacity:
        raise Refused("sitting_full", "All places of this sitting are taken. Choose another sitting.")
    seed, worn = secrets.randbits(62), worn_items(version.exam_id, version.most_drawn)
    form = _drawn(version, seed, worn)
    row = AttemptRow.objects.create(
        learner_id=actor.person_id,
        sitting=sitting,
        version=version,
        state=AttemptState.CREATED,
        seed=seed,
        form=form,
        uploads=_uploads(version, form),
        created_at=now,
    )
    audit.record(
        actor=actor,
        verb="create_attempt",
        subject=f"exams.attempt:{row.id}",
        now=now,
        institution=sitting.exam.institution,
    )
    open_session(row, now)
    event = LearnerCheckedIn(actor.person_id, row.id, sitting.exam.institution, version.title)
    outbox.publish(event, now=now)
    return as_attempt(row)


def _uploads(version: ExamVersionRow, form: list[str]) -> dict[str, int]:
    """How many files each question of a form takes that takes some."""
    takes = {item.id: item.accepts.most for item in bank_of(version) if item.accepts}
    return {name: takes[name] for name in form if name in takes}


def _drawn(version: ExamVersionRow, seed: int, worn: frozenset[str]) -> list[str]:
    """A form; questions that were ruled out are on it only where too few others are left."""
    try:
        return list(draw_form(current_bank_of(version), blueprint_of(version), seed, worn))
    except Unusable:
        return list(draw_form(bank_of(version), blueprint_of(version), seed, worn))


@transaction.atomic
def confirm_identity(*, actor: Actor, attempt_id: UUID, now: datetime) -> None:
    """A proctor has compared the learner with the accepted identity document: before the start, or on another device.

    There the clock still stands; the proctor resumes the exam.
    """
    row = attempt_row(attempt_id)
    permit(may_proctor(actor, as_exam(row.version), row.learner_id), "confirm this identity")
    if row.state == AttemptState.IDENTITY_CONFIRMED:
        return
    if is_with_service(row.id):
        raise Refused("service_confirms", "The proctoring service confirms who is there. Allow another way first.")
    row.state = after(AttemptState(row.state), Act.CONFIRM_IDENTITY)
    row.identity_confirmed_by = actor.name
    row.identity_confirmers = [*row.identity_confirmers, str(actor.person_id)]
    row.save(update_fields=["state", "identity_confirmed_by", "identity_confirmers"])
    audit.record(actor=actor, verb="confirm_identity", subject=f"exams.attempt:{row.id}", now=now)


@transaction.atomic
def start_attempt(*, actor: Actor, attempt_id: UUID, now: datetime, client: Client = UNKNOWN_CLIENT) -> Attempt:
    """Start the clock; starting again gives the running attempt."""
    row = own_attempt_row(actor, attempt_id)
    check_client(row, client, now)
    if row.state == AttemptState.STARTED:
        return as_attempt(row)
    if now >= row.sitting.closes_at:
        raise Refused("sitting_not_open", "The sitting is closed.")
    row.state = after(AttemptState(row.state), Act.START)
    row.started_at, row.device = now, client.device
    extra = give_time(row, held_by(row.learner_id, row.sitting.exam_id, now))
    row.deadline = deadline_for(now, as_exam(row.version), row.sitting.closes_at, extra)
    row.save()
    tell_service(row, now)
    audit.record(
        actor=actor,
        verb="start_attempt",
        subject=f"exams.attempt:{row.id}",
        now=now,
        institution=row.sitting.exam.institution,
    )
    return as_attempt(row)


@transaction.atomic
def submit_attempt(
    *,
    actor: Actor,
    attempt_id: UUID,
    now: datetime,
    page: UUID | None = None,
    changes: int = 0,
    client: Client = UNKNOWN_CLIENT,
) -> Attempt:
    """Hand in; a second time changes nothing. Also done by the clock when the time is over.

    A live page says how many changes it made: Refused, naming the missing ones, until all of them have come.
    """
    row = attempt_row(attempt_id) if actor.is_system else own_attempt_row(actor, attempt_id)
    if not actor.is_system:
        check_client(row, client, now)
    if row.state == AttemptState.STARTED or (actor.is_system and row.state in STANDING_STILL):
        _check_complete(row, page, min(changes, HIGHEST_SEQUENCE))
        act = Act.TIME_OVER if actor.is_system else Act.SUBMIT
        settle_break(row, now)
        row.state, row.submitted_at = (
            after(AttemptState(row.state), act),
            row.paused_at or min(now, row.deadline or now),
        )
        row.save(update_fields=["submitted_at", *OF_A_BREAK])
        mark(row)
        audit.record(
            actor=actor,
            verb="submit_attempt",
            subject=f"exams.attempt:{row.id}",
            now=now,
            institution=row.sitting.exam.institution,
        )
        tell_service(row, now)
        outbox.publish(_submitted(row), now=now)
    elif row.submitted_at is None:
        raise Refused("attempt_not_running", "This attempt is not running.")
    return as_attempt(row)


def _check_complete(row: AttemptRow, page: UUID | None, changes: int) -> None:
    if page is None:
        return
    have = set(row.responses.filter(page_id=page).values_list("seq", flat=True))
    missing = sorted(set(range(1, changes + 1)) - have)
    if missing:
        raise Refused(
            "answers_missing",
            "Some answers of this page have not come yet. Go back to the questions; they are sent again.",
            tuple(str(seq) for seq in missing[:100]),
        )


def _submitted(row: AttemptRow) -> ExamSubmitted:
    exam = as_exam(row.version)
    return ExamSubmitted(row.learner_id, row.id, exam.title, exam.institution)


@transaction.atomic
def close_no_show(*, actor: Actor, attempt_id: UUID, now: datetime) -> None:
    """Close an attempt that was not started before its sitting closed; it counts against no limit."""
    row = attempt_row(attempt_id)
    permit(actor.is_system, "close attempts")
    if row.state not in (AttemptState.CREATED, AttemptState.IDENTITY_CONFIRMED) or now < row.sitting.closes_at:
        return
    row.state = after(AttemptState(row.state), Act.MISS)
    row.save(update_fields=["state"])
    tell_service(row, now)
    audit.record(
        actor=actor,
        verb="close_no_show",
        subject=f"exams.attempt:{row.id}",
        now=now,
        institution=row.sitting.exam.institution,
    )
