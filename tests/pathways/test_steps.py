"""The cheapest next steps: each is judged by doing it in thought."""

import copy
from datetime import UTC, date, datetime

import pytest
from tests.pathways.examples import agreement, record

from linkspan.kernel.money import Money
from linkspan.pathways.rules.agreement import Agreement
from linkspan.pathways.rules.audit.record import audit_record
from linkspan.pathways.rules.audit.steps import Offer, cheapest_way, next_steps

ON = date(2019, 1, 1)
USD = {name: Money(minor, "USD") for name, minor in (("course:S/A", 100), ("course:S/B", 300), ("exam:X", 50))}
TREE = {"all": [{"at_least": 1, "of": [{"course": "S/A"}, {"course": "S/B"}]}, {"exam": "X"}]}
GRADE = {"scale": "letter", "value": "B"}
BRIDGE = {
    "exists": "courses",
    "where": {"all": [{"compare": ["institution", "==", "R"]}, {"compare": ["grade", ">=", GRADE]}]},
}


@pytest.mark.parametrize(
    ("prices", "done", "cost", "subjects"),
    [
        (USD, [], 150, ("exam:X", "course:S/A")),
        (USD, ["course:S/A"], 50, ("exam:X",)),
        (USD, ["exam:X", "course:S/B"], None, ()),
        ({k: v for k, v in USD.items() if k != "course:S/A"}, [], 350, ("exam:X", "course:S/B")),
        ({}, [], None, ("course:S/A", "exam:X")),
    ],
)
def test_the_cheapest_way_through_a_program(prices, done, cost, subjects) -> None:
    price, found = cheapest_way(TREE, prices, frozenset(done))
    assert set(found) == set(subjects)
    assert (price.minor if price else None) == cost


def steps(held, **offers):
    documents = map(Agreement.read, [agreement(), bridged("dear", "R/DEAR"), bridged("cheap", "R/CHEAP")])
    rows = [(doc, audit_record(held, doc, ON)) for doc in documents]
    return next_steps(held, rows, offers.get("programs", {}), offers.get("courses", {}), ON)


def bridged(name, course):
    found = agreement() | {"id": name, "bridge": {"course": course, "min_grade": GRADE}}
    found["requirements"] = [*found["requirements"], {"clause": "9", "text": "One course", "rule": BRIDGE}]
    return found


COURSES = {
    key: Offer(key, key, Money(minor, "USD"), datetime(2019, 2, 1, tzinfo=UTC), None)
    for key, minor in (("R/DEAR", 900), ("R/CHEAP", 100))
}


def test_the_cheapest_that_opens_a_pathway_comes_first() -> None:
    found = steps(record(), courses=COURSES)
    assert [(s.title, s.price.minor, s.opens) for s in found] == [
        ("R/CHEAP", 100, ("cheap",)),
        ("R/DEAR", 900, ("dear",)),
    ]


def test_who_holds_no_credential_takes_the_program() -> None:
    held = copy.deepcopy(record()) | {"credentials": []}
    programs = {"Sending/P": Offer("Sending/P", "Program", Money(1, "USD"), None, None, ("Sending/A",))}
    (found,) = steps(held, programs=programs, courses=COURSES)
    assert (found.kind, found.opens, found.nears) == ("program", ("receiving-from-sending",), ("dear", "cheap"))


def test_who_holds_the_credential_under_an_earlier_name_takes_the_program_no_more() -> None:
    held = copy.deepcopy(record())
    held["credentials"] = [one | {"program": "P old"} for one in held["credentials"]]
    document = bridged("cheap", "R/CHEAP")
    document["sending"] = document["sending"] | {"aliases": [{"program": "P old"}]}
    agreed = Agreement.read(document)
    programs = {"Sending/P": Offer("Sending/P", "Program", Money(1, "USD"), None, None, ("Sending/A",))}
    (found,) = next_steps(held, [(agreed, audit_record(held, agreed, ON))], programs, COURSES, ON)
    assert (found.kind, found.title) == ("course", "R/CHEAP")


def test_a_document_is_asked_for_and_costs_nothing() -> None:
    found = steps(copy.deepcopy(record()) | {"degrees": [], "complete": ["credentials", "courses", "tests"]})
    assert [(s.kind, s.opens, s.nears) for s in found] == [("document", ("receiving-from-sending",), ("dear", "cheap"))]


def test_what_brings_nothing_nearer_is_no_step() -> None:
    useless = agreement() | {"bridge": {"course": "Q/1"}, "requirements": bridged("x", "R/DEAR")["requirements"]}
    useless = Agreement.read(useless)
    rows = [(useless, audit_record(record(), useless, ON))]
    offer = Offer("Q/1", "Q/1", Money(1, "USD"), None, None)
    assert next_steps(record(), rows, {}, {"Q/1": offer}, ON) == ()


def test_a_closed_pathway_has_no_steps() -> None:
    closed = Agreement.read(agreement() | {"status": "closed"})
    held = record() | {"degrees": []}
    assert next_steps(held, [(closed, audit_record(held, closed, ON))], {}, {}, ON) == ()
