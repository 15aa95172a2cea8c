"""Pathways: the open network, where it can take a learner, what if, and pathways side by side."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render

from linkspan.admissions.queries import open_round_for, open_rounds
from linkspan.catalog.queries import program_keys, programs
from linkspan.institutions.queries import institution_names
from linkspan.kernel.errors import NotFound, Unusable
from linkspan.kernel.record import Record
from linkspan.kernel.request import Request
from linkspan.pathways import queries
from linkspan.pathways.queries import saved_pathways, steps_for
from linkspan.pathways.rules import (
    MOST_COURSES,
    Filters,
    Sort,
    Supposed,
    agreement_in_words,
    choices,
    day_of,
    description,
    fits,
    found,
    ordered,
    with_supposed,
)
from linkspan.records.queries import learner_record
from linkspan.web.network import card_labels, drawing_of, filters_from, query_of, supposed_from
from linkspan.web.open_catalogue import data_block
from linkspan.web.pages import page_number, signed_in

MOST_COMPARED = 4
#: As many cards as a phone shows in a few screens.
A_PAGE = 10
EMPTY: Record = {
    "credentials": [],
    "courses": [],
    "degrees": [],
    "tests": [],
    "complete": ["credentials", "courses"],
}


def network(request: Request) -> HttpResponse:
    """Every public agreement as it stands today: a map, and the same as a table."""
    told = _network(request, filters_from(request.GET), request.now.date()) | {"base": settings.BASE_URL}
    return render(request, "pathways.html", _paged(request, told))


@signed_in
def mine(request: Request) -> HttpResponse:
    """Where can this take me: each pathway, each requirement, the smallest thing that is missing."""
    record = learner_record(request.actor, request.actor.own_id)
    told = _network(request, filters_from(request.GET), request.now.date(), record)
    told |= {"has_credential": bool(record["credentials"]), "saved": saved_pathways(request.actor)}
    return render(request, "my_pathways.html", _paged(request, told))


def what_if(request: Request) -> HttpResponse:
    """Where could it take me, if: the record (if one is signed in) with what might come. Nothing is kept."""
    record = EMPTY
    if request.actor.person_id is not None:
        record = learner_record(request.actor, request.actor.person_id)
    told: dict[str, Any] = {"programs": programs(request.now.date()), "lines": range(min(4, MOST_COURSES))}
    if request.method == "POST":
        try:
            supposed = supposed_from(request)
        except Unusable as error:
            return render(request, "what_if.html", told | {"error": error}, status=422)
        told |= _answers_if(request, record, supposed)
    return render(request, "what_if.html", told)


@signed_in
def next_steps(request: Request) -> HttpResponse:
    """The cheapest next steps across all pathways, with dates, prices and what each of them opens."""
    record = learner_record(request.actor, request.actor.own_id)
    found = steps_for(record, request.now)
    told = {"steps": found, "names": institution_names(), "titles": {r.agreement.id: r for r in found.rows}}
    return render(request, "next_steps.html", told)


def compare(request: Request) -> HttpResponse:
    """Up to four pathways side by side, judged on the record if somebody is signed in."""
    record = learner_record(request.actor, request.actor.person_id) if request.actor.person_id else None
    rows = queries.network_on(request.now.date(), record)
    wanted = list(dict.fromkeys(request.GET.getlist("p")))
    by_id = {row.agreement.id: row for row in rows}
    chosen = [by_id[agreement_id] for agreement_id in wanted[:MOST_COMPARED] if agreement_id in by_id]
    told = {
        "rows": _shown(request, chosen),
        "all": ordered(rows, Sort.TITLE),
        "chosen": {row.agreement.id for row in chosen},
        "too_many": len(wanted) > MOST_COMPARED,
        "unknown": [name for name in wanted[:MOST_COMPARED] if name not in by_id],
        "names": institution_names(),
    }
    return render(request, "compare.html", told)


def agreement(request: Request, agreement_id: str) -> HttpResponse:
    """One agreement in words: its clauses, what it recognises, its history."""
    on = request.now.date()
    row = next((row for row in queries.network_on(on) if row.agreement.id == agreement_id), None)
    if row is None:
        raise NotFound("agreement_unknown", "There is no agreement {agreement_id}.", agreement_id=agreement_id)
    found, names = row.agreement, institution_names()
    told = {
        "agreement": found,
        "row": row,
        "names": names,
        "status": row.status,
        "lines": agreement_in_words(found.terms.in_force),
        "description": description(found.terms, row.terms, names),
        "data": data_block([row], names),
        "base": settings.BASE_URL,
        "moves": queries.moves_of(found.id, found.version),
        "round": open_round_for(found.id, request.now),
    }
    return render(request, "agreement.html", told)


def _network(request: Request, filters: Filters, on: date, record: Record | None = None) -> dict[str, Any]:
    """Rows that pass the filters in the order asked for, the map of them, and what can be chosen."""
    everything = queries.network_on(on, record)
    names = institution_names()
    passing = found((row for row in everything if fits(row, filters)), filters.words, names)
    rows = ordered(passing, filters.sort)
    return {
        "rows": _shown(request, rows, record),
        "label": card_labels(),
        "filtered": replace(filters, words="") != Filters(),
        "total": len(everything),
        "map": drawing_of(rows, names),
        "names": names,
        "choices": choices(everything),
        "chosen": query_of(filters),
        "sorts": list(Sort),
    }


def _paged(request: Request, told: dict[str, Any]) -> dict[str, Any]:
    """One page of the rows, with how many there are in all; the map keeps them all."""
    page = Paginator(told["rows"], A_PAGE).get_page(page_number(request))
    kept = request.GET.copy()
    kept.pop("page", None)
    return told | {"rows": page.object_list, "found": len(told["rows"]), "page": page, "kept": kept.urlencode()}


def _shown(request: Request, rows: Iterable[queries.NetworkRow], record: Record | None = None) -> list[dict[str, Any]]:
    """Each row with its open round, its entry course, whether its credential is held and its program is listed here."""
    held = {(c["issuer"], c["program"]) for c in (record or {}).get("credentials") or [] if c["status"] == "active"}
    rows = list(rows)
    rounds = open_rounds((row.agreement.id for row in rows), request.now)
    courses = queries.admission_courses((row.agreement.terms for row in rows), request.now)
    listed = program_keys(row.agreement.terms.sending.key for row in rows)
    return [
        {
            "row": row,
            "round": rounds.get(row.agreement.id),
            "held": not held.isdisjoint(row.agreement.terms.sending.names),
            "listed": row.agreement.terms.sending.key in listed,
            "step": courses.get((bridge.course or "") if (bridge := row.agreement.terms.bridge) else ""),
        }
        for row in rows
    ]


def _answers_if(request: Request, record: Record, supposed: Supposed) -> dict[str, Any]:
    """Today's answers beside those if it were so, and which pathways it changes."""
    today = queries.network_on(request.now.date(), record)
    before = {row.agreement.id: row.audit.outcome for row in today if row.audit is not None}
    told = _network(request, Filters(), day_of(supposed), with_supposed(record, supposed))
    for shown in told["rows"]:
        was = before.get(shown["row"].agreement.id)
        shown["was"] = was if was != shown["row"].audit.outcome else None
    return told | {"supposed": supposed}
