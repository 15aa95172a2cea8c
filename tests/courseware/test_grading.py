"""The course grade, step by step as Open edX works it out."""

import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkspan.courseware.rules.grading import (
    PolicyError,
    ProblemScore,
    Subsection,
    grade_course,
    read_policy,
)
from linkspan.courseware.rules.grading_file import grade_cases

WORKED = Path(__file__).parents[2].parent / "shared" / "reference" / "grading-cases.json"
PASS = {"Pass": 0.5}


def policy(*graders: dict[str, Any], cutoffs: dict[str, float] | None = None) -> Any:
    full = [{"min_count": 1, "drop_count": 0, "weight": 1.0, "type": "HW"} | grader for grader in graders]
    return read_policy({"GRADER": full, "GRADE_CUTOFFS": PASS if cutoffs is None else cutoffs})


def part(earned: float, possible: float | None, form: str = "HW", **more: Any) -> Subsection:
    return Subsection(form, form, True, (ProblemScore(earned, possible, **more),))


def share(*parts: Subsection, **grader: Any) -> float:
    return grade_course(policy(grader), parts).share


def test_weight_replaces_the_points_a_problem_is_worth() -> None:
    mixed = Subsection("", "HW", True, (ProblemScore(1, 1, 5), ProblemScore(0, 2)))
    assert grade_course(policy({}), [mixed]).subsections[0].possible == 7
    assert share(part(1, 1, weight=0), part(1, 2)) == 0.5  # weight 0 takes it out
    assert share(part(0, 0, weight=5), part(1, 2)) == 0.5  # nothing to scale
    assert share(part(7, 10, weight=5, weighted=True)) == 0.7  # weighted already


def test_what_does_not_count_is_neither_a_zero_nor_a_place() -> None:
    assert share(part(1, 1), Subsection("", "HW", True, ())) == 1
    assert share(part(1, 1), part(0, 1, graded=False)) == 1
    assert share(part(1, 1), part(0, None)) == 1
    assert share(part(1, 1), Subsection("", "HW", False, (ProblemScore(0, 1),))) == 1
    assert share(part(1, 1), part(0, 1, form="Lab")) == 1  # no grader reads that format


def test_missing_entries_count_nothing_and_the_lowest_are_dropped_the_later_of_equals() -> None:
    assert share(part(1, 1), min_count="4") == 0.25
    dropped = grade_course(policy({"drop_count": 1}), [part(1, 2), part(1, 1), part(1, 2)]).formats[0]
    assert (dropped.dropped, dropped.average) == ((2,), 0.75)
    assert share(part(1, 1), drop_count=1) == 0


@pytest.mark.parametrize(
    ("points", "percent"), [(595, 60), (5945, 60), (5944, 59), (5045, 50), (594451, 60), (995, 100), (44, 0)]
)
def test_the_two_roundings_of_open_edx_in_its_order(points: int, percent: int) -> None:
    possible = {995: 1000, 595: 1000, 594451: 1_000_000, 44: 10_000}.get(points, 10_000)
    assert grade_course(policy({}), [part(points, possible)]).percent == Decimal(percent)


def test_a_letter_is_the_highest_reached_and_a_cut_off_of_nothing_passes_nobody() -> None:
    whole = grade_course(policy({}, cutoffs={"A": 0.5, "F": 0.0}), [part(1, 10)])
    assert (whole.letter, whole.passed) == ("F", False)
    equal = grade_course(policy({}, cutoffs={"A": 0.6, "Pass": 0.6}), [part(6, 10)])
    assert (equal.letter, equal.passed) == ("A", True)
    assert grade_course(policy({}, cutoffs={}), [part(1, 1)]).passed is False


def test_labels_of_the_breakdown() -> None:
    two = grade_course(policy({"min_count": 2, "short_label": "Q", "starting_index": 4}), [part(1, 1)])
    assert two.formats[0].labels == ("Q 04", "Q 05", "Q Avg")
    hidden = grade_course(policy({"min_count": 2, "hide_average": True, "show_only_average": True}), [part(1, 1)])
    assert (hidden.formats[0].labels, hidden.share) == ((), 0.5)


@pytest.mark.parametrize(
    "broken",
    [
        {"GRADER": [{"type": "HW", "drop_count": 0}]},
        {"GRADER": [{"type": "HW", "min_count": 1}]},
        {"GRADER": [{"type": "HW", "min_count": 10**9, "drop_count": 0}]},
        {"GRADER": [{"type": "HW", "min_count": 1, "drop_count": -1}]},
        {"GRADER": [{"type": "HW", "min_count": 1, "drop_count": 0, "weight": "nan"}]},
        {"GRADER": [{"min_count": 1, "drop_count": 0}]},
        {"GRADER": {}},
        {"GRADE_CUTOFFS": {"Pass": None}},
        {"GRADE_CUTOFFS": []},
    ],
)
def test_a_policy_that_cannot_be_used_is_refused_by_place(broken: dict[str, Any]) -> None:
    with pytest.raises(PolicyError):
        read_policy(broken)
    (result,) = grade_cases({"cases": [{"id": "x", "policy": broken, "subsections": []}]})
    assert result["error"] == "ValueError"


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(1, 20)), max_size=8), st.integers(0, 6), st.integers(0, 6))
def test_more_points_never_lower_a_grade(scores: list[tuple[int, int]], least: int, drop: int) -> None:
    rules = policy({"min_count": least, "drop_count": drop})
    before = [part(min(earned, possible), possible) for earned, possible in scores]
    after = [part(possible, possible) for _, possible in scores]
    low, high = grade_course(rules, before), grade_course(rules, after)
    assert 0 <= low.share <= high.share <= 1


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(max_size=3), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "policy", "subsections", "scores", "GRADER", "type", "earned", "possible", "submission", "override"]), inner, max_size=4)))  # fmt: skip  # noqa: E501
def test_no_case_ends_in_a_traceback(case: Any) -> None:
    (result,) = grade_cases({"cases": [case]})
    assert "error" in result or "percent" in result


@pytest.mark.acceptance
@pytest.mark.skipif(not WORKED.exists(), reason="../shared is not here")
def test_every_worked_case_of_the_platform_agrees() -> None:
    command = [sys.executable, "-m", "linkspan.site.command", "courses", "grade", str(WORKED), "--json"]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    results = {result["id"]: result for result in json.loads(answer.stdout)["results"]}
    cases = json.loads(WORKED.read_text())["cases"]
    assert [case["id"] for case in cases if not _same(case["expected"], results[case["id"]])] == []


def _same(expected: Any, found: Any) -> bool:
    if isinstance(expected, dict):
        return all(name in found and _same(value, found[name]) for name, value in expected.items())
    if isinstance(expected, list):
        return len(expected) == len(found) and all(map(_same, expected, found))
    if isinstance(expected, float):
        return abs(expected - found) < 1e-9
    return bool(expected == found)
