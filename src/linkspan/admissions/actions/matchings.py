"""Intakes are matched after their windows, and matched again for the seats that are given back."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, F, Q

from linkspan.admissions.actions.judging import judge_anew
from linkspan.admissions.actions.rows import round_row
from linkspan.admissions.events import ApplicationDecided
from linkspan.admissions.models import ApplicationRow, IntakeRow, MatchRunRow, RoundRow
from linkspan.admissions.queries import as_intake, owes_fee
from linkspan.admissions.rules.applications import (
    GIVEN_UP,
    HOLDING,
    WAITING,
    Mode,
    Round,
    State,
    answer_deadline,
    may_match,
    next_state,
)
from linkspan.admissions.rules.engine import ENGINE_VERSION
from linkspan.admissions.rules.intakes import (
    Entry,
    Intake,
    check_ready,
    cutoff_of,
    intake_file,
    missing_in_words,
    take_over,
    waiting_places,
    why,
)
from linkspan.admissions.rules.market import lottery_order
from linkspan.admissions.rules.matching import match_round
from linkspan.kernel import audit, outbox
from linkspan.kernel.actor import Actor, system_actor
from linkspan.kernel.errors import Refused, permit
from linkspan.kernel.reasons import stored
from linkspan.kernel.record import Record
from linkspan.pathways.actions import keep_holds
from linkspan.pathways.queries import agreement_on, audits_of, stored_audits
from linkspan.pathways.rules import PRESENT, Outcome, Reading, evaluate, number
from linkspan.records.queries import learner_records

Counts = Mapping[State, int]
Holds = Mapping[UUID, tuple[str, ...]]
SYSTEM = system_actor("admissions")


@transaction.atomic
def decide_round(*, actor: Actor, round_id: UUID, now: datetime) -> Counts:
    """Match the intake in which a round stands, and decide every application by it; a second time changes nothing.

    For the coordinating institution's staff, once every ranked program is closed and each institution certified its
    lists: a matching certifies for nobody. The input, its hash and the output's hash are kept, so that
    `linkspan rounds replay` gives the same people.
    """
    row, intake = _locked(actor, round_id)
    if row.decided_at is None:
        check_ready(intake, now)
        _match(actor, row, "decide_round", now)
    return _counts(row)


@transaction.atomic
def rerun_round(*, actor: Actor, round_id: UUID, now: datetime) -> Counts:
    """Match a decided intake again for the seats that were given back.

    Accepted offers are pinned and offers that stand can only be bettered, so nobody who holds a seat can lose it; who
    declined, or let an offer lapse, is out at that program. With no seat free and nobody on hold, or nobody waiting,
    nothing changes.
    """
    row, _ = _locked(actor, round_id)
    if row.decided_at is None:
        raise Refused("round_not_decided", "The round is not decided yet: decide it first.")
    free = RoundRow.objects.filter(intake=row).filter(Q(seats=None) | Q(seats_taken__lt=F("seats")))
    waits = Q(round__in=free, state__in=WAITING - {State.NOT_NEEDED}) | Q(round__intake=row, state=State.ON_HOLD)
    if ApplicationRow.objects.filter(waits).exists():
        _match(actor, row, "rerun_round", now)
    return _counts(row)


def _locked(actor: Actor, round_id: UUID) -> tuple[IntakeRow, Intake]:
    found = IntakeRow.objects.filter(id=round_id).first() or round_row(round_id).intake
    row = IntakeRow.objects.select_for_update().get(id=found.id)
    permit(may_match(actor, row.coordinator), "decide this round")
    intake = as_intake(row)
    if all(round_.mode != Mode.RANKED for round_ in intake.rounds):
        raise Refused("round_not_ranked", "This round is rolling: decide its applications one by one.")
    return row, intake


def _counts(row: IntakeRow) -> Counts:
    rows = ApplicationRow.objects.filter(round__intake=row).values_list("state").annotate(Count("id"))
    return {State(state): count for state, count in rows}


def _match(actor: Actor, row: IntakeRow, verb: str, now: datetime) -> None:
    """Match until no standing offer is bettered; keep each matching; tell those for whom something changed."""
    standing = ApplicationRow.objects.filter(round__intake=row, state__in=HOLDING | WAITING | GIVEN_UP)
    applications = list(standing.order_by("id"))
    intake = as_intake(row)
    entries = _entries(intake, applications, _judge_again(intake, applications, now))
    freed = True
    while freed:
        file = intake_file(intake, row.seed, entries)
        result = match_round(file)
        freed = take_over(entries, result)
        _keep(actor, row, verb, file, result, now)
    programs = {program["id"]: program for program in file["programs"]}
    cutoffs = {
        r.agreement_id: cutoff_of(r, programs[r.agreement_id], result["cutoffs"][r.agreement_id]) for r in intake.rounds
    }
    lottery = lottery_order(row.seed, [applicant["id"] for applicant in file["applicants"]])
    places = waiting_places(file, lottery, entries)
    _decide(_Decision(intake, cutoffs, places, now), entries, {a.id: a for a in applications})
    _close(intake, cutoffs, entries)
    row.decided_at = row.decided_at or now
    row.save(update_fields=["decided_at"])


def _judge_again(intake: Intake, applications: Sequence[ApplicationRow], now: datetime) -> Holds:
    """Judge the records of who waits as they stand now; where the answer changed, the new audit is kept.

    Returns what holds which application: a person looks at it before it is decided.
    """
    holds: dict[UUID, tuple[str, ...]] = {}
    for round_ in intake.rounds:
        waiting = [row for row in applications if row.round_id == round_.id and row.state in WAITING]
        records = learner_records(SYSTEM, (row.learner_id for row in waiting), now)
        agreement = agreement_on(round_.agreement_id, now.date())
        found = audits_of(records.values(), agreement, now.date())
        for row, audit_ in zip(waiting, found, strict=True):
            if audit_.outcome != row.eligibility:
                judge_anew(row, now)
                row.save(update_fields=["audit_id", "eligibility"])
            if audit_.holds:
                holds[row.id] = keep_holds(learner_id=row.learner_id, agreement=agreement, found=audit_.holds, now=now)
    return holds


def _entries(intake: Intake, applications: Sequence[ApplicationRow], holds: Holds) -> list[Entry]:
    rounds = {round_.id: round_ for round_ in intake.rounds}
    audits = stored_audits(SYSTEM, [a.audit_id for a in applications])
    entries = []
    for row in applications:
        round_, stored = rounds[row.round_id], audits[row.audit_id]
        unpaid = owes_fee(row)
        missing = missing_in_words(stored.result)
        entries.append(
            Entry(
                row.id,
                row.learner_id,
                round_.agreement_id,
                row.rank,
                State(row.state),
                row.score,
                row.submitted_at,
                "unknown" if unpaid and not missing else stored.result["outcome"],
                (*missing, "the application fee is not paid") if unpaid else missing,
                tuple(_tie(name, row, stored.record) for name in round_.tie_break),
                _groups(round_, stored.record, stored.on),
                holds.get(row.id, ()),
            )
        )
    return entries


def _tie(name: str, row: ApplicationRow, record: Record) -> int:
    """A tie-break as a whole number, higher is better: hundredths of a percent, or minus the second of submission."""
    if name == "submitted_at":
        return -int(row.submitted_at.timestamp())
    grades = [exam.get("grade") or {} for exam in record.get("exams") or []]
    found = [number(grade.get("value")) for grade in grades if grade.get("scale") == "percent"]
    return max((int(value * 100) for value in found if value is not None), default=0)


def _groups(round_: Round, record: Record, on: date) -> tuple[str, ...]:
    met = (r for r in round_.reserves if evaluate(r.rule, record, on, Reading(PRESENT)).outcome == Outcome.MET)
    return tuple(f"{round_.agreement_id}/{reserve.group}" for reserve in met)


def _keep(
    actor: Actor, row: IntakeRow, verb: str, file: Mapping[str, Any], result: Mapping[str, Any], now: datetime
) -> None:
    run = MatchRunRow.objects.create(
        intake=row,
        number=MatchRunRow.objects.filter(intake=row).count() + 1,
        at=now,
        decided_by=actor.name,
        input=file,
        engine=ENGINE_VERSION,
        input_sha256=result["input_sha256"],
        output_sha256=result["output_sha256"],
    )
    after = {"run": run.number, "input": run.input_sha256, "output": run.output_sha256, "cutoffs": result["cutoffs"]}
    audit.record(actor=actor, verb=verb, subject=f"admissions.intake:{row.id}", now=now, after=after)


class _Decision:
    """What a matching says, for writing it into applications."""

    def __init__(
        self, intake: Intake, cutoffs: Mapping[str, Decimal | None], places: Mapping[UUID, int], now: datetime
    ) -> None:
        self.rounds = {round_.agreement_id: round_ for round_ in intake.rounds}
        self.cutoffs, self.places, self.now = cutoffs, places, now
        self.answer_by = intake.answer_by


def _decide(told: _Decision, entries: Sequence[Entry], applications: Mapping[UUID, ApplicationRow]) -> None:
    """Write what changed, with the reason, in the name of who certified the program's list."""
    seats = {e.learner_id: told.rounds[e.program] for e in entries if e.state in HOLDING}
    kept = {e.learner_id: told.rounds[e.program] for e in entries if e.kept}
    changed = []
    for entry in entries:
        row = applications[entry.application_id]
        if row.state not in WAITING and row.state == entry.state:
            continue
        round_, cutoff = told.rounds[entry.program], told.cutoffs[entry.program]
        row.reasons = stored([why(round_, entry, cutoff, seats.get(entry.learner_id), kept.get(entry.learner_id))])
        row.place = told.places.get(row.id)
        row.decided_by, row.decider_id, row.decided_at = round_.certified_by, round_.certifier_id, told.now
        if row.state != entry.state:
            row.state = next_state(State(row.state), entry.state)
            if entry.state == State.OFFERED:
                row.answer_by = answer_deadline(told.answer_by, told.now)
            outbox.publish(ApplicationDecided(row.learner_id, row.id, round_.title, row.state), now=told.now)
        changed.append(row)
    fields = ["state", "reasons", "place", "answer_by", "decided_by", "decider_id", "decided_at"]
    ApplicationRow.objects.bulk_update(changed, fields, batch_size=200)


def _close(intake: Intake, cutoffs: Mapping[str, Decimal | None], entries: Sequence[Entry]) -> None:
    for round_ in intake.rounds:
        taken = sum(1 for e in entries if e.program == round_.agreement_id and e.state in HOLDING)
        RoundRow.objects.filter(id=round_.id).update(cutoff=cutoffs[round_.agreement_id], seats_taken=taken)
