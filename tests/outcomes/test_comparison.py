"""Groups compared: intervals, and silence about few."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkspan.outcomes.rules.comparison import FEWEST, Student, group_outcome, wilson
from linkspan.outcomes.rules.funnel import STEPS, Walk, cohort_funnels


@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_an_interval_holds_its_share(case) -> None:
    found = wilson(*case)
    assert 0 <= found.low <= found.share + 1e-12
    assert found.share - 1e-12 <= found.high <= 1


def test_wilson_by_hand() -> None:
    found = wilson(8, 10)
    assert (round(found.low, 4), round(found.high, 4)) == (0.4902, 0.9433)
    with pytest.raises(ValueError):
        wilson(1, 0)


def test_few_people_say_nothing() -> None:
    student = Student((Decimal("4.0"),), True)
    few = group_outcome("few", [student] * (FEWEST - 1))
    assert (few.students, few.courses, few.mean_points, few.passed, few.graduated) == (None,) * 5
    enough = group_outcome("enough", [student] * (FEWEST - 1) + [Student((Decimal("2.3"),), False)])
    assert (enough.mean_points, enough.passed.share, enough.graduated.share) == (Decimal("3.66"), 0.8, 0.8)


def test_students_without_a_course_have_no_grades() -> None:
    found = group_outcome("new", [Student((), False)] * FEWEST)
    assert (found.mean_points, found.passed, found.graduated.share) == (None, None, 0.0)


@given(st.lists(st.tuples(st.sampled_from(["2017", "2018"]), st.sets(st.sampled_from(STEPS)))))
def test_everybody_counts_once_in_each_step_of_their_cohort(rows) -> None:
    walks = [Walk(cohort, frozenset(reached)) for cohort, reached in rows]
    found = cohort_funnels("P", walks)
    assert sum(sum(row.counts) for row in found) == sum(len(reached) for _, reached in rows)
    assert [row.cohort for row in found] == sorted({cohort for cohort, _ in rows})
