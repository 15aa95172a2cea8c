"""A file of scores: every bad row named, nothing saved by halves, nobody scoring themselves."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.admissions.test_actions import AFTER, admissible, apply, opened
from tests.factories.acts import match
from tests.factories.people import NOW, person
from tests.factories.world import load_world

from linkspan.admissions import actions, queries
from linkspan.admissions.queries.opening import score_sheet
from linkspan.admissions.rules.applications import State
from linkspan.admissions.rules.score_file import read_scores
from linkspan.admissions.rules.scores import Better, checked_score
from linkspan.kernel.errors import NotPermitted, Refused, Unusable
from linkspan.kernel.ids import new_id
from linkspan.kernel.lists import Ask


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(content):
    try:
        told = read_scores(content)
    except Unusable as no:
        assert no.code == "scores_unusable"
    else:
        assert all(0 <= score <= 1000 for score in told.scores.values())


@given(st.lists(st.tuples(st.uuids(), st.integers(-5, 1100)), max_size=20, unique_by=lambda row: row[0]))
def test_each_row_is_taken_or_named(rows):
    told = read_scores(file(rows).encode())
    assert {key: score for key, score in rows if 0 <= score <= 1000} == told.scores
    assert [row.line for row in told.bad] == [line for line, (_, s) in enumerate(rows, 2) if not 0 <= s <= 1000]


@pytest.mark.parametrize("written", ["712.5", "0.001", "1000.000", "007"])
def test_scores_may_have_decimals(written):
    (score,) = read_scores(file([(new_id(), written)]).encode()).scores.values()
    assert score == Decimal(written) and str(score) in ("712.5", "0.001", "1000", "7")


@pytest.mark.parametrize("written", ["712,5", "0.0001", "1000.001", "1e2", "NaN", "-1", "+1", ".5", "5.", "٣"])
def test_what_is_no_score_is_named_by_its_row(written):
    told = read_scores(file([(new_id(), "1"), (new_id(), f'"{written}"')]).encode())
    assert len(told.scores) == 1 and [row.line for row in told.bad] == [3]
    assert "a number from 0 to 1000 with at most 3 decimals" in told.bad[0].what


@pytest.mark.parametrize(
    "given", [True, Decimal("NaN"), Decimal("Infinity"), Decimal("0.0001"), Decimal("1e400"), 1001]
)
def test_what_is_no_score_by_the_api_either(given):
    with pytest.raises(Unusable, match="A score is a number from 0 to 1000"):
        checked_score(given)


def test_a_row_twice_a_short_row_and_an_empty_one():
    key = new_id()
    told = read_scores(f"name,application,score\nx,{key},5\ny,{key},6\nz\n\nw,{new_id()},\n".encode("utf-8-sig"))
    assert told.scores == {key: 5} and told.unscored == 1
    assert [row.line for row in told.bad] == [3, 4] and "line 2 already" in told.bad[0].what


pytestmark = pytest.mark.django_db


def file(rows) -> str:
    return "application,score\n" + "".join(f"{key},{score}\n" for key, score in rows)


@pytest.fixture
def cast():
    return load_world()


def take(actor, round_id, rows, dry_run=False, now=NOW):
    content = file(rows).encode()
    return actions.take_in_scores(actor=actor, round_id=round_id, content=content, dry_run=dry_run, now=now)


def test_lower_and_decimal_scores_are_better_end_to_end(cast):
    """From the file to the published cut-off: 1.7 is better than 2.3, and the replay gives the same people."""
    staff, round_id = cast["mit-admissions"], opened(seats=1, better=Better.LOWER)
    people = [admissible(cast, f"Person {n}") for n in range(3)]
    made = [apply(one, round_id).id for one in people]
    rows = [(made[0], "2.3"), (made[1], "1.7"), (made[2], "1.75")]
    assert take(staff, round_id, rows).saved
    assert sorted(scores(staff, round_id)) == [Decimal("1.7"), Decimal("1.75"), Decimal("2.3")]
    shown = queries.applications_in(staff, round_id, Ask()).rows
    assert [str(one.score) for one in shown] == ["1.7", "1.75", "2.3"]
    with pytest.raises(Refused, match="Lower scores are better"):
        actions.set_rubric(actor=staff, round_id=round_id, rows=[("Fit", 1)], scale=5, quorum=1, now=NOW)
    actions.certify_list(actor=staff, round_id=round_id, now=AFTER)
    match(actor=staff, round_id=round_id, now=AFTER)
    found = [queries.application(staff, key) for key in made]
    assert [one.state for one in found] == [State.NO_SEAT, State.OFFERED, State.NO_SEAT]
    assert found[0].cutoff == Decimal("1.7") and str(found[0].cutoff) == "1.7"
    assert found[0].reasons == ("Your score 2.3 is over the cut-off 1.7.",)
    assert [one.place for one in found] == [2, None, 1]


def scores(actor, round_id):
    return [score for *_, score in score_sheet(actor, round_id)]


def test_looked_through_saved_changed(cast, django_assert_max_num_queries):
    staff, round_id = cast["mit-admissions"], opened()
    made = [apply(person(f"Person {n}"), round_id).id for n in range(3)]
    rows = [(made[0], 700), (made[1], 800), (made[2], "")]
    looked = take(staff, round_id, rows, dry_run=True)
    assert (looked.fresh, looked.unscored, looked.saved) == (2, 1, False)
    assert scores(staff, round_id) == [None, None, None]
    with django_assert_max_num_queries(12):
        assert take(staff, round_id, rows).saved
    assert scores(staff, round_id) == [700, 800, None]
    again = take(staff, round_id, [(made[0], 700), (made[1], 810), (made[2], 5)])
    assert (again.fresh, again.changed, again.same) == (1, 1, 1)
    assert scores(staff, round_id) == [700, 810, 5]


def test_one_bad_row_saves_nothing(cast):
    staff, round_id = cast["mit-admissions"], opened()
    other = apply(person("Other"), opened(term="another")).id
    made = apply(person("One"), round_id).id
    taken = take(staff, round_id, [(made, 700), (other, 700), ("x", 1), (new_id(), 1001)])
    assert [row.line for row in taken.bad] == [3, 4, 5] and not taken.saved
    assert scores(staff, round_id) == [None]


def test_who_may_not(cast):
    round_id = opened()
    made = apply(person("One"), round_id).id
    for stranger in ("hes-admissions", "learner", "staff", "auditor", "registrar"):
        with pytest.raises(NotPermitted):
            take(cast[stranger], round_id, [(made, 1)])
        with pytest.raises(NotPermitted):
            score_sheet(cast[stranger], round_id)
    own = person("Own Scorer", ("admissions", "MIT"))
    taken = take(own, round_id, [(apply(own, round_id).id, 1000)])
    assert "your own" in taken.bad[0].what and not taken.saved
    actions.certify_list(actor=cast["mit-admissions"], round_id=round_id, now=AFTER)
    with pytest.raises(Refused, match="certified"):
        take(cast["mit-admissions"], round_id, [(made, 1)])
    match(actor=cast["mit-admissions"], round_id=round_id, now=AFTER)
    with pytest.raises(Refused, match="decided"):
        take(cast["mit-admissions"], round_id, [(made, 1)])
    assert queries.round_by_id(round_id).certified_by
