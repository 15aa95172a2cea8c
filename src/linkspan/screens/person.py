"""The file of a person, by the reader's office: each sees what their own institution has to do with that person."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from linkspan.accounts.queries import notes_about
from linkspan.accounts.rules import Note
from linkspan.admissions.queries import applications_here
from linkspan.admissions.rules import State
from linkspan.catalog.queries import course_runs
from linkspan.credentials.queries import IssuedLine, issued_to
from linkspan.enrolment.queries import enrolments_of
from linkspan.enrolment.rules import Enrolment, EnrolmentState, Track
from linkspan.exams.queries import AttemptLine, attempts_here
from linkspan.finance.queries import charges_of
from linkspan.finance.rules import ChargeState
from linkspan.kernel.actor import Actor
from linkspan.kernel.ids import number_of
from linkspan.kernel.money import Money
from linkspan.messages.queries import sent_about
from linkspan.messages.rules import Sent
from linkspan.pathways.queries import HeldCase, holds_here
from linkspan.recognition.queries import Case, Conferral, at_receiving, cases_of, conferrals_of
from linkspan.recognition.rules import CreditAward, DegreePlan
from linkspan.records.queries import grades_here
from linkspan.records.rules import Fact
from linkspan.screens.desk_home import roles_of


@dataclass(frozen=True, slots=True)
class CourseLine:
    """A course run of the reader's institution in which the person is or was enrolled."""

    run_id: str
    title: str
    track: Track
    state: EnrolmentState
    since: datetime


@dataclass(frozen=True, slots=True)
class GradeLine:
    """A grade of the reader's institution on record, on its scale."""

    course: str
    value: str
    scale: str
    completed: str


@dataclass(frozen=True, slots=True)
class ChargeLine:
    """A charge of the reader's institution, under its number."""

    id: UUID
    number: str
    amount: Money
    state: ChargeState
    at: datetime


@dataclass(frozen=True, slots=True)
class ApplicationLine:
    """An application to the reader's institution, under its number."""

    id: UUID
    number: str
    title: str
    term: str
    state: State
    score: Decimal | None
    submitted_at: datetime


@dataclass(frozen=True, slots=True)
class PersonFile:
    """What an office sees of a person: None for what is not its work, empty where there is nothing."""

    person_id: UUID
    number: str
    courses: tuple[CourseLine, ...] | None
    grades: tuple[GradeLine, ...] | None
    exams: tuple[AttemptLine, ...] | None
    credentials: tuple[IssuedLine, ...] | None
    charges: tuple[ChargeLine, ...] | None
    applications: tuple[ApplicationLine, ...] | None
    plans: tuple[DegreePlan, ...] | None
    credit: tuple[CreditAward, ...] | None
    cases: tuple[Case, ...] | None
    degrees: tuple[Conferral, ...] | None
    holds: tuple[HeldCase, ...] | None
    notes: tuple[Note, ...] = ()
    sent: tuple[Sent, ...] | None = None


def person_file(actor: Actor, person_id: UUID, *, with_sent: bool = False) -> PersonFile:
    """The file as far as the actor's offices go; that the person is theirs to read has been decided, and is logged.

    `with_sent` reads also what was sent to the person about what the file shows.
    """
    roles = roles_of(actor)
    teaches, records = "program_staff" in roles, bool(roles & {"program_staff", "registrar"})
    admits, registrar = bool(roles & {"admissions", "registrar"}), "registrar" in roles
    examines = bool(roles & {"program_staff", "proctor"})
    here = at_receiving(actor, person_id) if registrar else None
    grades = here.grades if here else grades_here(actor, person_id) if records else ()
    found = PersonFile(
        person_id=person_id,
        number=number_of(person_id),
        courses=_courses(enrolments_of(actor, person_id)) if teaches else None,
        grades=_grades(grades) if records else None,
        exams=attempts_here(actor, person_id) if examines else None,
        credentials=issued_to(actor, person_id) if records else None,
        charges=_charges(actor, person_id) if teaches else None,
        applications=_applications(actor, person_id) if admits else None,
        plans=here.plans if here else None,
        credit=here.credit if here else None,
        cases=tuple(cases_of(actor, person_id).values()) if registrar else None,
        degrees=tuple(conferrals_of(actor, person_id).values()) if registrar else None,
        holds=holds_here(actor, person_id) if admits else None,
        notes=notes_about(actor, person_id),
    )
    return replace(found, sent=sent_about(actor, person_id, _things(found))) if with_sent else found


def _things(file: PersonFile) -> frozenset[str]:
    """The ids of what the file shows: what was sent about them was sent by the reader's office."""
    shown = (file.exams, file.credentials, file.charges, file.applications, file.cases, file.degrees, file.credit)
    ids = (row.id for part in shown for row in part or ())
    joined = (plan.application_id for plan in file.plans or ())
    return frozenset(map(str, (*ids, *joined, *(row.run_id for row in file.courses or ()))))


def _courses(held: Collection[Enrolment]) -> tuple[CourseLine, ...]:
    titles = {run.id: run.title for run in course_runs()} if held else {}
    return tuple(CourseLine(one.run_id, titles.get(one.run_id, ""), one.track, one.state, one.at) for one in held)


def _grades(facts: Iterable[Fact]) -> tuple[GradeLine, ...]:
    rows = (fact.data for fact in facts)
    return tuple(
        GradeLine(
            f"{row.get('institution', '')} {row.get('id', '')}".strip(),
            str(row.get("grade", {}).get("value", "")),
            str(row.get("grade", {}).get("scale", "")),
            str(row.get("completed") or row.get("taken") or ""),
        )
        for row in rows
    )


def _charges(actor: Actor, person_id: UUID) -> tuple[ChargeLine, ...]:
    found = charges_of(actor, person_id)
    return tuple(ChargeLine(one.id, number_of(one.id), one.amount, one.state, one.at) for one in found)


def _applications(actor: Actor, person_id: UUID) -> tuple[ApplicationLine, ...]:
    return tuple(
        ApplicationLine(
            one.id, number_of(one.id), one.round.title, one.round.term, one.state, one.score, one.submitted_at
        )
        for one in applications_here(actor, person_id)
    )
