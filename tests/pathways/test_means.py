"""The mean of grades in three values, its gap, and the least further work; the engines are compared elsewhere."""

from datetime import date

import pytest

from linkspan.kernel.errors import Unusable
from linkspan.pathways.rules.agreement.checks.paths import path_problems
from linkspan.pathways.rules.language.evaluate import evaluate
from linkspan.pathways.rules.language.findings import Outcome
from linkspan.pathways.rules.language.grammar import check_node, describe
from linkspan.pathways.rules.language.meaning import PRESENT, Reading

ON = date(2020, 6, 1)
PLAIN = Reading(PRESENT)
MEAN = {"mean": "courses.grade", "scale": "letter", "by": "credits", "op": ">=", "value": "3.25"}


def course(grade, credits=4, scale="letter", **more):
    return {"id": f"{grade}-{credits}", "grade": {"scale": scale, "value": grade}, "credits": credits, **more}


def judged(*courses, node=MEAN, complete=True):
    record = {"courses": list(courses), "complete": ["courses"] if complete else []}
    return evaluate(node, record, ON, PLAIN)


def test_met_by_weight_and_not_without_it() -> None:
    """Once B with 4 and A with 8: (12 + 32) / 12; without weights 3.5."""
    found = judged(course("B", 4), course("A", 8))
    assert (found.outcome, found.have, found.gap, found.missing) == (Outcome.MET, "3.66", None, ())
    assert found.evidence == ("B-4", "A-8")
    heavy = judged(course("B", 12), course("A", 1))
    assert (heavy.outcome, heavy.have, str(heavy.gap)) == (Outcome.NOT_MET, "3.07", "0.18")
    unweighted = {name: value for name, value in MEAN.items() if name != "by"}
    assert judged(course("B", 12), course("A", 1), node=unweighted).outcome == Outcome.MET


def test_the_least_further_work_lifts_the_mean_and_less_does_not() -> None:
    """Four credits of B lack one point over four; A brings 0.75 a credit: 1.34 credits."""
    found = judged(course("B", 4))
    assert found.missing == (f"1.34 more credits with the grade A: {describe(MEAN)}",)
    assert judged(course("B", 4), course("A", "1.34")).outcome == Outcome.MET
    assert judged(course("B", 4), course("A", "1.33")).outcome == Outcome.NOT_MET
    strict = {"mean": "courses.grade", "scale": "letter", "op": ">", "value": "3.5"}
    assert judged(course("B"), node=strict).missing == (f"2 more courses with the grade A: {describe(strict)}",)
    out_of_reach = MEAN | {"value": "4.2"}
    assert judged(course("A"), node=out_of_reach).missing == (f"0.2 grade points: {describe(out_of_reach)}",)


def test_exactly_the_need_is_met_and_nothing_looks_better_than_it_is() -> None:
    exact = MEAN | {"value": "3.5"}
    assert judged(course("B+"), course("A-"), node=exact).outcome == Outcome.MET
    assert judged(course("B+"), course("A-"), node=exact | {"op": ">"}).outcome == Outcome.NOT_MET
    near = judged(course("A", "2.9"), course("B", "7.1"), node=MEAN | {"value": "3.2901"})
    assert (near.outcome, near.have, str(near.gap)) == (Outcome.NOT_MET, "3.29", "0.01")


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (course("P"), "grade of P-4 is not on record as a grade of the letter scale"),
        (course("90", scale="percent"), "grade of 90-4 is not on record as a grade of the letter scale"),
        (course("A", None), "credits of A-None is not on record as a number"),
        (course("A", -1), "credits of A--1 is not on record as a number"),
        ({"id": "x", "credits": 4}, "grade of x is not on record as a grade of the letter scale"),
    ],
)
def test_a_row_that_cannot_be_counted_makes_it_unknown(row, reason) -> None:
    found = judged(course("A"), row)
    assert (found.outcome, found.reason) == (Outcome.UNKNOWN, reason)


def test_an_open_list_is_unknown_with_the_gap_so_far_and_an_empty_one_is_not_met() -> None:
    found = judged(course("B"), complete=False)
    assert (found.outcome, found.reason, str(found.gap)) == (Outcome.UNKNOWN, "other courses may exist", "0.25")
    assert judged(complete=False).outcome == Outcome.UNKNOWN
    assert (judged().outcome, judged().have) == (Outcome.NOT_MET, "none")


def test_what_was_failed_counts_and_what_was_left_or_goes_on_does_not() -> None:
    assert judged(course("A"), course("F", passed=False)).have == "2"
    for left in (course("W"), course("I"), course("AU"), course("A", status="withdrawn")):
        assert judged(course("B"), left).have == "3"


def test_rows_that_may_count_decide_only_where_they_change_nothing() -> None:
    node = MEAN | {"where": {"compare": ["level", "==", "graduate"]}}
    sure, other, maybe = course("A", level="graduate"), course("F", level="other"), course("B")
    assert judged(sure, other, node=node).outcome == Outcome.MET
    assert judged(sure, maybe, node=node).outcome == Outcome.MET
    assert judged(course("B+", level="graduate"), maybe, node=node).outcome == Outcome.UNKNOWN
    assert judged(maybe, node=node).outcome == Outcome.UNKNOWN


def test_on_a_scale_on_which_less_is_better() -> None:
    node = {"mean": "courses.grade", "scale": "german", "op": ">=", "value": "2.5"}
    good, bad = course("1.3", scale="german"), course("3.5", scale="german")
    assert (judged(good, node=node).outcome, judged(good, node=node).have) == (Outcome.MET, "1.3")
    found = judged(bad, node=node)
    assert (found.outcome, str(found.gap)) == (Outcome.NOT_MET, "1.00")
    assert found.missing == ("1 more course with the grade 1: mean grade of courses 2.5 or better on the german scale",)


@pytest.mark.parametrize(
    "wrong",
    [
        {"mean": "courses"},
        {"by": "a.b"},
        {"by": 3},
        {"scale": ""},
        {"op": "=="},
        {"op": []},
        {"value": -1},
        {"value": "x"},
    ],
)
def test_what_is_no_mean(wrong) -> None:
    with pytest.raises(Unusable):
        check_node(MEAN | wrong, "rule")


def test_its_paths_are_checked() -> None:
    check_node(MEAN, "rule")
    assert list(path_problems(MEAN, "1")) == []
    assert [p.code for p in path_problems(MEAN | {"by": "weight"}, "1")] == ["field_unknown"]
