"""People with whom one works: the search of the desks, and their files; each reading is logged for them."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render

from linkspan.accounts import actions
from linkspan.accounts.queries import noting_offices
from linkspan.kernel.aliases import present_id
from linkspan.kernel.request import Request
from linkspan.screens.person import person_file
from linkspan.screens.search import things_found
from linkspan.web.lists import shown_again
from linkspan.web.pages import signed_in


@signed_in
def search(request: Request) -> HttpResponse:
    """People and things by name, whole address or number, as far as one's work goes."""
    text = request.GET.get("q", "").replace("\0", "")[:200].strip()
    found = actions.find_people(actor=request.actor, text=text, now=request.now)
    things = [shown_again(request, one) for one in things_found(request.actor, text)]
    if len(found.people) == 1 and not things and not found.more:
        return redirect("people-file", found.people[0].id)
    told = {"text": text, "found": found, "things": things, "short": len(text) < actions.LEAST_LETTERS}
    return render(request, "desk/search.html", told)


@signed_in
def file(request: Request, person_id: UUID) -> HttpResponse:
    """The file of one person, by the reader's office."""
    present = present_id(person_id)
    if present != person_id:  # that account was joined with another one
        return redirect("people-file", present)
    person = actions.read_person(actor=request.actor, person_id=person_id, now=request.now)
    noting = noting_offices(request.actor, person_id, request.now)
    told = {
        "person": person,
        "file": person_file(request.actor, person_id, with_sent="sent" in request.GET),
        "noting": noting,
    }
    return render(request, "desk/person.html", told)
