"""The one thing that a learner does next, at each stage from the first course to the degree plan."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from linkspan.admissions.rules import Application, State
from linkspan.credentials.rules import Completion
from linkspan.enrolment.rules import Enrolment
from linkspan.exams.rules import Attempt, AttemptState
from linkspan.finance.rules import Charge
from linkspan.kernel.things import About, Thing

AT_EXAM = (AttemptState.CREATED, AttemptState.IDENTITY_CONFIRMED, AttemptState.STARTED)


class Stop(StrEnum):
    """The stops of the way, in order."""

    COURSES = "courses"
    EXAM = "exam"
    CREDENTIAL = "credential"
    BRIDGE = "bridge"
    DEGREE = "degree"


class Do(StrEnum):
    """What there is to do; where others are at work, to look or to wait."""

    CHOOSE_PROGRAM = "choose_program"
    STUDY = "study"
    REGISTER_FOR_EXAM = "register_for_exam"
    GO_TO_EXAM = "go_to_exam"
    AWAIT_RESULT = "await_result"
    SEE_PATHWAYS = "see_pathways"
    AWAIT_SCHOOL = "await_school"
    AWAIT_PERSON = "await_person"
    AWAIT_SEAT = "await_seat"
    COMPLETE_APPLICATION = "complete_application"
    TAKE_ADMISSION_COURSE = "take_admission_course"
    ANSWER_OFFER = "answer_offer"
    JOIN = "join"
    PAY = "pay"
    AWAIT_PAYMENT = "await_payment"
    SEE_DEGREE = "see_degree"
    AWAIT_GRADES = "await_grades"
    AWAIT_CREDIT = "await_credit"


#: What is to do about an application, the most pressing first.
PRESSING: Mapping[State, Do] = {State.OFFERED: Do.ANSWER_OFFER, State.ACCEPTED: Do.JOIN}
UNDER_WAY: Mapping[State, Do] = {
    State.PROVISIONAL: Do.TAKE_ADMISSION_COURSE,
    State.INCOMPLETE: Do.COMPLETE_APPLICATION,
    State.ON_HOLD: Do.AWAIT_PERSON,
    State.SUBMITTED: Do.AWAIT_SCHOOL,
    State.NO_SEAT: Do.AWAIT_SEAT,
}


@dataclass(frozen=True, slots=True)
class Studies:
    """What is known of a learner: open charges, live enrolments, progress, and all that came of it.

    `finished` are the runs in which nothing is left to earn; their final grades come by `grades_by`.
    """

    charges: Sequence[Charge] = ()
    attempts: Sequence[Attempt] = ()
    applications: Sequence[Application] = ()
    enrolments: Sequence[Enrolment] = ()
    completions: Sequence[Completion] = ()
    holds_credential: bool = False
    has_plan: bool = False
    finished: frozenset[str] = frozenset()
    grades_by: datetime | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """What to do, at which stop, about what; of several alike how many; until when, if there is a day."""

    stop: Stop
    do: Do
    about: About
    title: str = ""
    count: int = 1
    by: datetime | None = None


def next_step(studies: Studies) -> Step:
    """The most pressing step: a running exam, then an offer, then money owed, then the furthest stage reached."""
    return (
        _exam_under_way(studies)
        or _application(studies, PRESSING)
        or _charge(studies)
        or _degree(studies)
        or _application(studies, UNDER_WAY)
        or _credential(studies)
        or _exam(studies)
        or _course(studies)
    )


def _stop(studies: Studies) -> Stop:
    if studies.has_plan:
        return Stop.DEGREE
    if studies.holds_credential:
        return Stop.BRIDGE
    return Stop.EXAM if _courses_done(studies) else Stop.COURSES


def _courses_done(studies: Studies) -> bool:
    for completion in studies.completions:
        courses = [leaf for leaf in completion.top.leaves() if leaf.kind == "course"]
        if courses and all(leaf.met for leaf in courses):
            return True
    return False


def _exam_under_way(studies: Studies) -> Step | None:
    for attempt in studies.attempts:
        if attempt.state in AT_EXAM:
            about, title = About.of(Thing.ATTEMPT, attempt.id), attempt.sitting.exam.title
            return Step(Stop.EXAM, Do.GO_TO_EXAM, about, title, by=attempt.deadline)
    return None


def _application(studies: Studies, wanted: Mapping[State, Do]) -> Step | None:
    for state, do in wanted.items():
        for application in studies.applications:
            if application.state == state:
                about, title = About.of(Thing.APPLICATION, application.id), application.round.title
                by = application.answer_by if do is Do.ANSWER_OFFER else None
                return Step(Stop.BRIDGE, do, about, title, by=by)
    return None


def _charge(studies: Studies) -> Step | None:
    owed = [charge for charge in studies.charges if not charge.reported]
    return Step(_stop(studies), Do.PAY, About.of(Thing.CHARGE, owed[0].id), count=len(owed)) if owed else None


def _degree(studies: Studies) -> Step | None:
    if studies.has_plan:
        return Step(Stop.DEGREE, Do.SEE_DEGREE, About(Thing.DEGREE))
    joined = any(application.state == State.JOINED for application in studies.applications)
    return Step(Stop.DEGREE, Do.AWAIT_CREDIT, About(Thing.DEGREE)) if joined else None


def _credential(studies: Studies) -> Step | None:
    return Step(Stop.BRIDGE, Do.SEE_PATHWAYS, About(Thing.PATHWAYS)) if studies.holds_credential else None


def _exam(studies: Studies) -> Step | None:
    if any(attempt.state == AttemptState.SUBMITTED for attempt in studies.attempts):
        return Step(Stop.EXAM, Do.AWAIT_RESULT, About(Thing.EXAMS))
    return Step(Stop.EXAM, Do.REGISTER_FOR_EXAM, About(Thing.EXAMS)) if _courses_done(studies) else None


def _course(studies: Studies) -> Step:
    left = [one for one in studies.enrolments if one.run_id not in studies.finished]
    if studies.enrolments and not left:
        about = About.of(Thing.COURSEWARE, studies.enrolments[0].run_id)
        return Step(Stop.COURSES, Do.AWAIT_GRADES, about, count=len(studies.enrolments), by=studies.grades_by)
    if left:
        return Step(Stop.COURSES, Do.STUDY, About.of(Thing.COURSEWARE, left[0].run_id))
    if studies.charges:
        return Step(Stop.COURSES, Do.AWAIT_PAYMENT, About.of(Thing.CHARGE, studies.charges[0].id))
    return Step(Stop.COURSES, Do.CHOOSE_PROGRAM, About(Thing.PROGRAMS))
