"""Forms, marking, deadlines, moves and authorisation."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkspan.exams import rules
from linkspan.exams.rules import IN_REVIEW, MOVES, AttemptState, Difficulty, Draw, Exam, Item, ItemKind
from linkspan.kernel.errors import Unusable

START = datetime(2018, 10, 3, 12, tzinfo=UTC)
EXAM = Exam("X", "I/P", "I", "Exam", timedelta(hours=2), Decimal(60), 2, ("I/A", "I/B"))
BANK = tuple(Item(f"{g}{n}", g, ItemKind.TEXT, "?", (), ("x",)) for g in "abc" for n in range(5))
MIXED = tuple(replace(item, difficulty=[None, *Difficulty][n % 4]) for n, item in enumerate(BANK * 4))
MIXED = tuple(replace(item, id=f"{item.id}.{n}") for n, item in enumerate(MIXED))
lines = st.lists(
    st.builds(Draw, st.sampled_from("abc"), st.integers(0, 5), st.sampled_from([None, *Difficulty])),
    unique_by=lambda line: (line.group, line.difficulty),
    max_size=12,
)


@given(lines, st.integers(0, 2**62), st.sets(st.sampled_from([item.id for item in MIXED])))
def test_a_form_holds_what_its_blueprint_asks_and_the_same_seed_draws_it_again(lines, seed, worn) -> None:
    form = rules.draw_form(MIXED, lines, seed, worn)
    held = {item.id: item for item in MIXED}
    assert len(set(form)) == len(form) == sum(line.count for line in lines)
    place = 0
    for line in lines:
        drawn, place = form[place : place + line.count], place + line.count
        assert all(line.fits(held[name]) for name in drawn)
        left = {item.id for item in MIXED if line.fits(item)} - set(form)
        assert not (set(drawn) & worn and left - worn), "a worn item was drawn where a fresh one was left"
    assert form == rules.draw_form(reversed(MIXED), lines, seed, worn)


def test_forms_differ_between_seeds() -> None:
    assert len({rules.draw_form(BANK, [Draw("a", 3)], seed) for seed in range(50)}) > 10


def test_a_bank_too_small_is_unusable() -> None:
    with pytest.raises(Unusable, match=r"too few questions \(5 of 6\)"):
        rules.draw_form(BANK, [Draw("a", 6)], 1)
    with pytest.raises(Unusable, match=r"a, hard: the bank has too few questions \(0 of 1\)"):
        rules.draw_form(BANK, [Draw("a", 1, Difficulty.HARD)], 1)
    with pytest.raises(Unusable, match=r"a: the bank has too few questions \(4 of 5\)"):
        hard = (replace(BANK[0], difficulty=Difficulty.HARD), *BANK[1:])
        rules.draw_form(hard, [Draw("a", 5), Draw("a", 1, Difficulty.HARD)], 1)


def item(kind: ItemKind, *answers: str, tolerance: str = "") -> Item:
    return Item("i", "g", kind, "?", ("one", "two", "three"), answers, tolerance)


@pytest.mark.parametrize(
    ("asked", "given_answer", "right"),
    [
        (item(ItemKind.CHOICE, "1"), ("1",), True),
        (item(ItemKind.CHOICE, "1"), ("0",), False),
        (item(ItemKind.CHOICE, "1"), (), False),
        (item(ItemKind.DROPDOWN, "2"), ("2",), True),
        (item(ItemKind.CHECKBOX, "0", "2"), ("2", "0"), True),
        (item(ItemKind.CHECKBOX, "0", "2"), ("0",), False),
        (item(ItemKind.CHECKBOX, "0", "2"), ("0", "1", "2"), False),
        (item(ItemKind.TEXT, "Little's law", "Littles law"), (" littles LAW ",), True),
        (item(ItemKind.TEXT, "pull"), ("",), False),
        (item(ItemKind.NUMERIC, "252.98", tolerance="1%"), ("253",), True),
        (item(ItemKind.NUMERIC, "252.98", tolerance="1%"), ("256",), False),
        (item(ItemKind.NUMERIC, "3650", tolerance="0.5"), ("3,650.5",), True),
        (item(ItemKind.NUMERIC, "3650", tolerance="0.5"), ("3650.51",), False),
        (item(ItemKind.NUMERIC, "-4", tolerance="10%"), ("-4.4",), True),
        (item(ItemKind.NUMERIC, "4"), ("4.0",), True),
        (item(ItemKind.NUMERIC, "4"), ("NaN",), False),
        (item(ItemKind.NUMERIC, "4"), ("Infinity",), False),
        (item(ItemKind.NUMERIC, "4"), ("four",), False),
    ],
)
def test_marking(asked, given_answer, right) -> None:
    assert rules.mark_item(asked, given_answer) is right


@given(st.sampled_from(list(ItemKind)), st.lists(st.text(max_size=20), max_size=5))
def test_no_answer_makes_marking_fail(kind, texts) -> None:
    assert rules.mark_item(item(kind, "1", tolerance="1%"), tuple(texts)) in (True, False)


def test_the_score_is_rounded_half_up_to_one_place() -> None:
    items = [Item(str(n), "g", ItemKind.TEXT, "?", (), ("x",)) for n in range(16)]
    assert rules.mark_form(items, {str(n): ("x",) for n in range(5)}) == Decimal("31.3")  # 31.25
    assert rules.mark_form(items, {}) == Decimal("0.0")
    assert rules.mark_form([], {}) == Decimal("0.0")


@given(st.integers(0, 600), st.integers(0, 200))
def test_extra_time_only_ever_adds(minutes_to_close, percent) -> None:
    closes = START + timedelta(minutes=minutes_to_close)
    plain = rules.deadline_for(START, EXAM, closes, timedelta())
    assert plain <= closes and plain <= START + EXAM.duration
    more = EXAM.duration * percent / 100
    assert rules.deadline_for(START, EXAM, closes, more) - plain == more


def test_no_way_leads_back_into_the_exam() -> None:
    done = {*IN_REVIEW, AttemptState.VERIFIED, AttemptState.REJECTED}
    assert all(move.end in done for move in MOVES if move.start in done)


def conditions(passed, named, payments, used, under_way):
    """What stands in the way of who passed, paid and used so much."""
    gives = rules.entitled(EXAM, (), [START.date()] * payments, used, None)
    study = rules.study_conditions(EXAM, passed, named, under_way)
    return rules.unmet((*study, *rules.entitlement_conditions(EXAM, gives)))


def test_each_thing_missing_is_named() -> None:
    reasons = conditions(["I/A"], False, 0, 2, True)
    assert len(reasons) == 5 and "I/B" in reasons[0] and "legal name" in reasons[1]
    assert "under way" in reasons[2] and "fee" in reasons[3] and "attempts" in reasons[4]
    assert conditions(["I/A", "I/B", "I/C"], True, 1, 1, False) == ()


TREE = {"all": [{"course": "I/A", "min_percent": 60}, {"at_least": 1, "of": [{"course": "I/B"}, {"exam": "X"}]}]}


def test_the_minimum_of_each_course() -> None:
    assert rules.course_minimums(TREE) == {"I/A": Decimal(60)}


@pytest.mark.parametrize(
    ("course", "grade", "passed"),
    [
        ("I/A", {"grade": {"scale": "percent", "value": "60"}}, True),
        ("I/A", {"grade": {"scale": "percent", "value": "59.9"}}, False),
        ("I/A", {"grade": {"scale": "percent", "value": "59.9"}, "passed": True}, False),
        ("I/A", {"grade": {"scale": "percent", "value": "80"}, "passed": False}, False),
        ("I/A", {"grade": {"scale": "letter", "value": "A"}, "percent": "93", "passed": True}, True),
        ("I/A", {"grade": {"scale": "letter", "value": "A"}}, False),
        ("I/A", {"grade": {"scale": "letter", "value": "A"}, "passed": True}, True),
        ("I/A", {"grade": {"scale": "percent", "value": "NaN"}}, False),
        ("I/A", {}, False),
        ("I/B", {"grade": {"scale": "percent", "value": "99"}}, False),
        ("I/B", {"grade": {"scale": "percent", "value": "55"}, "passed": True}, True),
    ],
)
def test_what_passes_a_course(course, grade, passed) -> None:
    exam = replace(EXAM, minimums=tuple(rules.course_minimums(TREE).items()))
    assert rules.course_passed(exam, course, grade) is passed
