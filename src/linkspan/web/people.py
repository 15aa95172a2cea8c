"""The account of somebody with whom one works: each reading is logged for them."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render

from linkspan.accounts import actions
from linkspan.kernel.request import Request
from linkspan.web.pages import post_only, signed_in


@post_only
@signed_in
def read(request: Request, person_id: UUID) -> HttpResponse:
    """Names and address of one person."""
    person = actions.read_person(actor=request.actor, person_id=person_id, now=request.now)
    return render(request, "desk/person.html", {"person": person})
