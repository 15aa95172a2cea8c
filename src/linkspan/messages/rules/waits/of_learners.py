"""What is a learner's turn. `{title}` stands for what it is about."""

from collections.abc import Mapping

from linkspan.kernel.things import Thing
from linkspan.kernel.waiting import What
from linkspan.messages.rules.waits.values import At, By, Kind, Party


def _(text: str) -> str:
    """Mark a message id for the catalogue; it is translated for its reader later."""
    return text


def _yours(own: At, mine: str, act: str, meanwhile: str = "", days: int | None = None) -> Kind:
    return Kind(Party.YOU, own, mine, act, meanwhile, days=days)


LEARNERS: Mapping[What, Kind] = {
    What.CONFIRM_ADDRESS: _yours(
        At(Thing.ADDRESS), _("Confirm your e-mail address: {title}"), _("Confirm the address")
    ),
    What.PAY: _yours(
        At(Thing.CHARGE, By.ID),
        _("Pay for {title}"),
        _("Pay"),
        _("What you pay for opens when the payment has come."),
    ),
    What.FINISH_DRAFT: _yours(
        At(Thing.APPLICATION_FORM, By.PARENT), _("Finish your application: {title}"), _("Go on with it")
    ),
    What.HAND_IN_DOCUMENT: _yours(
        At(Thing.APPLICATION, By.ID), _("Hand in what your application lacks: {title}"), _("See what is missing")
    ),
    What.SHOW_NAME_AGAIN: _yours(
        At(Thing.IDENTITY), _("Send other evidence of your legal name"), _("See why"), _("You can go on learning.")
    ),
    What.SHOW_EVIDENCE_AGAIN: _yours(
        At(Thing.RECORD), _("Send other evidence for your record"), _("See why"), _("You can go on learning.")
    ),
    What.ANSWER_OFFER: _yours(At(Thing.APPLICATION, By.ID), _("Answer the offer: {title}"), _("Answer the offer")),
    What.TAKE_ADMISSION_COURSE: _yours(
        At(Thing.APPLICATION, By.ID), _("Pass the admission course: {title}"), _("See what is left to do")
    ),
    What.ANSWER_INCIDENT: _yours(
        At(Thing.EXAMS), _("Read why your attempt does not count: {title}"), _("Read it, or appeal"), days=10
    ),
    What.ANSWER_REJECTION: _yours(
        At(Thing.ATTEMPT, By.ID), _("Answer before your exam is rejected: {title}"), _("Read why, and answer"), days=7
    ),
    What.CHECK_IN: _yours(At(Thing.EXAM_TIMES, By.KEYS), _("Check in to your exam: {title}"), _("Check in")),
    What.SIT_EXAM: _yours(At(Thing.ATTEMPT, By.ID), _("Take your exam: {title}"), _("Go to the exam")),
    What.PICK_UP: _yours(At(Thing.CREDENTIALS), _("Take your credential into your wallet: {title}"), _("Take it")),
}
