"""Accommodations as rules: time in whole seconds and never less, whatever the order; what stands; breaks."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkspan.exams.rules.accommodations import (
    MOST_PARTS,
    Accommodation,
    Arranged,
    Break,
    Decided,
    breaks_of,
    checked,
    extra_percent,
    extra_time,
    in_force,
    is_more,
    standing,
)
from linkspan.exams.rules.accommodations import AccommodationKind as Kind
from linkspan.kernel.errors import Refused, Unusable

NOW = datetime(2018, 6, 2, 15, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
BASES = st.integers(1, 600).map(lambda minutes: minutes * MINUTE)
TIMED = st.one_of(
    st.integers(1, 200).map(extra_percent),
    st.integers(1, 480).map(lambda minutes: Accommodation(Kind.MINUTES, minutes)),
    st.sampled_from([Accommodation(kind) for kind in (Kind.READER, Kind.PAPER, Kind.ROOM, Kind.EXEMPTION)]),
)


@given(BASES, st.lists(TIMED, max_size=4), st.randoms())
def test_time_is_never_less_in_whole_seconds_and_in_any_order(base, held, random) -> None:
    more = extra_time(base, held)
    assert more >= timedelta() and more % timedelta(seconds=1) == timedelta()
    shuffled = list(held)
    random.shuffle(shuffled)
    assert extra_time(base, shuffled) == more
    for at in range(len(held)):
        assert extra_time(base, held[:at] + held[at + 1 :]) <= more


@given(BASES, st.integers(1, 200), st.integers(1, 480))
def test_time_is_the_multiplier_then_the_minutes_rounded_up(base, percent, minutes) -> None:
    exact = base * percent / 100 + minutes * MINUTE
    told = extra_time(base, [extra_percent(percent), Accommodation(Kind.MINUTES, minutes)])
    assert exact <= told < exact + timedelta(seconds=1)


def test_a_second_is_never_lost() -> None:
    assert extra_time(timedelta(seconds=61), [extra_percent(1)]) == timedelta(seconds=1)
    assert extra_time(timedelta(minutes=61), [extra_percent(33)]) == timedelta(seconds=1208)


WRONG = (
    extra_percent(0),
    extra_percent(201),
    extra_percent(-5),
    Accommodation(Kind.MINUTES, 0),
    Accommodation(Kind.MINUTES, -1),
    Accommodation(Kind.MINUTES, 10**9),
    Accommodation(Kind.BREAKS, 241),
    Accommodation(Kind.BREAKS, 0, 3),
    Accommodation(Kind.BREAKS, 5, -1),
    Accommodation(Kind.BREAKS, 1, 21),
    Accommodation(Kind.BREAKS, 100, 3),
    Accommodation(Kind.OTHER, words="  \n"),
    Accommodation(Kind.READER, words="x" * 301),
)


@pytest.mark.parametrize("one", WRONG, ids=str)
def test_what_is_out_of_range_is_unusable(one) -> None:
    with pytest.raises(Unusable):
        checked(one)


def test_a_kind_without_a_number_keeps_none_and_words_stand_in_one_line() -> None:
    assert checked(Accommodation(Kind.READER, 7, 3, " a  reader\nreads ")) == Accommodation(
        Kind.READER, words="a reader reads"
    )
    assert checked(Accommodation(Kind.MINUTES, 7, 3)) == Accommodation(Kind.MINUTES, 7)


def test_more_is_more_of_its_own_kind() -> None:
    held = [extra_percent(25), Accommodation(Kind.BREAKS, 5, 3), Accommodation(Kind.OTHER, words="A lamp")]
    assert not is_more(extra_percent(25), held) and is_more(extra_percent(26), held)
    assert not is_more(Accommodation(Kind.BREAKS, 15), held) and is_more(Accommodation(Kind.BREAKS, 16), held)
    assert is_more(Accommodation(Kind.MINUTES, 1), held)
    assert not is_more(held[2], held) and is_more(Accommodation(Kind.OTHER, words="A chair"), held)
    assert is_more(Accommodation(Kind.ROOM), held)


def test_of_each_kind_what_was_decided_last_stands() -> None:
    ten, lamp = Accommodation(Kind.MINUTES, 10), Accommodation(Kind.OTHER, words="A lamp")
    chair = Accommodation(Kind.OTHER, words="A chair")
    decided = [
        Decided(extra_percent(25), approved=True),
        Decided(lamp, approved=True),
        Decided(ten, approved=True),
        Decided(extra_percent(50), approved=False, asks_more=True),
        Decided(chair, approved=True, asks_more=True),
    ]
    kept = [Arranged(extra_percent(25)), Arranged(ten), Arranged(chair), Arranged(lamp)]
    assert list(standing(decided, NOW)) == kept
    assert standing([*decided, Decided(extra_percent(25), approved=False)], NOW) == tuple(kept[1:])


def test_a_last_day_is_over_when_it_is_over_everywhere() -> None:
    day = date(2018, 6, 2)
    assert in_force(day, datetime(2018, 6, 3, 11, 59, tzinfo=UTC))
    assert not in_force(day, datetime(2018, 6, 3, 12, tzinfo=UTC))
    some, more = extra_percent(25), extra_percent(50)
    before = [Decided(some, approved=True), Decided(more, approved=True, asks_more=True, last_day=date(2018, 6, 1))]
    assert standing(before, NOW) == (Arranged(some),)
    assert standing([Decided(some, approved=True), Decided(more, True, False, date(2018, 6, 1))], NOW) == ()


@given(st.integers(1, 240), st.lists(st.integers(1, 14400), max_size=60))
def test_minutes_in_all_are_never_exceeded(minutes, wanted) -> None:
    taken, at = [], NOW
    for seconds in wanted:
        found = breaks_of([Accommodation(Kind.BREAKS, minutes)], taken)
        try:
            lasts = min(found.next(), timedelta(seconds=seconds))
        except Refused:
            break
        taken.append(Break(at, at + lasts))
        at += lasts + MINUTE
    assert sum((one.lasted for one in taken), timedelta()) <= minutes * MINUTE and len(taken) <= MOST_PARTS


def test_breaks_by_number_have_each_its_minutes() -> None:
    held = [Accommodation(Kind.BREAKS, 5, 2)]
    first = Break(NOW, NOW + timedelta(seconds=1))
    assert breaks_of(held, []).next() == breaks_of(held, [first]).next() == 5 * MINUTE
    with pytest.raises(Refused) as refusal:
        breaks_of(held, [first, first]).next()
    assert refusal.value.code == "breaks_used"
    with pytest.raises(Refused) as refusal:
        breaks_of([extra_percent(25)], []).next()
    assert refusal.value.code == "no_breaks"
