"""Exams: sittings, attempts and their states, and who may do what."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any
from uuid import UUID

from linkspan.exams.rules.accommodations import Break
from linkspan.exams.rules.conduct import AS_EVER, Conduct
from linkspan.exams.rules.seb import Lockdown
from linkspan.exams.rules.states import AttemptState
from linkspan.exams.rules.watching import Watched
from linkspan.kernel.actor import Actor
from linkspan.kernel.reasons import Phrase, Sentence


class IncidentKind(StrEnum):
    """What a proctor may have seen."""

    IDENTITY = "identity"
    ASSISTANCE = "assistance"
    MATERIAL = "material"
    ABSENCE = "absence"
    TECHNICAL = "technical"
    OTHER = "other"


class AppealState(StrEnum):
    """Where an appeal stands."""

    OPEN = "open"
    UPHELD = "upheld"
    DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition, met or not: what is said of it either way, and what to do when it is not met."""

    met: bool
    yes: Sentence
    no: Sentence
    todo: Sentence

    @property
    def words(self) -> Sentence:
        """What is so."""
        return self.yes if self.met else self.no


@dataclass(frozen=True, slots=True)
class BookingTerms:
    """How a sitting's times are booked: changed until so many hours before, taken so many minutes early or late."""

    change_hours: int = 24
    early_minutes: int = 15
    late_minutes: int = 15


@dataclass(frozen=True, slots=True)
class Exam:
    """An exam of a program, by one of its versions."""

    code: str
    program_key: str
    institution: str
    title: str
    duration: timedelta
    pass_percent: Decimal
    attempts_allowed: int
    courses: tuple[str, ...]
    minimums: tuple[tuple[str, Decimal], ...] = ()
    grace: timedelta = timedelta(seconds=30)
    version: int = 1
    seb: Lockdown | None = None
    watched: Watched | None = None
    conduct: Conduct = AS_EVER


@dataclass(frozen=True, slots=True)
class Sitting:
    """When an exam can be taken, and when its results are released; at booked times only if `by_appointment`."""

    id: UUID
    exam: Exam
    opens_at: datetime
    closes_at: datetime
    release_at: datetime
    capacity: int | None = None
    cancelled_at: datetime | None = None
    cancel_reason: str = ""
    by_appointment: bool = False
    terms: BookingTerms = BookingTerms()


@dataclass(frozen=True, slots=True)
class Incident:
    """What a proctor saw during an attempt."""

    id: UUID
    attempt_id: UUID
    kind: IncidentKind
    note: str
    noted_by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Appeal:
    """A learner's appeal, and what was decided."""

    id: UUID
    attempt_id: UUID
    learner_id: UUID
    exam_title: str
    statement: str
    verdict_reason: str
    at: datetime
    state: AppealState
    decided_by: str
    reason: str


@dataclass(frozen=True, slots=True)
class SecondReview:
    """A reviewer who does not decide alone, and why; another person does."""

    asked_by: str
    asked_by_id: UUID | None
    reason: str


#: So long a learner may answer before a second person decides on a rejection.
HEARD_WITHIN = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Rejection:
    """A rejection that one person proposes: why, until when the learner may answer, and what they answered.

    `ground` is of the list of what proctors may see.
    """

    ground: IncidentKind
    reason: str
    proposed_by: str
    proposed_by_id: UUID | None
    at: datetime
    heard_until: datetime
    statement: str = ""
    stated_at: datetime | None = None

    def heard(self, now: datetime) -> bool:
        """Whether a second person may decide: the learner answered, or the time to answer is over."""
        return self.stated_at is not None or now >= self.heard_until


@dataclass(frozen=True, slots=True)
class Lift:
    """A rejection that a second person lifted: the one way out of a final state."""

    attempt_id: UUID
    learner_id: UUID
    exam_title: str
    rejected_by: str
    rejection: str
    lifted_by: str
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt as pages see it; `score` and `outcome` are None until the result is released."""

    id: UUID
    learner_id: UUID
    sitting: Sitting
    state: AttemptState
    started_at: datetime | None
    deadline: datetime | None
    submitted_at: datetime | None
    score: Decimal | None
    outcome: str | None
    verdict_reason: str
    paused_at: datetime | None = None
    identity_confirmers: frozenset[UUID] = frozenset()
    second_review: SecondReview | None = None
    rejection: Rejection | None = None
    break_ends_at: datetime | None = None
    breaks: tuple[Break, ...] = ()

    @property
    def released(self) -> bool:
        """Whether the result is known to the learner."""
        return self.outcome is not None

    @property
    def review_due(self) -> datetime | None:
        """When its review is due; None before it is handed in."""
        if self.submitted_at is None:
            return None
        heard = self.rejection and (self.rejection.stated_at or self.rejection.heard_until)
        return self.sitting.exam.conduct.review_due(heard or self.submitted_at, self.sitting.release_at)


def deadline_for(started: datetime, exam: Exam, sitting_closes: datetime, extra: timedelta) -> datetime:
    """When an attempt ends: the exam's time, longer by accommodations.

    Without accommodations the sitting's close ends it; the extra time that they give is granted beyond the close.
    """
    return min(started + exam.duration, sitting_closes) + extra


def shifted(started: datetime, minutes: int, closed: datetime, closes: datetime) -> timedelta:
    """How much later an attempt ends when its sitting closes at another time: what the close had cut off."""
    full = started + timedelta(minutes=minutes)
    return min(full, closes) - min(full, closed)


def course_minimums(tree: Mapping[str, Any]) -> dict[str, Decimal]:
    """The least percentage that a requirement tree of the catalogue asks of each course."""
    if "course" in tree:
        return {tree["course"]: Decimal(str(tree["min_percent"]))} if "min_percent" in tree else {}
    found: dict[str, Decimal] = {}
    for child in tree.get("all") or tree.get("of") or []:
        found |= course_minimums(child)
    return found


def course_passed(exam: Exam, course: str, grade: Mapping[str, Any]) -> bool:
    """Whether a grade of record passes a course of the exam: not failed by the course, and not below the minimum.

    A grade that says neither `passed` nor a percentage passes nothing: unknown is no yes.
    """
    if grade.get("passed") is False:
        return False
    percent = _percent_of(grade)
    least = dict(exam.minimums).get(course)
    if percent is None or least is None:
        return grade.get("passed") is True
    return percent >= least


def _percent_of(grade: Mapping[str, Any]) -> Decimal | None:
    mark = grade.get("grade") or {}
    value = mark.get("value") if mark.get("scale") == "percent" else grade.get("percent")
    try:
        percent = Decimal(str(value))
    except InvalidOperation:
        return None
    return percent if percent.is_finite() else None


def study_conditions(
    exam: Exam, passed: Iterable[str], identity_accepted: bool, under_way: bool
) -> tuple[Condition, ...]:
    """The conditions of taking an exam that are not of money, met or not, whatever the sitting."""
    has_passed = frozenset(passed)
    return (
        *(_course(course, course in has_passed) for course in sorted(exam.courses)),
        Condition(
            identity_accepted,
            Sentence("name_confirmed", "your legal name is confirmed"),
            Sentence("name_not_confirmed", "your legal name is not confirmed by staff yet"),
            Sentence("confirm_name", "Hand in an identity document, and wait until staff accept it."),
        ),
        Condition(
            not under_way,
            Sentence("none_under_way", "no attempt is under way"),
            Sentence("attempt_under_way", "an attempt at this exam is under way"),
            Sentence("finish_attempt", "Take it or decline it first."),
        ),
    )


def exemption_condition() -> Condition:
    """Who is exempted from an exam does not sit it."""
    return Condition(
        False,
        Sentence("not_exempt", "you sit this exam"),
        Sentence("exempt", "you are exempted from this exam"),
        Sentence("exempt_ask", "Ask your program what it needs instead. Staff can end the exemption."),
    )


def agreement_condition(agreed: bool) -> Condition:
    """Whether a learner agreed to how the exam is watched by a service."""
    return Condition(
        agreed,
        Sentence("watching_agreed", "you agreed to how the exam is watched"),
        Sentence("watching_not_agreed", "you have not agreed to how the exam is watched yet"),
        Sentence("agree_to_watching", "Read how the exam is watched, and agree to it."),
    )


def _course(course: str, passed: bool) -> Condition:
    return Condition(
        passed,
        Sentence("course_passed", Phrase("{course} is passed"), course=course),
        Sentence("course_not_passed", Phrase("{course} is not passed on the verified track"), course=course),
        Sentence("pass_course", "Pass the course on the verified track. Its grade then goes on record."),
    )


def unmet(conditions: Iterable[Condition]) -> tuple[Sentence, ...]:
    """What stands in the way; nothing if all conditions are met."""
    return tuple(one.words for one in conditions if not one.met)


def may_proctor(actor: Actor, exam: Exam, learner_id: UUID) -> bool:
    """Proctors of the institution, never in their own exam."""
    return actor.has_role("proctor", exam.institution) and not actor.is_person(learner_id)


def may_waive_seb(actor: Actor, exam: Exam, sitters: Iterable[UUID]) -> bool:
    """Proctors of the institution, never where they sit the exam themselves."""
    here = actor.has_role("proctor", exam.institution)
    return here and not any(actor.is_person(learner_id) for learner_id in sitters)


def may_review(actor: Actor, exam: Exam, learner_id: UUID, confirmers: Collection[UUID]) -> bool:
    """Who may proctor the exam, but nobody who confirmed the learner's identity."""
    return may_proctor(actor, exam, learner_id) and actor.person_id not in confirmers


def may_cancel(actor: Actor, exam: Exam, learner_id: UUID) -> bool:
    """Proctors and program staff of the institution, never their own exam."""
    holds = actor.has_role("proctor", exam.institution) or actor.has_role("program_staff", exam.institution)
    return holds and not actor.is_person(learner_id)


def may_decide_appeal(actor: Actor, exam: Exam, learner_id: UUID, rejected_by: Collection[UUID | None]) -> bool:
    """Proctors and program staff of the institution, but neither the learner nor the two who rejected the attempt."""
    holds = actor.has_role("proctor", exam.institution) or actor.has_role("program_staff", exam.institution)
    return holds and not actor.is_person(learner_id) and actor.person_id not in rejected_by


def may_manage_exams(actor: Actor, institution: str) -> bool:
    """Program staff and authors of the institution, and the system when it loads a world."""
    roles = ("program_staff", "author")
    return actor.is_system or any(actor.has_role(role, institution) for role in roles)
