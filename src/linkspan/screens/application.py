"""An application: where it stands and why, what came with it, where else its credential leads, and what can be done."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from linkspan.admissions import queries
from linkspan.admissions.rules import (
    Act,
    Appeal,
    Application,
    Better,
    BridgeStanding,
    Case,
    Document,
    Letter,
    Mode,
    Review,
    State,
    Waiver,
    acts_open,
    may_decide,
)
from linkspan.finance.queries import charges_of
from linkspan.institutions.queries import institution
from linkspan.kernel.actor import Actor
from linkspan.kernel.money import Money
from linkspan.kernel.reasons import Reason, Sentence
from linkspan.pathways.queries import PathwayAnswer, audit_in_sentences, pathways_for
from linkspan.pathways.rules import Outcome
from linkspan.records.queries import learner_record


@dataclass(frozen=True, slots=True)
class AppliedTo:
    """The round: whose, under which agreement, and by which clock; `undecided` is a joint round before its matching."""

    round_id: UUID
    intake_id: UUID
    agreement_id: str
    institution: str
    zone: str
    title: str
    term: str
    mode: Mode
    undecided: bool


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided and why, each reason with its code where it was stored with one."""

    reasons: tuple[Reason | str, ...]
    decided_by: str
    cutoff: Decimal | None
    place: int | None
    answer_by: datetime | None
    appeal_until: datetime | None


@dataclass(frozen=True, slots=True)
class Owed:
    """An open fee or deposit of the reader."""

    charge_id: UUID
    amount: Money


@dataclass(frozen=True, slots=True)
class Place:
    """When studies begin, and by how many months of those that are allowed that was put off."""

    first_term: str
    deferred_months: int
    deferral_months: int


@dataclass(frozen=True, slots=True)
class AdmissionCourse:
    """The course that leads to formal admission, and how far the learner has come."""

    course: str
    grade: str
    most_attempts: int | None
    standing: BridgeStanding


@dataclass(frozen=True, slots=True)
class Appealed:
    """An appeal, and whether the reader answers it."""

    appeal: Appeal
    to_answer: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the applicant's choices in a joint round."""

    id: UUID
    institution: str
    title: str
    state: State
    reasons: tuple[Reason | str, ...]


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Another pathway of the credential, and what is missing there."""

    agreement_id: str
    institution: str
    title: str
    outcome: Outcome
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Clause:
    """A requirement as it was judged."""

    clause: str
    text: str
    have: str | None
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Judged:
    """The audit that was seen when the application was decided."""

    version: int
    on: date
    clauses: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class Office:
    """What only the admissions office sees."""

    score: Decimal | None
    better: Better
    holds: tuple[str, ...]
    fee_open: bool
    waiver_reason: str
    readings: tuple[Review, ...]
    statement: str
    submitted_at: datetime


@dataclass(frozen=True, slots=True)
class ApplicationScreen:
    """All that the page of an application shows; `acts` are what its reader can do now.

    `own` is its learner's page; `office` is None for everybody but who may decide on it.
    """

    id: UUID
    learner_id: UUID
    own: bool
    to: AppliedTo
    state: State
    decision: Decision
    acts: tuple[Act, ...]
    fee: Owed | None
    waiver: str
    deposit: UUID | None
    place: Place | None
    admission_course: AdmissionCourse | None
    appeals: tuple[Appealed, ...]
    choices: tuple[Choice, ...]
    documents: tuple[Document, ...]
    letters: tuple[Letter, ...]
    elsewhere: tuple[Elsewhere, ...]
    audit: Judged
    office: Office | None


def application_screen(actor: Actor, application_id: UUID, now: datetime) -> ApplicationScreen:
    """An application for its learner, and for who may see it; NotFound for everybody else."""
    case = queries.case_of(actor, application_id, now)
    found, own = case.application, actor.is_person(case.application.learner_id)
    office = may_decide(actor, found.learner_id, found.round.institution)
    papers = own or office
    documents, letters = queries.papers_of(actor, found) if papers else ((), ())
    return ApplicationScreen(
        id=found.id,
        learner_id=found.learner_id,
        own=own,
        to=_to(case),
        state=found.state,
        decision=Decision(
            _told(found.reasons), found.decided_by, found.cutoff, found.place, found.answer_by, case.appeal_until
        ),
        acts=acts_open(actor, case, now),
        fee=_fee(actor, found) if own and case.fee_open else None,
        waiver=found.waiver if papers else "",
        deposit=found.deposit_charge_id if own and case.deposit_open else None,
        place=Place(found.first_term, found.deferred_months, case.terms.deferral_months) if papers else None,
        admission_course=_admission_course(actor, case, now),
        appeals=_appeals(actor, case),
        choices=_choices(actor, found) if own else (),
        documents=documents,
        letters=letters,
        elsewhere=_elsewhere(actor, found, now) if own and found.state in (State.NO_SEAT, State.REFUSED) else (),
        audit=_judged(actor, found),
        office=_office(actor, case) if office else None,
    )


def _to(case: Case) -> AppliedTo:
    round_, joint = case.application.round, case.intake.joint
    return AppliedTo(
        round_id=round_.id,
        intake_id=round_.intake_id,
        agreement_id=round_.agreement_id,
        institution=round_.institution,
        zone=institution(round_.institution).time_zone,
        title=round_.title,
        term=round_.term,
        mode=round_.mode,
        undecided=joint and case.intake.decided_at is None,
    )


def _told(reasons: tuple[str, ...]) -> tuple[Reason | str, ...]:
    return tuple(one.reason if isinstance(one, Sentence) else one for one in reasons)


def _fee(actor: Actor, found: Application) -> Owed | None:
    charges = charges_of(actor, found.learner_id)
    return next((Owed(one.id, one.amount) for one in charges if one.id == found.fee_charge_id), None)


def _admission_course(actor: Actor, case: Case, now: datetime) -> AdmissionCourse | None:
    bridge = case.terms.bridge
    if bridge is None or case.application.state != State.PROVISIONAL:
        return None
    standing = queries.bridge_standing_of(actor, case.application.id, now)
    if standing is None:
        return None
    return AdmissionCourse(bridge.course, bridge.grade_in_words, bridge.attempts, standing)


def _appeals(actor: Actor, case: Case) -> tuple[Appealed, ...]:
    mine = queries.appeals_to_answer(actor, case.application.id) if case.appeals else frozenset()
    return tuple(Appealed(appeal, appeal.id in mine) for appeal in case.appeals)


def _choices(actor: Actor, found: Application) -> tuple[Choice, ...]:
    choices = queries.choices(actor, found.learner_id, found.round.intake_id)
    return tuple(Choice(c.id, c.round.institution, c.round.title, c.state, _told(c.reasons)) for c in choices)


def _elsewhere(actor: Actor, found: Application, now: datetime) -> tuple[Elsewhere, ...]:
    answers = pathways_for(learner_record(actor, found.learner_id), now.date())
    return tuple(_other(answer) for answer in answers if answer.agreement.id != found.round.agreement_id)


def _other(answer: PathwayAnswer) -> Elsewhere:
    agreement, audit = answer.agreement, answer.audit
    missing = tuple(item.text for item in audit.missing)
    return Elsewhere(agreement.id, agreement.receiving, agreement.title, audit.outcome, missing)


def _judged(actor: Actor, found: Application) -> Judged:
    audit = audit_in_sentences(actor, found.audit_id)
    return Judged(audit.version, audit.on, tuple(_clause(row) for row in audit.result["requirements"]))


def _clause(row: Mapping[str, Any]) -> Clause:
    return Clause(row["clause"], row["text"], row.get("have"), Outcome(row["outcome"]))


def _office(actor: Actor, case: Case) -> Office:
    found = case.application
    reason = found.waiver_reason if found.waiver == Waiver.ASKED else ""
    readings = queries.readings_of(actor, found)
    told = (found.statement, found.submitted_at)
    return Office(found.score, found.round.better, case.holds, case.fee_open, reason, readings, *told)
