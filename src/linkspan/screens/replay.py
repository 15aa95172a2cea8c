"""A stored judgement beside the same judged again: clause by clause, by the rules of then, and by what came since."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import zip_longest
from typing import Any
from uuid import UUID

from linkspan.kernel.actor import Actor
from linkspan.pathways.queries import audit_in_sentences, replayed_under
from linkspan.pathways.rules import Meaning

#: The lists of an audit whose rows are clauses that were judged.
JUDGED = ("requirements", "after_admission")


@dataclass(frozen=True, slots=True)
class Again:
    """A clause with its outcome then and now, each None where the judgement has no such clause."""

    clause: str
    text: str
    have: str
    before: str | None
    after: str | None

    @property
    def same(self) -> bool:
        """Whether it was decided alike."""
        return self.before == self.after


@dataclass(frozen=True, slots=True)
class Otherwise:
    """A place in which the two differ, named by its members and clauses."""

    place: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ReplayScreen:
    """A judgement judged again. `since` has what each later change of the rules alone would decide otherwise."""

    audit_id: UUID
    learner_id: UUID
    agreement_id: str
    title: str
    receiving: str
    version: int
    on: date
    rules_version: str
    same: bool
    before: str
    after: str
    clauses: tuple[Again, ...]
    recognised: tuple[int, int]
    differences: tuple[Otherwise, ...]
    reworded: int
    since: Mapping[Meaning, tuple[Otherwise, ...]]


def replay_screen(actor: Actor, audit_id: UUID) -> ReplayScreen:
    """A stored judgement judged again: for its learner, the receiving school's staff, auditors and the system."""
    found, agreement = replayed_under(actor, audit_id)
    stored = found.stored
    return ReplayScreen(
        audit_id=stored.id,
        learner_id=stored.learner_id,
        agreement_id=stored.agreement_id,
        title=agreement.title,
        receiving=agreement.receiving,
        version=stored.version,
        on=stored.on,
        rules_version=stored.rules_version,
        same=found.same,
        before=str(stored.result["outcome"]),
        after=str(found.again["outcome"]),
        clauses=tuple(_clauses(audit_in_sentences(actor, audit_id).result, found.again)),
        recognised=(len(stored.result["recognised"]), len(found.again["recognised"])),
        differences=_otherwise(found.differences),
        reworded=len(found.reworded),
        since={meaning: _otherwise(changed) for meaning, changed in found.since.items()},
    )


def _clauses(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Again]:
    for name in JUDGED:
        for then, now in zip_longest(before.get(name) or (), after.get(name) or ()):
            row = then or now
            yield Again(
                str(row["clause"]),
                row["text"],
                row.get("have") or "",
                then["outcome"] if then else None,
                now["outcome"] if now else None,
            )


def _otherwise(found: Iterable[Any]) -> tuple[Otherwise, ...]:
    return tuple(Otherwise(one.place, _told(one.before), _told(one.after)) for one in found)


def _told(value: Any) -> str:
    return "" if value is None else str(value)
