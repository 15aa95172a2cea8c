"""What a version would change for the people who hold the sending credential: who gains, who loses, tuition.

The other party is told bands (`kernel.bands`), so that no person can be told from a number, and the money that is its
own: the tuition that it forgoes.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from linkspan.kernel.actor import Actor
from linkspan.kernel.bands import FIVES, scale_for
from linkspan.kernel.money import Money
from linkspan.pathways.rules.audit.record import Audit
from linkspan.pathways.rules.language.evaluate import Outcome
from linkspan.pathways.rules.life.lifecycle import role_at


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


#: Changes that leave clauses open.
LEFT_OPEN = (Change.OPENS, Change.LOSES, Change.ASKED_FOR_EVIDENCE, Change.UNCHANGED_NOT_MET)


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


def aggregate(impact: Impact) -> dict[str, object]:
    """What the other party is told: every count as a band, and the tuition that is its own.

    That a row is there tells of a person too: kinds of change are told all, clauses only from five people on.
    """
    changes = {change: impact.changes.get(change, 0) for change in Change}
    scale = scale_for(changes.values(), [changes[change] for change in LEFT_OPEN])
    return {
        "people": scale.band(impact.people),
        "changes": {str(change): FIVES.band(count) for change, count in changes.items()},
        "waived_before": dict(impact.waived_before),
        "waived_after": dict(impact.waived_after),
        "open_clauses": {
            clause: band for clause, count in impact.open_clauses.items() if (band := scale.band(count)).low
        },
    }


def may_see_names(actor: Actor, sending: str) -> bool:
    """The institution that taught them sees its own learners; the other party sees those who consented."""
    return role_at(actor, sending) is not None
