"""Attempts at exams: the list, and one with all that may be done to it."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render

from linkspan.accounts.actions import read_people
from linkspan.exams import queries
from linkspan.exams.rules import IncidentKind, may_proctor
from linkspan.kernel.errors import permit
from linkspan.kernel.request import Request
from linkspan.screens.lists import ListName
from linkspan.web.exam_desk import card
from linkspan.web.lists import list_page
from linkspan.web.pages import signed_in


@signed_in
def attempts(request: Request) -> HttpResponse:
    """The attempts at exams of my institutions."""
    return list_page(request, "desk/exam_attempts.html", ListName.ATTEMPTS, {})


@signed_in
def one(request: Request, attempt_id: UUID) -> HttpResponse:
    """One attempt: incidents, identity, verdict."""
    row = queries.attempt(request.actor, attempt_id)
    permit(may_proctor(request.actor, row.sitting.exam, row.learner_id), "review this attempt")
    people = read_people(actor=request.actor, ids=[row.learner_id], now=request.now)
    names = {key: person.legal_name or person.name for key, person in people.items()}
    told = {"names": names, "kinds": list(IncidentKind), **card(request, row)}
    told["device"] = queries.device_seen(request.actor, row.learner_id, row.sitting.exam)
    told["messages_here"] = queries.messages_of(request.actor, attempt_id)
    return render(request, "desk/exam_review.html", told)
