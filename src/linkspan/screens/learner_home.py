"""A learner's home: the next step, what is to pay, the applications, the courses, and how far each program has come."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

from linkspan.admissions.queries import applications_of
from linkspan.admissions.rules import State
from linkspan.catalog.queries import course_run, programs
from linkspan.courseware.queries import grade, has_content
from linkspan.credentials.queries import completions_of, credentials_of
from linkspan.credentials.rules import IssueKind
from linkspan.enrolment.queries import enrolments_of
from linkspan.enrolment.rules import Enrolment, EnrolmentState, Track
from linkspan.exams.queries import attempts_of
from linkspan.finance.queries import charges_of, subject_title
from linkspan.finance.rules import ChargeState
from linkspan.kernel.actor import Actor
from linkspan.kernel.money import Money
from linkspan.messages.queries import waits_of
from linkspan.messages.rules.waits import Party, Wait
from linkspan.recognition.queries import degree_plans
from linkspan.screens.exam_series import InSeries, in_series
from linkspan.screens.next_step import Step, Studies, next_step


@dataclass(frozen=True, slots=True)
class Due:
    """An open charge, and what it is for; `reported` once the learner said that it is paid."""

    id: UUID
    amount: Money
    title: str
    reported: bool


@dataclass(frozen=True, slots=True)
class Applied:
    """An application, and where it stands."""

    id: UUID
    title: str
    term: str
    state: State


@dataclass(frozen=True, slots=True)
class Studied:
    """A course run that the learner is or was in; `percent` is the grade so far, None where nothing is graded here."""

    run_id: str
    code: str
    title: str
    track: Track
    state: EnrolmentState
    percent: Decimal | None


@dataclass(frozen=True, slots=True)
class Asked:
    """A course, exam or program that a program asks for: whether it is met, and why or why not."""

    met: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a program that counts something has come; `unusable` are grades on record that cannot be read."""

    program: str
    title: str
    parts: tuple[Asked, ...]
    unusable: tuple[str, ...]


#: How long after the end of a run its final grades usually take.
GRADES_WITHIN = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class LearnerHome:
    """All that a learner's home shows: the next step, the other turns that are the learner's, those of others, days."""

    step: Step
    turns: tuple[Wait, ...]
    others: tuple[Wait, ...]
    days: tuple[Wait, ...]
    to_pay: tuple[Due, ...]
    applications: tuple[Applied, ...]
    courses: tuple[Studied, ...]
    progress: tuple[Progress, ...]
    series: tuple[InSeries, ...]


def learner_home(actor: Actor, now: datetime) -> LearnerHome:
    """The actor's own home; refused to visitors."""
    learner_id = actor.own_id
    enrolments = enrolments_of(actor, learner_id)
    offered = programs(now.date(), kind="micromasters")
    judged = completions_of(actor, learner_id, [program.key for program in offered], now)
    completions = [(program, judged[program.key]) for program in offered]
    courses = tuple(_studied(one, now) for one in enrolments)
    finished = frozenset(row.run_id for row in courses if row.percent is not None and row.percent >= 100)
    studies = Studies(
        charges=[charge for charge in charges_of(actor, learner_id) if charge.state == ChargeState.OPEN],
        attempts=attempts_of(actor, learner_id),
        applications=applications_of(actor, learner_id),
        enrolments=[one for one in enrolments if one.state == EnrolmentState.ACTIVE],
        completions=[completion for _, completion in completions],
        holds_credential=bool(credentials_of(actor, learner_id, IssueKind.PROGRAM)),
        has_plan=bool(degree_plans(actor, learner_id)),
        finished=finished,
        grades_by=max((course_run(run_id).ends + GRADES_WITHIN for run_id in finished), default=None),
    )
    step = next_step(studies)
    waits = waits_of(actor, now)
    return LearnerHome(
        step=step,
        turns=tuple(one for one in waits if one.party is Party.YOU and one.about != step.about),
        others=tuple(one for one in waits if one.party in (Party.OFFICE, Party.ELSEWHERE)),
        days=tuple(one for one in waits if one.party is Party.DATE),
        to_pay=tuple(
            Due(one.id, one.amount, subject_title(one.subject), bool(one.reported)) for one in studies.charges
        ),
        applications=tuple(Applied(a.id, a.round.title, a.round.term, a.state) for a in studies.applications),
        courses=courses,
        progress=tuple(
            Progress(
                program.key,
                program.title,
                tuple(Asked(part.met, part.reason()) for part in completion.parts),
                completion.unusable,
            )
            for program, completion in completions
            if completion.counted
        ),
        series=tuple(one for one in in_series(actor) if one.begun),
    )


def _studied(enrolment: Enrolment, now: datetime) -> Studied:
    run = course_run(enrolment.run_id)
    graded = grade(enrolment.learner_id, run.id, now) if has_content(run.id) else None
    percent = graded.percent if graded else None
    return Studied(run.id, run.course.code, run.title, enrolment.track, enrolment.state, percent)
