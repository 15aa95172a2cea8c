"""Completion of requirement trees."""

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from linkspan.credentials.rules import Result, completion

DAY = date(2018, 6, 1)
FIVE = [f"MITx/SC{n}x" for n in range(5)]
TREE = {"all": [*({"course": key, "min_percent": 60} for key in FIVE), {"exam": "CFx", "min_percent": 60}]}


def held(*keys: str, percent: int = 75) -> list[Result]:
    return [Result(key, Decimal(percent), DAY) for key in keys]


def test_all_courses_and_the_exam() -> None:
    assert completion(TREE, held(*FIVE, "CFx")).complete


def test_what_lacks_is_named() -> None:
    judged = completion(TREE, held(*FIVE[:4]) + held("CFx", percent=55))
    assert not judged.complete
    assert [part.key for part in judged.lacking] == ["MITx/SC4x", "CFx"]
    assert "55 %, 60 % needed" in judged.lacking[1].reason()


def test_the_best_attempt_counts() -> None:
    judged = completion({"course": "a", "min_percent": 60}, held("a", percent=40) + held("a", percent=61))
    assert judged.complete


def test_three_of_five() -> None:
    tree = {"at_least": 3, "of": [{"course": key} for key in FIVE]}
    assert completion(tree, held(*FIVE[:3])).complete
    assert not completion(tree, held(*FIVE[:2])).complete


@given(st.lists(st.sampled_from([*FIVE, "CFx"])), st.lists(st.sampled_from([*FIVE, "CFx"])))
def test_more_results_never_harm(some: list[str], more: list[str]) -> None:
    if completion(TREE, held(*some)).complete:
        assert completion(TREE, held(*some, *more)).complete
