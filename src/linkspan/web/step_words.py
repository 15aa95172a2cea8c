"""The words of a learner's next step: why, and the label of the button."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from linkspan.screens.next_step import Do, Step, Stop

WORDS: Mapping[Do, tuple[Promise, Promise]] = {
    Do.CHOOSE_PROGRAM: (_("You are in no course yet."), _("Choose a program")),
    Do.STUDY: (_("You are in a course."), _("Go on learning")),
    Do.REGISTER_FOR_EXAM: (_("You have passed the courses. The exam is next."), _("Register for the exam")),
    Do.GO_TO_EXAM: (_("Your exam «{title}» is open."), _("Go to the exam")),
    Do.AWAIT_RESULT: (_("Your exam is handed in. You are told when the result is out."), _("Exams")),
    Do.SEE_PATHWAYS: (_("You hold a credential."), _("See where your credential can take you")),
    Do.AWAIT_SCHOOL: (_("Your application is with the school: {title}."), _("See where it is")),
    Do.AWAIT_PERSON: (
        _("A person looks at your application: {title}. You need do nothing."),
        _("See where it is"),
    ),
    Do.AWAIT_SEAT: (_("You are on the waiting list: {title}."), _("See your place")),
    Do.COMPLETE_APPLICATION: (_("Something is missing in your application: {title}."), _("See what is missing")),
    Do.TAKE_ADMISSION_COURSE: (
        _("You are admitted to the admission course of {title}."),
        _("See what is left to do"),
    ),
    Do.ANSWER_OFFER: (_("You have an offer: {title}."), _("Answer the offer")),
    Do.JOIN: (
        _("Your place is kept: {title}. The school confirms your enrolment; you need do nothing."),
        _("See where it is"),
    ),
    Do.PAY: (
        _("There is a payment open. What you pay for opens as soon as it arrives."),
        _("Go to the payment"),
    ),
    Do.AWAIT_GRADES: (
        _("You have earned all that there is. Your school publishes the final grade; you need do nothing."),
        _("Look at your course again"),
    ),
    Do.AWAIT_CREDIT: (
        _("You have joined a degree. Your school posts the credit that it recognises; you need do nothing."),
        _("See your degree"),
    ),
    Do.AWAIT_PAYMENT: (
        _("You said that you have paid. The office confirms it, and you get a notice."),
        _("See the payment"),
    ),
    Do.SEE_DEGREE: (_("You have joined a degree."), _("See your degree plan")),
}


def why(step: Step) -> str:
    """The reason for a step, in a sentence."""
    if step.do is Do.PAY and step.count > 1:
        several = "There are {count} payments open. Begin with this one."
        return ngettext("There is {count} payment open.", several, step.count).format(count=step.count)
    return str(WORDS[step.do][0]).format(title=step.title)


def label(step: Step) -> str:
    """What the button of a step says."""
    return str(WORDS[step.do][1])


def path(step: Step) -> dict[str, str]:
    """The classes of the stops: done before the step's, here at it."""
    stops = list(Stop)
    at = stops.index(step.stop)
    return {stop: "done" if n < at else "here" if n == at else "" for n, stop in enumerate(stops)}
