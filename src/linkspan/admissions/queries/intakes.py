"""Reads of rounds, intakes and matchings."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Count

from linkspan.admissions.models import ApplicationRow, IntakeRow, MatchRunRow, RoundRow
from linkspan.admissions.rules.applications import (
    MatchRun,
    Mode,
    Replay,
    Reserve,
    Round,
    State,
    may_admit,
    may_replay,
)
from linkspan.admissions.rules.engine import changes_of
from linkspan.admissions.rules.intakes import Intake
from linkspan.admissions.rules.matching import match_round
from linkspan.admissions.rules.scores import Better
from linkspan.institutions.queries import institutions
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, permit
from linkspan.kernel.readers import public
from linkspan.pathways.queries import deadlines_of
from linkspan.pathways.rules import Deadline, What, ahead


@public
def rounds(institution: str = "") -> tuple[Round, ...]:
    """Rounds, newest window first; they are public."""
    rows = RoundRow.objects.select_related("intake").order_by("-opens_at")
    return tuple(as_round(row) for row in (rows.filter(institution=institution) if institution else rows))


@public
def open_round_for(agreement_id: str, now: datetime) -> Round | None:
    """The round under an agreement that takes applications now, else the next one, else None."""
    rows = RoundRow.objects.select_related("intake").filter(
        agreement_id=agreement_id, closes_at__gt=now, cancelled_at=None
    )
    row = rows.order_by("opens_at").first()
    return as_round(row) if row else None


@public
def open_rounds(agreement_ids: Iterable[str], now: datetime) -> dict[str, Round]:
    """`open_round_for` for many agreements, in one query."""
    rows = RoundRow.objects.select_related("intake").filter(
        agreement_id__in=list(agreement_ids), closes_at__gt=now, cancelled_at=None
    )
    return {row.agreement_id: as_round(row) for row in rows.order_by("-opens_at")}


@public
def deadlines_ahead(agreement_ids: Iterable[str], now: datetime) -> tuple[Deadline, ...]:
    """What is to come on those pathways, the nearest first: rounds to the minute, else the agreements' windows."""
    wanted = list(agreement_ids)
    schools = {school.code: school for school in institutions()} if wanted else {}
    found: list[Deadline] = []
    for row in RoundRow.objects.filter(agreement_id__in=wanted, closes_at__gt=now, cancelled_at=None).order_by(
        "opens_at"
    ):
        school = schools.get(row.institution)
        zone, name = (ZoneInfo(school.time_zone), school.name) if school else (ZoneInfo("UTC"), row.institution)
        for what, at in ((What.OPENS, row.opens_at), (What.CLOSES, row.closes_at)):
            found.append(Deadline(row.agreement_id, row.title, name, row.term, what, at.astimezone(zone)))
    return ahead([*found, *deadlines_of(wanted, now)], now)


@public
def round_by_id(round_id: UUID) -> Round:
    """One round."""
    row = RoundRow.objects.select_related("intake").filter(id=round_id).first()
    if row is None:
        raise NotFound("round_unknown", "There is no such round.")
    return as_round(row)


@public
def zone_of_round(round_id: UUID) -> ZoneInfo:
    """By whose clocks the round opens and closes."""
    school = round_by_id(round_id).institution
    return ZoneInfo(next((one.time_zone for one in institutions() if one.code == school), "UTC"))


@public
def intake(intake_id: UUID) -> Intake:
    """What is matched together, with its programs by institution; public."""
    row = IntakeRow.objects.prefetch_related("rounds").filter(id=intake_id).first()
    if row is None:
        raise NotFound("round_unknown", "There is no such round.")
    return as_intake(row)


@public
def intake_of(round_id: UUID) -> Intake:
    """The intake of that id, or of the round of that id; public."""
    row = RoundRow.objects.filter(id=round_id).values_list("intake_id", flat=True).first()
    return intake(row or round_id)


def round_counts(actor: Actor, round_: Round) -> Mapping[State, int]:
    """How many applications of a round stand where, for the school's admissions office."""
    permit(actor.is_system or may_admit(actor, round_.institution), "see this round's applications")
    rows = ApplicationRow.objects.filter(round_id=round_.id).values_list("state").annotate(Count("id"))
    return {State(state): count for state, count in rows}


@public
def match_runs(intake_id: UUID) -> tuple[MatchRun, ...]:
    """The matchings of an intake with their published hashes, oldest first."""
    rows = MatchRunRow.objects.filter(intake_id=intake_id).order_by("number").defer("input")
    return tuple(MatchRun(r.number, r.at, r.decided_by, r.input_sha256, r.output_sha256) for r in rows)


def replayed_round(actor: Actor, round_id: UUID) -> tuple[Replay, ...]:
    """Every matching of an intake, or of a round's intake, done again from its stored input.

    For the admissions staff of the institutions in it, and auditors; what became of every choice, which tells of other
    institutions too, is in it for auditors and the system only.
    """
    row = IntakeRow.objects.filter(id=round_id).first() or IntakeRow.objects.filter(rounds__id=round_id).first()
    if row is None:
        raise NotFound("round_unknown", "There is no such round.")
    schools = {row.coordinator, *row.rounds.values_list("institution", flat=True)}
    permit(any(may_replay(actor, school) for school in schools), "replay this round")
    whole = actor.is_system or actor.has_role("auditor")
    found = []
    for run in MatchRunRow.objects.filter(intake=row).order_by("number"):
        result = match_round(run.input, changes_of(run.engine))
        same = (result["input_sha256"], result["output_sha256"]) == (run.input_sha256, run.output_sha256)
        found.append(Replay(run.number, same, result if whole else {}))
    if not found:
        raise NotFound("round_not_decided", "That round was not matched yet.")
    return tuple(found)


def as_intake(row: IntakeRow) -> Intake:
    """A row, with its rounds, as a value."""
    rounds_ = sorted((r for r in row.rounds.all() if r.cancelled_at is None), key=lambda r: (r.institution, r.title))
    for round_ in rounds_:
        round_.intake = row
    revealed = row.decided_at is not None or not row.seed_commitment
    return Intake(
        row.id,
        row.title,
        row.term,
        row.coordinator,
        row.seed if revealed else None,
        row.answer_by,
        row.decided_at,
        tuple(as_round(round_) for round_ in rounds_),
        row.seed_commitment,
        row.seed_nonce if revealed else "",
    )


def as_round(row: RoundRow) -> Round:
    """A row as a value."""
    return Round(
        row.id,
        row.agreement_id,
        row.institution,
        row.title,
        row.term,
        Mode(row.mode),
        row.seats,
        row.opens_at,
        row.closes_at,
        row.intake_id,
        row.intake.decided_at,
        row.ties,
        tuple(row.tie_break),
        tuple(Reserve(r["group"], r["seats"], r["rule"]) for r in row.reserves),
        row.reserve_order,
        row.certified_by,
        row.certifier_id,
        row.cutoff,
        row.automatic,
        row.opened_by,
        Better(row.better),
        row.cancelled_at,
        row.cancel_reason,
        row.seats_taken,
    )
