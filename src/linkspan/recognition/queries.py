"""Reads of awards, plans and cases."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.translation import gettext

from linkspan.accounts.queries import called, name_of, people_by_id
from linkspan.accounts.rules import Tie
from linkspan.finance.queries import forgone_for
from linkspan.institutions.queries import institution
from linkspan.kernel import written
from linkspan.kernel.actor import Actor, system_actor
from linkspan.kernel.errors import NotFound, permit
from linkspan.kernel.lists import Ask, Shape, found, numbered, values_of, word_beginnings
from linkspan.kernel.money import Money
from linkspan.kernel.paging import Page
from linkspan.pathways.queries import agreement_version, stored_audits
from linkspan.pathways.rules import Agreement
from linkspan.recognition.models import CaseRow, CreditAwardRow, DegreeRow, PlanRow
from linkspan.recognition.rules.awards import (
    CREDIT,
    AwardState,
    CreditAward,
    Earned,
    earned_in,
    is_of,
    may_see_awards,
)
from linkspan.recognition.rules.catalogue import CatalogueDegree, in_force, under
from linkspan.recognition.rules.degree import degree_of
from linkspan.recognition.rules.plan import DegreePlan, degree_plan, taken_courses, todo_of, with_terms
from linkspan.recognition.rules.planning import Placed, Task
from linkspan.recognition.rules.records import recognised_line, taken_line
from linkspan.recognition.rules.terms import Term, next_term, parse_term
from linkspan.records.queries import learner_record, learner_records
from linkspan.vc.badges import Award

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
    credential_id: UUID
    closed_at: datetime | None
    closed_by: str


@dataclass(frozen=True, slots=True)
class DegreeRecord:
    """What a transcript of a degree tells: achievements, each saying when it was put on record."""

    learner_id: UUID
    institution: str
    title: str
    lines: tuple[Award, ...]


@dataclass(frozen=True, slots=True)
class PlanTask:
    """A learner's degree plan, and what of it is to be planned."""

    learner_id: UUID
    plan: DegreePlan
    task: Task


def ties(ids: Collection[UUID]) -> Iterable[tuple[UUID, Tie, str]]:
    """Where those people have credit."""
    rows = CreditAwardRow.objects.filter(learner_id__in=ids).values_list("learner_id", "institution").distinct()
    return ((learner, Tie.CREDIT, institution) for learner, institution in rows)


def awards_of(actor: Actor, learner_id: UUID) -> tuple[CreditAward, ...]:
    """A learner's credit awards, oldest first; staff see those of their own institution."""
    rows = CreditAwardRow.objects.filter(learner_id=learner_id).order_by("posted_at", "number")
    return tuple(award(row) for row in rows if may_see_awards(actor, learner_id, row.institution))


def degree_plans(actor: Actor, learner_id: UUID) -> tuple[DegreePlan, ...]:
    """The plan of every degree that the learner has joined; staff see those of their own institution."""
    return credit_and_plans(actor, learner_id)[1]


def credit_and_plans(actor: Actor, learner_id: UUID) -> tuple[tuple[CreditAward, ...], tuple[DegreePlan, ...]]:
    """`awards_of` and `degree_plans` in one."""
    rows = CreditAwardRow.objects.filter(learner_id=learner_id).order_by("posted_at", "number")
    seen = [row for row in rows if may_see_awards(actor, learner_id, row.institution)]
    by_application: dict[UUID, list[CreditAwardRow]] = {}
    for row in seen:
        by_application.setdefault(row.application_id, []).append(row)
    if not seen:
        return (), ()
    record = learner_record(SYSTEM, learner_id)
    kept = {row.application_id: row for row in PlanRow.objects.filter(application_id__in=list(by_application))}
    plans = []
    for application_id, held in by_application.items():
        agreement = _agreement(held[0])
        plan = degree_plan(agreement, [award(row) for row in held], taken_courses(agreement, record))
        placed = placed_of(kept[application_id]) if application_id in kept else {}
        year = held[0].catalogue_year
        plans.append(replace(with_terms(plan, placed), application_id=application_id, catalogue_year=year))
    return tuple(award(row) for row in seen), tuple(plans)


def plans_under(actor: Actor, agreement_id: str) -> dict[UUID, DegreePlan]:
    """The degree plan of everybody with credit under an agreement, in few queries, for jobs and auditors."""
    permit(actor.is_system or actor.has_role("auditor"), "see these degree plans")
    held: dict[UUID, list[CreditAwardRow]] = {}
    for row in CreditAwardRow.objects.filter(agreement_id=agreement_id).order_by("posted_at", "number"):
        held.setdefault(row.learner_id, []).append(row)
    records = learner_records(SYSTEM, held)
    last = {(rows[-1].version, rows[-1].catalogue_year): rows[-1] for rows in held.values()}
    agreements = {key: _agreement(row) for key, row in last.items()}
    plans = {}
    for learner, rows in held.items():
        agreement = agreements[rows[-1].version, rows[-1].catalogue_year]
        done = taken_courses(agreement, records[learner])
        plans[learner] = degree_plan(agreement, [award(row) for row in rows], done)
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
    agreement = _agreement(rows[0])
    record = learner_record(SYSTEM, rows[0].learner_id)
    plan = degree_plan(agreement, [award(row) for row in rows], taken_courses(agreement, record))
    school = agreement.receiving.institution
    campus = sum(1 for c in record["courses"] if c.get("institution") == school and c.get("on_campus") is True)
    soonest = next_term(now.date())
    todo = todo_of(agreement, plan)
    begins = max(first or soonest, soonest)
    task = Task(degree_of(agreement), todo, begins, campus, most_courses)
    return PlanTask(rows[0].learner_id, replace(plan, application_id=application_id), task)


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


def _agreement(row: CreditAwardRow) -> Agreement:
    return degree_in_force(agreement_version(row.agreement_id, row.version).terms, row.catalogue_year)


def kept_plan(application_id: UUID) -> dict[str, Placed]:
    """The terms that the learner keeps for the open courses of a degree; empty if none. Callers have asked who may."""
    row = PlanRow.objects.filter(application_id=application_id).first()
    return placed_of(row) if row else {}


def placed_of(row: PlanRow) -> dict[str, Placed]:
    """A stored plan as values."""
    return {key: Placed(parse_term(one["term"]), bool(one["on_campus"])) for key, one in row.placed.items()}


CASES = Shape(
    search=lambda text: called(text) | numbered(text) | word_beginnings(text, ("reason",)),
    filters={
        "state": {"open": Q(closed_at=None), "closed": Q(closed_at__isnull=False)},
        "outcome": values_of(("reversed", "stands"), "outcome"),
    },
    sorts={"name": (name_of(),), "opened": ("opened_at",), "closed": ("closed_at",), "outcome": ("outcome",)},
    first="opened",
    day="opened_at",
)


def cases_at(actor: Actor, ask: Ask) -> Page[Case]:
    """The cases of the registrar's institutions, the oldest first or as they ask; closed ones stay readable."""
    return found(_my_cases(actor), ask, CASES, case)


def case_for(actor: Actor, case_id: UUID) -> Case:
    """One case for a registrar of its institution; NotFound for everybody else."""
    row = _my_cases(actor).filter(id=case_id).first()
    if row is None:
        raise NotFound("case_unknown", "There is no such case.")
    return case(row)


@dataclass(frozen=True, slots=True)
class CaseAward:
    """Credit that a case is about, beside what it was given for: each course with its original grade and credits."""

    course: str
    slot: str
    credits: Decimal
    effect: str
    state: AwardState
    clause: str
    earned: tuple[Earned, ...]


@dataclass(frozen=True, slots=True)
class CaseFile:
    """What a registrar reads of a case: the awards, and the tuition that the school forgoes for them now."""

    awards: tuple[CaseAward, ...]
    tuition: Money | None


def case_file(actor: Actor, case_id: UUID) -> CaseFile:
    """The courses, credits and money of a case, for a registrar of its institution; NotFound for everybody else."""
    found = case_for(actor, case_id)
    rows = CreditAwardRow.objects.filter(application_id=found.application_id).order_by("number")
    audits = stored_audits(SYSTEM, {row.audit_id for row in rows})
    awards = tuple(_case_award(row, audits[row.audit_id].record) for row in rows)
    return CaseFile(awards, forgone_for(str(found.application_id)))


def _case_award(row: CreditAwardRow, record: Mapping[str, Any]) -> CaseAward:
    earned = tuple(earned_in(one) for one in record.get("courses") or () if is_of(one, row.courses))
    state = AwardState(row.state)
    return CaseAward(row.course, row.slot, row.credits, row.effect, state, row.clause, earned)


def open_cases(actor: Actor) -> tuple[Case, ...]:
    """Open cases of the registrar's institutions, oldest first."""
    return tuple(case(row) for row in _my_cases(actor).filter(closed_at=None).order_by("opened_at"))


def _my_cases(actor: Actor) -> QuerySet[CaseRow]:
    mine = actor.institutions_as("registrar")
    permit(bool(mine), "see recognition cases")
    return CaseRow.objects.filter(institution__in=mine)


def cases_of(actor: Actor, learner_id: UUID) -> dict[UUID, Case]:
    """The open cases of a learner by the application whose credit they are about, for the learner and the staff."""
    rows = CaseRow.objects.filter(learner_id=learner_id, closed_at=None).order_by("opened_at")
    return {row.application_id: case(row) for row in rows if may_see_awards(actor, learner_id, row.institution)}


def case(row: CaseRow) -> Case:
    """A row as a value."""
    return Case(
        row.id,
        row.learner_id,
        row.institution,
        row.application_id,
        row.reason,
        row.opened_at,
        row.outcome,
        row.credential_id,
        row.closed_at,
        row.closed_by,
    )


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


def transcript(actor: Actor, application_id: UUID, now: datetime, lang: str = "en") -> dict[str, Any]:
    """A learner's transcript for one degree, as the engine prints it, for the learner and the school's staff.

    Credit by recognition, requirements lifted without credit, what was reversed, and the school's own courses stand
    apart from each other.
    """
    found = plan_task(actor, application_id, now)
    school = found.plan.institution
    rows = CreditAwardRow.objects.filter(application_id=application_id).order_by("posted_at", "number")
    held = [(row, award(row)) for row in rows]
    learner = people_by_id([found.learner_id])[found.learner_id]
    record = learner_record(SYSTEM, found.learner_id)
    return {
        "lang": lang,
        "title": gettext("Transcript"),
        "institution": institution(school).name,
        "learner": learner.legal_name or learner.name,
        "degree": found.plan.title,
        "dated": gettext("As of {day}").format(day=written.day(now.date())),
        "note": gettext("Credit was recognised under the agreement and clause named. Identifier: {id}").format(
            id=application_id
        ),
        "parts": [
            _credit_part(gettext("Credit by recognition"), held, lambda one: one.effect == CREDIT),
            _credit_part(gettext("Requirements lifted without credit"), held, lambda one: one.effect != CREDIT),
            _courses_part(record, school),
            _reversed_part(held),
        ],
    }


def degree_record(actor: Actor, application_id: UUID, now: datetime) -> DegreeRecord:
    """The lines of a learner's degree record that stand: credit, requirements lifted, and courses at the school."""
    found = plan_task(actor, application_id, now)
    school = found.plan.institution
    rows = CreditAwardRow.objects.filter(application_id=application_id, state=AwardState.ACTIVE)
    lines = [
        recognised_line(award(row), row.posted_at.date(), settings.BASE_URL)
        for row in rows.order_by("posted_at", "number")
    ]
    taken = learner_record(SYSTEM, found.learner_id)["courses"]
    lines += [taken_line(row, school, settings.BASE_URL) for row in taken if row.get("institution") == school]
    return DegreeRecord(found.learner_id, school, found.plan.title, tuple(lines))


def _credit_part(
    title: str, held: list[tuple[CreditAwardRow, CreditAward]], wanted: Callable[[CreditAward], bool]
) -> dict[str, Any]:
    header = [
        gettext("Course"),
        gettext("Slot"),
        gettext("Credits"),
        gettext("Agreement and clause"),
        gettext("Posted"),
    ]
    rows = [
        [
            one.course,
            one.slot,
            str(one.credits),
            f"{one.agreement_id} v{one.version}, {one.clause}",
            _day(row.posted_at),
        ]
        for row, one in held
        if one.state == AwardState.ACTIVE and wanted(one)
    ]
    return {"title": title, "header": header, "rows": rows, "empty": gettext("None.")}


def _reversed_part(held: list[tuple[CreditAwardRow, CreditAward]]) -> dict[str, Any]:
    header = [gettext("Course"), gettext("Credits"), gettext("Posted"), gettext("Reversed")]
    rows = [
        [one.course, str(one.credits), _day(row.posted_at), _day(row.reversed_at)]
        for row, one in held
        if one.state == AwardState.REVERSED
    ]
    return {"title": gettext("Credit reversed"), "header": header, "rows": rows, "empty": gettext("None.")}


def _courses_part(record: Mapping[str, Any], school: str) -> dict[str, Any]:
    rows = [
        [str(row["id"]), str((row.get("grade") or {}).get("value", "")), written.day(str(row.get("completed") or ""))]
        for row in record["courses"]
        if row.get("institution") == school
    ]
    header = [gettext("Course"), gettext("Grade"), gettext("Completed")]
    title = gettext("Courses at the school")
    return {"title": title, "header": header, "rows": rows, "empty": gettext("None yet.")}


def _day(at: datetime | None) -> str:
    return written.day(at.date()) if at else ""
