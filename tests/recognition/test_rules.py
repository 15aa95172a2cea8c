"""Degree plans: waived, done, open, locked; what an award rests on."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkspan.kernel.ids import new_id
from linkspan.pathways.rules.agreement import Agreement, Sending
from linkspan.recognition.rules.awards import AwardState, CreditAward, no_longer_active, relied_on
from linkspan.recognition.rules.plan import PlaceState, bridge_taken, degree_plan

RECEIVING = {
    "institution": "School",
    "program": "Degree",
    "credits": 24,
    "slots": [
        {"slot": "elective", "title": "Elective", "courses": 2},
        {"slot": "core", "title": "Core", "courses": 2},
        {"slot": "bridge", "title": "Admission course", "courses": 1},
        {"slot": "capstone", "title": "Capstone", "courses": 1, "last": True, "alone": True},
    ],
}
DOCUMENT = Agreement.read(
    {
        "receiving": RECEIVING,
        "bridge": {"course": "School/B1", "min_grade": {"scale": "letter", "value": "B"}},
    }
)
SENDING = Sending.read(
    {
        "institution": "Sender",
        "program": "P",
        "aliases": [{"program": "P old"}, {"institution": "S old", "program": "P"}],
    }
)


def award(slot: str, course: str, state=AwardState.ACTIVE) -> CreditAward:
    return CreditAward(new_id(), new_id(), "agreement", 1, slot, course, Decimal(4), state)


def states(*awards, **done) -> list[PlaceState]:
    return [place.state for place in degree_plan(DOCUMENT, awards, done).places]


def test_awards_waive_and_the_capstone_waits() -> None:
    plan = degree_plan(DOCUMENT, [award("elective", "X1"), award("elective", "X2")], {"bridge": ("B1",)})
    assert [p.state for p in plan.places] == ["waived", "waived", "open", "open", "done", "locked"]
    assert (plan.waived, plan.left, len(plan.places)) == (2, 4, 6)
    assert plan.places[-1].why


def test_the_capstone_opens_when_all_else_is_filled() -> None:
    full = [award("elective", "X1"), award("elective", "X2"), award("core", "X3"), award("core", "X4")]
    assert states(*full, bridge=("B1",))[-1] == PlaceState.OPEN


@given(st.integers(0, 5), st.integers(0, 5))
def test_never_more_places_than_the_degree_has(active, reversed_) -> None:
    awards = [award("elective", f"X{n}") for n in range(active)]
    awards += [award("elective", f"Y{n}", AwardState.REVERSED) for n in range(reversed_)]
    plan = degree_plan(DOCUMENT, awards, {})
    assert len(plan.places) == 6
    assert plan.waived == min(active, 2)
    assert plan.waived + plan.left == 6


def course(name: str, value: str, scale="letter", institution="School") -> dict:
    return {"institution": institution, "id": name, "grade": {"scale": scale, "value": value}}


@pytest.mark.parametrize(
    ("courses", "filled"),
    [
        ([course("B1", "B")], {"bridge": ("B1",)}),
        ([course("Z9", "A"), course("B1", "A-")], {"bridge": ("B1",)}),
        ([course("Z9", "A"), course("B1", "C")], {"bridge": ("Z9",)}),
        ([course("B1", "B-")], {}),
        ([course("B1", "95", scale="percent")], {}),
        ([course("B1", "A", institution="Other")], {}),
        ([], {}),
    ],
)
def test_the_admission_course_counts_with_its_grade(courses, filled) -> None:
    assert bridge_taken(DOCUMENT, {"courses": courses}) == filled


def test_an_award_rests_on_the_active_credentials_of_the_sending_program() -> None:
    held = {"id": "urn:1", "issuer": "Sender", "program": "P", "status": "active"}
    earlier = [held | {"id": "urn:4", "program": "P old"}, held | {"id": "urn:5", "issuer": "S old"}]
    others = [held | {"id": "urn:2", "program": "Q"}, held | {"id": "urn:3", "status": "revoked"}]
    record = {"credentials": [held, *earlier, *others]}
    assert relied_on(record, SENDING) == ("urn:1", "urn:4", "urn:5"), "also under its earlier names"
    assert no_longer_active(["urn:1"], record) == ()
    assert no_longer_active(["urn:1"], {"credentials": [held | {"status": "revoked"}]}) == ("urn:1",)
