"""Applications: their states, who may do what, and how a ranked round is put to the engine."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import Refused, Unusable


class State(StrEnum):
    """Where an application stands. `no_seat` is admissible without a seat; `joined` is formal admission."""

    SUBMITTED = "submitted"
    REFUSED = "refused"
    NO_SEAT = "no_seat"
    OFFERED = "offered"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    JOINED = "joined"


MOVES: Mapping[State, frozenset[State]] = {
    State.SUBMITTED: frozenset({State.REFUSED, State.NO_SEAT, State.OFFERED, State.WITHDRAWN}),
    State.NO_SEAT: frozenset({State.OFFERED, State.WITHDRAWN}),
    State.OFFERED: frozenset({State.ACCEPTED, State.DECLINED, State.WITHDRAWN}),
    State.ACCEPTED: frozenset({State.JOINED, State.WITHDRAWN}),
    State.REFUSED: frozenset({State.OFFERED}),
    State.DECLINED: frozenset(),
    State.WITHDRAWN: frozenset(),
    State.JOINED: frozenset(),
}


#: Offers that take a seat.
HOLDING = frozenset({State.OFFERED, State.ACCEPTED, State.JOINED})
#: Who stands in a matching: those who wait for one, and those whose offer is pinned.
MATCHED = HOLDING | {State.SUBMITTED, State.NO_SEAT}
HIGHEST_SCORE = 1000


class Mode(StrEnum):
    """Rolling: decided one by one, seats taken as they go. Ranked: one matching at the end of the window."""

    ROLLING = "rolling"
    RANKED = "ranked"


@dataclass(frozen=True, slots=True)
class Round:
    """An intake under one agreement; `seats` None means no limit. Times are in the institution's zone when shown."""

    id: UUID
    agreement_id: str
    institution: str
    title: str
    term: str
    mode: Mode
    seats: int | None
    opens_at: datetime
    closes_at: datetime
    seed: int
    decided_at: datetime | None

    def takes_applications(self, now: datetime) -> bool:
        """Whether the window is open."""
        return self.opens_at <= now < self.closes_at


@dataclass(frozen=True, slots=True)
class Application:
    """One application with the decision, if there is one. `reasons` are the decision's, in words."""

    id: UUID
    learner_id: UUID
    round: Round
    state: State
    audit_id: UUID
    eligibility: str
    score: int | None
    statement: str
    submitted_at: datetime
    reasons: tuple[str, ...]
    decided_by: str
    cutoff: int | None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one applicant stands under an agreement, for whoever counts."""

    learner_id: UUID
    agreement_id: str
    term: str
    state: State


@dataclass(frozen=True, slots=True)
class MatchRun:
    """One matching of a round as it is published: number from 1, when, by whom, and the hashes."""

    number: int
    at: datetime
    decided_by: str
    input_sha256: str
    output_sha256: str


@dataclass(frozen=True, slots=True)
class Replay:
    """A matching done again: whether it gives the stored hashes, and its result."""

    number: int
    same: bool
    result: Mapping[str, Any]


def next_state(now_in: State, to: State) -> State:
    """The state after a move; Refused if it is not one of the table."""
    if to not in MOVES[now_in]:
        raise Refused("move_not_allowed", f"An application that is {now_in.replace('_', ' ')} cannot become {to}.")
    return to


def check_window(round_: Round, now: datetime) -> None:
    """Refused outside the round's window."""
    if now < round_.opens_at:
        raise Refused("round_not_open", f"Applications open on {round_.opens_at:%Y-%m-%d}.")
    if now >= round_.closes_at:
        raise Refused("round_closed", f"Applications closed on {round_.closes_at:%Y-%m-%d}. See the next round.")


def check_score(score: int) -> None:
    """Unusable unless the committee's score is a whole number from 0 to 1000."""
    if isinstance(score, bool) or not isinstance(score, int) or not 0 <= score <= HIGHEST_SCORE:
        raise Unusable("score_out_of_range", f"A score is a whole number from 0 to {HIGHEST_SCORE}.")


def proposal_for(audit_result: Mapping[str, Any]) -> tuple[State, tuple[str, ...]]:
    """What the rules propose for a rolling application: an offer if every clause is met, otherwise the clauses."""
    if audit_result["outcome"] == "met":
        return State.OFFERED, ("Every clause of the agreement is met.",)
    return State.REFUSED, tuple(f"Clause {m['clause']}: {m['text']}" for m in audit_result["missing"])


def round_file(round_: Round, rows: Iterable[tuple[str, int | None, Mapping[str, Any], bool]]) -> dict[str, Any]:
    """A ranked round in the engine's format, from (applicant, score, audit result, whether the seat is pinned)."""
    program = round_.agreement_id
    applicants = []
    for applicant, score, result, pinned in rows:
        entry: dict[str, Any] = {"id": applicant, "choices": [program], "scores": {}}
        if score is not None:
            entry["scores"] = {program: score}
        if pinned:
            entry["accepted"] = program
        elif result["outcome"] != "met":
            entry["eligible"] = {program: [f"clause {m['clause']}: {m['text']}" for m in result["missing"]]}
        applicants.append(entry)
    return {"seed": round_.seed, "programs": [{"id": program, "seats": round_.seats}], "applicants": applicants}


def may_admit(actor: Actor, institution: str) -> bool:
    """Admissions staff of the receiving institution."""
    return actor.has_role("admissions", institution)


def may_open_round(actor: Actor, institution: str) -> bool:
    """Admissions staff and registrars of the institution, and the system when it loads a world."""
    return actor.is_system or may_admit(actor, institution) or actor.has_role("registrar", institution)


def may_replay(actor: Actor, institution: str) -> bool:
    """Admissions staff of the institution, auditors and the system."""
    return actor.is_system or may_admit(actor, institution) or actor.has_role("auditor")


def may_see_application(actor: Actor, learner_id: UUID, institution: str) -> bool:
    """The learner, admissions staff and registrars of the institution, auditors and the system."""
    staff = may_admit(actor, institution) or actor.has_role("registrar", institution) or actor.has_role("auditor")
    return actor.is_system or actor.is_person(learner_id) or staff
