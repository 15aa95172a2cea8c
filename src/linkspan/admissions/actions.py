"""What is done to rounds and applications. Rules propose; a named person decides."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F

from linkspan.admissions.events import ApplicationDecided, ApplicationSubmitted, LearnerJoined
from linkspan.admissions.models import ApplicationRow, RoundRow
from linkspan.admissions.queries import as_application, as_round
from linkspan.admissions.rules.applications import (
    Application,
    Mode,
    State,
    check_window,
    may_admit,
    may_open_round,
    next_state,
    proposal_for,
    round_file,
)
from linkspan.admissions.rules.matching import match_round
from linkspan.kernel import audit, outbox
from linkspan.kernel.actor import Actor, system_actor
from linkspan.kernel.errors import NotFound, Refused, Unusable, permit
from linkspan.pathways.actions import store_audit
from linkspan.pathways.queries import agreement_on, stored_audit
from linkspan.records.queries import learner_record

LONGEST_STATEMENT = 10_000


@transaction.atomic
def open_round(
    *,
    actor: Actor,
    agreement_id: str,
    term: str,
    mode: Mode,
    seats: int | None,
    opens_at: datetime,
    closes_at: datetime,
    seed: int,
    now: datetime,
) -> UUID:
    """Open an intake under an agreement; the same term again gives the round there is."""
    agreement = agreement_on(agreement_id, opens_at.date())
    permit(may_open_round(actor, agreement.receiving), "open rounds here")
    if opens_at >= closes_at or (seats is not None and seats < 0):
        raise Unusable("round_unusable", "A round opens before it closes, and seats are not negative.")
    row, created = RoundRow.objects.get_or_create(
        agreement_id=agreement_id,
        term=term,
        defaults={
            "institution": agreement.receiving,
            "title": agreement.title,
            "mode": mode,
            "seats": seats,
            "opens_at": opens_at,
            "closes_at": closes_at,
            "seed": seed,
        },
    )
    if created:
        after = {"agreement": agreement_id, "term": term, "seats": seats, "seed": seed}
        audit.record(actor=actor, verb="open_round", subject=f"admissions.round:{row.id}", now=now, after=after)
    return row.id


@transaction.atomic
def submit_application(*, actor: Actor, round_id: UUID, statement: str, now: datetime) -> Application:
    """Apply in one's own name. The record is judged and the audit kept as it was seen; unknown is no refusal.

    A second submission in the same round gives the first one.
    """
    if actor.person_id is None:
        raise Refused("sign_in_first", "Sign in to apply.")
    round_ = as_round(_round(round_id))
    held = ApplicationRow.objects.filter(learner_id=actor.person_id, round_id=round_id).select_related("round")
    if held.exists():
        return as_application(held[0])
    check_window(round_, now)
    if len(statement) > LONGEST_STATEMENT:
        raise Unusable("statement_too_long", f"The statement is longer than {LONGEST_STATEMENT} characters.")
    row = _apply(actor, actor.person_id, round_id, round_.agreement_id, statement, now)
    subject = f"admissions.application:{row.id}"
    after = {"round": round_id, "audit": row.audit_id, "eligibility": row.eligibility}
    audit.record(actor=actor, verb="submit_application", subject=subject, now=now, after=after)
    outbox.publish(ApplicationSubmitted(row.learner_id, row.id, round_.title), now=now)
    return as_application(row)


def _apply(
    actor: Actor, learner_id: UUID, round_id: UUID, agreement_id: str, statement: str, now: datetime
) -> ApplicationRow:
    judge = actor if actor.is_person(learner_id) else system_actor("admissions")
    record = learner_record(judge, learner_id)
    audit_id, found = store_audit(
        actor=judge, learner_id=learner_id, record=record, agreement_id=agreement_id, on=now.date(), now=now
    )
    return ApplicationRow.objects.create(
        learner_id=learner_id,
        round_id=round_id,
        state=State.SUBMITTED,
        audit_id=audit_id,
        eligibility=found.outcome,
        statement=statement.strip(),
        submitted_at=now,
    )


def take_in_applications(
    *, actor: Actor, round_id: UUID, scores: Mapping[UUID, int], source: str, now: datetime
) -> int:
    """Take in applications that came with committee scores through another channel; returns how many are new."""
    round_ = as_round(_round(round_id))
    permit(may_admit(actor, round_.institution), "take in applications here")
    check_window(round_, now)
    held = set(ApplicationRow.objects.filter(round_id=round_id).values_list("learner_id", flat=True))
    fresh = [learner for learner in scores if learner not in held]
    with transaction.atomic():
        for learner_id in fresh:
            row = _apply(actor, learner_id, round_id, round_.agreement_id, "", now)
            row.score, row.scored_by = scores[learner_id], source
            row.save(update_fields=["score", "scored_by"])
        subject = f"admissions.round:{round_id}"
        after = {"applications": len(fresh), "source": source}
        audit.record(actor=actor, verb="take_in_applications", subject=subject, now=now, after=after)
    return len(fresh)


@transaction.atomic
def record_score(*, actor: Actor, application_id: UUID, score: int, now: datetime) -> None:
    """Enter the committee's score, 0 to 1000; it can be changed until the round is decided."""
    row = _application(application_id)
    permit(may_admit(actor, row.round.institution) and not actor.is_person(row.learner_id), "score this application")
    if not 0 <= score <= 1000:
        raise Unusable("score_out_of_range", "A score is a whole number from 0 to 1000.")
    if row.round.decided_at is not None:
        raise Refused("round_decided", "The round is decided; its scores stand.")
    before, row.score, row.scored_by = row.score, score, actor.name
    row.save(update_fields=["score", "scored_by"])
    subject = f"admissions.application:{row.id}"
    audit.record(
        actor=actor, verb="record_score", subject=subject, now=now, before={"score": before}, after={"score": score}
    )


@transaction.atomic
def decide_round(*, actor: Actor, round_id: UUID, now: datetime) -> Mapping[State, int]:
    """Match a ranked round after its window and decide every application by it; a second time changes nothing.

    The input, its hash and the output's hash are kept, so that `linkspan rounds replay` gives the same people.
    """
    row = RoundRow.objects.select_for_update().filter(id=round_id).first() or _round(round_id)
    permit(may_admit(actor, row.institution), "decide this round")
    round_ = as_round(row)
    if round_.mode != Mode.RANKED:
        raise Refused("round_not_ranked", "This round is rolling: decide its applications one by one.")
    applications = list(ApplicationRow.objects.filter(round=row).exclude(state=State.WITHDRAWN).order_by("id"))
    if row.decided_at is None:
        if now < row.closes_at:
            raise Refused("round_still_open", f"The round is open until {row.closes_at:%Y-%m-%d}.")
        _match(actor, row, applications, now)
    counts: dict[State, int] = {}
    for application in applications:
        counts[State(application.state)] = counts.get(State(application.state), 0) + 1
    return counts


def _match(actor: Actor, row: RoundRow, applications: list[ApplicationRow], now: datetime) -> None:
    system = system_actor("admissions")
    results = {a.id: stored_audit(system, a.audit_id).result for a in applications}
    file = round_file(as_round(row), [(str(a.id), a.score, results[a.id]) for a in applications])
    result = match_round(file)
    for application in applications:
        (why,) = result["explanations"][str(application.id)]
        to = {"admitted": State.OFFERED, "below_cutoff": State.NO_SEAT}.get(why["outcome"], State.REFUSED)
        application.state = next_state(State(application.state), to)
        application.reasons, application.decided_by, application.decided_at = [why["reason"]], actor.name, now
        outbox.publish(ApplicationDecided(application.learner_id, application.id, row.title, to), now=now)
    ApplicationRow.objects.bulk_update(applications, ["state", "reasons", "decided_by", "decided_at"], batch_size=200)
    row.decided_at, row.input, row.cutoff = now, file, result["cutoffs"][row.agreement_id]
    row.input_sha256, row.output_sha256 = result["input_sha256"], result["output_sha256"]
    row.seats_taken = sum(1 for a in applications if a.state == State.OFFERED)
    row.save()
    after = {"input": row.input_sha256, "output": row.output_sha256, "cutoff": row.cutoff}
    audit.record(actor=actor, verb="decide_round", subject=f"admissions.round:{row.id}", now=now, after=after)


@transaction.atomic
def decide_application(*, actor: Actor, application_id: UUID, admit: bool, reason: str, now: datetime) -> Application:
    """Decide one application of a rolling round.

    The record is judged anew on the day. Deciding otherwise than the rules propose needs a reason; seats are taken in
    the same transaction and never more than there are.
    """
    row = _application(application_id)
    permit(may_admit(actor, row.round.institution) and not actor.is_person(row.learner_id), "decide this application")
    to = State.OFFERED if admit else State.REFUSED
    if row.state == to:
        return as_application(row)
    next_state(State(row.state), to)
    proposed, reasons = _judge_anew(row, now)
    if proposed != to and not reason.strip():
        raise Unusable("reason_missing", f"The rules propose: {proposed}. To decide otherwise, say why.")
    if admit:
        _take_seat(row.round_id)
    row.state, row.decided_by, row.decided_at = to, actor.name, now
    row.reasons = [*reasons, *([reason.strip()] if reason.strip() else [])]
    row.save()
    subject = f"admissions.application:{row.id}"
    after = {"state": to, "proposed": proposed, "audit": row.audit_id}
    audit.record(actor=actor, verb="decide_application", subject=subject, now=now, after=after, why=reason)
    outbox.publish(ApplicationDecided(row.learner_id, row.id, row.round.title, to), now=now)
    return as_application(row)


def _judge_anew(row: ApplicationRow, now: datetime) -> tuple[State, tuple[str, ...]]:
    system = system_actor("admissions")
    record = learner_record(system, row.learner_id)
    row.audit_id, found = store_audit(
        actor=system,
        learner_id=row.learner_id,
        record=record,
        agreement_id=row.round.agreement_id,
        on=now.date(),
        now=now,
    )
    row.eligibility = found.outcome
    return proposal_for(found.as_json())


def _take_seat(round_id: UUID) -> None:
    rows = RoundRow.objects.filter(id=round_id)
    taken = rows.filter(seats=None).update(seats_taken=F("seats_taken") + 1) or rows.filter(
        seats_taken__lt=F("seats")
    ).update(seats_taken=F("seats_taken") + 1)
    if not taken:
        raise Refused("no_seat_left", "All seats of this round are taken.")


@transaction.atomic
def answer_offer(*, actor: Actor, application_id: UUID, accept: bool, now: datetime) -> Application:
    """Accept or decline an offer; the same answer again changes nothing."""
    row = _application(application_id)
    permit(actor.is_person(row.learner_id), "answer somebody else's offer")
    to = State.ACCEPTED if accept else State.DECLINED
    return _moved(actor, row, to, "answer_offer", now)


@transaction.atomic
def withdraw_application(*, actor: Actor, application_id: UUID, now: datetime) -> Application:
    """Withdraw one's own application."""
    row = _application(application_id)
    permit(actor.is_person(row.learner_id), "withdraw somebody else's application")
    return _moved(actor, row, State.WITHDRAWN, "withdraw_application", now)


@transaction.atomic
def confirm_joining(*, actor: Actor, application_id: UUID, now: datetime) -> Application:
    """Admissions staff confirm that the learner who accepted has joined formally; credit follows from it."""
    row = _application(application_id)
    permit(may_admit(actor, row.round.institution), "confirm joining here")
    if row.state == State.JOINED:
        return as_application(row)
    moved = _moved(actor, row, State.JOINED, "confirm_joining", now)
    outbox.publish(LearnerJoined(row.learner_id, row.id, row.round.agreement_id, row.audit_id), now=now)
    return moved


def _moved(actor: Actor, row: ApplicationRow, to: State, verb: str, now: datetime) -> Application:
    if row.state != to:
        before, row.state = row.state, next_state(State(row.state), to)
        row.save(update_fields=["state"])
        subject = f"admissions.application:{row.id}"
        audit.record(actor=actor, verb=verb, subject=subject, now=now, before={"state": before}, after={"state": to})
    return as_application(row)


def _round(round_id: UUID) -> RoundRow:
    row = RoundRow.objects.filter(id=round_id).first()
    if row is None:
        raise NotFound("round_unknown", "There is no such round.")
    return row


def _application(application_id: UUID) -> ApplicationRow:
    rows = ApplicationRow.objects.select_for_update(of=("self",)).select_related("round")
    row = rows.filter(id=application_id).first()
    if row is None:
        raise NotFound("application_unknown", "There is no such application.")
    return row
