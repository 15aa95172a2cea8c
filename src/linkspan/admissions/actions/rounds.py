"""Rounds are opened, matched after their window, and matched again when offers are declined."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from linkspan.admissions.actions.rows import round_row
from linkspan.admissions.events import ApplicationDecided
from linkspan.admissions.models import ApplicationRow, MatchRunRow, RoundRow
from linkspan.admissions.queries import as_round
from linkspan.admissions.rules.applications import (
    HOLDING,
    MATCHED,
    Mode,
    State,
    may_admit,
    may_open_round,
    next_state,
    round_file,
)
from linkspan.admissions.rules.matching import match_round
from linkspan.kernel import audit, outbox
from linkspan.kernel.actor import Actor, system_actor
from linkspan.kernel.errors import Refused, Unusable, permit
from linkspan.pathways.queries import agreement_on, stored_audit


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
def decide_round(*, actor: Actor, round_id: UUID, now: datetime) -> Mapping[State, int]:
    """Match a ranked round after its window and decide every application by it; a second time changes nothing.

    The input, its hash and the output's hash are kept, so that `linkspan rounds replay` gives the same people.
    """
    row = _ranked(actor, round_id)
    if row.decided_at is None:
        if now < row.closes_at:
            raise Refused("round_still_open", f"The round is open until {row.closes_at:%Y-%m-%d}.")
        row.decided_at = now
        _run(actor, row, "decide_round", now)
    return _counts(row)


@transaction.atomic
def rerun_round(*, actor: Actor, round_id: UUID, now: datetime) -> Mapping[State, int]:
    """Match a decided round again for the seats that were given back.

    Offers that stand and accepted ones are pinned, who declined or withdrew is out, so nobody who holds a seat can
    lose it. With no seat free, or nobody waiting, nothing changes.
    """
    row = _ranked(actor, round_id)
    if row.decided_at is None:
        raise Refused("round_not_decided", "The round is not decided yet: decide it first.")
    waiting = ApplicationRow.objects.filter(round=row, state=State.NO_SEAT).exists()
    if waiting and (row.seats is None or row.seats_taken < row.seats):
        _run(actor, row, "rerun_round", now)
    return _counts(row)


def _ranked(actor: Actor, round_id: UUID) -> RoundRow:
    row = RoundRow.objects.select_for_update().filter(id=round_id).first() or round_row(round_id)
    permit(may_admit(actor, row.institution), "decide this round")
    if row.mode != Mode.RANKED:
        raise Refused("round_not_ranked", "This round is rolling: decide its applications one by one.")
    return row


def _counts(row: RoundRow) -> Mapping[State, int]:
    counts: dict[State, int] = {}
    for state in ApplicationRow.objects.filter(round=row).values_list("state", flat=True):
        counts[State(state)] = counts.get(State(state), 0) + 1
    return counts


def _run(actor: Actor, row: RoundRow, verb: str, now: datetime) -> None:
    """One matching: kept with its hashes, then told to those for whom it changes something."""
    system = system_actor("admissions")
    applications = list(ApplicationRow.objects.filter(round=row, state__in=MATCHED).order_by("id"))
    entries = [(str(a.id), a.score, stored_audit(system, a.audit_id).result, a.state in HOLDING) for a in applications]
    file = round_file(as_round(row), entries)
    result = match_round(file)
    for application in applications:
        if application.state not in HOLDING:
            (why,) = result["explanations"][str(application.id)]
            _decide(actor, application, why, row.title, now)
    ApplicationRow.objects.bulk_update(applications, ["state", "reasons", "decided_by", "decided_at"], batch_size=200)
    run = MatchRunRow.objects.create(
        round=row,
        number=MatchRunRow.objects.filter(round=row).count() + 1,
        at=now,
        decided_by=actor.name,
        input=file,
        input_sha256=result["input_sha256"],
        output_sha256=result["output_sha256"],
    )
    row.cutoff = result["cutoffs"][row.agreement_id]
    row.seats_taken = sum(1 for a in applications if a.state in HOLDING)
    row.save()
    after = {"run": run.number, "input": run.input_sha256, "output": run.output_sha256, "cutoff": row.cutoff}
    audit.record(actor=actor, verb=verb, subject=f"admissions.round:{row.id}", now=now, after=after)


def _decide(actor: Actor, row: ApplicationRow, why: Mapping[str, str], title: str, now: datetime) -> None:
    to = {"admitted": State.OFFERED, "below_cutoff": State.NO_SEAT}.get(why["outcome"], State.REFUSED)
    row.reasons, row.decided_by, row.decided_at = [why["reason"]], actor.name, now
    if row.state != to:
        row.state = next_state(State(row.state), to)
        outbox.publish(ApplicationDecided(row.learner_id, row.id, title, to), now=now)
