"""Assignments: against every possible choice, under caps and gates, and the same whatever the order of rows."""

from decimal import Decimal
from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.pathways.examples import agreement, percent, record

from linkspan.pathways.rules.assignment import Limit, Offer, assign
from linkspan.pathways.rules.audit import audit_record, check_agreement_shape
from linkspan.pathways.rules.values import as_date

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


@settings(max_examples=60, deadline=None)
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


@given(st.permutations(range(5)), st.lists(st.sampled_from([50, 75]), min_size=5, max_size=5))
def test_the_order_of_rows_changes_nothing(order, grades) -> None:
    rec = record()
    rows = [
        {"id": name, "grade": percent(g), "completed": "2018-01-15"} for name, g in zip(COURSES, grades, strict=True)
    ]
    plain = rec["credentials"][0]
    plain["courses"] = rows
    first = audit_record(rec, check_agreement_shape(agreement()), ON)
    plain["courses"] = [rows[position] for position in order]
    again = audit_record(rec, check_agreement_shape(agreement()), ON)
    assert (again.recognised, again.refused) == (first.recognised, first.refused)


def recognised(rules, caps=(), **more):
    document = agreement() | {"recognition": rules, "caps": list(caps)} | more
    return audit_record(record() | more.pop("record", {}), check_agreement_shape(document), ON)


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
    document = check_agreement_shape(agreement() | {"recognition": rules, "caps": caps})
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
    assert audit_record(rec, check_agreement_shape(plain | {"units": units}), ON).recognised[0].credits == 3
    refused = audit_record(rec, check_agreement_shape(plain), ON)
    assert refused.recognised == () and "no conversion" in refused.refused[0].reason
