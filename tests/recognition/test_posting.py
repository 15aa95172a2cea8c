"""What is posted: within slots and caps, judged against what is held already; waivers give no credit."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.factories.people import NOW
from tests.recognition.test_rules import DOCUMENT, RECEIVING, award

from linkspan.kernel.ids import new_id
from linkspan.recognition.rules.awards import AwardState, CreditAward
from linkspan.recognition.rules.catalogue import catalogue_year
from linkspan.recognition.rules.plan import PlaceState, degree_plan, taken_courses
from linkspan.recognition.rules.posting import Row, rows_of, to_post

AGREEMENT = DOCUMENT | {"id": "agreement", "caps": [{"clause": "5", "max_recognised_credits": 8}]}


def row(course, slot="elective", credits=4, effect="credit") -> Row:
    return Row(slot, course, Decimal(credits), "4", effect)


def held(course, agreement="agreement", slot="elective", state=AwardState.ACTIVE) -> CreditAward:
    return CreditAward(new_id(), new_id(), agreement, 1, slot, course, Decimal(4), state)


def reasons(rows, document=AGREEMENT, already=()):
    return {one.course: one.reason for one in to_post(rows, document, already)[1]}


def test_the_audits_rows() -> None:
    (found,) = rows_of({"recognised": [{"slot": "elective", "course": "X", "credits": "4", "clause": "4"}]})
    assert found == row("X")
    assert rows_of({}) == ()


def test_within_the_limits_all_is_posted() -> None:
    posted, withheld = to_post([row("X"), row("Y")], AGREEMENT, [])
    assert ([one.course for one in posted], withheld) == (["X", "Y"], ())


@pytest.mark.parametrize(
    ("rows", "already", "document", "words"),
    [
        ([row("X")], [held("X", "another")], AGREEMENT, "already"),
        ([row("X"), row("X", slot="core")], [], AGREEMENT, "already"),
        ([row("X")], [held("A"), held("B")], AGREEMENT | {"caps": []}, "no place left"),
        ([row("X", slot="nowhere")], [], AGREEMENT, "no place left"),
        ([row("X", slot="core")], [held("A"), held("B")], AGREEMENT, "at most 8 credits"),
        ([row("X")], [held("A", "another", "core"), held("B", "another", "core")], AGREEMENT, "at most 8 credits"),
        ([row("X")], [], AGREEMENT | {"caps": [{"clause": "6", "residency_min_credits": 21}]}, "earned at the school"),
        ([row("X")], [], AGREEMENT | {"caps": [{"clause": "6", "max_fraction_external": "0.1"}]}, "from outside"),
        ([row("X")], [held("A")], AGREEMENT | {"caps": [{"clause": "6", "max_recognised_courses": 1}]}, "at most 1"),
        ([row("X")], [held("A", "b")], AGREEMENT | {"caps": [{"clause": "6", "exclusive_with": ["any"]}]}, "together"),
        ([row("X")], [held("A", "b")], AGREEMENT | {"caps": [{"clause": "6", "exclusive_with": ["b"]}]}, "together"),
    ],
)
def test_what_is_withheld_and_why(rows, already, document, words) -> None:
    found = reasons(rows, document, already)
    assert len(found) == 1
    assert words in next(iter(found.values()))


def test_what_was_reversed_takes_no_room() -> None:
    gone = [held("A", state=AwardState.REVERSED), held("X", state=AwardState.REVERSED)]
    assert reasons([row("X"), row("Y")], already=gone) == {}


def test_a_cap_on_one_slot_leaves_the_others() -> None:
    document = AGREEMENT | {"caps": [{"clause": "5", "slot": "elective", "max_recognised_credits": 4}]}
    assert set(reasons([row("X"), row("Y"), row("Z", slot="core")], document)) == {"Y"}


def test_a_waiver_gives_no_credit_and_is_replaced_by_another_course() -> None:
    rows = [row("X"), row("Y"), row("W", slot="core", effect="waiver")]
    posted, withheld = to_post(rows, AGREEMENT, [])
    assert (len(posted), withheld) == (3, ())
    lifted = CreditAward(new_id(), new_id(), "agreement", 1, "core", "W", Decimal(0), AwardState.ACTIVE, "waiver")
    plan = degree_plan(DOCUMENT, [lifted], {})
    (place,) = [p for p in plan.places if "W" in p.why]
    assert (place.state, place.slot, plan.waived) == (PlaceState.OPEN, "core", 0)


@given(
    st.lists(st.tuples(st.sampled_from("ABCDEFG"), st.sampled_from(["elective", "core"]), st.integers(1, 6))),
    st.lists(st.sampled_from("ABCDEFG"), unique=True, max_size=3),
    st.integers(0, 30),
)
def test_never_more_than_the_cap_and_the_slots(rows, already, most) -> None:
    document = AGREEMENT | {"caps": [{"clause": "5", "max_recognised_credits": most}]}
    before = [held(course, "another") for course in already]
    posted, withheld = to_post([row(c, s, n) for c, s, n in rows], document, before)
    assert len(posted) + len(withheld) == len(rows)
    given_ = sum((one.credits for one in posted), Decimal(4 * len(already)))
    assert not posted or given_ <= most
    assert len({one.course for one in posted} | set(already)) == len(posted) + len(already)
    for slot in ("elective", "core"):
        assert sum(1 for one in posted if one.slot == slot) <= 2


def test_the_catalogue_year_begins_in_july() -> None:
    assert catalogue_year({}, NOW.replace(month=6)) == NOW.year - 1
    assert catalogue_year({}, NOW.replace(month=7)) == NOW.year
    assert catalogue_year({"catalogue_year": 2016}, NOW) == 2016


def test_courses_of_the_school_fill_the_degree() -> None:
    slots = [
        {"slot": "core", "courses": 1, "required": ["C1"]},
        {"slot": "elective", "courses": 1},
        {"slot": "bridge", "courses": 1},
        {"slot": "capstone", "courses": 1, "last": True},
    ]
    document = DOCUMENT | {"receiving": RECEIVING | {"slots": slots}}

    def took(name, value="B"):
        return {"institution": "School", "id": name, "grade": {"scale": "letter", "value": value}}

    record = {"courses": [took("B1"), took("E1"), took("E1"), took("C1"), took("F1", "F"), took("E2")]}
    assert taken_courses(document, record) == {"bridge": ("B1",), "elective": ("E1",), "core": ("C1",)}
    found = taken_courses(document, {"courses": [took("B1"), took("C1"), took("E1")]})
    assert found == {"bridge": ("B1",), "core": ("C1",), "elective": ("E1",)}
    plan = degree_plan(document, [award("elective", "X")], found)
    assert plan.count(PlaceState.DONE) == 2
