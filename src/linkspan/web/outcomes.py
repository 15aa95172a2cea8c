"""The dean's page: the funnel, what the network offers, tuition forgone and charged."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from linkspan.admissions.queries import rounds
from linkspan.admissions.rules.applications import Mode
from linkspan.kernel.errors import permit
from linkspan.outcomes import queries
from linkspan.outcomes.rules import may_see_funnel, may_see_outcomes
from linkspan.pathways.queries import agreement_on
from linkspan.web.pages import signed_in


@signed_in
def dean(request: HttpRequest) -> HttpResponse:
    """Funnels of the decided ranked rounds."""
    permit(may_see_outcomes(request.actor), "see outcomes")
    funnels = []
    for round_ in rounds():
        if round_.mode != Mode.RANKED or round_.decided_at is None:
            continue
        sending = agreement_on(round_.agreement_id, round_.opens_at.date()).document["sending"]
        if not may_see_funnel(request.actor, round_.institution, sending["institution"]):
            continue
        key = f"{sending['institution']}/{sending['program']}"
        found = queries.funnel(request.actor, key, round_.id, round_.decided_at)
        most = max(found.completers, 1)
        bars = [
            {"name": name, "count": count, "width": round(440 * count / most), "y": 30 + 44 * number}
            for number, (name, count) in enumerate(found.steps().items())
        ]
        funnels.append({"round": round_, "funnel": found, "bars": bars})
    return render(request, "desk/dean.html", {"funnels": funnels, "balance": queries.balance(request.actor)})
