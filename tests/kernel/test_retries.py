"""Pauses grow, differ a little, and end."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from tests.factories.people import NOW

from linkspan.kernel.retries import LEASES, MOST_TRIES, PAUSES, SPREAD, Lane, due_again

CHANCES = st.floats(0, 1)


@given(st.integers(1, MOST_TRIES - 1), CHANCES)
def test_a_pause_is_never_shorter_and_a_fifth_longer_at_most(tries, chance) -> None:
    pause = due_again(tries, NOW, chance) - NOW
    assert PAUSES[tries - 1] <= pause <= PAUSES[tries - 1] * (1 + SPREAD)


@given(st.integers(1, MOST_TRIES - 2), CHANCES, CHANCES)
def test_the_next_pause_is_longer_whatever_the_chance(tries, one, other) -> None:
    assert due_again(tries, NOW, one) < due_again(tries + 1, NOW, other)


@given(st.integers(MOST_TRIES, 10_000), CHANCES)
def test_after_the_last_try_a_person_looks(tries, chance) -> None:
    assert due_again(tries, NOW, chance) is None


def test_a_failure_of_a_day_and_a_half_loses_nothing() -> None:
    assert sum(PAUSES, timedelta()) > timedelta(hours=36)


def test_every_lane_but_the_fast_one_is_held_by_a_lease() -> None:
    assert set(LEASES) == set(Lane) - {Lane.FAST}
