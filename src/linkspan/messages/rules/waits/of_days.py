"""What nobody can do before a day has come."""

from collections.abc import Mapping

from linkspan.kernel.things import Thing
from linkspan.kernel.waiting import What
from linkspan.messages.rules.waits.values import At, By, Kind, Party


def _(text: str) -> str:
    """Mark a message id for the catalogue; it is translated for its reader later."""
    return text


def _day(own: At, mine: str, meanwhile: str = "") -> Kind:
    return Kind(Party.DATE, own, mine, _("See it"), meanwhile)


APPLICATION = At(Thing.APPLICATION, By.ID)
DAYS: Mapping[What, Kind] = {
    What.RUN_OPENS: _day(At(Thing.COURSE_RUN, By.KEYS), _("{title} begins"), _("Read what the course asks for.")),
    What.BOOKED_TIME: _day(
        At(Thing.EXAM_TIMES, By.KEYS), _("Your exam: {title}"), _("Try your device on the practice page.")
    ),
    What.EXAM_SEAT: _day(
        At(Thing.EXAM_TIMES, By.KEYS), _("A seat may become free: {title}"), _("You can book another time.")
    ),
    What.RESULT: _day(At(Thing.EXAMS), _("The result of your exam: {title}")),
    What.MATCHING: _day(
        APPLICATION, _("Seats are given to all at once: {title}"), _("You can still change the order of your choices.")
    ),
    What.SEAT: _day(APPLICATION, _("You are on the waiting list: {title}"), _("See your other pathways.")),
    What.FIRST_TERM: _day(APPLICATION, _("Your studies begin later, as you asked: {title}")),
    What.DELETION: _day(At(Thing.DELETION), _("Your account is deleted"), _("Until then you can keep it.")),
}
