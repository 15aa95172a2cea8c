"""Pathways: the open network, and where a learner's credential can take them."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from linkspan.admissions.queries import open_round_for
from linkspan.pathways import queries
from linkspan.records.queries import learner_record
from linkspan.web.pages import signed_in


def network(request: HttpRequest) -> HttpResponse:
    """Every agreement, as it stands today."""
    on = request.now.date()
    rows = [{"agreement": a, "status": a.status_on(on)} for a in queries.agreements_on(on)]
    return render(request, "pathways.html", {"rows": rows})


def agreement(request: HttpRequest, agreement_id: str) -> HttpResponse:
    """One agreement in words: its clauses, what it recognises, its history."""
    on = request.now.date()
    found = queries.agreement_on(agreement_id, on)
    told = {
        "agreement": found,
        "status": found.status_on(on),
        "moves": queries.moves_of(found.id, found.version),
        "round": open_round_for(found.id, request.now),
    }
    return render(request, "agreement.html", told)


@signed_in
def mine(request: HttpRequest) -> HttpResponse:
    """Where can this take me: each pathway, each requirement, the smallest thing that is missing."""
    record = learner_record(request.actor, request.actor.person_id)
    answers = queries.pathways_for(record, request.now.date())
    rows = [{"answer": a, "round": open_round_for(a.agreement.id, request.now)} for a in answers]
    return render(request, "my_pathways.html", {"rows": rows, "has_credential": bool(record["credentials"])})
