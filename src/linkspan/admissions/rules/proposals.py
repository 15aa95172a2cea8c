"""Applicant-proposing deferred acceptance with quotas, soft reserves and three ways with ties.

Gale and Shapley 1962; soft reserves after Hafalir, Yenmez and Yildirim 2013; equal treatment of ties (H-stable:
the last group is refused; L-stable: it is admitted) after Biró and Kiselgof 2015. Strict orders are strategy-proof for
applicants; h_stable and l_stable are not.

A proposal is one integer, `score * width + luck`, higher is better: comparing two proposals compares scores and then
the lottery, and both parts can be read back. `width` is the number of lottery places, so `luck` tells the applicant.
"""

import heapq
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from linkspan.admissions.rules import reasons as words
from linkspan.admissions.rules.market import Applicant, Market, Program


@dataclass(slots=True)
class Hold:
    """What a program holds while proposals come in: a heap with the worst on top.

    `seats` and `reserves` are what accepted offers left; `refused` says that somebody eligible found no seat.
    """

    program: Program
    places: Mapping[str, int] | None
    seats: int | None
    reserves: tuple[tuple[str, int], ...]
    plain: bool
    heap: list[int] = field(default_factory=list)
    groups: Counter[int] = field(default_factory=Counter)
    refused: bool = False
    limit: int | None = None


@dataclass(slots=True)
class Draw:
    """The lottery as numbers: `luck` of each applicant, the applicant of each luck, and how many there are."""

    luck: Mapping[str, int]
    people: Mapping[int, Applicant]
    width: int


def settle(market: Market) -> tuple[dict[str, str | None], dict[str, Hold], Draw]:
    """The assignment, what each program holds in the end, and the draw; accepted offers take their seats first."""
    width = len(market.lottery)
    luck = {name: width - 1 - place for name, place in market.lottery.items()}
    draw = Draw(luck, {luck[name]: applicant for name, applicant in market.applicants.items()}, max(width, 1))
    pinned: dict[str, list[Applicant]] = {}
    assignment: dict[str, str | None] = dict.fromkeys(sorted(market.applicants))
    for name in assignment:
        accepted = market.applicants[name].accepted
        if accepted is not None:
            assignment[name] = accepted
            pinned.setdefault(accepted, []).append(market.applicants[name])
    holds = {name: _hold(program, pinned.get(name, [])) for name, program in market.programs.items()}
    _propose(market, holds, draw)
    for name, hold in holds.items():
        for proposal in hold.heap:
            assignment[draw.people[proposal % draw.width].id] = name
    return assignment, holds, draw


def standing(applicant: Applicant, program: Program, places: Mapping[str, int] | None) -> tuple[str, str]:
    """Why an applicant cannot compete for a program: (outcome, reason), or empty if they can."""
    if program.id in applicant.declined:
        return words.DECLINED, words.DECLINED_PLACE
    if program.id in applicant.refusals:
        return words.INELIGIBLE, words.not_eligible("; ".join(applicant.refusals[program.id]))
    if places is not None:
        return ("", "") if applicant.id in places else (words.UNACCEPTABLE, words.NOT_LISTED)
    if program.seats is not None and program.id not in applicant.scores:
        return words.INELIGIBLE, words.NO_SCORE
    return "", ""


def _hold(program: Program, pinned: list[Applicant]) -> Hold:
    places = None
    if program.priorities is not None:
        places = {name: -place for place, name in enumerate(program.priorities)}
    seats = program.seats if program.seats is None else max(0, program.seats - len(pinned))
    plain = program.ties == "lottery" and not program.reserves
    return Hold(program, places, seats, _reserves_left(program, pinned), plain)


def _reserves_left(program: Program, pinned: list[Applicant]) -> tuple[tuple[str, int], ...]:
    """Accepted members of a group use up its reserve (under `open_first`, once the open seats are used up)."""
    left = dict(program.reserves)
    spare = 0
    if program.reserve_order == "open_first":
        spare = max(0, (program.seats or 0) - sum(left.values()))
    for applicant in pinned:
        if spare > 0:
            spare -= 1
            continue
        group = next((g for g, count in left.items() if count > 0 and g in applicant.groups), None)
        if group is not None:
            left[group] -= 1
    return tuple(left.items())


def _proposals(applicant: Applicant, holds: Mapping[str, Hold], draw: Draw) -> Iterator[tuple[Hold, int]]:
    luck = draw.luck[applicant.id]
    for choice in applicant.choices:
        hold = holds[choice]
        if not standing(applicant, hold.program, hold.places)[0]:
            score = applicant.scores.get(choice, 0) if hold.places is None else hold.places[applicant.id]
            yield hold, score * draw.width + luck


def _propose(market: Market, holds: Mapping[str, Hold], draw: Draw) -> None:
    waiting = [name for name in sorted(market.applicants, reverse=True) if market.applicants[name].accepted is None]
    lists = {name: _proposals(market.applicants[name], holds, draw) for name in waiting}
    while waiting:
        for hold, proposal in lists[waiting.pop()]:
            out = _take(hold, proposal, draw)
            if out != [proposal]:
                waiting.extend(draw.people[refused % draw.width].id for refused in out)
                break


def _take(hold: Hold, proposal: int, draw: Draw) -> list[int]:
    """Hold the proposal if there is room or a worse one; returns the proposals that are refused for it."""
    if hold.seats is None:
        hold.heap.append(proposal)
        return []
    if not hold.plain:
        out = (
            _equal_treatment(hold, proposal, draw)
            if hold.program.ties != "lottery"
            else _reserved(hold, proposal, draw)
        )
    elif len(hold.heap) < hold.seats:
        heapq.heappush(hold.heap, proposal)
        out = []
    else:
        out = [heapq.heappushpop(hold.heap, proposal)]
    hold.refused = hold.refused or bool(out)
    return out


def _equal_treatment(hold: Hold, proposal: int, draw: Draw) -> list[int]:
    """Refuse whole groups of equal score from the bottom, and everybody at or under a score once refused."""
    assert hold.seats is not None
    heapq.heappush(hold.heap, proposal)
    hold.groups[proposal // draw.width] += 1
    out: list[int] = []
    while hold.heap:
        score = hold.heap[0] // draw.width
        size = hold.groups[score]
        kept_for = size if hold.program.ties == "h_stable" else 1
        too_many = len(hold.heap) - size + kept_for > hold.seats
        if not too_many and (hold.limit is None or score > hold.limit):
            return out
        hold.limit = score if hold.limit is None else max(hold.limit, score)
        out += [heapq.heappop(hold.heap) for _ in range(size)]
        del hold.groups[score]
    return out


def _reserved(hold: Hold, proposal: int, draw: Draw) -> list[int]:
    """Choose anew among those held, by the stated order of reserved and open seats."""
    assert hold.seats is not None
    heapq.heappush(hold.heap, proposal)
    if len(hold.heap) <= hold.seats:
        return []
    chosen = _choose(hold, hold.seats, draw)
    out = [held for held in hold.heap if held not in chosen]
    hold.heap = [held for held in hold.heap if held in chosen]
    heapq.heapify(hold.heap)
    return out


def _choose(hold: Hold, seats: int, draw: Draw) -> set[int]:
    best_first = sorted(hold.heap, reverse=True)
    chosen: set[int] = set()

    def fill(count: int, group: str | None) -> None:
        for held in best_first:
            if count <= 0 or len(chosen) >= seats:
                return
            if held not in chosen and (group is None or group in draw.people[held % draw.width].groups):
                chosen.add(held)
                count -= 1

    if hold.program.reserve_order == "open_first":
        fill(max(0, seats - sum(count for _, count in hold.reserves)), None)
    for group, count in hold.reserves:
        fill(count, group)
    fill(seats, None)
    return chosen
