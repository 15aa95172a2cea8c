"""Reads of credit by hand: the file of a degree for its registrar, what was changed, and what waits."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import Q, QuerySet

from linkspan.accounts.queries import called, name_of
from linkspan.admissions.queries import application
from linkspan.admissions.rules import State
from linkspan.finance.queries import forgone_for
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, permit
from linkspan.kernel.lists import Ask, Shape, found, numbered, values_of, word_beginnings
from linkspan.kernel.money import Money
from linkspan.kernel.paging import Page
from linkspan.kernel.reasons import as_told
from linkspan.kernel.record import Record
from linkspan.pathways.queries import AgreementVersion, agreement_version, stored_audit
from linkspan.pathways.rules import Agreement
from linkspan.recognition.models import CreditAwardRow, CreditChangeRow
from linkspan.recognition.queries.credit import SYSTEM, award, degrees_of, with_originals
from linkspan.recognition.rules.awards import AwardState, CreditAward, Earned, earned_in, may_see_awards, originals
from linkspan.recognition.rules.by_hand import (
    ChangeState,
    Ground,
    Verb,
    grounds,
    may_change_credit,
)
from linkspan.recognition.rules.catalogue import catalogue_year, in_force, under
from linkspan.recognition.rules.plan import DegreePlan, degree_plan, taken_courses
from linkspan.records.queries import learner_record


@dataclass(frozen=True, slots=True)
class CreditChange:
    """What was done to credit by hand: by whom, why, when, by which audit and degree, and what a second person said."""

    id: UUID
    learner_id: UUID
    application_id: UUID
    institution: str
    verb: Verb
    slot: str
    course: str
    credits: Decimal
    effect: str
    clause: str
    earned: tuple[Earned, ...]
    beyond: tuple[str, ...]
    why: str
    told: str
    state: ChangeState
    prepared_at: datetime
    prepared_by: str
    preparer_id: UUID
    decided_at: datetime | None
    decided_by: str
    decision: str
    award_id: UUID | None
    replaces_id: UUID | None
    audit_id: UUID
    agreement_id: str
    version: int
    catalogue_year: int | None
    degree_from: int | None


@dataclass(frozen=True, slots=True)
class Standing:
    """All by which credit of one degree is judged: its agreement under the degree in force, the record, what is held.

    `awards` are those of the degree, `held` all at the school, `others` the agreements under which the others are.
    """

    learner_id: UUID
    application_id: UUID
    agreement: AgreementVersion
    terms: Agreement
    year: int
    degree_from: int | None
    term: str
    record: Record
    awards: tuple[CreditAward, ...]
    held: tuple[CreditAward, ...]
    others: Mapping[str, Agreement]

    @property
    def sent_by(self) -> Mapping[str, str]:
        """The sending school of each agreement."""
        every = {**self.others, self.agreement.id: self.terms}
        return {name: terms.sending.institution for name, terms in every.items()}

    @property
    def plan(self) -> DegreePlan:
        """The degree plan as it stands."""
        taken = taken_courses(self.terms, self.record, self.awards)
        return replace(degree_plan(self.terms, self.awards, taken), application_id=self.application_id)


def standing(actor: Actor, application_id: UUID) -> Standing:
    """How the credit of a degree stands, for the registrar of its school; NotFound unless somebody has joined it."""
    rows = CreditAwardRow.objects.filter(application_id=application_id).order_by("number")
    first = rows.first()
    joined = application(SYSTEM, application_id)
    if joined.state != State.JOINED:
        raise NotFound("plan_unknown", "There is no such degree plan, or it is not yours to see.")
    permit(may_change_credit(actor, joined.learner_id, joined.round.institution), "change this credit")
    if first is None:
        stored = stored_audit(SYSTEM, joined.audit_id)
        agreement = agreement_version(stored.agreement_id, stored.version)
        year = catalogue_year(agreement.terms, joined.decided_at or joined.submitted_at)
    else:
        agreement = agreement_version(first.agreement_id, first.version)
        year = first.catalogue_year or catalogue_year(agreement.terms, first.posted_at)
    receiving = agreement.terms.receiving
    degree = in_force(degrees_of(receiving.institution, receiving.program), year)
    held = CreditAwardRow.objects.filter(learner_id=joined.learner_id, institution=agreement.receiving)
    every = [(row.application_id, award(row)) for row in held.order_by("posted_at", "number")]
    return Standing(
        learner_id=joined.learner_id,
        application_id=application_id,
        agreement=agreement,
        terms=under(agreement.terms, degree),
        year=year,
        degree_from=degree.from_year if degree else None,
        term=joined.round.term,
        record=learner_record(SYSTEM, joined.learner_id),
        awards=tuple(one for of, one in every if of == application_id),
        held=tuple(one for _, one in every),
        others={
            one.agreement_id: agreement_version(one.agreement_id, one.version).terms
            for _, one in every
            if one.agreement_id != agreement.id
        },
    )


@dataclass(frozen=True, slots=True)
class Choice:
    """What can be chosen: its key, and how it was passed or what it is called."""

    key: str
    title: str
    earned: Earned | None = None


@dataclass(frozen=True, slots=True)
class CreditFile:
    """The credit of one degree for its registrar: awards beside their originals, changes, and what can be chosen."""

    learner_id: UUID
    application_id: UUID
    institution: str
    plan: DegreePlan
    awards: tuple[CreditAward, ...]
    changes: tuple[CreditChange, ...]
    facts: tuple[Choice, ...]
    own: tuple[Choice, ...]
    slots: tuple[Choice, ...]
    unit: str
    tuition: Money | None
    agreement_id: str
    version: int
    catalogue_year: int
    degree_from: int | None


def credit_file(actor: Actor, application_id: UUID) -> CreditFile:
    """The credit of one degree, for the registrar of its school."""
    found = standing(actor, application_id)
    school, receiving = found.agreement.receiving, found.terms.receiving
    rows = CreditAwardRow.objects.filter(application_id=application_id).order_by("number")
    changes = CreditChangeRow.objects.filter(application_id=application_id).order_by("-prepared_at", "-id")
    own = [row for row in found.record["courses"] if row.get("institution") == school and row.get("id")]
    return CreditFile(
        learner_id=found.learner_id,
        application_id=application_id,
        institution=school,
        plan=replace(found.plan, catalogue_year=found.year),
        awards=with_originals(list(rows)),
        changes=tuple(change(row) for row in changes),
        facts=tuple(_choice(ground) for ground in grounds(found.record, school)),
        own=tuple(Choice(str(row["id"]), str(row.get("title") or row["id"]), earned_in(row)) for row in own),
        slots=tuple(Choice(slot.slot, slot.title or slot.slot) for slot in receiving.slots),
        unit=receiving.unit or "credits",
        tuition=forgone_for(str(application_id)),
        agreement_id=found.agreement.id,
        version=found.agreement.version,
        catalogue_year=found.year,
        degree_from=found.degree_from,
    )


def _choice(ground: Ground) -> Choice:
    return Choice(ground.key, ground.earned.title or ground.earned.course, ground.earned)


CREDIT_CHANGES = Shape(
    search=lambda text: called(text) | numbered(text) | word_beginnings(text, ("course", "why")),
    filters={
        "state": values_of(ChangeState, "state"),
        "kind": values_of(Verb, "verb"),
    },
    sorts={"name": (name_of(),), "since": ("prepared_at",), "state": ("state",), "kind": ("verb",)},
    first="-since",
    day="prepared_at",
)


def credit_changes_at(actor: Actor, ask: Ask) -> Page[CreditChange]:
    """What was done to credit by hand at the registrar's institutions, the newest first or as they ask."""
    return found(_mine(actor), ask, CREDIT_CHANGES, change)


def credit_change(actor: Actor, change_id: UUID) -> CreditChange:
    """One change of credit, for a registrar of its institution; NotFound for everybody else."""
    row = _mine(actor).filter(id=change_id).first()
    if row is None:
        raise NotFound("change_unknown", "There is no such change of credit.")
    return change(row)


def can_be_taken_back(actor: Actor, change_id: UUID) -> bool:
    """Whether a registrar of its institution can take an exception back now: it was approved and its credit stands."""
    row = _mine(actor).filter(id=change_id, state=ChangeState.IN_EFFECT).exclude(beyond=[]).first()
    awards = CreditAwardRow.objects.filter(id=row.award_id, state=AwardState.ACTIVE) if row and row.award_id else None
    return awards is not None and awards.exists()


def exceptions_waiting(actor: Actor) -> int:
    """How many exceptions wait for the actor: those of others at their institutions."""
    mine, own = actor.institutions_as("registrar"), actor.person_id
    if not mine or own is None:
        return 0
    rows = CreditChangeRow.objects.filter(institution__in=mine, state=ChangeState.WAITING)
    return rows.exclude(Q(prepared_by_id=own) | Q(learner_id=own)).count()


def _mine(actor: Actor) -> QuerySet[CreditChangeRow]:
    mine = actor.institutions_as("registrar")
    permit(bool(mine), "see changes of credit")
    return CreditChangeRow.objects.filter(institution__in=mine).exclude(learner_id=actor.own_id)


def changes_in_effect(actor: Actor, learner_id: UUID) -> dict[UUID, tuple[CreditChange, ...]]:
    """What was done to a learner's credit by hand, by application and oldest first, for the learner and the staff."""
    was = (ChangeState.IN_EFFECT, ChangeState.TAKEN_BACK)
    rows = CreditChangeRow.objects.filter(learner_id=learner_id, state__in=was)
    by_application: dict[UUID, tuple[CreditChange, ...]] = {}
    for row in rows.order_by("prepared_at", "id"):
        if may_see_awards(actor, learner_id, row.institution):
            by_application[row.application_id] = (*by_application.get(row.application_id, ()), change(row))
    return by_application


def change(row: CreditChangeRow) -> CreditChange:
    """A row as a value."""
    return CreditChange(
        row.id,
        row.learner_id,
        row.application_id,
        row.institution,
        Verb(row.verb),
        row.slot,
        row.course,
        row.credits,
        row.effect,
        row.clause,
        originals(stored_audit(SYSTEM, row.audit_id).record, row.courses),
        as_told(row.beyond),
        row.why,
        row.told,
        ChangeState(row.state),
        row.prepared_at,
        row.prepared_by,
        row.prepared_by_id,
        row.decided_at,
        row.decided_by,
        row.decision,
        row.award_id,
        row.replaces_id,
        row.audit_id,
        row.agreement_id,
        row.version,
        row.catalogue_year,
        row.degree_from,
    )
