"""Incidents, verdicts, released results and appeals."""

from datetime import datetime
from uuid import UUID

from django.db import transaction

from linkspan.exams.actions.rejections import proposal_of, propose_rejection
from linkspan.exams.actions.results import put_on_record
from linkspan.exams.actions.rows import SYSTEM, attempt_row, mark, needed, own_attempt_row
from linkspan.exams.events import AppealDecided, AppealFiled, ExamResultReleased, SecondReviewAsked
from linkspan.exams.models import AppealRow, AttemptRow, IncidentRow, LiftRow, RejectionRow
from linkspan.exams.queries import as_attempt, as_exam, confirmers_of, outcome_of
from linkspan.exams.queries.values import as_rejection, rejecters_of
from linkspan.exams.rules import (
    Act,
    AppealState,
    Attempt,
    AttemptState,
    IncidentKind,
    Standing,
    after,
    may_decide_appeal,
    may_proctor,
    may_review,
)
from linkspan.kernel import audit, outbox
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, Refused, Unusable, permit
from linkspan.kernel.written import kept

LONGEST_STATEMENT = 10_000


@transaction.atomic
def log_incident(*, actor: Actor, attempt_id: UUID, kind: str, note: str, now: datetime) -> UUID:
    """Note what a proctor saw during an attempt; notes are added, never changed, and the reviewer reads them."""
    row = attempt_row(attempt_id)
    permit(may_proctor(actor, as_exam(row.version), row.learner_id), "note incidents here")
    if kind not in set(IncidentKind) or not note.strip():
        raise Unusable("incident_unusable", "Choose the kind of incident and say what was seen.")
    incident, created = IncidentRow.objects.get_or_create(
        attempt=row,
        kind=kind,
        note=note.strip()[:LONGEST_STATEMENT],
        noted_by_id=actor.person_id,
        defaults={"learner_id": row.learner_id, "noted_by": actor.name, "at": now},
    )
    if created:
        subject = f"exams.attempt:{row.id}"
        audit.record(actor=actor, verb="log_incident", subject=subject, now=now, after={"kind": kind})
    return incident.id


@transaction.atomic
def review_attempt(
    *, actor: Actor, attempt_id: UUID, accept: bool, reason: str, now: datetime, ground: IncidentKind | None = None
) -> None:
    """The verdict of another person than the learner and than who confirmed the identity.

    To reject takes two people: the first proposes it with a ground and a reason, the learner may answer, and then
    another one decides. A rejection that the learner knows of is lifted on appeal only (`decide_appeal`).
    """
    row = attempt_row(attempt_id)
    permit(may_proctor(actor, as_exam(row.version), row.learner_id), "review this attempt")
    _check_reviewer(actor, row)
    before, proposed = AttemptState(row.state), proposal_of(row)
    to = AttemptState.VERIFIED if accept else AttemptState.REJECTED
    mine = proposed is not None and proposed.proposed_by_id == actor.person_id
    if row.state == to or (mine and not accept and before is AttemptState.REJECTION_PROPOSED):
        return
    if row.released_at is not None:
        raise Refused("verdict_released", "The learner knows this verdict. Only an appeal changes it.")
    if mine:
        raise Refused("same_person", "You proposed the rejection. Another proctor decides.")
    if not accept and before is not AttemptState.REJECTION_PROPOSED:
        propose_rejection(actor, row, ground, reason, now)
        return
    _check_heard(proposed, accept=accept, now=now)
    act = _verdict(before, accept, actor, row)
    row.state = after(before, act)
    if act is Act.LIFT:
        _lifted(row, actor, reason, now)
    said = reason.strip() or (proposed.reason if proposed is not None and not accept else "")
    row.reviewed_by, row.reviewed_by_id, row.verdict_reason = actor.name, actor.person_id, said
    row.save()
    subject = f"exams.attempt:{row.id}"
    audit.record(
        actor=actor,
        verb="review_attempt",
        subject=subject,
        now=now,
        before={"state": before},
        after={"state": row.state},
    )


def _check_heard(proposed: RejectionRow | None, *, accept: bool, now: datetime) -> None:
    """Refused where the learner may still answer; to accept needs no answer."""
    if proposed is not None and not accept and not as_rejection(proposed).heard(now):
        until = kept(proposed.heard_until)
        raise Refused(
            "learner_not_heard", "The learner may answer until {until}. Decide then, or once they did.", until=until
        )


@transaction.atomic
def ask_second_review(*, actor: Actor, attempt_id: UUID, reason: str, now: datetime) -> None:
    """Leave the verdict to another person than oneself and than who confirmed the identity, with a reason for them."""
    row = attempt_row(attempt_id)
    exam = as_exam(row.version)
    permit(may_proctor(actor, exam, row.learner_id), "review this attempt")
    _check_reviewer(actor, row)
    row.state = after(AttemptState(row.state), Act.ASK_SECOND_REVIEW)
    row.second_review_by, row.second_review_by_id = actor.name, actor.person_id
    row.second_review_reason = needed(reason)
    row.save(update_fields=["state", "second_review_by", "second_review_by_id", "second_review_reason"])
    subject = f"exams.attempt:{row.id}"
    audit.record(actor=actor, verb="ask_second_review", subject=subject, now=now, why=row.second_review_reason)
    outbox.publish(SecondReviewAsked(row.learner_id, row.id, exam.title, exam.institution), now=now)


def _check_reviewer(actor: Actor, row: AttemptRow) -> None:
    """Refused to who confirmed the identity, and to who left the verdict to another."""
    if not may_review(actor, as_exam(row.version), row.learner_id, confirmers_of(row)):
        raise Refused("same_person", "You confirmed this learner's identity. Another proctor reviews the attempt.")
    if row.state == AttemptState.SECOND_REVIEW and actor.person_id == row.second_review_by_id:
        raise Refused("same_person", "You asked for a second review. Another proctor gives the verdict.")


def _lifted(row: AttemptRow, actor: Actor, reason: str, now: datetime) -> None:
    """Note who lifted whose rejection: the one way out of a final state."""
    if not reason.strip():
        raise Unusable("reason_missing", "Say why the rejection is lifted: it stays with the attempt.")
    LiftRow.objects.create(
        learner_id=row.learner_id,
        attempt=row,
        rejected_by=row.reviewed_by,
        rejection=row.verdict_reason,
        lifted_by=actor.name,
        lifted_by_id=actor.person_id,
        at=now,
        reason=reason.strip()[:LONGEST_STATEMENT],
    )


def _verdict(before: AttemptState, accept: bool, actor: Actor, row: AttemptRow) -> Act:
    """The act of a verdict; who rejected an attempt does not lift the rejection."""
    if not accept:
        return Act.REJECT
    if before is AttemptState.REJECTED and actor.person_id == row.reviewed_by_id:
        raise Refused("same_person", "You rejected this attempt. Another person lifts the rejection.")
    return Act.LIFT if before is AttemptState.REJECTED else Act.ACCEPT


@transaction.atomic
def release_result(*, attempt_id: UUID, now: datetime) -> Attempt:
    """Release a result whose date has come: it goes on record, and the learner is told."""
    row = attempt_row(attempt_id)
    if row.released_at is not None:
        return as_attempt(row)
    if row.state not in (AttemptState.VERIFIED, AttemptState.REJECTED) or now < row.sitting.release_at:
        raise Refused("not_due", "The result is not due yet.")
    if row.responses.filter(standing=Standing.LATE).exists():
        raise Refused("late_answers_wait", "Late answers wait for a decision. Decide them at the exam desk first.")
    if row.to_mark and row.state == AttemptState.VERIFIED:
        raise Refused("marks_missing", "Answers of this attempt are not marked yet.")
    row.released_at = now
    if row.version.corrections and row.state == AttemptState.VERIFIED:
        mark(row)
    row.save(update_fields=["released_at"])
    exam = as_exam(row.version)
    lifted = LiftRow.objects.filter(attempt=row).order_by("at").last()
    put_on_record(row, now, f"rejection lifted: {lifted.reason}" if lifted else "")
    audit.record(actor=SYSTEM, verb="release_result", subject=f"exams.attempt:{row.id}", now=now)
    event = ExamResultReleased(row.learner_id, row.id, exam.code, exam.program_key, exam.title, outcome_of(row))
    outbox.publish(event, now=now)
    return as_attempt(row)


@transaction.atomic
def appeal_verdict(*, actor: Actor, attempt_id: UUID, statement: str, now: datetime) -> UUID:
    """Appeal against a rejection, once, after its release; a second appeal gives the first."""
    row = own_attempt_row(actor, attempt_id)
    if row.state != AttemptState.REJECTED or row.released_at is None:
        raise Refused("nothing_to_appeal", "There is no rejection to appeal against.")
    if not statement.strip():
        raise Unusable("statement_missing", "Say what happened.")
    fields = {"learner_id": row.learner_id, "statement": statement.strip()[:LONGEST_STATEMENT], "at": now}
    appeal, created = AppealRow.objects.get_or_create(attempt=row, defaults={**fields, "state": AppealState.OPEN})
    if created:
        audit.record(actor=actor, verb="appeal_verdict", subject=f"exams.attempt:{row.id}", now=now)
        exam = as_exam(row.version)
        outbox.publish(AppealFiled(row.learner_id, row.id, exam.title, exam.institution, appeal.id), now=now)
    return appeal.id


@transaction.atomic
def decide_appeal(*, actor: Actor, appeal_id: UUID, uphold: bool, reason: str, now: datetime) -> None:
    """Decide an appeal, by another person than the learner and than the two who rejected the attempt.

    Upheld, the attempt counts and its result is released anew; dismissed, the rejection stands. Either needs a reason,
    which the learner reads. A second decision is Refused unless it is the same.
    """
    appeal = AppealRow.objects.select_for_update().filter(id=appeal_id).first()
    if appeal is None:
        raise NotFound("appeal_unknown", "There is no such appeal.")
    row = attempt_row(appeal.attempt_id)
    exam = as_exam(row.version)
    permit(may_decide_appeal(actor, exam, row.learner_id, rejecters_of(row)), "decide this appeal")
    to = AppealState.UPHELD if uphold else AppealState.DISMISSED
    if appeal.state == to:
        return
    if appeal.state != AppealState.OPEN:
        raise Refused("appeal_decided", "This appeal was {state} already.", state=appeal.state)
    if not reason.strip():
        raise Unusable("reason_missing", "Say why: the learner reads it.")
    appeal.state, appeal.decided_by, appeal.decided_at, appeal.reason = to, actor.name, now, reason.strip()
    appeal.save()
    if uphold:
        row.state = after(AttemptState(row.state), Act.LIFT)
        _lifted(row, actor, reason, now)
        row.verdict_reason, row.released_at = reason.strip(), None
        row.save()
    subject = f"exams.attempt:{row.id}"
    audit.record(actor=actor, verb="decide_appeal", subject=subject, now=now, after={"state": to}, why=reason)
    outbox.publish(AppealDecided(row.learner_id, row.id, exam.title, to, reason.strip()), now=now)
