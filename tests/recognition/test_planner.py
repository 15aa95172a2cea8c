"""The planner never breaks a limit, finds what brute force finds, and says what stands in the way."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.factories.thorough import thorough

from linkspan.kernel.errors import Unusable
from linkspan.pathways.rules.agreement import Agreement
from linkspan.recognition.engines.planner import propose
from linkspan.recognition.rules.degree import SEASONS, Degree, Slot, degree_of
from linkspan.recognition.rules.planning import Limit, Placed, Task, Todo, finish, follows, violations
from linkspan.recognition.rules.terms import Term, next_term, parse_term, term_of, terms_from

FALL = Term(2019, 3)
DOCUMENT = {
    "id": "a",
    "receiving": {
        "institution": "School",
        "program": "Degree",
        "credits": 48,
        "slots": [
            {"slot": "core", "title": "Core", "courses": 6},
            {"slot": "precapstone", "title": "Precapstone", "courses": 1, "on_campus": True},
            {
                "slot": "capstone",
                "title": "Capstone",
                "courses": 1,
                "last": True,
                "alone": True,
                "after": "precapstone",
            },
        ],
        "load": {"fall": 16, "spring": 16, "january": 4, "summer": 8},
        "offered": {"precapstone": ["fall"], "capstone": ["spring"]},
        "on_campus_min": 1,
        "on_campus_offered": ["fall", "summer"],
    },
}


def task(document=DOCUMENT, first=FALL, **fields) -> Task:
    degree = degree_of(Agreement.read(document))
    todo = tuple(
        Todo(f"{slot.slot}-{n + 1}", f"{slot.title} {n + 1}", slot)
        for slot in degree.slots
        for n in range(slot.courses)
    )
    return Task(degree, todo, first, **fields)


def test_the_earliest_finish_and_why_not_earlier() -> None:
    found = propose(task())
    assert violations(task(), found.plan) == ()
    assert str(found.finish) == "2021 spring"
    assert found.plan["precapstone-1"].term == parse_term("2020 fall")
    assert found.plan["precapstone-1"].on_campus
    assert found.binding == {Limit.LOAD: parse_term("2020 spring")}


def test_one_course_a_term_takes_longer_and_says_so() -> None:
    slow = task(most_courses=1)
    found = propose(slow)
    assert violations(slow, found.plan) == ()
    assert found.finish > propose(task()).finish
    assert Limit.LOAD in found.binding


def test_a_degree_whose_courses_are_too_large_has_no_plan_and_the_load_is_why() -> None:
    receiving = DOCUMENT["receiving"] | {"load": {"fall": 2, "spring": 2}, "on_campus_offered": ["fall"]}
    found = propose(task({"id": "a", "receiving": receiving}))
    assert found.plan is None and found.finish is None
    assert Limit.LOAD in found.binding


def test_nothing_left_is_nothing_to_plan() -> None:
    assert propose(replace(task(), todo=())).plan == {}


names = st.sampled_from(["a", "b"])
seasons = st.sets(st.sampled_from(SEASONS), min_size=1).map(frozenset)


@st.composite
def small_tasks(draw) -> Task:
    load = {s: draw(st.sampled_from([None, Decimal(4), Decimal(8)])) for s in draw(seasons)}
    slots = []
    for number in range(draw(st.integers(1, 3))):
        offered = draw(st.sets(st.sampled_from(sorted(load)), min_size=1).map(frozenset))
        last = draw(st.booleans()) and number > 0
        after = f"s{number - 1}" if number and draw(st.booleans()) else ""
        slot = Slot(
            f"s{number}",
            f"S{number}",
            draw(st.integers(1, 2)),
            Decimal(4),
            last,
            draw(st.booleans()),
            draw(st.booleans()),
            after,
            offered,
        )
        slots.append(slot)
    campus = draw(st.sets(st.sampled_from(sorted(load)), min_size=1).map(frozenset))
    degree = Degree(tuple(slots), load, draw(st.integers(0, 2)), campus)
    todo = [Todo(f"{s.slot}-{n}", f"{s.title} {n}", s) for s in slots for n in range(s.courses)][:4]
    return Task(
        degree,
        tuple(todo),
        Term(2019, draw(st.integers(0, 3))),
        draw(st.integers(0, 1)),
        draw(st.sampled_from([None, 1, 2])),
    )


def by_force(one: Task, horizon: int) -> Term | None:
    """The earliest finish among all plans of that many terms, by trying every one."""
    best = None
    for terms in product(terms_from(one.first, horizon), repeat=len(one.todo)):
        if best is not None and max(terms) >= best:
            continue
        for campus in product((False, True), repeat=len(one.todo)):
            plan = {t.key: Placed(term, c) for t, term, c in zip(one.todo, terms, campus, strict=True)}
            if not violations(one, plan):
                best = max(terms)
                break
    return best


@thorough(60)
@given(small_tasks())
def test_brute_force_finds_nothing_earlier(one) -> None:
    found, forced = propose(one), by_force(one, 5)
    if found.plan is not None:
        assert violations(one, found.plan) == ()
        assert finish(found.plan) == found.finish
    if forced is not None:
        assert found.finish == forced
    elif found.finish is not None:
        assert found.finish > terms_from(one.first, 5)[-1]
    for limit, earlier in found.binding.items():
        assert found.finish is None or earlier < found.finish, limit


def test_every_limit_is_told_when_it_is_broken() -> None:
    all_at_once = {todo.key: Placed(FALL) for todo in task().todo}
    told = {row.limit for row in violations(task(), all_at_once)}
    assert told == {Limit.OFFERED, Limit.LOAD, Limit.LAST, Limit.CONSECUTIVE, Limit.ON_CAMPUS}
    assert {row.limit for row in violations(task(), {})} == {Limit.OFFERED, Limit.ON_CAMPUS}
    over = propose(task()).plan | {"core-1": Placed(Term(2019, 1))}
    assert any("is over" in row.words for row in violations(task(), over))


def test_terms() -> None:
    assert str(next_term(date(2019, 6, 10))) == "2019 fall"
    assert str(next_term(date(2019, 12, 1))) == "2020 january"
    assert str(next_term(date(2019, 8, 31))) == "2019 fall" and str(next_term(date(2019, 9, 1))) == "2020 january"
    stated = {parse_term("2019 fall"): date(2019, 8, 26), parse_term("2020 january"): date(2020, 1, 6)}
    assert str(next_term(date(2019, 8, 25), stated)) == "2019 fall"
    assert str(next_term(date(2019, 8, 26), stated)) == "2020 january"
    assert str(next_term(date(2020, 1, 5), stated)) == "2020 january"
    for day, term in (("2019-08-26", "2019 fall"), ("2020-01-06", "2020 january"), ("2019-12-30", "2020 january")):
        assert str(term_of(date.fromisoformat(day))) == term
    assert [str(t) for t in terms_from(FALL, 3)] == ["2019 fall", "2020 january", "2020 spring"]
    assert follows(parse_term("2019 fall"), parse_term("2020 spring"), frozenset({"spring", "fall"}))
    assert not follows(parse_term("2019 fall"), parse_term("2020 fall"), frozenset({"spring", "fall"}))
    for text in ("2019", "fall 2019", "2019 autumn", "19 fall", "2019 fall; drop"):
        with pytest.raises(Unusable):
            parse_term(text)


def test_a_sequence_clause_orders_the_capstone() -> None:
    slots = [{"slot": "core", "courses": 2, "credits": "4"}, {"slot": "end", "courses": 1, "credits": 4}]
    sequence = [{"clause": "7", "last": "end", "alone": True, "consecutive": True}]
    degree = degree_of(Agreement.read({"receiving": {"slots": slots}, "sequence": sequence}))
    end = degree.slot("end")
    assert (end.last, end.alone, end.after) == (True, True, "core")
    with pytest.raises(Unusable):
        degree_of(Agreement.read({"receiving": {"slots": slots, "load": {"autumn": 8}}}))
