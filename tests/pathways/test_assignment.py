"""Assignments: against every possible choice, under caps and gates, and the same whatever the order of rows."""

from dataclasses import replace
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.factories.thorough import thorough
from tests.pathways.examples import agreement, percent, record

from linkspan.pathways.rules.agreement.shapes import as_agreement
from linkspan.pathways.rules.audit.record import audit_record
from linkspan.pathways.rules.language.values import as_date
from linkspan.pathways.rules.recognition import assignment
from linkspan.pathways.rules.recognition.assignment import Limit, Offer, assign

ON = as_date("2019-06-01")
COURSES = "ABCDE"
subsets = st.lists(st.sampled_from(COURSES), min_size=1, max_size=4, unique=True).map(tuple)


def offer(worth: int, courses: tuple[str, ...], times: int, bundle: bool) -> Offer:
    return Offer(Decimal(worth), courses, 1 if bundle else times, bundle and len(courses) > 1)


offers = st.builds(offer, st.integers(0, 5), subsets, st.integers(1, 3), st.booleans())


def best_by_trying(some, most, gated, gate) -> int:
    """The most credits over every way to give each course to one offer or none."""
    best = 0
    for choice in product(range(-1, len(some)), repeat=len(COURSES)):
        given_to = {i: [c for c, o in zip(COURSES, choice, strict=True) if o == i] for i in range(len(some))}
        total = 0
        for i, offer in enumerate(some):
            mine = given_to[i]
            if offer.bundle:
                fits = not mine or sorted(mine) == sorted(offer.courses)
                uses = 1 if mine else 0
            else:
                fits, uses = set(mine) <= set(offer.courses) and len(mine) <= offer.times, len(mine)
            if not fits:
                break
            total += int(offer.credits) * uses
        else:
            doubled = sum(1 for c, o in zip(COURSES, choice, strict=True) if o >= 0 and c in gated)
            if total <= most and (gate is None or doubled <= gate):
                best = max(best, total)
    return best


@thorough(60)
@given(
    st.lists(offers, min_size=1, max_size=3),
    st.integers(0, 20),
    st.sets(st.sampled_from(COURSES)),
    st.one_of(st.none(), st.integers(0, 2)),
)
def test_most_credits_within_every_limit(some, most, gated, gate) -> None:
    limit = Limit(Decimal(most), tuple(offer.credits for offer in some))
    found = assign(some, [limit], gated, gate)
    used = [course for filled in found for course in filled.courses]
    assert len(used) == len(set(used))
    total = sum(some[filled.offer].credits for filled in found)
    assert total <= most
    assert gate is None or len(set(used) & gated) <= gate
    for filled in found:
        assert set(filled.courses) <= set(some[filled.offer].courses)
    assert total == best_by_trying(some, most, gated, gate)


#: The places of a degree, and rules that fill them; small enough to try every choice.
SLOTS = ("core", "elective")
CLAUSES = st.lists(
    st.tuples(
        st.sampled_from(["any_of", "each_of", "all_of", "block"]),
        st.lists(st.sampled_from("ABCD"), min_size=1, max_size=3, unique=True),
        st.sampled_from(SLOTS),
        st.integers(1, 6),
        st.integers(1, 2),
    ),
    min_size=1,
    max_size=3,
)


def rule_of(number, kind, courses, slot, worth, times):
    more = {"times": times} if kind in ("any_of", "block") else {}
    return {"clause": str(number), kind: courses, "slot": slot, "credits": worth, **more}


def uses_of(rule, given_to) -> int | None:
    """How often a rule is used if it gets exactly these courses; None if it cannot be."""
    (kind,) = {"any_of", "each_of", "all_of", "block"} & set(rule)
    if not set(given_to) <= set(rule[kind]):
        return None
    if kind in ("all_of", "block"):
        return 0 if not given_to else 1 if set(given_to) == set(rule[kind]) else None
    return len(given_to) if len(given_to) <= rule.get("times", len(rule[kind])) else None


def most_credits(rules, places, most) -> int:
    """The most credits over every way to give each course to one rule or to none."""
    best = 0
    for choice in product(range(-1, len(rules)), repeat=4):
        filled, credits = dict.fromkeys(places, 0), 0
        uses = [uses_of(r, [c for c, o in zip("ABCD", choice, strict=True) if o == i]) for i, r in enumerate(rules)]
        if None in uses or sum(1 for r, n in zip(rules, uses, strict=True) if n and "block" in r) > 1:
            continue
        for rule, count in zip(rules, uses, strict=True):
            each = rule["times"] if "block" in rule else 1
            filled[rule["slot"]] += count * each
            credits += count * each * rule["credits"]
        if credits <= most and all(filled[slot] <= places[slot] for slot in places):
            best = max(best, credits)
    return best


@thorough(150)
@given(CLAUSES, st.integers(0, 3), st.integers(0, 3), st.integers(4, 24))
def test_a_degree_has_only_its_places_and_they_are_filled_for_the_most_credits(clauses, core, elective, most) -> None:
    places = {"core": core, "elective": elective}
    rules = [rule_of(number, *clause) for number, clause in enumerate(clauses)]
    receiving = agreement()["receiving"] | {"slots": [{"slot": s, "courses": n} for s, n in places.items()]}
    rec = record()
    rec["credentials"][0]["courses"] = [{"id": name, "grade": percent(75)} for name in "ABCD"]
    caps = [{"clause": "cap", "max_recognised_credits": most}]
    document = agreement() | {"recognition": rules, "caps": caps, "receiving": receiving}
    found = audit_record(rec, as_agreement(document), ON)
    assert sum(row.credits for row in found.recognised) == most_credits(rules, places, most)
    for slot in SLOTS:
        assert sum(row.places for row in found.recognised if row.slot == slot) <= places[slot]
    used = [course for row in found.recognised for course in row.courses]
    assert len(used) == len(set(used))
    assert found.tuition_waived.minor == 270000 * sum(row.places for row in found.recognised)
    assert {row.what for row in found.refused} >= set("ABCD") - set(used)
    assert all(row.clause in {"cap", *map(str, range(3))} for row in found.refused)


@given(st.permutations(range(5)), st.lists(st.sampled_from([50, 75]), min_size=5, max_size=5))
def test_the_order_of_rows_changes_nothing(order, grades) -> None:
    rec = record()
    rows = [
        {"id": name, "grade": percent(g), "completed": "2018-01-15"} for name, g in zip(COURSES, grades, strict=True)
    ]
    plain = rec["credentials"][0]
    plain["courses"] = rows
    first = audit_record(rec, as_agreement(agreement()), ON)
    plain["courses"] = [rows[position] for position in order]
    again = audit_record(rec, as_agreement(agreement()), ON)
    assert (again.recognised, again.refused) == (first.recognised, first.refused)


def recognised(rules, caps=(), **more):
    document = agreement() | {"recognition": rules, "caps": list(caps)} | more
    return audit_record(record() | more.pop("record", {}), as_agreement(document), ON)


def test_two_courses_fill_two_slots_together_or_not_at_all() -> None:
    gives = [{"slot": "statistics", "credits": 4}, {"slot": "elective", "credits": 2}]
    found = recognised([{"clause": "1", "all_of": ["A", "B"], "gives": gives}])
    assert [(row.slot, row.course, row.credits) for row in found.recognised] == [
        ("statistics", "A + B", 4),
        ("elective", "A + B", 2),
    ]
    assert recognised([{"clause": "1", "all_of": ["A", "Z"], "gives": gives}]).recognised == ()


def test_a_waiver_gives_no_credit_and_waives_no_tuition() -> None:
    found = recognised([{"clause": "1", "course": "A", "slot": "core", "effect": "waiver", "credits": 4}])
    assert [(row.credits, row.effect) for row in found.recognised] == [(0, "waiver")]
    assert found.tuition_waived.minor == 0


def test_a_credential_as_a_block_is_exclusive_with_any_other_credit() -> None:
    rules, caps = (
        [{"clause": "1", "block": [], "slot": "block", "credits": "7.5"}],
        [{"clause": "2", "exclusive_with": ["any"]}],
    )
    assert [row.credits for row in recognised(rules, caps).recognised] == [Decimal("7.5")]
    document = as_agreement(agreement() | {"recognition": rules, "caps": caps})
    assert audit_record(record() | {"recognised_elsewhere": ["x"]}, document, ON).recognised == ()


def test_credits_are_converted_and_rounded_as_stated_or_not_at_all() -> None:
    rec = record()
    for row in rec["credentials"][0]["courses"]:
        row |= {"credits": 7, "unit": "ECTS"}
    rules = [{"clause": "1", "course": "A", "convert": True, "slot": "core"}]
    units = {
        "system": "US credits",
        "conversions": [{"from": "ECTS", "to": "US credits", "factor": "0.5", "rounding": "down", "step": 1}],
    }
    plain = agreement() | {"recognition": rules, "caps": []}
    assert audit_record(rec, as_agreement(plain | {"units": units}), ON).recognised[0].credits == 3
    refused = audit_record(rec, as_agreement(plain), ON)
    assert refused.recognised == () and "no conversion" in refused.refused[0].reason


PLACE = {"slot": "core", "credits": 4}
BOTH = {"clause": "2", "each_of": ["A", "B"], **PLACE}


def block(*courses, credits=4, **more):
    return {"clause": "1", "block": list(courses), **PLACE, "credits": credits, **more}


@pytest.mark.parametrize(
    ("rules", "places", "told"),
    [
        ([{"clause": "1", "all_of": ["A", "B"], **PLACE}, BOTH | {"each_of": ["C"]}], 1, [("A + B", 4, 1)]),
        ([BOTH], 2, [("A", 4, 1), ("B", 4, 1)]),
        ([BOTH], 1, [("A", 4, 1)]),
        ([block(times=3)], 3, [("credential P", 12, 3)]),
        ([block(credits=12)], 3, [("credential P", 12, 3)]),
        ([block("A", credits=9)], 3, [("credential P", 9, 3)]),
        ([block(credits=12)], 2, []),
        ([block(slot="thesis")], 2, []),
        ([block("A", "B"), {"clause": "2", "course": "A", **PLACE}], 2, [("credential P", 4, 1)]),
        ([block("A"), BOTH], 3, [("credential P", 4, 1), ("B", 4, 1)]),
        ([block(), BOTH], 3, [("A", 4, 1), ("B", 4, 1)]),
    ],
)
def test_courses_together_blocks_and_each_fill_places_of_the_degree(rules, places, told) -> None:
    receiving = agreement()["receiving"] | {"slots": [{"slot": "core", "courses": places}]}
    found = recognised(rules, receiving=receiving)
    assert [(row.course, row.credits, row.places) for row in found.recognised] == told
    assert found.tuition_waived.minor == 270000 * sum(places for _, _, places in told)


def test_a_course_that_fits_elsewhere_is_not_lost() -> None:
    slots = [{"slot": "core", "courses": 1}, {"slot": "elective", "courses": 1}]
    rules = [
        {"clause": "1", "each_of": ["A", "B"], **PLACE},
        {"clause": "2", "course": "A", "slot": "elective", "credits": 4},
    ]
    found = recognised(rules, receiving=agreement()["receiving"] | {"slots": slots})
    assert [(row.slot, row.course) for row in found.recognised] == [("core", "B"), ("elective", "A")]


def test_a_block_whose_course_does_not_fit_says_which() -> None:
    rules = [{"clause": "1", "block": ["A", "B"], "min_grade": percent(60), "slot": "core", "credits": 4}]
    rec = record()
    rec["credentials"][0]["courses"][1]["grade"] = percent(50)
    found = audit_record(rec, as_agreement(agreement() | {"recognition": rules, "caps": []}), ON)
    assert found.recognised == ()
    assert [(row.what, row.clause) for row in found.refused if "50 %" in row.reason] == [("B", "1")]


def test_own_credits_of_courses_together_are_added_and_times_is_shared() -> None:
    rec = record()
    for row, own in zip(rec["credentials"][0]["courses"], (6, 5, 4, 3, 2), strict=True):
        row |= {"credits": own}
    rules = [
        {"clause": "1", "any_of": ["A", "B"], "convert": True, "slot": "core", "times": 1},
        {"clause": "2", "course": "A", "slot": "elective", "credits": 4},
        {"clause": "3", "all_of": ["C", "D"], "convert": True, "slot": "core"},
    ]
    found = audit_record(rec, as_agreement(agreement() | {"recognition": rules, "caps": []}), ON)
    assert {(row.clause, row.course, row.credits) for row in found.recognised} == {
        ("1", "B", 5),
        ("2", "A", 4),
        ("3", "C + D", 7),
    }
    block = [{"clause": "1", "block": ["D", "E"], "convert": True, "slot": "core"}]
    found = audit_record(rec, as_agreement(agreement() | {"recognition": block, "caps": []}), ON)
    assert [(row.course, row.credits, row.places) for row in found.recognised] == [("credential P", 5, 2)]


def test_a_long_menu_is_solved_for_the_most_credits() -> None:
    """Forty courses with a clause each, alike but for one: the search must not stop at the first that it finds."""
    courses = [f"C{number}" for number in range(40)]
    rules = [{"clause": c, "course": c, "slot": "core", "credits": 3 if c != "C39" else 4} for c in courses]
    receiving = {"institution": "Receiving", "program": "Degree", "slots": [{"slot": "core", "courses": 5}]}
    rec = record()
    rec["credentials"][0]["courses"] = [{"id": name, "grade": percent(75)} for name in courses]
    document = agreement() | {"recognition": rules, "caps": [], "receiving": receiving}
    found = audit_record(rec, as_agreement(document), ON)
    assert sum(row.credits for row in found.recognised) == 16


@thorough(60)
@given(
    st.lists(offers, min_size=1, max_size=3),
    st.integers(0, 20),
    st.sets(st.sampled_from(COURSES)),
    st.one_of(st.none(), st.integers(0, 2)),
)
def test_where_there_is_no_choice_the_search_finds_the_same(some, most, gated, gate) -> None:
    limits = [Limit(Decimal(most), tuple(offer.credits for offer in some))]
    search = assignment._Search(some, limits, frozenset(gated), gate, True)
    search.run()
    assert assignment._without_choice(some, limits, frozenset(gated), gate) in (None, search.filled)
    apart = [replace(offer, courses=tuple(f"{i}{c}" for c in offer.courses)) for i, offer in enumerate(some)]
    free = assignment._Search(apart, (), frozenset(), None, True)
    free.run()
    assert assignment._without_choice(apart, (), frozenset(), None) == free.filled
