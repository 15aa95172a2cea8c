"""Reads of awards, plans and cases."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from linkspan.kernel.actor import Actor, system_actor
from linkspan.kernel.errors import permit
from linkspan.pathways.queries import agreement_version
from linkspan.recognition.models import CaseRow, CreditAwardRow
from linkspan.recognition.rules import AwardState, CreditAward, DegreePlan, bridge_taken, degree_plan, may_see_awards
from linkspan.records.queries import learner_record, learner_records

SYSTEM = system_actor("recognition")


@dataclass(frozen=True, slots=True)
class Case:
    """A case for a registrar."""

    id: UUID
    learner_id: UUID
    institution: str
    application_id: UUID
    reason: str
    opened_at: datetime
    outcome: str


def awards_of(actor: Actor, learner_id: UUID) -> tuple[CreditAward, ...]:
    """A learner's credit awards, oldest first; staff see those of their own institution."""
    rows = CreditAwardRow.objects.filter(learner_id=learner_id).order_by("posted_at", "course")
    return tuple(award(row) for row in rows if may_see_awards(actor, learner_id, row.institution))


def degree_plans(actor: Actor, learner_id: UUID) -> tuple[DegreePlan, ...]:
    """The plan of every degree that the learner has joined; staff see those of their own institution."""
    rows = CreditAwardRow.objects.filter(learner_id=learner_id).order_by("posted_at", "course")
    by_application: dict[UUID, list[CreditAwardRow]] = {}
    for row in rows:
        if may_see_awards(actor, learner_id, row.institution):
            by_application.setdefault(row.application_id, []).append(row)
    record = learner_record(SYSTEM, learner_id)
    plans = []
    for held in by_application.values():
        document = agreement_version(held[0].agreement_id, held[0].version).document
        plans.append(degree_plan(document["receiving"], [award(row) for row in held], bridge_taken(document, record)))
    return tuple(plans)


def plans_under(actor: Actor, agreement_id: str) -> dict[UUID, DegreePlan]:
    """The degree plan of everybody with credit under an agreement, in few queries, for jobs and auditors."""
    permit(actor.is_system or actor.has_role("auditor"), "see these degree plans")
    held: dict[UUID, list[CreditAwardRow]] = {}
    for row in CreditAwardRow.objects.filter(agreement_id=agreement_id).order_by("posted_at", "course"):
        held.setdefault(row.learner_id, []).append(row)
    records = learner_records(SYSTEM, held)
    documents = {v: agreement_version(agreement_id, v).document for v in {rows[-1].version for rows in held.values()}}
    plans = {}
    for learner, rows in held.items():
        document = documents[rows[-1].version]
        done = bridge_taken(document, records[learner])
        plans[learner] = degree_plan(document["receiving"], [award(row) for row in rows], done)
    return plans


def open_cases(actor: Actor) -> tuple[Case, ...]:
    """Open cases of the registrar's institutions, oldest first."""
    mine = actor.institutions_as("registrar")
    permit(bool(mine), "see recognition cases")
    rows = CaseRow.objects.filter(institution__in=mine, closed_at=None).order_by("opened_at")
    return tuple(case(row) for row in rows)


def case(row: CaseRow) -> Case:
    """A row as a value."""
    return Case(row.id, row.learner_id, row.institution, row.application_id, row.reason, row.opened_at, row.outcome)


def award(row: CreditAwardRow) -> CreditAward:
    """A row as a value."""
    return CreditAward(
        row.id,
        row.learner_id,
        row.agreement_id,
        row.version,
        row.slot,
        row.course,
        row.credits,
        AwardState(row.state),
    )
