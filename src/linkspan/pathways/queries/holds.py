"""Cases on hold that wait, for the receiving institution's desk."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import permit
from linkspan.kernel.record import Record
from linkspan.pathways.models import HoldRow
from linkspan.pathways.queries.stored import judged_on
from linkspan.pathways.rules.life.holds import hold_desks, hold_key


@dataclass(frozen=True, slots=True)
class HeldCase:
    """A case that waits for a person: by which clause, and what was found."""

    id: UUID
    learner_id: UUID
    agreement_id: str
    clause: str
    text: str
    have: str
    held_at: datetime


def waiting_holds(actor: Actor) -> tuple[HeldCase, ...]:
    """Cases that nobody has released yet at the actor's institutions, oldest first."""
    desks = hold_desks(actor)
    permit(bool(desks), "see cases on hold")
    rows = HoldRow.objects.filter(institution__in=desks, released_at=None).order_by("held_at")
    return tuple(_held(row) for row in rows[:200])


def holds_here(actor: Actor, learner_id: UUID) -> tuple[HeldCase, ...]:
    """A person's cases that nobody has released yet at the actor's institutions, oldest first."""
    rows = HoldRow.objects.filter(learner_id=learner_id, institution__in=hold_desks(actor), released_at=None)
    return tuple(_held(row) for row in rows.order_by("held_at"))


def _held(row: HoldRow) -> HeldCase:
    return HeldCase(row.id, row.learner_id, row.agreement_id, row.clause, row.text, row.have, row.held_at)


def holds_on(learner_id: UUID, record: Record, agreement_id: str, on: date) -> tuple[str, ...]:
    """The texts of the hold clauses that a record meets on a day and nobody has released, for who decides on it."""
    _, audit = judged_on(agreement_id, record, on)
    rows = HoldRow.objects.filter(learner_id=learner_id, agreement_id=agreement_id).exclude(released_at=None)
    released = set(rows.values_list("clause", "have")) if audit.holds else set()
    return tuple(hold.text for hold in audit.holds if hold_key(hold) not in released)


def held_back(agreement_id: str) -> frozenset[UUID]:
    """Learners whose case under an agreement waits for a person."""
    rows = HoldRow.objects.filter(agreement_id=agreement_id, released_at=None)
    return frozenset(rows.values_list("learner_id", flat=True))
