"""Audits: the three values, the gap, the smallest missing set, recognition with caps."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.pathways.examples import agreement, percent, record
from tests.pathways.trees import PLAIN

from linkspan.kernel.errors import Unusable
from linkspan.pathways.rules.agreement.shapes import as_agreement
from linkspan.pathways.rules.audit.record import audit_record
from linkspan.pathways.rules.language.evaluate import Outcome, evaluate
from linkspan.pathways.rules.language.grammar import check_node

ON = date(2019, 6, 1)


def audit(rec=None, agr=None, on=ON):
    return audit_record(rec or record(), as_agreement(agr or agreement()), on)


def clause(found, name: str):
    return next(r.finding for r in found.requirements if r.clause == name)


def test_met() -> None:
    found = audit()
    assert found.outcome == Outcome.MET
    assert sum(row.credits for row in found.recognised) == 16
    assert found.tuition_waived.as_json() == {"minor": 1080000, "currency": "USD"}
    assert found.missing == ()


def test_without_degrees_it_is_unknown_and_names_the_clause() -> None:
    rec = record()
    del rec["degrees"]
    found = audit(rec)
    assert (found.outcome, clause(found, "2").outcome) == (Outcome.UNKNOWN, Outcome.UNKNOWN)
    assert [item.clause for item in found.missing] == ["2"]


def test_an_unchecked_degree_is_unknown() -> None:
    rec = record()
    del rec["degrees"][0]["accredited"]
    assert audit(rec).outcome == Outcome.UNKNOWN


def test_one_point_short_is_named() -> None:
    rec = record()
    rec["tests"][0]["score"] = 99
    found = clause(audit(rec), "3")
    assert (found.outcome, found.gap) == (Outcome.NOT_MET, Decimal(1))


@pytest.mark.parametrize(
    ("change", "on", "status"),
    [
        ({}, date(2018, 9, 30), "not_yet_in_force"),
        ({"valid_to": "2019-06-01"}, ON, "no_longer_in_force"),
        ({"status": "in_qualification"}, ON, "in_qualification"),
    ],
)
def test_an_agreement_not_in_force_recognises_nothing(change, on, status) -> None:
    found = audit(agr=agreement() | change, on=on)
    assert (found.outcome, found.status, found.recognised) == (Outcome.NOT_MET, status, ())
    assert clause(found, "status").outcome == Outcome.NOT_MET


def test_a_low_grade_is_refused_with_its_clause() -> None:
    rec = record()
    for row in rec["credentials"][0]["courses"][:2]:
        row["grade"] = percent(55)
    found = audit(rec)
    assert len(found.recognised) == 3
    assert {(row.what, row.clause) for row in found.refused} == {("A", "4"), ("B", "4")}


def test_caps() -> None:
    found = audit(agr=agreement() | {"caps": [{"clause": "5", "max_fraction_external": 0.25}]})
    assert sum(row.credits for row in found.recognised) == 12
    assert found.refused[-1].clause == "5"


def test_exclusive_agreements() -> None:
    rec = record() | {"recognised_elsewhere": ["other"]}
    found = audit(rec, agreement() | {"caps": [{"clause": "5", "exclusive_with": ["other"]}]})
    assert found.recognised == ()


def test_a_slot_that_only_one_course_fits_gets_it() -> None:
    rules = [
        {"clause": "4", "any_of": ["A", "B"], "slot": "statistics", "credits": 4, "times": 1},
        {"clause": "5", "any_of": ["A"], "slot": "core", "credits": 4, "times": 1},
    ]
    found = audit(agr=agreement() | {"recognition": rules, "caps": []})
    assert {(row.slot, row.course) for row in found.recognised} == {("statistics", "B"), ("core", "A")}


def test_old_courses_are_refused() -> None:
    rules = [{"clause": "4", "course": "A", "slot": "core", "credits": 4, "valid_years": 1}]
    found = audit(agr=agreement() | {"recognition": rules})
    assert found.recognised == () and "more than 1 years ago" in found.refused[0].reason


@pytest.mark.parametrize(
    "rule",
    [
        {"compare": ["a", "~", 1]},
        {"eval": "1"},
        {"all": []},
        {"at_least": 3, "of": [{"exists": "x"}]},
        {"exists": "x", "extra": 1},
        {"sum": "credits", "op": ">=", "value": 1},
        {"age": ["d", "<", {"weeks": 1}]},
        [],
        {"all": [{"exists": "x"}], "any": [{"exists": "x"}]},
    ],
)
def test_what_is_not_of_the_language_is_refused(rule) -> None:
    with pytest.raises(Unusable):
        check_node(rule, "rule")


def test_depth_is_bounded() -> None:
    rule = {"exists": "x"}
    for _ in range(30):
        rule = {"not": rule}
    with pytest.raises(Unusable):
        check_node(rule, "rule")


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"count": "courses", "op": ">=", "value": 2, "where": {"compare": ["credits", ">=", 4]}}, "met"),
        ({"count": "courses", "op": ">=", "value": 3}, "not_met"),
        ({"sum": "courses.credits", "op": ">=", "value": 8}, "met"),
        ({"sum": "courses.credits", "op": "<=", "value": 7}, "not_met"),
        ({"age": ["awarded", "<=", {"years": 1}]}, "met"),
        ({"age": ["awarded", "<=", {"years": 0}]}, "not_met"),
        ({"age": ["nothing", "<=", {"years": 1}]}, "unknown"),
        ({"before": ["awarded", "2019-01-01"]}, "met"),
        ({"compare": ["country", "in", ["KE", "UG"]]}, "met"),
        ({"not": {"compare": ["nothing", "==", 1]}}, "unknown"),
        ({"exists": "courses", "where": {"compare": ["home", "==", "x"]}}, "unknown"),
        ({"exists": "courses", "where": {"compare": ["^.country", "==", "KE"]}}, "met"),
        ({"exists": "none"}, "unknown"),
        ({"exists": "complete_none"}, "not_met"),
        ({"compare": ["grade", ">=", {"scale": "percent", "value": 60}]}, "unknown"),
        ({"compare": ["grade", ">=", {"scale": "letter", "value": "B"}]}, "met"),
    ],
)
def test_each_kind_of_node(rule, expected) -> None:
    rec = {
        "country": "KE",
        "awarded": "2018-10-01",
        "grade": {"scale": "letter", "value": "B+"},
        "courses": [{"credits": 4}, {"credits": "4"}],
        "none": [],
        "complete_none": [],
        "complete": ["complete_none", "courses"],
    }
    check_node(rule, "rule")
    assert evaluate(rule, rec, ON, PLAIN).outcome == expected


leaves = st.sampled_from([{"compare": [name, ">=", value]} for name in "ab" for value in (1, 2)] + [{"exists": "rows"}])
nodes = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda some: {"all": some}),
        st.lists(inner, min_size=1, max_size=3).map(lambda some: {"any": some}),
        st.lists(inner, min_size=2, max_size=3).map(lambda some: {"at_least": 2, "of": some}),
    ),
    max_leaves=8,
)
values = st.one_of(st.none(), st.integers(0, 3))


@given(nodes, values, values, st.sampled_from([[], [1], None]))
def test_unknown_is_exactly_where_more_evidence_could_decide(rule, a, b, rows) -> None:
    """Filling every gap both ways brackets the answer: a sound three-valued logic (Kleene 1952)."""
    rec = {"a": a, "b": b, "rows": rows and [{}]}
    found = evaluate(rule, rec, ON, PLAIN).outcome
    best = {"a": 9 if a is None else a, "b": 9 if b is None else b, "rows": [{}]}
    worst = {
        "a": 0 if a is None else a,
        "b": 0 if b is None else b,
        "rows": (rows and [{}]) or [],
        "complete": ["rows"],
    }
    high, low = evaluate(rule, best, ON, PLAIN).outcome, evaluate(rule, worst, ON, PLAIN).outcome
    if low == Outcome.MET:
        assert found == Outcome.MET
    if high == Outcome.NOT_MET:
        assert found == Outcome.NOT_MET
    if found == Outcome.MET:
        assert low == high == Outcome.MET
    if found == Outcome.NOT_MET:
        assert low == high == Outcome.NOT_MET


@given(st.permutations(list("ABCDE")))
def test_the_order_of_courses_changes_no_amount(order) -> None:
    rec = record()
    rec["credentials"][0]["courses"] = [{"id": name, "grade": percent(75), "completed": "2018-01-15"} for name in order]
    assert sum(row.credits for row in audit(rec).recognised) == 16
