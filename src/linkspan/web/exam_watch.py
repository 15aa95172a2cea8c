"""A running exam in a proctor's hands: pause, resume, more time, cancel; and a learner who declines proctoring."""

from enum import StrEnum
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from linkspan.exams import actions
from linkspan.kernel.errors import Unusable
from linkspan.kernel.request import Request
from linkspan.web.pages import acts, done, post_only, signed_in, text


class Intervention(StrEnum):
    """What a proctor does with a running attempt."""

    PAUSE = "pause"
    RESUME = "resume"
    MINUTES = "minutes"
    MOVE = "move"
    WAIVE = "waive"
    CANCEL = "cancel"


@post_only
@signed_in
@acts(Intervention)
def intervene(request: Request, attempt_id: UUID, do: Intervention) -> HttpResponse:
    """Do what the button says; the desk shows it."""
    actor, now, reason = request.actor, request.now, text(request, "reason")
    match do:
        case Intervention.PAUSE:
            actions.pause_attempt(actor=actor, attempt_id=attempt_id, reason=reason, now=now)
            said = _("The exam is paused.")
        case Intervention.RESUME:
            actions.resume_attempt(actor=actor, attempt_id=attempt_id, now=now)
            said = _("The exam goes on with the time that was left.")
        case Intervention.MINUTES:
            minutes = minutes_of(request)
            actions.add_minutes(actor=actor, attempt_id=attempt_id, minutes=minutes, reason=reason, now=now)
            said = _("The exam ends later now.")
        case Intervention.MOVE:
            actions.fail_attempt(actor=actor, attempt_id=attempt_id, reason=reason, now=now)
            said = _("The clock stands. Confirm the identity on the other device, then resume the exam.")
        case Intervention.WAIVE:
            minutes = minutes_of(request)
            actions.waive_seb_for_attempt(actor=actor, attempt_id=attempt_id, minutes=minutes, reason=reason, now=now)
            said = _("The learner can go on in any browser.")
        case Intervention.CANCEL:
            actions.cancel_attempt(actor=actor, attempt_id=attempt_id, reason=reason, now=now)
            said = _("The attempt is cancelled. It does not count; the learner is told.")
    return done(request, said, "exam_desk-desk")


@post_only
@signed_in
def decline(request: Request, attempt_id: UUID) -> HttpResponse:
    """Decline to be proctored."""
    actions.decline_attempt(actor=request.actor, attempt_id=attempt_id, now=request.now)
    return redirect("exam_page-attempt", attempt_id)


def minutes_of(request: Request) -> int:
    """How many minutes a form asks for."""
    given = text(request, "minutes", 4)
    if not (given.isascii() and given.isdigit()):
        raise Unusable("minutes_unusable", _("Minutes: enter a whole number."))
    return int(given)
