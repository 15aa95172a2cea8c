"""Applicant-proposing deferred acceptance with quotas, soft reserves and three ways with ties.

Gale and Shapley 1962; soft reserves after Hafalir, Yenmez and Yildirim 2013; equal treatment of ties (H-stable:
the last group is refused; L-stable: it is admitted) after Biró and Kiselgof 2015. Strict orders are strategy-proof for
applicants; h_stable and l_stable are not.
"""

import heapq
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from linkspan.admissions.rules.market import Applicant, Market, Program, digest, input_digest, read_market

ADMITTED, BELOW, INELIGIBLE = "admitted", "below_cutoff", "ineligible"
UNACCEPTABLE, DECLINED, NOT_NEEDED = "unacceptable", "declined", "not_needed"

#: Higher is better. Strict programs append the lottery; the others leave equal scores equal.
Rank = tuple[int, int]


@dataclass(slots=True)
class _Held:
    """What a program holds while proposals come in: a heap with the worst on top, seats left after pinned offers."""

    program: Program
    seats: int | None
    heap: list[tuple[Rank, str]] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """What became of one choice, and why, in words."""

    program: str
    outcome: str
    reason: str


@dataclass(frozen=True, slots=True)
class Matching:
    """The result of a round."""

    assignment: Mapping[str, str | None]
    cutoffs: Mapping[str, int | None]
    explanations: Mapping[str, tuple[Explanation, ...]]
    first: int
    rank_sum: int

    def as_json(self) -> dict[str, Any]:
        """The result's part of what `linkspan match --json` prints."""
        return {
            "assignment": dict(self.assignment),
            "cutoffs": dict(self.cutoffs),
            "ranks": {"first": self.first, "sum": self.rank_sum},
            "explanations": {
                applicant: [{"program": e.program, "outcome": e.outcome, "reason": e.reason} for e in rows]
                for applicant, rows in self.explanations.items()
            },
        }


def match_round(round_: Any) -> dict[str, Any]:
    """Match a round file's content; the result with the hashes of input and output."""
    result = match(read_market(round_)).as_json()
    signed = {name: result[name] for name in ("assignment", "cutoffs", "explanations")}
    return {**result, "input_sha256": input_digest(round_), "output_sha256": digest(signed)}


def match(market: Market) -> Matching:
    """The applicant-optimal stable assignment (under ties, of the strict order or of the stated treatment)."""
    holds = {name: _Held(program, program.seats) for name, program in market.programs.items()}
    ranks = {name: _priority_ranks(program) for name, program in market.programs.items()}
    assignment: dict[str, str | None] = dict.fromkeys(sorted(market.applicants))
    for applicant in market.applicants.values():
        if applicant.accepted is not None:
            assignment[applicant.id] = applicant.accepted
            held = holds[applicant.accepted]
            if held.seats is not None:
                held.seats = max(0, held.seats - 1)
    _propose(market, holds, ranks)
    for name, held in holds.items():
        for _, applicant_id in held.heap:
            assignment[applicant_id] = name
    cutoffs = {name: _cutoff(holds[name], assignment, market) for name in sorted(holds)}
    explanations = {
        name: _explain(market.applicants[name], assignment[name], market, cutoffs) for name in sorted(market.applicants)
    }
    places = [
        market.applicants[name].choices.index(program) + 1
        for name, program in assignment.items()
        if program is not None
    ]
    return Matching(assignment, cutoffs, explanations, places.count(1), sum(places))


def _priority_ranks(program: Program) -> Mapping[str, int] | None:
    if program.priorities is None:
        return None
    return {name: -place for place, name in enumerate(program.priorities)}


def _propose(market: Market, holds: Mapping[str, _Held], ranks: Mapping[str, Mapping[str, int] | None]) -> None:
    lists = {
        name: iter([c for c in applicant.choices if _standing(applicant, market.programs[c])[0] == ""])
        for name, applicant in market.applicants.items()
        if applicant.accepted is None
    }
    waiting = sorted(lists, reverse=True)
    while waiting:
        name = waiting.pop()
        choice = next(lists[name], None)
        if choice is None:
            continue
        held = holds[choice]
        score = _score(market.applicants[name], held.program, ranks[choice])
        tie = -market.lottery[name] if held.program.ties == "lottery" else 0
        waiting.extend(_take(held, (score, tie), name, market))


def _standing(applicant: Applicant, program: Program) -> tuple[str, str]:
    """Why an applicant cannot compete for a program: (outcome, reason), or empty if they can."""
    if program.id in applicant.declined:
        return DECLINED, "You declined this place."
    if program.id in applicant.refusals:
        return INELIGIBLE, "Not eligible: " + "; ".join(applicant.refusals[program.id])
    if program.priorities is not None:
        return ("", "") if applicant.id in program.priorities else (UNACCEPTABLE, "Not on the program's list.")
    if program.seats is not None and program.id not in applicant.scores:
        return INELIGIBLE, "Not eligible: no score."
    return "", ""


def _score(applicant: Applicant, program: Program, places: Mapping[str, int] | None) -> int:
    return places[applicant.id] if places is not None else applicant.scores.get(program.id, 0)


def _take(held: _Held, rank: Rank, name: str, market: Market) -> list[str]:
    """Hold the applicant if there is room or a worse one; returns who is refused."""
    heapq.heappush(held.heap, (rank, name))
    if held.seats is None:
        return []
    if held.program.ties != "lottery":
        out = _equal_treatment(held)
    elif held.program.reserves:
        out = _reserved(held, market)
    else:
        out = [heapq.heappop(held.heap)[1]] if len(held.heap) > held.seats else []
    held.refused += out
    return out


def _equal_treatment(held: _Held) -> list[str]:
    """Refuse whole groups of equal score from the bottom, and everybody at or under a score once refused."""
    assert held.seats is not None
    out: list[str] = []
    while held.heap:
        score = held.heap[0][0][0]
        group = sum(1 for rank, _ in held.heap if rank[0] == score)
        too_many = len(held.heap) > held.seats
        if held.program.ties == "l_stable":
            too_many = len(held.heap) - group >= held.seats
        if not too_many and (held.limit is None or score > held.limit):
            return out
        held.limit = score if held.limit is None else max(held.limit, score)
        out += [heapq.heappop(held.heap)[1] for _ in range(group)]
    return out


def _reserved(held: _Held, market: Market) -> list[str]:
    """Choose anew among those held, by the stated order of reserved and open seats."""
    assert held.seats is not None
    if len(held.heap) <= held.seats:
        return []
    chosen = _choose(held, market)
    out = [name for _, name in held.heap if name not in chosen]
    held.heap = [entry for entry in held.heap if entry[1] in chosen]
    heapq.heapify(held.heap)
    return out


def _choose(held: _Held, market: Market) -> set[str]:
    best_first = [name for _, name in sorted(held.heap, reverse=True)]
    seats = held.seats or 0
    chosen: dict[str, None] = {}

    def fill(count: int, group: str | None) -> None:
        for name in best_first:
            if count <= 0 or len(chosen) >= seats:
                return
            if name not in chosen and (group is None or group in market.applicants[name].groups):
                chosen[name] = None
                count -= 1

    open_seats = max(0, seats - sum(count for _, count in held.program.reserves))
    if held.program.reserve_order == "open_first":
        fill(open_seats, None)
    for group, count in held.program.reserves:
        fill(count, group)
    fill(seats, None)
    return set(chosen)


def _cutoff(held: _Held, assignment: Mapping[str, str | None], market: Market) -> int | None:
    """The lowest admitted score where somebody eligible was refused for capacity; None under priorities."""
    program = held.program
    if program.priorities is not None or program.seats is None or not held.refused:
        return None
    scores = [
        market.applicants[name].scores[program.id]
        for name, given in assignment.items()
        if given == program.id and program.id in market.applicants[name].scores
    ]
    return min(scores, default=None)


def _explain(
    applicant: Applicant, given: str | None, market: Market, cutoffs: Mapping[str, int | None]
) -> tuple[Explanation, ...]:
    rows = []
    reached = False
    for choice in applicant.choices:
        outcome, reason = _standing(applicant, market.programs[choice])
        if choice == given:
            reached = True
            outcome, reason = ADMITTED, _why_admitted(applicant, choice)
        elif applicant.accepted is not None:
            outcome, reason = outcome or NOT_NEEDED, reason or f"You accepted {applicant.accepted}."
        elif not outcome:
            outcome = NOT_NEEDED if reached else BELOW
            reason = (
                f"You are admitted to {given}, which you ranked higher."
                if reached
                else _why_below(applicant, choice, cutoffs[choice])
            )
        rows.append(Explanation(choice, outcome, reason))
    return tuple(rows)


def _why_admitted(applicant: Applicant, choice: str) -> str:
    if applicant.accepted == choice:
        return "You accepted this place."
    return "The first of your choices that had a seat for you."


def _why_below(applicant: Applicant, choice: str, cutoff: int | None) -> str:
    score = applicant.scores.get(choice)
    if score is None or cutoff is None:
        return "All seats went to applicants placed before you."
    if score >= cutoff:
        return f"Your score {score} is at the cut-off {cutoff}; the seats ended among equal scores or were reserved."
    return f"Your score {score} is under the cut-off {cutoff}."
