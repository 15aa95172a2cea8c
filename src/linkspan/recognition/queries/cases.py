"""Reads of cases: credit whose ground is gone."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import Q, QuerySet

from linkspan.accounts.queries import called, name_of
from linkspan.finance.queries import forgone_for
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, permit
from linkspan.kernel.lists import Ask, Shape, found, numbered, values_of, word_beginnings
from linkspan.kernel.money import Money
from linkspan.kernel.paging import Page
from linkspan.kernel.record import Record
from linkspan.pathways.queries import stored_audits
from linkspan.recognition.models import CaseAnswerRow, CaseRow, CreditAwardRow
from linkspan.recognition.queries.credit import SYSTEM
from linkspan.recognition.rules.awards import AwardState, Earned, may_see_awards, originals
from linkspan.recognition.rules.service import Nudge, due_after


@dataclass(frozen=True, slots=True)
class Case:
    """A case for a registrar."""

    id: UUID
    learner_id: UUID
    institution: str
    application_id: UUID
    reason: str
    opened_at: datetime
    due_at: datetime
    late: bool
    outcome: str
    credential_id: UUID
    closed_at: datetime | None
    closed_by: str
    decision: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What the learner said, and when."""

    text: str
    at: datetime


CASES = Shape(
    search=lambda text: called(text) | numbered(text) | word_beginnings(text, ("reason",)),
    filters={
        "state": {
            "open": Q(closed_at=None),
            "late": Q(closed_at=None, nudged=Nudge.LATE),
            "closed": Q(closed_at__isnull=False),
        },
        "outcome": values_of(("reversed", "stands"), "outcome"),
    },
    sorts={
        "name": (name_of(),),
        "opened": ("opened_at",),
        "due": ("due_at",),
        "closed": ("closed_at",),
        "outcome": ("outcome",),
    },
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
    answers: tuple[Answer, ...]


def case_file(actor: Actor, case_id: UUID) -> CaseFile:
    """The courses, credits and money of a case, for a registrar of its institution; NotFound for everybody else."""
    found = case_for(actor, case_id)
    rows = CreditAwardRow.objects.filter(application_id=found.application_id).order_by("number")
    audits = stored_audits(SYSTEM, {row.audit_id for row in rows})
    awards = tuple(_case_award(row, audits[row.audit_id].record) for row in rows)
    return CaseFile(awards, forgone_for(str(found.application_id)), _answers({case_id}).get(case_id, ()))


def _answers(case_ids: Collection[UUID]) -> dict[UUID, tuple[Answer, ...]]:
    told: dict[UUID, tuple[Answer, ...]] = {}
    for row in CaseAnswerRow.objects.filter(case_id__in=case_ids).order_by("at", "id"):
        told[row.case_id] = (*told.get(row.case_id, ()), Answer(row.text, row.at))
    return told


def my_answers(actor: Actor) -> dict[UUID, tuple[Answer, ...]]:
    """What the actor said about their own cases, by case and oldest first."""
    mine = CaseRow.objects.filter(learner_id=actor.own_id).values_list("id", flat=True)
    return _answers(list(mine))


def _case_award(row: CreditAwardRow, record: Record) -> CaseAward:
    earned = originals(record, row.courses)
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
        row.due_at or due_after(row.opened_at),
        row.nudged == Nudge.LATE and row.closed_at is None,
        row.outcome,
        row.credential_id,
        row.closed_at,
        row.closed_by,
        row.decision,
    )
