"""A round matched, with a cut-off for each program and a reason for each choice of each applicant."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from linkspan.admissions.rules import reasons as words
from linkspan.admissions.rules.engine import PRESENT, Changes
from linkspan.admissions.rules.market import Applicant, Market, digest, input_digest, read_market
from linkspan.admissions.rules.proposals import Draw, Hold, settle, standing


class Explanation(NamedTuple):
    """What became of one choice, and why, in words."""

    program: str
    outcome: str
    reason: str


@dataclass(frozen=True, slots=True)
class Matching:
    """The result of a round."""

    assignment: Mapping[str, str | None]
    cutoffs: Mapping[str, int | float | None]
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
                applicant: [row._asdict() for row in rows] for applicant, rows in self.explanations.items()
            },
        }


def match_round(round_: Any, changes: Changes = PRESENT) -> dict[str, Any]:
    """Match a round file's content, as an engine version does; the result with the hashes of input and output."""
    result = match(read_market(round_, changes)).as_json()
    signed = {name: result[name] for name in ("assignment", "cutoffs", "explanations")}
    return {**result, "input_sha256": input_digest(round_), "output_sha256": digest(signed)}


def match(market: Market) -> Matching:
    """The applicant-optimal stable assignment (under ties, of the strict order or of the stated treatment)."""
    assignment, holds, draw = settle(market)
    cutoffs = {name: _cutoff(holds[name], draw) for name in sorted(holds)}
    for applicant in market.applicants.values():
        _lower_to_pinned(applicant, holds, cutoffs)
    explanations = {
        name: _explain(market.applicants[name], given, holds, cutoffs) for name, given in assignment.items()
    }
    places = [
        market.applicants[name].choices.index(program) + 1
        for name, program in assignment.items()
        if program is not None
    ]
    shown = {name: None if c is None else market.programs[name].shown(c) for name, c in cutoffs.items()}
    return Matching(assignment, shown, explanations, places.count(1), sum(places))


def _shows_cutoff(hold: Hold) -> bool:
    return hold.places is None and hold.seats is not None and hold.refused


def _cutoff(hold: Hold, draw: Draw) -> int | None:
    """The lowest admitted score where somebody eligible was refused for capacity; None under priorities."""
    return min(hold.heap) // draw.width if _shows_cutoff(hold) and hold.heap else None


def _lower_to_pinned(applicant: Applicant, holds: Mapping[str, Hold], cutoffs: dict[str, int | None]) -> None:
    program = applicant.accepted
    if program is None or program not in applicant.scores or not _shows_cutoff(holds[program]):
        return
    held = cutoffs[program]
    cutoffs[program] = applicant.scores[program] if held is None else min(held, applicant.scores[program])


def _explain(
    applicant: Applicant, given: str | None, holds: Mapping[str, Hold], cutoffs: Mapping[str, int | None]
) -> tuple[Explanation, ...]:
    rows = []
    reached = False
    for choice in applicant.choices:
        outcome, reason = standing(applicant, holds[choice].program, holds[choice].places)
        if choice == given:
            reached = True
            outcome, reason = words.ADMITTED, words.admitted(applicant.accepted == choice)
        elif applicant.accepted is not None:
            outcome, reason = outcome or words.NOT_NEEDED, reason or words.not_needed(applicant.accepted, True)
        elif not outcome and reached:
            outcome, reason = words.NOT_NEEDED, words.not_needed(str(given), False)
        elif not outcome:
            outcome, reason = words.BELOW, _why_below(applicant, holds[choice], cutoffs[choice])
        rows.append(Explanation(choice, outcome, reason))
    return tuple(rows)


def _why_below(applicant: Applicant, hold: Hold, cutoff: int | None) -> str:
    if hold.places is not None:
        return words.below_on_list()
    program, score = hold.program, applicant.scores[hold.program.id]
    shown = None if cutoff is None else program.shown(cutoff)
    return words.below(program.shown(score), shown, lower_is_better=program.per_point < 0)
