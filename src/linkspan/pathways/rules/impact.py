"""What a version would change for the people who hold the sending credential: who gains, who loses, tuition.

Counts for the other party hide small cells, so that nobody can be told from a number: cells of 1 to 4 are withheld, and
others with them until no total gives one away (the usual primary and complementary suppression; NCES 2011-603). Money
is shown to the school that forgoes it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from linkspan.kernel.actor import Actor
from linkspan.kernel.money import Money
from linkspan.pathways.rules.audit import Audit
from linkspan.pathways.rules.evaluate import Outcome
from linkspan.pathways.rules.lifecycle import role_at

SMALLEST_CELL = 5


class Change(StrEnum):
    """What a version does for one person; `opens`: the pathway is there now, and clauses are still to be met."""

    GAINS = "gains"
    OPENS = "opens"
    LOSES = "loses"
    MORE_CREDIT = "more_credit"
    LESS_CREDIT = "less_credit"
    ASKED_FOR_EVIDENCE = "asked_for_evidence"
    UNCHANGED_MET = "unchanged_met"
    UNCHANGED_NOT_MET = "unchanged_not_met"


@dataclass(frozen=True, slots=True)
class PersonImpact:
    """One person before and after; `why` names the clauses that are open afterwards."""

    learner_id: UUID
    change: Change
    before: str
    after: str
    credits_before: Decimal
    credits_after: Decimal
    waived_before: Money | None
    waived_after: Money | None
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Impact:
    """Sums over everybody who was looked at: how many by change, and the tuition waived for those who qualify."""

    people: int
    changes: Mapping[Change, int]
    waived_before: Mapping[str, int]
    waived_after: Mapping[str, int]
    open_clauses: Mapping[str, int]


def person_impact(learner_id: UUID, before: Audit | None, after: Audit) -> PersonImpact:
    """Compare two audits of one record on one day; `before` is None if no version was there."""
    credits_before, credits_after = _credits(before), _credits(after)
    was, becomes = _outcome(before), after.outcome
    return PersonImpact(
        learner_id,
        _change(was, becomes, credits_before, credits_after) if _stood(before) else _new(becomes, after),
        str(was),
        str(becomes),
        credits_before,
        credits_after,
        before.tuition_waived if before and was == Outcome.MET else None,
        after.tuition_waived if becomes == Outcome.MET else None,
        tuple(item.clause for item in after.missing),
    )


def _stood(before: Audit | None) -> bool:
    return before is not None and before.status == "active"


def _new(becomes: Outcome, after: Audit) -> Change:
    if becomes == Outcome.MET:
        return Change.GAINS
    return Change.OPENS if after.recognised or becomes == Outcome.UNKNOWN else Change.UNCHANGED_NOT_MET


def _outcome(audit: Audit | None) -> Outcome:
    return audit.outcome if audit else Outcome.NOT_MET


def _credits(audit: Audit | None) -> Decimal:
    if audit is None or audit.outcome != Outcome.MET:
        return Decimal(0)
    return sum((row.credits for row in audit.recognised), Decimal(0))


def _change(was: Outcome, becomes: Outcome, before: Decimal, after: Decimal) -> Change:
    if becomes == Outcome.MET and was != Outcome.MET:
        return Change.GAINS
    if was == Outcome.MET and becomes != Outcome.MET:
        return Change.LOSES
    if becomes == Outcome.MET:
        if after == before:
            return Change.UNCHANGED_MET
        return Change.MORE_CREDIT if after > before else Change.LESS_CREDIT
    return Change.ASKED_FOR_EVIDENCE if becomes == Outcome.UNKNOWN else Change.UNCHANGED_NOT_MET


def total_impact(people: Iterable[PersonImpact]) -> Impact:
    """The sums, reading the people once."""
    changes: Counter[Change] = Counter()
    before: Counter[str] = Counter()
    after: Counter[str] = Counter()
    clauses: Counter[str] = Counter()
    count = 0
    for person in people:
        count += 1
        changes[person.change] += 1
        clauses.update(person.why)
        for sums, amount in ((before, person.waived_before), (after, person.waived_after)):
            if amount is not None:
                sums[amount.currency] += amount.minor
    return Impact(count, {c: changes[c] for c in Change if changes[c]}, dict(before), dict(after), dict(clauses))


def withheld(counts: Mapping[str, int], smallest: int = SMALLEST_CELL) -> frozenset[str] | None:
    """Which parts of a whole are withheld so that the whole can be shown; None if the whole has to be withheld too.

    Small parts, and with them the smallest others until what the whole leaves for them tells on nobody: at least two
    are withheld, and any one of them could be as large as the smallest that is shown.
    """
    hidden = [name for name, count in counts.items() if 0 < count < smallest]
    others = sorted((count, name) for name, count in counts.items() if count >= smallest)
    while hidden and (len(hidden) < 2 or sum(counts[name] for name in hidden) - len(hidden) + 1 < smallest):
        if not others:
            return None
        hidden.append(others.pop(0)[1])
    return frozenset(hidden)


def suppressed(counts: Mapping[str, int]) -> tuple[dict[str, int | None], int | None]:
    """The parts and the whole with what would tell on a person withheld (None)."""
    hidden = withheld(counts)
    if hidden is None:
        return {name: None if count else 0 for name, count in counts.items()}, None
    return {name: None if name in hidden else count for name, count in counts.items()}, sum(counts.values())


def among(people: int | None, count: int) -> int | None:
    """A count of some of those people; None if it, or what is left of them, tells on a person."""
    rest = count if people is None else people - count
    return count if all(part == 0 or part >= SMALLEST_CELL for part in (count, rest)) else None


def aggregate(impact: Impact) -> dict[str, object]:
    """What the other party is shown: counts with what tells on a person withheld, and the tuition that is its own."""
    changes, people = suppressed({str(name): count for name, count in impact.changes.items()})
    return {
        "people": people,
        "changes": changes,
        "waived_before": dict(impact.waived_before),
        "waived_after": dict(impact.waived_after),
        "open_clauses": {clause: among(people, count) for clause, count in impact.open_clauses.items()},
        "smallest_cell": SMALLEST_CELL,
    }


def may_see_names(actor: Actor, sending: str) -> bool:
    """The institution that taught them sees its own learners; the other party sees those who consented."""
    return role_at(actor, sending) is not None
