"""Facts about a learner and the record made of them.

The record's JSON form is the one of docs/formats/record.md: what `linkspan audit` reads, so that pages, jobs and the
command line decide on the same thing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, cast
from uuid import UUID

from linkspan.accounts.rules import Role, Tie, Ties, Workers, work_with
from linkspan.catalog.rules import CourseRun
from linkspan.courseware.rules import LearningPlatform, Origin
from linkspan.enrolment.rules import in_zone
from linkspan.kernel.actor import Actor
from linkspan.kernel.addresses import Address
from linkspan.kernel.errors import Refused
from linkspan.kernel.record import Record


class Kind(StrEnum):
    """What a fact is about."""

    COURSE_GRADE = "course_grade"
    EXAM_RESULT = "exam_result"
    CREDENTIAL = "credential"
    DEGREE = "degree"
    TEST = "test"
    EXPERIENCE = "experience"
    RESIDENCE = "residence"


#: Kinds of which the platform holds all there is, so that an empty list means none and not unknown.
COMPLETE = {"credentials", "courses"}

#: What completes programs.
GRADES = frozenset({Kind.COURSE_GRADE, Kind.EXAM_RESULT})
DECLARED_BY_LEARNER = frozenset({Kind.DEGREE, Kind.TEST, Kind.EXPERIENCE, Kind.RESIDENCE})

_TEACHING, _ADMITTING = (frozenset({role, Role.REGISTRAR}) for role in (Role.PROGRAM_STAFF, Role.ADMISSIONS))
EVIDENCE_CHECKERS: Workers = {
    Tie.STUDIES: _TEACHING,
    Tie.HOLDS: _TEACHING,
    Tie.APPLIED: _ADMITTING,
    Tie.SHARES_RECORD: _ADMITTING,
    Tie.CREDIT: frozenset({Role.REGISTRAR}),
}


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact: what it says (`data`), where it comes from, and who checked its evidence.

    `accepted` is None until a person has checked it, for kinds that learners declare themselves.
    """

    id: UUID
    learner_id: UUID
    kind: Kind
    key: str
    data: Mapping[str, Any]
    source: str
    recorded_at: datetime
    accepted: bool | None
    checked_at: datetime | None
    reason: str


@dataclass(frozen=True, slots=True)
class NewFact:
    """A fact to be recorded; `key` names it among the learner's facts of that kind (a course run, a diploma)."""

    kind: Kind
    key: str
    data: Mapping[str, Any]
    #: Of what a platform tells: when it did, and the hash of its words. It makes no other fact of the same data.
    origin: Origin | None = field(default=None, compare=False)


#: Sources under which a credential of this server goes on record, and under which its status and its copies' follow it.
ISSUED, CORRECTED = "credentials", "credential "


def is_kept_here(source: str) -> bool:
    """Whether this server says what becomes of a credential on record: one that it issued, or a copy that follows."""
    return source == ISSUED or source.startswith(CORRECTED)


@dataclass(frozen=True, slots=True)
class ImportedLearner:
    """A learner as a learning platform hands them over."""

    email: Address
    name: str
    facts: tuple[NewFact, ...]


def learner_record(learner: str, facts: Iterable[Fact]) -> Record:
    """The record of one learner, in the format of `linkspan audit`.

    Refused evidence is left out; of evidence not yet checked, only what the learner says is shown and `accredited`
    stays unknown, so that an audit asks for the document.
    """
    record: dict[str, Any] = {
        "learner": learner,
        "credentials": [],
        "courses": [],
        "exams": [],
        "degrees": [],
        "tests": [],
        "complete": sorted(COMPLETE),
    }
    for fact in facts:
        if fact.accepted is not False:
            _place(record, fact)
    return cast("Record", record)


def _place(record: dict[str, Any], fact: Fact) -> None:
    data = dict(fact.data)
    match fact.kind:
        case Kind.COURSE_GRADE:
            record["courses"].append(data)
        case Kind.EXAM_RESULT:
            record["exams"].append(data)
        case Kind.CREDENTIAL:
            record["credentials"].append(data)
        case Kind.DEGREE:
            if fact.accepted is None:
                data.pop("accredited", None)
            record["degrees"].append({**data, "evidence": str(fact.id)})
        case Kind.TEST:
            if fact.accepted is None:
                data.pop("score", None)
            record["tests"].append({**data, "evidence": str(fact.id)})
        case Kind.EXPERIENCE:
            record["experience_years"] = data.get("years") if fact.accepted else None
        case Kind.RESIDENCE:
            record["residence"] = data.get("country")


@dataclass(frozen=True, slots=True)
class GradebookRow:
    """A verified learner of a run: the grade now, None without content here, and what is on record."""

    learner_id: UUID
    percent: Decimal | None
    letter: str | None
    passed: bool | None
    on_record: Fact | None


def check_run_over(run: CourseRun, reason: str, now: datetime) -> None:
    """Refused before the end of a run, unless there is a reason."""
    if now < run.ends and not reason.strip():
        raise Refused(
            "run_not_over", "The run ends on {day}. Wait for that, or give a reason.", day=in_zone(run, run.ends)
        )


def check_final(platform: LearningPlatform, reason: str) -> None:
    """Refused while the platform's grades may still change, unless there is a reason."""
    if platform.open_until and not reason.strip():
        raise Refused(
            "run_not_over", "The run ends on {day}. Wait for that, or give a reason.", day=platform.open_until
        )


def may_record(actor: Actor, institution: str) -> bool:
    """Registrars, program staff and authors write facts of their own institution; so does the system."""
    return actor.is_system or any(actor.has_role(role, institution) for role in ("registrar", "program_staff"))


def may_declare(actor: Actor, learner_id: UUID, kind: Kind) -> bool:
    """Learners declare their own degrees, tests, experience and residence, and nothing else."""
    return actor.is_person(learner_id) and kind in DECLARED_BY_LEARNER


def may_check(actor: Actor, learner_id: UUID, ties: Ties) -> bool:
    """Staff of an institution where the learner studies or asks for something check evidence, never their own."""
    return not actor.is_person(learner_id) and work_with(actor, ties, EVIDENCE_CHECKERS) is not None


def may_read_record(actor: Actor, learner_id: UUID) -> bool:
    """The learner, the system, and auditors; other institutions go through a disclosure."""
    return actor.is_system or actor.is_person(learner_id) or actor.has_role("auditor")


def day(value: str) -> date:
    """An ISO date of a fact."""
    return date.fromisoformat(value[:10])
