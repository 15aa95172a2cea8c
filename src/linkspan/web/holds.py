"""Cases on hold: a person looks and lets them go on."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from linkspan.kernel.request import Request
from linkspan.pathways.actions import release_hold
from linkspan.pathways.queries import waiting_holds
from linkspan.web.pages import done, names_of, post_only, signed_in, text


@signed_in
def desk(request: Request) -> HttpResponse:
    """The cases that wait at my institutions."""
    cases = waiting_holds(request.actor)
    names = names_of(request, {case.learner_id for case in cases})
    rows = [{"case": case, "name": names.get(case.learner_id, "")} for case in cases]
    return render(request, "desk/holds.html", {"rows": rows})


@post_only
@signed_in
def release(request: Request, hold_id: UUID) -> HttpResponse:
    """Let a case go on."""
    release_hold(actor=request.actor, hold_id=hold_id, reason=text(request, "reason"), now=request.now)
    return done(request, _("The case goes on."), "holds-desk")
