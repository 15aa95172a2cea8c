"""Cases on hold: a person looks and lets them go on."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from linkspan.accounts.actions import read_people
from linkspan.kernel.request import Request
from linkspan.pathways.actions.holds import release_hold
from linkspan.pathways.queries.holds import waiting_holds
from linkspan.web.pages import done, post_only, signed_in, text


@signed_in
def desk(request: Request) -> HttpResponse:
    """The cases that wait at my institutions."""
    cases = waiting_holds(request.actor)
    people = read_people(actor=request.actor, ids={case.learner_id for case in cases}, now=request.now)
    names = {key: person.name for key, person in people.items()}
    rows = [{"case": case, "name": names.get(case.learner_id, "")} for case in cases]
    return render(request, "desk/holds.html", {"rows": rows})


@post_only
@signed_in
def release(request: Request, hold_id: UUID) -> HttpResponse:
    """Let a case go on."""
    release_hold(actor=request.actor, hold_id=hold_id, reason=text(request, "reason"), now=request.now)
    return done(request, _("The case goes on."), "holds-desk")
