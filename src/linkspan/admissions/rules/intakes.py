"""An intake: the programs that are matched together, put to the engine, and what its answer means for each choice."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from linkspan.admissions.rules.applications import GIVEN_UP, PINNED, WAITING, Mode, Round, State
from linkspan.admissions.rules.market import RESERVE_ORDERS, TIES
from linkspan.admissions.rules.reasons import below, not_eligible
from linkspan.admissions.rules.scores import Better, per_point, plain
from linkspan.kernel.errors import Refused, Unusable
from linkspan.kernel.reasons import Phrase, Sentence

#: What may order equal scores before the lottery: the best exam of record, and who came first.
TIE_BREAKS = ("exam_percent", "submitted_at")
MOST_SEATS = 1_000_000


@dataclass(frozen=True, slots=True)
class Intake:
    """What is matched together. `coordinator` is the institution whose staff run the matching.

    `commitment` is published at opening; `seed` and `nonce`, which it binds (`rules.seeds`), are None and empty until
    the first matching reveals them.
    """

    id: UUID
    title: str
    term: str
    coordinator: str
    seed: int | None
    answer_by: datetime | None
    decided_at: datetime | None
    rounds: tuple[Round, ...]
    commitment: str = ""
    nonce: str = ""

    @property
    def joint(self) -> bool:
        """Whether applicants put several programs in order."""
        return len(self.rounds) > 1


@dataclass(slots=True)
class Entry:
    """One application as it stands in a matching; `missing` are the open clauses, `tie` what orders equal scores.

    `holds` says what a person has to look at first. Who is on hold competes like everybody, and a seat that would be
    theirs is `kept`: it goes to nobody else in this matching; released, they win it in the next one.
    """

    application_id: UUID
    learner_id: UUID
    program: str
    rank: int
    state: State
    score: Decimal | None
    submitted_at: datetime
    outcome: str
    missing: tuple[str, ...]
    tie: tuple[int, ...] = ()
    groups: tuple[str, ...] = ()
    holds: tuple[str, ...] = ()
    kept: bool = False


def missing_in_words(audit_result: Mapping[str, Any]) -> tuple[str, ...]:
    """The open clauses of an audit; where only evidence is missing, it says so."""
    unknown = {row["clause"] for row in audit_result["requirements"] if row["outcome"] == "unknown"}
    return tuple(
        f"clause {m['clause']}: {m['text']}{' (not proven yet)' if m['clause'] in unknown else ''}"
        for m in audit_result["missing"]
    )


def check_terms(ties: str, tie_break: Sequence[str], reserves: Sequence[Mapping[str, Any]], order: str) -> None:
    """Unusable unless ties, tie-breaks, reserves and their order are ones that the engine can follow."""
    if ties not in TIES or order not in RESERVE_ORDERS:
        raise Unusable(
            "round_unusable", "Ties {ties} or reserve order {order} is unknown.", ties=repr(ties), order=repr(order)
        )
    strange = [name for name in tie_break if name not in TIE_BREAKS]
    if strange:
        raise Unusable(
            "round_unusable",
            "Equal scores are ordered by {tie_breaks}, not {strange}.",
            tie_breaks=", ".join(TIE_BREAKS),
            strange=strange[0],
        )
    if ties != "lottery" and (reserves or tie_break):
        raise Unusable("round_unusable", "Reserves and tie-breaks do not go together with {ties}.", ties=ties)


def check_round(
    mode: Mode, seats: int | None, opens_at: datetime, closes_at: datetime, *, automatic: bool, joint: bool
) -> None:
    """Unusable unless a round can be opened like this; a ranked one has seats to rank for."""
    if opens_at >= closes_at or (seats is not None and not 0 <= seats <= MOST_SEATS):
        raise Unusable(
            "round_unusable",
            "A round opens before it closes, and seats are from 0 to {most_seats}.",
            most_seats=MOST_SEATS,
        )
    if mode == Mode.RANKED and seats is None:
        raise Unusable("round_unusable", "A ranked round needs a number of seats; without one, choose rolling.")
    if automatic and (mode != Mode.ROLLING or joint):
        raise Unusable("round_unusable", "Only a rolling round of its own can offer places by itself.")


def check_changeable(round_: Round) -> None:
    """Refused once a round is cancelled, decided or certified: what applicants were told stands."""
    if round_.cancelled_at is not None:
        raise Refused("round_cancelled", "This round was cancelled. See the next round.")
    if round_.decided_at is not None:
        raise Refused("round_decided", "The round is decided; its terms stand.")
    if round_.certified_by:
        raise Refused(
            "list_certified", "{certified_by} certified this list; its terms stand.", certified_by=round_.certified_by
        )


def check_seats_given(seats: int | None, taken: int) -> None:
    """Refused for fewer seats than are taken."""
    if seats is not None and seats < taken:
        raise Refused("seats_taken", "{taken} seats are taken. Enter that number or more.", taken=taken)


def check_ready(intake: Intake, now: datetime) -> None:
    """Refused unless every ranked program has closed, and every list was certified by its institution."""
    ranked = [round_ for round_ in intake.rounds if round_.mode == Mode.RANKED]
    if not ranked:
        raise Refused("round_not_ranked", "This round is rolling: decide its applications one by one.")
    last = max(round_.closes_at for round_ in ranked)
    if now < last:
        raise Refused("round_still_open", "The round is open until {last}.", last=format(last, "%Y-%m-%d"))
    missing = tuple(f"{r.institution}: {r.title}" for r in intake.rounds if not r.certified_by)
    if missing:
        raise Refused("lists_not_certified", "These programs have not certified their list yet.", missing)


def intake_file(intake: Intake, seed: int, entries: Sequence[Entry]) -> dict[str, Any]:
    """The intake in the engine's format, with the seed that its matching reveals.

    Accepted offers are pinned. A standing offer keeps its seat by a stand-in (`<id>@<program>`), while its
    learner competes only for choices above it: a standing offer can be bettered and is never lost, nor given up for a
    seat that could only be kept.
    """
    by_program: dict[str, list[Entry]] = {round_.agreement_id: [] for round_ in intake.rounds}
    by_learner: dict[UUID, list[Entry]] = {}
    for entry in entries:
        by_program[entry.program].append(entry)
        by_learner.setdefault(entry.learner_id, []).append(entry)
    orders = {round_.agreement_id: _order(round_, by_program[round_.agreement_id]) for round_ in intake.rounds}
    programs = [_program(round_, by_program[round_.agreement_id], orders) for round_ in intake.rounds]
    applicants = [row for learner in sorted(by_learner) for row in _applicants(by_learner[learner], orders)]
    return {"seed": seed, "programs": programs, "applicants": applicants}


def tie_order(entries: Iterable[Entry]) -> dict[tuple[int, ...], int]:
    """Each distinct tie key of a program as a whole number, higher is better: the last places of the engine's score."""
    return {key: place for place, key in enumerate(sorted({entry.tie for entry in entries} or {()}))}


@dataclass(frozen=True, slots=True)
class _Order:
    """How a program's entries are ordered: whole numbers to a point, under 0 if lower is better, then the tie keys."""

    per_point: int
    ties: Mapping[tuple[int, ...], int]

    def score(self, entry: Entry) -> int | None:
        """The entry's score as the engine's, whole and higher is better; None if it has none."""
        if entry.score is None:
            return None
        return int(entry.score * self.per_point) * len(self.ties) + self.ties[entry.tie]


def _order(round_: Round, rows: Sequence[Entry]) -> _Order:
    scores = [entry.score for entry in rows if entry.score is not None]
    return _Order(per_point(scores, round_.better), tie_order(rows))


def _program(round_: Round, rows: Sequence[Entry], orders: Mapping[str, _Order]) -> dict[str, Any]:
    name = round_.agreement_id
    order = orders[name]
    program: dict[str, Any] = {"id": name, "seats": round_.seats, "tie_width": len(order.ties)}
    program |= {"per_point": order.per_point} if order.per_point != 1 else {}
    if round_.mode == Mode.ROLLING:
        if round_.seats is not None:
            first = sorted(rows, key=lambda entry: (entry.submitted_at, entry.application_id))
            program["priorities"] = [str(entry.learner_id) for entry in first]
        return program
    return program | {
        "ties": round_.ties,
        "reserves": [{"group": f"{name}/{r.group}", "seats": r.seats} for r in round_.reserves],
        "reserve_order": round_.reserve_order,
    }


def _applicants(rows: Sequence[Entry], orders: Mapping[str, _Order]) -> list[dict[str, Any]]:
    rows = sorted(rows, key=lambda entry: (entry.rank, entry.submitted_at, entry.application_id))
    pinned = next((entry for entry in rows if entry.state in PINNED), None)
    held = [entry for entry in rows if entry.state == State.OFFERED]
    learner = str(rows[0].learner_id)
    if held:
        above = [entry for entry in rows if entry.rank < held[0].rank and entry.state in WAITING | GIVEN_UP]
        stand_ins = [_applicant(f"{learner}@{e.program}", [e], orders) | {"accepted": e.program} for e in held]
        barred = {e.program: list(e.holds) for e in above if e.holds}
        better = _applicant(learner, above, orders)
        return [better | {"eligible": better["eligible"] | barred}, *stand_ins]
    applicant = _applicant(learner, rows, orders)
    return [applicant | {"accepted": pinned.program} if pinned else applicant]


def _applicant(name: str, rows: Sequence[Entry], orders: Mapping[str, _Order]) -> dict[str, Any]:
    scores = {entry.program: orders[entry.program].score(entry) for entry in rows}
    barred = {e.program: list(e.missing) for e in rows if e.outcome != "met" and e.state in WAITING}
    return {
        "id": name,
        "choices": [entry.program for entry in rows],
        "scores": {program: score for program, score in scores.items() if score is not None},
        "groups": sorted({group for entry in rows for group in entry.groups}),
        "eligible": barred,
        "declined": [entry.program for entry in rows if entry.state in GIVEN_UP],
    }


def take_over(entries: Sequence[Entry], result: Mapping[str, Any]) -> bool:
    """Move the entries as the engine's result says; whether a seat came free because an offer was bettered."""
    freed = False
    given = result["assignment"]
    outcomes = {
        (learner, row["program"]): row["outcome"] for learner, rows in result["explanations"].items() for row in rows
    }
    for entry in entries:
        learner = str(entry.learner_id)
        if entry.state == State.OFFERED and given.get(learner) is not None:
            entry.state, freed = State.NOT_NEEDED, True
        elif entry.state in WAITING:
            outcome = outcomes.get((learner, entry.program), "not_needed")
            entry.state, entry.kept = _state_after(outcome, entry), bool(entry.holds) and outcome == "admitted"
    return freed


def _state_after(outcome: str, entry: Entry) -> State:
    if entry.holds and outcome != "not_needed":
        return State.ON_HOLD
    if outcome == "ineligible" and entry.outcome == "unknown":
        return State.INCOMPLETE
    return {
        "admitted": State.OFFERED,
        "below_cutoff": State.NO_SEAT,
        "unacceptable": State.REFUSED,
        "not_needed": State.NOT_NEEDED,
    }.get(outcome, State.REFUSED)


def cutoff_of(round_: Round, program: Mapping[str, Any], cutoff: int | None) -> Decimal | None:
    """The published cut-off, in the committee's scale."""
    if cutoff is None or round_.mode == Mode.ROLLING:
        return None
    return plain(Decimal(cutoff // int(program["tie_width"])) / int(program.get("per_point", 1)))


def why(round_: Round, entry: Entry, cutoff: Decimal | None, seat: Round | None, kept: Round | None = None) -> str:
    """What became of one choice, in words for its applicant.

    `seat` is the program at which they hold a seat, `kept` the one at which a seat waits for a person to look.
    """
    match entry.state:
        case State.ON_HOLD:
            return _why_on_hold(entry)
        case State.OFFERED:
            return _why_offered(round_, entry, cutoff)
        case State.NOT_NEEDED if seat is not None:
            words = Phrase("You have a seat at {place}, which you ranked higher or accepted.")
            return Sentence("seat_elsewhere", words, place=f"{seat.institution}, {seat.title}")
        case State.NOT_NEEDED if kept is not None:
            words = Phrase("A seat at {place}, which you ranked higher, is kept for you.")
            return Sentence("seat_kept", words, place=f"{kept.institution}, {kept.title}")
        case State.INCOMPLETE:
            return Sentence("not_proven", "Not proven yet: {missing}", missing="; ".join(entry.missing))
        case State.NO_SEAT:
            return _why_no_seat(round_, entry, cutoff)
        case _ if entry.outcome == "met":
            return Sentence("committee_no_score", "Not eligible: the committee gave no score.")
        case _:
            return not_eligible("; ".join(entry.missing))


def _why_on_hold(entry: Entry) -> str:
    looked = "; ".join(text.rstrip(".") for text in entry.holds)
    if entry.kept:
        words = Phrase(
            "A person looks at your case first: {looked}. You are neither admitted nor refused. "
            "A seat is kept for you meanwhile."
        )
        return Sentence("held_with_a_seat", words, looked=looked)
    words = Phrase("A person looks at your case first: {looked}. You are neither admitted nor refused.")
    return Sentence("held", words, looked=looked)


def _why_offered(round_: Round, entry: Entry, cutoff: Decimal | None) -> str:
    had = {"score": entry.score, "cutoff": cutoff}
    if round_.mode == Mode.ROLLING:
        words = Phrase("The first of your choices that had a seat for you. Every clause of the agreement is met.")
        return Sentence("seat_and_all_met", words)
    if cutoff is None or entry.score is None:
        words = Phrase("The first of your choices that had a seat for you. There was a seat for everybody eligible.")
        return Sentence("seat_for_everybody", words)
    if _ahead(cutoff, entry.score, round_):
        words = Phrase(
            "The first of your choices that had a seat for you. Your score is {score}; a reserved seat was yours."
        )
        return Sentence("seat_reserved", words, **had)
    words = Phrase(
        "The first of your choices that had a seat for you. Your score {score} reached the cut-off {cutoff}."
    )
    return Sentence("seat_by_score", words, **had)


def _why_no_seat(round_: Round, entry: Entry, cutoff: Decimal | None) -> str:
    score = entry.score
    if round_.mode == Mode.ROLLING or score is None:
        return Sentence("applied_before_you", "All seats went to applicants who applied before you.")
    if cutoff is None or score != cutoff:
        return below(score, cutoff, lower_is_better=round_.better is Better.LOWER)
    by = [*(name.replace("_", " ") for name in round_.tie_break), "the lottery of the published seed"]
    last = "or a reserve " if round_.reserves else ""
    return f"Your score {score} is at the cut-off {cutoff}; {', then '.join(by)} {last}gave the last seats to others."


def _ahead(one: Decimal, other: Decimal, round_: Round) -> bool:
    return one * round_.better.sign > other * round_.better.sign


def waiting_places(file: Mapping[str, Any], lottery: Mapping[str, int], entries: Sequence[Entry]) -> Mapping[UUID, int]:
    """The place of each waiting application on its program's list, from 1: by the engine's score, then the lottery."""
    scores = {row["id"]: row["scores"] for row in file["applicants"]}
    lists: dict[str, list[tuple[int, Any, UUID]]] = {}
    for entry in entries:
        if entry.state == State.NO_SEAT:
            score = scores[str(entry.learner_id)].get(entry.program)
            last = entry.submitted_at if score is None else lottery[str(entry.learner_id)]
            lists.setdefault(entry.program, []).append((-(score or 0), last, entry.application_id))
    return {row[2]: place for rows in lists.values() for place, row in enumerate(sorted(rows), 1)}
