"""An intake put to the engine: tie-breaks, reserves, first come first served, offers that are never lost."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.factories.thorough import thorough

from linkspan.admissions.rules.applications import HOLDING, PINNED, WAITING, Mode, Reserve, Round, State
from linkspan.admissions.rules.intakes import Entry, Intake, check_terms, cutoff_of, intake_file, take_over, why
from linkspan.admissions.rules.matching import match_round
from linkspan.admissions.rules.scores import Better
from linkspan.kernel.errors import Unusable

DAY = datetime(2020, 1, 1, tzinfo=UTC)


def program(name, seats, mode=Mode.RANKED, **terms) -> Round:
    number = UUID(int=ord(name))
    return Round(number, name, name, f"Degree {name}", "t", mode, seats, DAY, DAY, UUID(int=1), None, **terms)


def intake(*rounds, seed=1) -> Intake:
    return Intake(UUID(int=1), "t", "t", "A", seed, None, None, rounds)


def entry(number, name, score, *, rank=1, state=State.SUBMITTED, outcome="met", **more) -> Entry:
    application = UUID(int=number * 1000 + rank)
    submitted = DAY + timedelta(minutes=number)
    missing = () if outcome == "met" else ("clause 2: a degree",)
    given = None if score is None else Decimal(score)
    return Entry(application, UUID(int=number), name, rank, state, given, submitted, outcome, missing, **more)


def settle(found, entries):
    freed = True
    while freed:
        file = intake_file(found, found.seed, entries)
        result = match_round(file)
        freed = take_over(entries, result)
    return file, result


def test_declared_fields_order_equal_scores_before_the_lottery() -> None:
    found = intake(program("A", 1, tie_break=("exam_percent",)))
    for seed in range(8):
        entries = [entry(n, "A", 800, tie=(exam,)) for n, exam in ((1, 7000), (2, 9000), (3, 8000))]
        file, result = settle(intake(*found.rounds, seed=seed), entries)
        assert [e.state for e in entries] == [State.NO_SEAT, State.OFFERED, State.NO_SEAT]
    cutoff = cutoff_of(found.rounds[0], file["programs"][0], result["cutoffs"]["A"])
    assert cutoff == 800
    told = why(found.rounds[0], entries[0], cutoff, None)
    assert told == (
        "Your score 800 is at the cut-off 800; exam percent, then the lottery of the published seed gave the last "
        "seats to others."
    )


def test_decimals_and_lower_scores_are_whole_and_higher_inside() -> None:
    found = intake(program("A", 1, better=Better.LOWER), program("B", 1))
    entries = [entry(n, "A", Decimal(score)) for n, score in ((1, "2.3"), (2, "1.75"))] + [entry(3, "B", Decimal(5))]
    file, result = settle(found, entries)
    assert [e.state for e in entries] == [State.NO_SEAT, State.OFFERED, State.OFFERED]
    assert [row.get("per_point") for row in file["programs"]] == [-100, None]
    assert [row["scores"] for row in file["applicants"]] == [{"A": -230}, {"A": -175}, {"B": 5}]
    cutoff = cutoff_of(found.rounds[0], file["programs"][0], result["cutoffs"]["A"])
    assert cutoff == Decimal("1.75")
    assert why(found.rounds[0], entries[0], cutoff, None) == "Your score 2.3 is over the cut-off 1.75."
    assert "reached the cut-off 1.75" in why(found.rounds[0], entries[1], cutoff, None)
    assert match_round(file)["output_sha256"] == result["output_sha256"]


def test_reserves_belong_to_their_program() -> None:
    rule = {"compare": ["residence", "==", "KE"]}
    found = intake(program("A", 2, reserves=(Reserve("local", 1, rule),)), program("B", 1))
    entries = [entry(n, "A", score) for n, score in ((1, 900), (2, 800))] + [entry(3, "A", 500, groups=("A/local",))]
    settle(found, entries)
    assert [e.state for e in entries] == [State.OFFERED, State.NO_SEAT, State.OFFERED]
    assert "a reserved seat was yours" in why(found.rounds[0], entries[2], 900, None)


def test_a_rolling_program_with_seats_is_first_come_first_served() -> None:
    found = intake(program("A", 1), program("B", 1, Mode.ROLLING))
    entries = [entry(1, "A", 900), entry(2, "B", None), entry(3, "A", 100), entry(3, "B", None, rank=2)]
    settle(found, entries)
    assert [e.state for e in entries] == [State.OFFERED, State.OFFERED, State.NO_SEAT, State.NO_SEAT]
    assert why(found.rounds[1], entries[3], None, None) == "All seats went to applicants who applied before you."


def test_missing_evidence_is_no_refusal() -> None:
    entries = [entry(1, "A", 900, outcome="unknown"), entry(2, "A", 900, outcome="not_met"), entry(3, "A", None)]
    settle(intake(program("A", 5)), entries)
    assert [e.state for e in entries] == [State.INCOMPLETE, State.REFUSED, State.REFUSED]
    assert why(program("A", 5), entries[0], None, None) == "Not proven yet: clause 2: a degree"
    assert why(program("A", 5), entries[2], None, None) == "Not eligible: the committee gave no score."


@pytest.mark.parametrize(
    "terms",
    [
        ("coin", (), (), "reserve_first"),
        ("lottery", ("height",), (), "reserve_first"),
        ("h_stable", ("exam_percent",), (), "reserve_first"),
        ("l_stable", (), ({"group": "g", "seats": 1, "rule": {}},), "reserve_first"),
        ("lottery", (), (), "sideways"),
    ],
)
def test_terms_that_no_engine_follows(terms) -> None:
    with pytest.raises(Unusable):
        check_terms(*terms)


@st.composite
def markets(draw):
    rounds = [program(name, draw(st.integers(0, 3))) for name in "ABC"]
    entries = []
    for number in range(1, draw(st.integers(2, 9))):
        for rank, name in enumerate(draw(st.permutations("ABC"))[: draw(st.integers(1, 3))], 1):
            entries.append(entry(number, name, draw(st.integers(0, 4)), rank=rank))
    return intake(*rounds, seed=draw(st.integers(0, 9))), entries


@thorough(300)
@given(markets(), st.data())
def test_declines_harm_nobody_and_waste_nothing(market, data) -> None:
    found, entries = market
    settle(found, entries)
    for e in entries:
        if e.state == State.OFFERED:
            e.state = data.draw(st.sampled_from([State.OFFERED, State.ACCEPTED, State.DECLINED]))
    before = {e.learner_id: (e.rank, e.state) for e in entries if e.state in HOLDING}
    settle(found, entries)
    after = {e.learner_id: e.rank for e in entries if e.state in HOLDING}
    assert len(after) == sum(e.state in HOLDING for e in entries), "one seat each"
    for learner, (rank, state) in before.items():
        assert after[learner] == rank if state in PINNED else after[learner] <= rank
    for round_ in found.rounds:
        holders = [e for e in entries if e.program == round_.agreement_id and e.state in HOLDING]
        assert len(holders) <= round_.seats
        if len(holders) < round_.seats:
            free = [e for e in entries if e.program == round_.agreement_id and e.state in WAITING]
            pinned = {e.learner_id for e in entries if e.state in PINNED}
            assert all(e.learner_id in pinned or after.get(e.learner_id, 9) < e.rank for e in free)
