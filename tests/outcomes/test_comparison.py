"""Groups compared: intervals, and silence about few."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkspan.kernel.bands import FEWEST, FIVES, Band
from linkspan.outcomes.rules.comparison import Student, group_outcome, wilson
from linkspan.outcomes.rules.funnel import STEPS, Walk, cohort_funnels
from linkspan.outcomes.rules.told import ToldGroup, share, tell_group


@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_an_interval_holds_its_share(case) -> None:
    found = wilson(*case)
    share = case[0] / case[1]
    assert 0 <= found.low <= share + 1e-12
    assert share - 1e-12 <= found.high <= 1


def test_wilson_by_hand() -> None:
    found = wilson(8, 10)
    assert (round(found.low, 4), round(found.high, 4)) == (0.4902, 0.9433)
    with pytest.raises(ValueError):
        wilson(1, 0)


def student(points: str, graduated: bool = True) -> Student:
    return Student((Decimal(points),), graduated)


def test_few_people_say_nothing() -> None:
    few = tell_group(group_outcome("few", [student("4.0")] * (FEWEST - 1)))
    assert few == ToldGroup("few", Band(0, 4), None, None, None, None)


def test_a_group_is_told_in_fives() -> None:
    people = [student("3.7")] * 11 + [student("2.3", graduated=False)] * 6
    found = tell_group(group_outcome("enough", people))
    assert (found.students, found.courses, found.mean_points) == (Band(15, 19), Band(15, 19), Decimal("3.2"))
    assert (found.passed, found.graduated) == (share(Band(10, 14), Band(15, 19)),) * 2


def test_a_mean_at_an_end_of_the_scale_tells_of_each() -> None:
    best = [student("4.0")] * 12
    assert group_outcome("best", best + [student("3.0")] * (FEWEST - 1)).mean_points is None
    assert group_outcome("best", best + [student("3.0")] * FEWEST).mean_points == Decimal("3.7")
    assert group_outcome("worst", [student("0.0")] * 12).mean_points is None


@given(st.integers(0, 40), st.integers(5, 60))
def test_a_share_holds_the_interval_of_every_count_that_may_be_and_tells_none(part, whole) -> None:
    part = min(part, whole)
    found = share(FIVES.band(part), FIVES.band(whole))
    exact = wilson(part, whole)
    assert found.low <= exact.low + 1e-12 and exact.high <= found.high + 1e-12
    same = (other for other in range(whole + 1) if FIVES.band(other) == FIVES.band(part))
    assert {share(FIVES.band(other), FIVES.band(whole)) for other in same} == {found}


def test_students_without_a_course_have_no_grades() -> None:
    found = tell_group(group_outcome("new", [Student((), False)] * FEWEST))
    assert (found.courses, found.mean_points, found.passed) == (Band(0, 4), None, None)


@given(st.lists(st.tuples(st.sampled_from(["2017", "2018"]), st.sets(st.sampled_from(STEPS)))))
def test_everybody_counts_once_in_each_step_of_their_cohort(rows) -> None:
    walks = [Walk(cohort, frozenset(reached)) for cohort, reached in rows]
    found = cohort_funnels("P", walks)
    assert sum(sum(row.counts) for row in found) == sum(len(reached) for _, reached in rows)
    assert [row.cohort for row in found] == sorted({cohort for cohort, _ in rows})
