"""Reads of credit awards, of degrees and of plans."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import OuterRef, Subquery

from linkspan.accounts.rules import Tie
from linkspan.catalog.queries import calendar_of
from linkspan.catalog.rules import CalendarTerm
from linkspan.kernel.actor import Actor, system_actor
from linkspan.kernel.errors import NotFound, permit
from linkspan.kernel.readers import granted, public
from linkspan.pathways.queries import agreement_version, stored_audits
from linkspan.pathways.rules import Agreement
from linkspan.recognition.models import CreditAwardRow, DegreeRow, PlanRow
from linkspan.recognition.rules.awards import AwardState, CreditAward, may_see_awards, originals
from linkspan.recognition.rules.catalogue import CatalogueDegree, in_force, under
from linkspan.recognition.rules.degree import degree_of
from linkspan.recognition.rules.plan import DegreePlan, degree_plan, taken_courses, todo_of, with_terms
from linkspan.recognition.rules.planning import Placed, Task
from linkspan.recognition.rules.terms import Term, next_term, parse_term, term_of
from linkspan.records.queries import facts_of, grades_among, learner_record, learner_records
from linkspan.records.rules import Fact
from linkspan.records.rules import learner_record as record_of

SYSTEM = system_actor("recognition")


@dataclass(frozen=True, slots=True)
class PlanTask:
    """A learner's degree plan, what of it is to be planned, and the days that the school's calendar gives terms."""

    learner_id: UUID
    plan: DegreePlan
    task: Task
    calendar: Mapping[Term, CalendarTerm]


def ties(ids: Collection[UUID]) -> Iterable[tuple[UUID, Tie, str]]:
    """Where those people have credit."""
    rows = CreditAwardRow.objects.filter(learner_id__in=ids).values_list("learner_id", "institution").distinct()
    return ((learner, Tie.CREDIT, institution) for learner, institution in rows)


def awards_of(actor: Actor, learner_id: UUID) -> tuple[CreditAward, ...]:
    """A learner's credit awards, oldest first; staff see those of their own institution."""
    rows = CreditAwardRow.objects.filter(learner_id=learner_id).order_by("posted_at", "number")
    return with_originals([row for row in rows if may_see_awards(actor, learner_id, row.institution)])


def degree_plans(actor: Actor, learner_id: UUID) -> tuple[DegreePlan, ...]:
    """The plan of every degree that the learner has joined; staff see those of their own institution."""
    seen = _awards_seen(actor, learner_id)
    return _plans(seen, learner_id, facts_of(SYSTEM, learner_id)) if seen else ()


@dataclass(frozen=True, slots=True)
class AtReceiving:
    """What a receiving school's registrar has of a student: credit, plans, and the grades that the school gave."""

    credit: tuple[CreditAward, ...]
    plans: tuple[DegreePlan, ...]
    grades: tuple[Fact, ...]


def at_receiving(actor: Actor, learner_id: UUID) -> AtReceiving:
    """`awards_of`, `degree_plans` and the grades of the actor's schools in one: the record is read once."""
    seen = _awards_seen(actor, learner_id)
    facts = facts_of(SYSTEM, learner_id)
    return AtReceiving(with_originals(seen), _plans(seen, learner_id, facts), grades_among(actor, facts))


def _awards_seen(actor: Actor, learner_id: UUID) -> list[Any]:
    """The rows of the awards that the actor sees, each with `placed`, what the learner has planned."""
    kept = PlanRow.objects.filter(application_id=OuterRef("application_id")).values("placed")
    awards = CreditAwardRow.objects.filter(learner_id=learner_id).annotate(placed=Subquery(kept))
    rows = awards.order_by("posted_at", "number")
    return [row for row in rows if may_see_awards(actor, learner_id, row.institution)]


def _plans(seen: list[Any], learner_id: UUID, facts: tuple[Fact, ...]) -> tuple[DegreePlan, ...]:
    """The plan of each application with credit, the first one first."""
    by_application: dict[UUID, list[CreditAwardRow]] = {}
    for row in seen:
        by_application.setdefault(row.application_id, []).append(row)
    record = record_of(str(learner_id), facts) if seen else {}
    placed = {row.application_id: placed_of(row.placed or {}) for row in seen}
    plans = []
    for application_id, held in by_application.items():
        agreement = agreement_of(held[0])
        given = [award(row) for row in held]
        plan = degree_plan(agreement, given, taken_courses(agreement, record, given))
        plan, year = with_terms(plan, placed[application_id]), held[0].catalogue_year
        plans.append(replace(plan, application_id=application_id, catalogue_year=year))
    return tuple(plans)


def plans_under(actor: Actor, agreement_id: str) -> dict[UUID, DegreePlan]:
    """The degree plan of everybody with credit under an agreement, in few queries, for jobs and auditors."""
    permit(actor.is_system or actor.has_role("auditor"), "see these degree plans")
    held: dict[UUID, list[CreditAwardRow]] = {}
    for row in CreditAwardRow.objects.filter(agreement_id=agreement_id).order_by("posted_at", "number"):
        held.setdefault(row.learner_id, []).append(row)
    records = learner_records(SYSTEM, held)
    last = {(rows[-1].version, rows[-1].catalogue_year): rows[-1] for rows in held.values()}
    agreements = {key: agreement_of(row) for key, row in last.items()}
    plans = {}
    for learner, rows in held.items():
        agreement = agreements[rows[-1].version, rows[-1].catalogue_year]
        given = [award(row) for row in rows]
        plans[learner] = degree_plan(agreement, given, taken_courses(agreement, records[learner], given))
    return plans


def plan_task(
    actor: Actor, application_id: UUID, now: datetime, *, first: Term | None = None, most_courses: int | None = None
) -> PlanTask:
    """What is to be planned for one degree, for the learner and the school's staff; NotFound if there is none.

    `first` is the first term to plan for, by default the next that begins; `most_courses` is the learner's own limit.
    """
    rows = list(CreditAwardRow.objects.filter(application_id=application_id).order_by("posted_at", "number"))
    if not rows or not may_see_awards(actor, rows[0].learner_id, rows[0].institution):
        raise NotFound("plan_unknown", "There is no such degree plan, or it is not yours to see.")
    agreement = agreement_of(rows[0])
    record = learner_record(SYSTEM, rows[0].learner_id)
    given = [award(row) for row in rows]
    plan = degree_plan(agreement, given, taken_courses(agreement, record, given))
    school = agreement.receiving.institution
    campus = sum(1 for c in record["courses"] if c.get("institution") == school and c.get("on_campus") is True)
    calendar = _calendar(school)
    soonest = next_term(now.date(), {term: stated.starts for term, stated in calendar.items()})
    todo = todo_of(agreement, plan)
    begins = max(first or soonest, soonest)
    task = Task(degree_of(agreement), todo, begins, campus, most_courses)
    return PlanTask(rows[0].learner_id, replace(plan, application_id=application_id), task, calendar)


def _calendar(school: str) -> dict[Term, CalendarTerm]:
    """What a school's calendar says of each term; of two that begin in one season the earlier counts."""
    return {term_of(one.starts): one for one in reversed(calendar_of(school))}


@public
def degrees_of(institution: str, program: str | None = None) -> tuple[CatalogueDegree, ...]:
    """The degrees that a school's registrar entered, by program and catalogue year; public as a catalogue is."""
    rows = DegreeRow.objects.filter(institution=institution, **({"program": program} if program else {}))
    return tuple(
        CatalogueDegree(r.institution, r.program, r.from_year, r.data, r.recorded_at, r.recorded_by, r.reason)
        for r in rows.order_by("program", "from_year")
    )


def degree_in_force(agreement: Agreement, year: int | None) -> Agreement:
    """An agreement under the degree in force for a catalogue year."""
    receiving = agreement.receiving
    return under(agreement, in_force(degrees_of(receiving.institution, receiving.program), year))


def agreement_of(row: CreditAwardRow) -> Agreement:
    return degree_in_force(agreement_version(row.agreement_id, row.version).terms, row.catalogue_year)


@granted
def kept_plan(application_id: UUID) -> dict[str, Placed]:
    """The terms that the learner keeps for the open courses of a degree; empty if none. Callers have asked who may."""
    row = PlanRow.objects.filter(application_id=application_id).first()
    return placed_of(row.placed) if row else {}


def placed_of(kept: Mapping[str, Any]) -> dict[str, Placed]:
    """The courses of a stored plan as values."""
    return {key: Placed(parse_term(one["term"]), bool(one["on_campus"])) for key, one in kept.items()}


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
        row.effect,
        row.clause,
        row.institution,
        tuple(row.courses),
        row.places,
    )


def with_originals(rows: Collection[CreditAwardRow]) -> tuple[CreditAward, ...]:
    """Awards beside what they were given for, by the audit of each."""
    audits = stored_audits(SYSTEM, {row.audit_id for row in rows})
    return tuple(replace(award(row), earned=originals(audits[row.audit_id].record, row.courses)) for row in rows)
