"""What is done in exams. The clock of the server decides; every answer saved stays."""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction

from linkspan.catalog.queries import price_in_force
from linkspan.exams.events import ExamResultReleased, ExamSubmitted
from linkspan.exams.models import AccommodationRow, AppealRow, AttemptRow, ExamRow, ResponseRow, SittingRow
from linkspan.exams.queries import (
    as_attempt,
    as_exam,
    bank_of,
    outcome_of,
    reasons_against,
    responses_of,
)
from linkspan.exams.rules import (
    Attempt,
    AttemptState,
    Item,
    deadline_for,
    draw_form,
    mark_form,
    may_manage_exams,
    may_proctor,
    next_state,
)
from linkspan.finance.actions import charge
from linkspan.kernel import audit, outbox
from linkspan.kernel.actor import Actor, system_actor
from linkspan.kernel.errors import NotFound, Refused, Unusable, permit
from linkspan.records.actions import record_fact
from linkspan.records.rules import Kind, NewFact

SYSTEM = system_actor("exams")
LONGEST_ANSWER = 500


@transaction.atomic
def add_exam(
    *,
    actor: Actor,
    code: str,
    program_key: str,
    form: Mapping[str, Any],
    bank: Iterable[Item],
    courses: list[str],
    attempts_allowed: int,
    now: datetime,
) -> None:
    """Enter an exam with its bank; a form that the bank cannot fill is Unusable. Entering it again changes nothing."""
    institution = program_key.split("/")[0]
    permit(may_manage_exams(actor, institution), "add exams here")
    items = tuple(bank)
    draw = {row["group"]: int(row["count"]) for row in form["draw"]}
    draw_form(items, draw, 0)
    _, created = ExamRow.objects.get_or_create(
        code=code,
        defaults={
            "program_key": program_key,
            "institution": institution,
            "title": form["title"],
            "duration_minutes": int(form["duration_minutes"]),
            "pass_percent": Decimal(str(form["pass_percent"])),
            "attempts_allowed": attempts_allowed,
            "courses": courses,
            "bank": [asdict(item) for item in items],
            "draw": draw,
        },
    )
    if created:
        audit.record(actor=actor, verb="add_exam", subject=f"exams.exam:{code}", now=now, after={"items": len(items)})


@transaction.atomic
def add_sitting(
    *, actor: Actor, code: str, opens_at: datetime, closes_at: datetime, release_at: datetime, now: datetime
) -> UUID:
    """Enter a sitting; the same opening again gives the one there is."""
    row = _exam(code)
    permit(may_manage_exams(actor, row.institution), "add sittings here")
    if not opens_at < closes_at <= release_at:
        raise Unusable("sitting_unusable", "A sitting opens before it closes, and results come after that.")
    sitting, _ = SittingRow.objects.get_or_create(
        exam=row, opens_at=opens_at, defaults={"closes_at": closes_at, "release_at": release_at}
    )
    return sitting.id


@transaction.atomic
def approve_accommodation(*, actor: Actor, learner_id: UUID, code: str, extra_percent: int, now: datetime) -> None:
    """Grant extra time, 1 to 200 percent. The audit trail names no reason: that stays with the disability office."""
    row = _exam(code)
    permit(actor.has_role("program_staff", row.institution), "approve accommodations here")
    if not 1 <= extra_percent <= 200:
        raise Unusable("extra_time_out_of_range", "Extra time is 1 to 200 percent.")
    AccommodationRow.objects.update_or_create(
        learner_id=learner_id,
        exam=row,
        defaults={"extra_percent": extra_percent, "approved_by": actor.name, "approved_at": now},
    )
    audit.record(actor=actor, verb="approve_accommodation", subject=f"exams.learner:{learner_id}", now=now)


@transaction.atomic
def register_for_exam(*, actor: Actor, code: str, now: datetime) -> UUID:
    """Charge the exam fee in force to oneself; returns the charge."""
    row = _exam(code)
    if actor.person_id is None:
        raise Refused("sign_in_first", "Sign in first.")
    price = price_in_force(f"exam:{row.code}", now.date())
    if price is None:
        raise Refused("no_price", "The exam is not on sale yet.")
    subject = f"exam:{row.code}"
    return charge(
        actor=actor,
        learner_id=actor.person_id,
        subject=subject,
        amount=price,
        now=now,
        institution=row.institution,
    )


@transaction.atomic
def create_attempt(*, actor: Actor, sitting_id: UUID, now: datetime) -> Attempt:
    """Check in for a sitting: a form is drawn, and a proctor confirms the identity before the clock starts.

    Refused with each reason to learners who are not authorised, and outside the sitting's window.
    """
    sitting = SittingRow.objects.select_related("exam").filter(id=sitting_id).first()
    if sitting is None or actor.person_id is None:
        raise NotFound("sitting_unknown", "There is no such sitting.")
    held = AttemptRow.objects.filter(learner_id=actor.person_id, sitting=sitting).select_related("sitting__exam")
    if held.exists():
        return as_attempt(held[0])
    reasons = reasons_against(actor.person_id, as_exam(sitting.exam))
    if reasons:
        raise Refused("not_authorised", "You are not authorised for this exam yet.", reasons)
    if not sitting.opens_at <= now < sitting.closes_at:
        raise Refused("sitting_not_open", f"The sitting is open from {sitting.opens_at} to {sitting.closes_at}.")
    seed = secrets.randbits(62)
    row = AttemptRow.objects.create(
        learner_id=actor.person_id,
        sitting=sitting,
        state=AttemptState.CREATED,
        seed=seed,
        form=list(draw_form(bank_of(sitting.exam), sitting.exam.draw, seed)),
        created_at=now,
    )
    audit.record(actor=actor, verb="create_attempt", subject=f"exams.attempt:{row.id}", now=now)
    return as_attempt(row)


@transaction.atomic
def confirm_identity(*, actor: Actor, attempt_id: UUID, now: datetime) -> None:
    """A proctor has compared the learner with the accepted identity document."""
    row = _attempt(attempt_id)
    permit(may_proctor(actor, as_exam(row.sitting.exam), row.learner_id), "confirm this identity")
    if row.state == AttemptState.IDENTITY_CONFIRMED:
        return
    row.state = next_state(AttemptState(row.state), AttemptState.IDENTITY_CONFIRMED)
    row.identity_confirmed_by = actor.name
    row.save()
    audit.record(actor=actor, verb="confirm_identity", subject=f"exams.attempt:{row.id}", now=now)


@transaction.atomic
def start_attempt(*, actor: Actor, attempt_id: UUID, now: datetime) -> Attempt:
    """Start the clock; starting again gives the running attempt."""
    row = _own(actor, attempt_id)
    if row.state == AttemptState.STARTED:
        return as_attempt(row)
    if now >= row.sitting.closes_at:
        raise Refused("sitting_not_open", "The sitting is closed.")
    extra = AccommodationRow.objects.filter(learner_id=row.learner_id, exam=row.sitting.exam)
    percent = extra.values_list("extra_percent", flat=True).first() or 0
    row.state = next_state(AttemptState(row.state), AttemptState.STARTED)
    row.started_at = now
    row.deadline = deadline_for(now, as_exam(row.sitting.exam), row.sitting.closes_at, percent)
    row.save()
    audit.record(actor=actor, verb="start_attempt", subject=f"exams.attempt:{row.id}", now=now)
    return as_attempt(row)


@transaction.atomic
def save_response(*, actor: Actor, attempt_id: UUID, item: str, given: list[str], now: datetime) -> None:
    """Save an answer; Refused once the time is over, whatever the page shows."""
    row = _own(actor, attempt_id)
    if row.state != AttemptState.STARTED:
        raise Refused("attempt_not_running", "This attempt is not running; nothing was saved.")
    if row.deadline is None or now >= row.deadline:
        raise Refused("time_over", "The time is over. What was saved before counts.")
    if item not in row.form or any(len(text) > LONGEST_ANSWER for text in given) or len(given) > 20:
        raise Unusable("response_unusable", "That is not an answer to an item of this form.")
    ResponseRow.objects.create(learner_id=row.learner_id, attempt=row, item=item, given=given, at=now)


@transaction.atomic
def submit_attempt(*, actor: Actor, attempt_id: UUID, now: datetime) -> Attempt:
    """Hand in; a second time changes nothing. Also done by the clock when the time is over."""
    row = _attempt(attempt_id) if actor.is_system else _own(actor, attempt_id)
    if row.state == AttemptState.STARTED:
        row.state, row.submitted_at = AttemptState.SUBMITTED, min(now, row.deadline or now)
        items = {item.id: item for item in bank_of(row.sitting.exam)}
        row.score = mark_form([items[name] for name in row.form], responses_of(row.id))
        row.save()
        audit.record(actor=actor, verb="submit_attempt", subject=f"exams.attempt:{row.id}", now=now)
        outbox.publish(ExamSubmitted(row.learner_id, row.id, row.sitting.exam.title), now=now)
    elif row.state in (AttemptState.CREATED, AttemptState.IDENTITY_CONFIRMED):
        raise Refused("attempt_not_running", "This attempt was not started.")
    return as_attempt(row)


@transaction.atomic
def review_attempt(*, actor: Actor, attempt_id: UUID, accept: bool, reason: str, now: datetime) -> None:
    """The verdict of another person than the learner; a rejection needs a reason, and can be lifted on appeal."""
    row = _attempt(attempt_id)
    permit(may_proctor(actor, as_exam(row.sitting.exam), row.learner_id), "review this attempt")
    to = AttemptState.VERIFIED if accept else AttemptState.REJECTED
    if row.state == to:
        return
    if not accept and not reason.strip():
        raise Unusable("reason_missing", "Say why the attempt is rejected: the learner reads it.")
    before, row.state = row.state, next_state(AttemptState(row.state), to)
    row.reviewed_by, row.verdict_reason = actor.name, reason.strip()
    row.released_at = None
    row.save()
    subject = f"exams.attempt:{row.id}"
    audit.record(
        actor=actor, verb="review_attempt", subject=subject, now=now, before={"state": before}, after={"state": to}
    )


@transaction.atomic
def release_result(*, attempt_id: UUID, now: datetime) -> Attempt:
    """Release a result whose date has come: it goes on record, and the learner is told."""
    row = _attempt(attempt_id)
    if row.released_at is not None:
        return as_attempt(row)
    if row.state not in (AttemptState.VERIFIED, AttemptState.REJECTED) or now < row.sitting.release_at:
        raise Refused("not_due", "The result is not due yet.")
    row.released_at = now
    row.save(update_fields=["released_at"])
    exam = row.sitting.exam
    if row.state == AttemptState.VERIFIED and row.submitted_at is not None:
        data = {
            "id": exam.code,
            "grade": {"scale": "percent", "value": str(row.score)},
            "proctored": True,
            "taken": row.submitted_at.date().isoformat(),
        }
        record_fact(
            actor=SYSTEM,
            learner_id=row.learner_id,
            institution=exam.institution,
            fact=NewFact(Kind.EXAM_RESULT, f"{exam.code}:{row.sitting_id}", data),
            source=f"exam attempt {row.id}",
            now=now,
        )
    audit.record(actor=SYSTEM, verb="release_result", subject=f"exams.attempt:{row.id}", now=now)
    event = ExamResultReleased(row.learner_id, row.id, exam.code, exam.program_key, exam.title, outcome_of(row))
    outbox.publish(event, now=now)
    return as_attempt(row)


@transaction.atomic
def appeal_verdict(*, actor: Actor, attempt_id: UUID, statement: str, now: datetime) -> None:
    """Appeal against a rejection, once, after its release."""
    row = _own(actor, attempt_id)
    if row.state != AttemptState.REJECTED or row.released_at is None:
        raise Refused("nothing_to_appeal", "There is no rejection to appeal against.")
    if not statement.strip():
        raise Unusable("statement_missing", "Say what happened.")
    AppealRow.objects.get_or_create(
        attempt=row, defaults={"learner_id": row.learner_id, "statement": statement.strip()[:10000], "at": now}
    )


def _exam(code: str) -> ExamRow:
    row = ExamRow.objects.filter(code=code).first()
    if row is None:
        raise NotFound("exam_unknown", "There is no such exam.")
    return row


def _attempt(attempt_id: UUID) -> AttemptRow:
    rows = AttemptRow.objects.select_for_update(of=("self",)).select_related("sitting__exam")
    row = rows.filter(id=attempt_id).first()
    if row is None:
        raise NotFound("attempt_unknown", "There is no such attempt.")
    return row


def _own(actor: Actor, attempt_id: UUID) -> AttemptRow:
    row = _attempt(attempt_id)
    if not actor.is_person(row.learner_id):
        raise NotFound("attempt_unknown", "There is no such attempt, or it is not yours.")
    return row
