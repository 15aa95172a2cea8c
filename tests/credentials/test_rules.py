"""Completion of requirement trees, and the grading policy of a program."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkspan.credentials.rules import (
    Result,
    best_completion,
    check_policy,
    completion,
    grading_policy,
    program_grade,
)
from linkspan.credentials.rules.tree import LETTERS, years_after
from linkspan.kernel.errors import Unusable

DAY = date(2018, 6, 1)
FIVE = [f"MITx/SC{n}x" for n in range(5)]
TREE = {"all": [*({"course": key, "min_percent": 60} for key in FIVE), {"exam": "CFx", "min_percent": 60}]}


def held(*keys: str, percent: int | None = 75, on: date = DAY, letter: str | None = None) -> list[Result]:
    return [Result(key, None if percent is None else Decimal(percent), on, letter) for key in keys]


def why(judged) -> list[str]:
    return [part.reason() for part in judged.lacking]


def test_all_courses_and_the_exam() -> None:
    assert completion(TREE, held(*FIVE, "CFx")).complete


def test_what_lacks_is_named() -> None:
    judged = completion(TREE, held(*FIVE[:4]) + held("CFx", percent=55))
    assert not judged.complete
    assert why(judged) == ["MITx/SC4x: no grade on record yet", "CFx: 55%, 60% needed"]


def test_the_best_attempt_counts() -> None:
    judged = completion({"course": "a", "min_percent": 60}, held("a", percent=40) + held("a", percent=61))
    assert judged.complete


def test_three_of_five_and_the_others_are_not_missing() -> None:
    tree = {"at_least": 3, "of": [{"course": key} for key in FIVE]}
    judged = completion(tree, held(*FIVE[:3]))
    assert (judged.complete, judged.lacking) == (True, ())
    short = completion(tree, held(*FIVE[:2]))
    assert why(short)[0] == "3 of 5 needed, 2 met"
    assert len(why(short)) == 4


def test_a_letter_is_not_zero_percent_but_unknown() -> None:
    judged = completion({"course": "a", "min_percent": 60}, held("a", percent=None, letter="B+"))
    assert not judged.complete
    assert why(judged) == ["a: B+ on record and 60% needed: the percentage is not known, ask the registrar"]
    letters = {"course": "a", "min_letter": "B"}
    assert completion(letters, held("a", percent=None, letter="B+")).complete
    assert why(completion(letters, held("a", percent=None, letter="B-"))) == ["a: B-, B needed"]
    assert "letter is not known" in why(completion(letters, held("a", percent=90)))[0]


def test_a_failed_course_does_not_count_without_a_minimum() -> None:
    failed = [Result("a", Decimal(10), DAY, passed=False)]
    assert why(completion({"course": "a"}, failed)) == ["a: 10%, not passed"]


def test_a_result_counts_for_its_years() -> None:
    tree = {"exam": "CFx", "min_percent": 60, "valid_years": 5}
    assert completion(tree, held("CFx"), on=date(2023, 6, 1)).complete
    late = completion(tree, held("CFx"), on=date(2023, 6, 2))
    assert why(late) == ["CFx: 75% of 2018-06-01 counted until 2023-06-01"]
    again = held("CFx") + held("CFx", percent=61, on=date(2022, 1, 1))
    assert completion(tree, again, on=date(2023, 6, 2)).complete


def test_a_group_within_years() -> None:
    tree = {"all": [{"course": "a"}, {"course": "b"}], "within_years": 3}
    far = held("a", on=date(2014, 1, 1)) + held("b", on=date(2018, 1, 1))
    judged = completion(tree, far)
    assert why(judged) == ["met, but not within 3 years"]
    assert completion(tree, [*far, *held("a", percent=50, on=date(2016, 1, 1))]).complete
    assert not completion(tree, held("b")).complete


def test_nested_programs_by_credential_or_by_their_tree() -> None:
    tree = {"all": [{"program": "MITx/SCM"}, {"course": "x"}]}
    inner = {"MITx/SCM": {"course": "a"}}
    assert completion(tree, held("x") + [Result("MITx/SCM", None, DAY, passed=True)]).complete
    assert completion(tree, held("x", "a"), programs=inner).complete
    assert why(completion(tree, held("x"), programs=inner)) == ["MITx/SCM: not complete", "a: no grade on record yet"]
    ring = {"p": {"program": "q"}, "q": {"program": "p"}}
    assert not completion({"program": "p"}, [], programs=ring).complete


def test_the_catalogue_year_that_serves_best() -> None:
    new = completion({"course": "b"}, held("a"), catalogue_year=2019)
    old = completion({"course": "a"}, held("a"), catalogue_year=2018)
    assert best_completion([new, old]).catalogue_year == 2018
    assert best_completion([new, completion({"course": "c"}, held("a"), catalogue_year=2018)]).catalogue_year == 2019


def test_29_february() -> None:
    assert years_after(date(2016, 2, 29), 1) == date(2017, 2, 28)


@given(st.lists(st.sampled_from([*FIVE, "CFx"])), st.lists(st.sampled_from([*FIVE, "CFx"])))
def test_more_results_never_harm(some: list[str], more: list[str]) -> None:
    if completion(TREE, held(*some)).complete:
        assert completion(TREE, held(*some, *more)).complete


LEAF = st.one_of(
    st.builds(lambda k: {"course": k}, st.sampled_from("abcd")),
    st.builds(lambda k: {"exam": k, "min_percent": 60}, st.sampled_from("abcd")),
)
TREES = st.recursive(
    LEAF,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"all": parts}),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"at_least": 1, "of": parts}),
    ),
    max_leaves=8,
)
RESULTS = st.lists(st.builds(lambda k, p: held(k, percent=p)[0], st.sampled_from("abcd"), st.integers(0, 100)))


@given(TREES, RESULTS)
def test_complete_exactly_if_nothing_lacks(tree, results) -> None:
    judged = completion(tree, results)
    assert judged.complete == (not judged.lacking)
    assert all(part.reason() for part in judged.lacking)


POLICY = {
    "course_weight": "60",
    "exam_weight": "40",
    "attempts": "best",
    "bands": {"A": "90", "B": "75", "C": "60"},
    "pass_percent": "60",
    "exam_pass_percent": "60",
}


def graded(courses: dict, exams: dict, **changes):
    keyed = [
        {key: [r for p in values for r in held(key, percent=p)] for key, values in d.items()} for d in (courses, exams)
    ]
    return program_grade(grading_policy(POLICY | changes), *keyed)


def test_weights_bands_and_rounding() -> None:
    grade = graded({"a": [80], "b": [91]}, {"x": [72]})
    assert (str(grade.percent), grade.letter, grade.passed) == ("80.1", "B", True)


def test_the_exam_itself_must_be_passed() -> None:
    grade = graded({"a": [100]}, {"x": [59]})
    assert not grade.passed
    assert "the exam itself must be passed" in grade.reasons[-1]
    policy = {name: value for name, value in POLICY.items() if name != "exam_pass_percent"}
    assert program_grade(grading_policy(policy), {"a": held("a", percent=100)}, {"x": held("x", percent=59)}).passed


@pytest.mark.parametrize(("attempts", "percent"), [("best", "90"), ("last", "50"), ("all", "70")])
def test_attempts(attempts, percent) -> None:
    results = held("x", percent=90) + held("x", percent=50, on=date(2019, 1, 1))
    policy = grading_policy(POLICY | {"attempts": attempts, "course_weight": "0", "exam_weight": "100"})
    assert str(program_grade(policy, {}, {"x": results}).percent) == percent


def test_an_unknown_grade_leaves_the_whole_unknown() -> None:
    policy = grading_policy(POLICY)
    grade = program_grade(policy, {"a": held("a", percent=None, letter="A")}, {"x": held("x")})
    assert (grade.percent, grade.passed, grade.reasons) == (None, False, ("No percentage on record: a",))
    assert program_grade(policy, {}, {}).percent is None


@pytest.mark.parametrize(
    "change",
    [
        {"course_weight": "0", "exam_weight": "0"},
        {"course_weight": "-1"},
        {"attempts": "first"},
        {"bands": {"E": "50"}},
        {"bands": {"A": "50", "B": "60"}},
        {"bands": ["A"]},
        {"pass_percent": "NaN"},
        {"pass_percent": "101"},
        {"exam_weight": "much"},
    ],
)
def test_broken_policies_are_refused(change) -> None:
    with pytest.raises(Unusable):
        grading_policy(POLICY | change)


@given(st.integers(0, 100), st.integers(0, 100), st.integers(0, 100))
def test_the_grade_lies_between_its_parts_and_better_work_never_harms(course, exam, more) -> None:
    grade, better = graded({"a": [course]}, {"x": [exam]}), graded({"a": [max(course, more)]}, {"x": [exam]})
    assert min(course, exam) <= grade.percent <= max(course, exam)
    assert better.percent >= grade.percent
    assert LETTERS.index(better.letter) >= LETTERS.index(grade.letter)


PUBLISHED = {"course_weight": "60", "exam_weight": "40", "pass_percent": "60", "bands": {"A": "90", "B": "75"}}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"course_wieght": "1"}, "course_wieght is unknown"),
        ({"course_weight": True}, "Weight of the courses: enter a number from 0 to 100"),
        ({"course_weight": None}, "Weight of the courses: enter a number from 0 to 100"),
        ({"course_weight": -1}, "Weight of the courses: enter a number from 0 to 100"),
        ({"exam_weight": "1e9"}, "Weight of the exams: enter a number from 0 to 100"),
        ({"exam_weight": "NaN"}, "Weight of the exams: enter a number from 0 to 100"),
        ({"course_weight": 0, "exam_weight": 0}, "one of them is more than zero"),
        ({"attempts": ["best"]}, "Of several attempts"),
        ({"bands": {"A": "90", "Z": "10"}}, "Letters are among"),
        ({"bands": {"A": "50", "B": "60"}}, "higher percentage"),
        ({"bands": {"A": "60", "B": "60"}}, "higher percentage"),
        ({"bands": [1]}, "Letters are among"),
        ({"pass_percent": 101}, "Percent from which the program is passed: enter a number from 0 to 100"),
        ({"pass_percent": {}}, "Percent from which the program is passed: enter a number from 0 to 100"),
    ],
)
def test_a_policy_that_cannot_be_used_is_not_published(change, words) -> None:
    with pytest.raises(Unusable, match=words):
        check_policy(PUBLISHED | change, ["X/A"], ["E"])


def test_a_policy_weighs_what_its_program_asks_for() -> None:
    check_policy(PUBLISHED, ["X/A"], ["E"])
    check_policy(PUBLISHED | {"exam_weight": 0}, ["X/A"], [])
    for courses, exams, words in ((["X/A"], [], "asks for no exam"), ([], ["E"], "asks for no course")):
        with pytest.raises(Unusable, match=words):
            check_policy(PUBLISHED, courses, exams)
    with pytest.raises(Unusable, match="asks for no exam"):
        check_policy(PUBLISHED | {"exam_weight": 0, "exam_pass_percent": 60}, ["X/A"], [])
    for strange in (None, [], "x"):
        with pytest.raises(Unusable, match="is an object"):
            check_policy(strange, ["X/A"], ["E"])
