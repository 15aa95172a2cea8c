"""What is posted: the audit's promise, by its own function, under the degree and beside what is held already."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.factories.people import NOW
from tests.factories.thorough import thorough
from tests.pathways.examples import percent
from tests.recognition.test_rules import DOCUMENT, RECEIVING, award

from linkspan.kernel.ids import new_id
from linkspan.pathways.rules.agreement import Agreement, Receiving
from linkspan.pathways.rules.agreement.shapes import as_agreement
from linkspan.pathways.rules.audit.record import audit_record
from linkspan.pathways.rules.language.meaning import rules_of
from linkspan.pathways.rules.language.values import as_date
from linkspan.recognition.rules.awards import AwardState, CreditAward
from linkspan.recognition.rules.catalogue import catalogue_year
from linkspan.recognition.rules.plan import PlaceState, degree_plan, taken_courses
from linkspan.recognition.rules.posting import to_post

ON = as_date("2019-06-01")
CAP = {"clause": "5", "max_recognised_credits": 8}
SLOTS = [{"slot": "core", "courses": 2}, {"slot": "elective", "courses": 2}]


def terms(*recognition, caps=(CAP,), slots=SLOTS, **more):
    receiving = {"institution": "School", "program": "Degree", "credits": 24, "courses": 6, "slots": list(slots)}
    return as_agreement(
        {
            "id": "agreement",
            "version": 1,
            "status": "active",
            "valid_from": "2018-01-01",
            "sending": {"institution": "Sender", "program": "P"},
            "receiving": receiving,
            "requirements": [],
            "recognition": list(recognition),
            "caps": list(caps),
            **more,
        }
    )


def course(name, slot="elective", credits=4, **more):
    return {"clause": name, "course": name, "slot": slot, "credits": credits} | more


def record(*courses):
    held = {"id": "c", "issuer": "Sender", "program": "P", "status": "active"}
    return {"credentials": [held | {"courses": [{"id": c, "grade": percent(75), "credits": 4} for c in courses]}]}


def held(name, agreement="agreement", slot="elective", state=AwardState.ACTIVE, **more) -> CreditAward:
    courses = more.pop("courses", (name,))
    return CreditAward(new_id(), new_id(), agreement, 1, slot, name, Decimal(4), state, courses=courses, **more)


def posted(document, rec, *already, others=None, now_in=None, rules="3"):
    """The courses that are posted, and by course why another is not; `now_in` is the degree in force."""
    audit = audit_record(rec, document, ON, rules=rules_of(rules)).as_json()
    found, withheld = to_post(rec, audit, ON, now_in or document, already, others or {})
    return [row.course for row in found], {row.what: row.reason for row in withheld}


#: Random agreements of every kind of recognition, over the courses A to E.
NAMES = st.lists(st.sampled_from("ABCDE"), min_size=1, max_size=4, unique=True)
GIVES = st.lists(
    st.fixed_dictionaries({"slot": st.sampled_from(["core", "elective"]), "credits": st.sampled_from([2, "3.5", 4])}),
    min_size=1,
    max_size=2,
)
RULES = st.lists(
    st.fixed_dictionaries(
        {"slot": st.sampled_from(["core", "elective"]), "credits": st.sampled_from([0, 2, "3.333", 4, 12])},
        optional={
            "gives": GIVES,
            "effect": st.sampled_from(["credit", "waiver"]),
            "convert": st.booleans(),
            "times": st.integers(1, 4),
            "priority": st.integers(0, 2),
        },
    ).flatmap(
        lambda row: st.sampled_from(["any_of", "each_of", "all_of", "block"]).flatmap(
            lambda kind: NAMES.map(lambda courses: {**row, kind: courses})
        )
    ),
    max_size=4,
).map(lambda rules: [{"clause": str(number), **rule} for number, rule in enumerate(rules)])
CAPS = st.lists(
    st.one_of(
        st.integers(0, 20).map(lambda most: {"max_recognised_credits": most}),
        st.integers(0, 4).map(lambda most: {"max_recognised_courses": most}),
        st.integers(0, 24).map(lambda own: {"residency_min_credits": own}),
        st.integers(0, 8).map(lambda most: {"max_recognised_credits": most, "slot": "core"}),
    ),
    max_size=2,
).map(lambda caps: [{"clause": f"cap {number}", **cap} for number, cap in enumerate(caps)])
PLACES = st.tuples(st.integers(0, 3), st.integers(0, 3)).map(
    lambda n: [{"slot": "core", "courses": n[0]}, {"slot": "elective", "courses": n[1]}]
)


@thorough(200)
@given(RULES, CAPS, PLACES, st.sets(st.sampled_from("ABCDE")))
def test_what_the_audit_promises_is_what_is_posted(rules, caps, slots, taken) -> None:
    document, rec = terms(*rules, caps=caps, slots=slots), record(*sorted(taken))
    audit = audit_record(rec, document, ON)
    assert to_post(rec, audit.as_json(), ON, document, (), {}) == (audit.recognised, ())
    assert all(row.credits == row.credits.quantize(Decimal("0.01")) for row in audit.recognised)
    assert all(row.credits == 0 for row in audit.recognised if row.effect == "waiver")


@thorough(100)
@given(RULES, CAPS, PLACES, st.lists(st.sampled_from("ABCDE"), unique=True, max_size=3))
def test_with_what_is_held_no_limit_is_passed_and_no_course_counts_twice(rules, caps, slots, already) -> None:
    document, rec = terms(*rules, caps=caps, slots=slots), record(*"ABCDE")
    before = [held(name) for name in already]
    audit = audit_record(rec, document, ON)
    found, _ = to_post(rec, audit.as_json(), ON, document, before, {})
    used = [name for row in found for name in row.courses] + list(already)
    uses = {row.courses for row in found}
    assert sum(len(courses) for courses in uses) == len({name for courses in uses for name in courses})
    assert not set(used[: len(used) - len(already)]) & set(already)
    for slot in slots:
        places = sum(row.places for row in found if row.slot == slot["slot"])
        assert places == 0 or places + len(already) * (slot["slot"] == "elective") <= slot["courses"]
    for cap in caps:
        if "max_recognised_credits" in cap and "slot" not in cap:
            given_ = sum((row.credits for row in found), Decimal(0))
            assert given_ == 0 or given_ + 4 * len(already) <= cap["max_recognised_credits"]


@pytest.mark.parametrize(
    ("document", "already", "others", "words"),
    [
        (terms(course("X")), [held("X", "another")], {}, "already"),
        (terms(course("X")), [held("X + Y", "another", courses=("X", "Y"))], {}, "already"),
        (terms(course("X"), caps=()), [held("A"), held("B")], {}, "no place left"),
        (terms(course("X"), caps=()), [held("A", "b"), held("B", "b")], {"b": "Degree"}, "no place left"),
        (terms(course("X", "core")), [held("A"), held("B")], {}, "at most 8 credits"),
        (terms(course("X")), [held("A", "another", "core"), held("B", "another", "core")], {}, "at most 8 credits"),
        (terms(course("X"), caps=[{"clause": "6", "max_recognised_courses": 1}]), [held("A")], {}, "at most 1"),
        (terms(course("X"), caps=[{"clause": "6", "exclusive_with": ["any"]}]), [held("A", "b")], {}, "together"),
        (terms(course("X"), caps=[{"clause": "6", "exclusive_with": ["b"]}]), [held("A", "b")], {}, "together"),
        (terms(course("X")), [held("A", "shut")], {"shut": "Other"}, "its credit stands with no other"),
    ],
)  # fmt: skip
def test_what_is_withheld_and_why(document, already, others, words) -> None:
    shut = [{"clause": "9", "exclusive_with": ["any"]}]
    documents = {}
    for name in {one.agreement_id for one in already} - {"agreement"}:
        program = Receiving.read({"institution": "School", "program": others.get(name, "Other")})
        documents[name] = replace(terms(caps=shut if name == "shut" else ()), id=name, receiving=program)
    found, reasons = posted(document, record("X"), *already, others=documents)
    assert found == [] and words in reasons["X"]


def test_what_was_reversed_takes_no_room() -> None:
    gone = [held("A", state=AwardState.REVERSED), held("X", state=AwardState.REVERSED)]
    assert posted(terms(course("X"), course("Y")), record("X", "Y"), *gone) == (["X", "Y"], {})


def test_a_course_whose_place_is_held_goes_where_it_also_fits() -> None:
    rules = [course("X", "elective", priority=1), course("X", "core", priority=2) | {"clause": "X2"}]
    found, _ = posted(terms(*rules, caps=()), record("X"), held("A"), held("B"))
    assert found == ["X"]


def test_under_a_degree_with_fewer_places_the_best_are_posted() -> None:
    document = terms(course("X", credits=3), course("Y", credits=4), caps=())
    narrow = terms(course("X", credits=3), course("Y", credits=4), caps=(), slots=[{"slot": "elective", "courses": 1}])
    assert posted(document, record("X", "Y"), now_in=narrow) == (
        ["Y"],
        {"X": "the degree has no place left in elective"},
    )


def test_an_audit_of_older_rules_is_posted_by_them_within_the_places() -> None:
    document = terms(
        {"clause": "1", "block": ["X", "Y"], "slot": "core", "credits": 4},
        course("X"),
        course("Y"),
        course("Z"),
        caps=(),
    )
    assert posted(document, record("X", "Y", "Z"), rules="2")[0] == ["credential P", "X", "Y"]
    assert posted(document, record("X", "Y", "Z"))[0] == ["credential P", "Z"]


def test_what_an_agreement_that_takes_nobody_promised_is_nothing() -> None:
    document = terms(course("X"), valid_to="2019-01-01")
    assert posted(document, record("X")) == ([], {})


def test_a_waiver_gives_no_credit_and_is_replaced_by_another_course() -> None:
    document = terms(course("X"), course("Y"), course("W", "core", effect="waiver"))
    assert posted(document, record("X", "Y", "W")) == (["X", "Y", "W"], {})
    lifted = CreditAward(new_id(), new_id(), "agreement", 1, "core", "W", Decimal(0), AwardState.ACTIVE, "waiver")
    plan = degree_plan(DOCUMENT, [lifted], {})
    (place,) = [p for p in plan.places if "W" in p.why]
    assert (place.state, place.slot, plan.waived) == (PlaceState.OPEN, "core", 0)


def test_a_block_fills_its_places_of_the_plan() -> None:
    block = CreditAward(
        new_id(), new_id(), "agreement", 1, "core", "credential P", Decimal(8), AwardState.ACTIVE, places=2
    )
    plan = degree_plan(DOCUMENT, [block], {})
    assert [(p.state, p.filled_by) for p in plan.places if p.slot == "core"] == [
        (PlaceState.WAIVED, "credential P")
    ] * 2


def test_the_catalogue_year_begins_in_july() -> None:
    assert catalogue_year(Agreement.read({}), NOW.replace(month=6)) == NOW.year - 1
    assert catalogue_year(Agreement.read({}), NOW.replace(month=7)) == NOW.year
    assert catalogue_year(Agreement.read({"catalogue_year": 2016}), NOW) == 2016


def test_courses_of_the_school_fill_the_degree() -> None:
    slots = [
        {"slot": "core", "courses": 1, "required": ["C1"]},
        {"slot": "elective", "courses": 1},
        {"slot": "bridge", "courses": 1},
        {"slot": "capstone", "courses": 1, "last": True},
    ]
    document = replace(DOCUMENT, receiving=Receiving.read(RECEIVING | {"slots": slots}))

    def took(name, value="B"):
        return {"institution": "School", "id": name, "grade": {"scale": "letter", "value": value}}

    record = {"courses": [took("B1"), took("E1"), took("E1"), took("C1"), took("F1", "F"), took("E2")]}
    assert taken_courses(document, record) == {"bridge": ("B1",), "elective": ("E1",), "core": ("C1",)}
    found = taken_courses(document, {"courses": [took("B1"), took("C1"), took("E1")]})
    assert found == {"bridge": ("B1",), "core": ("C1",), "elective": ("E1",)}
    plan = degree_plan(document, [award("elective", "X")], found)
    assert plan.count(PlaceState.DONE) == 2
