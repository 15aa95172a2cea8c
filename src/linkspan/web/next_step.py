"""The one thing that a learner does next, at each stage from the first course to the degree plan."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from linkspan.admissions.rules.applications import Application, State
from linkspan.credentials.rules import Completion
from linkspan.enrolment.rules import Enrolment
from linkspan.exams.rules import Attempt, AttemptState
from linkspan.finance.rules import Charge

#: The stops of `path.html`, in order.
STOPS = ("courses", "exam", "credential", "bridge", "degree")
AT_EXAM = (AttemptState.CREATED, AttemptState.IDENTITY_CONFIRMED, AttemptState.STARTED)


@dataclass(frozen=True, slots=True)
class Studies:
    """What is known of a learner: open charges, live enrolments, progress, and all that came of it."""

    charges: Sequence[Charge] = ()
    attempts: Sequence[Attempt] = ()
    applications: Sequence[Application] = ()
    enrolments: Sequence[Enrolment] = ()
    completions: Sequence[Completion] = ()
    holds_credential: bool = False
    has_plan: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """What to do: why in a sentence, the words of the button, where it leads, until when if there is a day."""

    stop: str
    why: str
    label: str
    link: str
    by: datetime | None = None

    @property
    def path(self) -> dict[str, str]:
        """The classes of the stops: done before this one, here at it."""
        at = STOPS.index(self.stop)
        states = ["done"] * at + ["here"] + [""] * len(STOPS)
        return dict(zip(STOPS, states, strict=False))


def next_step(studies: Studies) -> Step:
    """The most pressing step: a running exam, then an offer, then money owed, then the furthest stage reached."""
    return (
        _exam_under_way(studies)
        or _application(studies, (State.OFFERED, State.ACCEPTED))
        or _charge(studies)
        or _degree(studies)
        or _application(studies, (State.PROVISIONAL, State.INCOMPLETE, State.ON_HOLD, State.SUBMITTED, State.NO_SEAT))
        or _credential(studies)
        or _exam(studies)
        or _course(studies)
    )


def _stop(studies: Studies) -> str:
    if studies.has_plan:
        return "degree"
    if studies.holds_credential:
        return "bridge"
    return "exam" if _courses_done(studies) else "courses"


def _courses_done(studies: Studies) -> bool:
    for completion in studies.completions:
        courses = [leaf for leaf in completion.top.leaves() if leaf.kind == "course"]
        if courses and all(leaf.met for leaf in courses):
            return True
    return False


def _exam_under_way(studies: Studies) -> Step | None:
    for attempt in studies.attempts:
        if attempt.state in AT_EXAM:
            why = _("Your exam «{title}» is open.").format(title=attempt.sitting.exam.title)
            return Step(
                "exam", why, _("Go to the exam"), reverse("exam_page-attempt", args=[attempt.id]), attempt.deadline
            )
    return None


def _application(studies: Studies, states: Sequence[State]) -> Step | None:
    told = {
        State.OFFERED: (_("You have an offer: {title}."), _("Answer the offer")),
        State.ACCEPTED: (_("Your place is kept: {title}. Joining makes it formal."), _("Join the degree")),
        State.PROVISIONAL: (_("You are admitted to the admission course of {title}."), _("See what is left to do")),
        State.INCOMPLETE: (_("Something is missing in your application: {title}."), _("See what is missing")),
        State.ON_HOLD: (_("A person looks at your application: {title}. You need do nothing."), _("See where it is")),
        State.SUBMITTED: (_("Your application is with the school: {title}."), _("See where it is")),
        State.NO_SEAT: (_("You are on the waiting list: {title}."), _("See your place")),
    }
    for state in states:
        for application in studies.applications:
            if application.state == state:
                why, label = told[state]
                by = application.answer_by if state == State.OFFERED else None
                link = reverse("admissions-application", args=[application.id])
                return Step("bridge", why.format(title=application.round.title), label, link, by)
    return None


def _charge(studies: Studies) -> Step | None:
    if not studies.charges:
        return None
    (first, *others) = studies.charges
    why = _("There is a payment open. What you pay for opens as soon as it arrives.")
    if others:
        many = len(studies.charges)
        why = ngettext(
            "There is {count} payment open.", "There are {count} payments open. Begin with this one.", many
        ).format(count=many)
    return Step(_stop(studies), why, _("Go to the payment"), reverse("money-pay", args=[first.id]))


def _degree(studies: Studies) -> Step | None:
    if not studies.has_plan:
        return None
    return Step("degree", _("You have joined a degree."), _("See your degree plan"), reverse("recognition-degree"))


def _credential(studies: Studies) -> Step | None:
    if not studies.holds_credential:
        return None
    return Step(
        "bridge", _("You hold a credential."), _("See where your credential can take you"), reverse("pathways-mine")
    )


def _exam(studies: Studies) -> Step | None:
    if any(attempt.state == AttemptState.SUBMITTED for attempt in studies.attempts):
        return Step(
            "exam",
            _("Your exam is handed in. You are told when the result is out."),
            _("Exams"),
            reverse("exams-overview"),
        )
    if not _courses_done(studies):
        return None
    return Step(
        "exam",
        _("You have passed the courses. The exam is next."),
        _("Register for the exam"),
        reverse("exams-overview"),
    )


def _course(studies: Studies) -> Step:
    if studies.enrolments:
        return Step(
            "courses",
            _("You are in a course."),
            _("Go on learning"),
            reverse("courseware-course", args=[studies.enrolments[0].run_id]),
        )
    return Step("courses", _("You are in no course yet."), _("Choose a program"), reverse("catalog-programs"))
