"""Properties of the round engine on random markets."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.factories.thorough import thorough

from linkspan.admissions.rules.matching import match_round
from linkspan.kernel.errors import Unusable

PROGRAMS = ("P", "Q", "R")
#: A market takes about a millisecond: a thousand for each property.
MARKETS = thorough(1_000)


@st.composite
def rounds(draw, ties=("lottery",), reserves=False):
    programs = []
    for name in PROGRAMS:
        row = {"id": name, "seats": draw(st.integers(0, 3)), "ties": draw(st.sampled_from(ties))}
        if reserves and draw(st.booleans()):
            row["reserves"] = [{"group": "g", "seats": draw(st.integers(0, 2))}]
            row["reserve_order"] = draw(st.sampled_from(["reserve_first", "open_first"]))
        programs.append(row)
    applicants = [
        {
            "id": f"a{number}",
            "choices": draw(st.permutations(PROGRAMS))[: draw(st.integers(1, 3))],
            "scores": {name: draw(st.integers(0, 4)) for name in PROGRAMS},
            "groups": ["g"] if draw(st.booleans()) else [],
        }
        for number in range(draw(st.integers(1, 7)))
    ]
    return {"seed": draw(st.integers(0, 99)), "programs": programs, "applicants": applicants}


def rank(applicant: dict, program: str | None) -> int:
    return applicant["choices"].index(program) if program in applicant["choices"] else len(PROGRAMS)


@MARKETS
@given(rounds())
def test_no_justified_envy_and_no_wasted_seat(round_) -> None:
    result = match_round(round_)
    for applicant in round_["applicants"]:
        given_to = result["assignment"][applicant["id"]]
        for wanted in applicant["choices"][: rank(applicant, given_to)]:
            holders = [a for a in round_["applicants"] if result["assignment"][a["id"]] == wanted]
            seats = next(p["seats"] for p in round_["programs"] if p["id"] == wanted)
            assert len(holders) == seats, "a seat is wasted"
            assert all(h["scores"][wanted] >= applicant["scores"][wanted] for h in holders), "justified envy"


@MARKETS
@given(rounds(), st.data())
def test_no_misreport_helps(round_, data) -> None:
    honest = match_round(round_)["assignment"]
    applicant = data.draw(st.sampled_from(round_["applicants"]))
    told = copy.deepcopy(round_)
    lied = next(a for a in told["applicants"] if a["id"] == applicant["id"])
    lied["choices"] = data.draw(st.permutations(PROGRAMS))[: data.draw(st.integers(0, 3))]
    got = match_round(told)["assignment"][applicant["id"]]
    assert rank(applicant, got) >= rank(applicant, honest[applicant["id"]])


@MARKETS
@given(rounds(ties=("lottery", "h_stable", "l_stable")), st.randoms())
def test_the_order_of_rows_changes_nothing(round_, random) -> None:
    shuffled = copy.deepcopy(round_)
    random.shuffle(shuffled["applicants"])
    random.shuffle(shuffled["programs"])
    assert match_round(shuffled) == match_round(round_)


@MARKETS
@given(rounds(), st.sampled_from(PROGRAMS))
def test_a_seat_more_harms_nobody(round_, name) -> None:
    more = copy.deepcopy(round_)
    next(p for p in more["programs"] if p["id"] == name)["seats"] += 1
    before, after = match_round(round_)["assignment"], match_round(more)["assignment"]
    assert all(rank(a, after[a["id"]]) <= rank(a, before[a["id"]]) for a in round_["applicants"])


@MARKETS
@given(rounds())
def test_equal_treatment_brackets_the_lottery(round_) -> None:
    def cutoffs(ties):
        alike = {**round_, "programs": [{**p, "ties": ties} for p in round_["programs"]]}
        return match_round(alike)

    high, middle, low = cutoffs("h_stable"), cutoffs("lottery"), cutoffs("l_stable")
    for a in round_["applicants"]:
        ranks = [rank(a, result["assignment"][a["id"]]) for result in (low, middle, high)]
        assert ranks[0] <= ranks[1] <= ranks[2]


@MARKETS
@given(rounds(ties=("h_stable", "l_stable")))
def test_equals_are_treated_alike(round_) -> None:
    result = match_round(round_)
    for one in round_["applicants"]:
        for other in round_["applicants"]:
            if one["choices"] == other["choices"] and one["scores"] == other["scores"]:
                assert result["assignment"][one["id"]] == result["assignment"][other["id"]]


@MARKETS
@given(rounds(reserves=True))
def test_reserves_keep_to_the_seats(round_) -> None:
    given_seats = list(match_round(round_)["assignment"].values())
    assert all(given_seats.count(p["id"]) <= p["seats"] for p in round_["programs"])


def market(**changes) -> dict:
    base = {
        "seed": 1,
        "programs": [{"id": "P", "seats": 1}, {"id": "T", "seats": None}],
        "applicants": [
            {"id": "a", "choices": ["P", "T"], "scores": {"P": 5}},
            {"id": "b", "choices": ["P", "T"], "scores": {"P": 7}},
        ],
    }
    return base | changes


def test_the_refused_are_told_why_and_where_to() -> None:
    result = match_round(market())
    assert result["assignment"] == {"a": "T", "b": "P"}
    assert result["cutoffs"] == {"P": 7, "T": None}
    assert result["ranks"] == {"first": 1, "sum": 3}
    assert result["explanations"]["a"][0]["outcome"] == "below_cutoff"
    assert "under the cut-off 7" in result["explanations"]["a"][0]["reason"]
    assert result["explanations"]["b"][1]["outcome"] == "not_needed"


def test_an_accepted_offer_is_pinned_and_a_declined_one_gone() -> None:
    rows = market()["applicants"]
    rows[0]["accepted"] = "P"
    assert match_round(market(applicants=rows))["assignment"] == {"a": "P", "b": "T"}
    rows = market()["applicants"]
    rows[1]["declined"] = ["P"]
    result = match_round(market(applicants=rows))
    assert result["assignment"] == {"a": "P", "b": "T"}
    assert result["explanations"]["b"][0]["outcome"] == "declined"


def test_priorities_decide_and_absent_ones_are_unacceptable() -> None:
    programs = [{"id": "P", "seats": 2, "priorities": ["a"]}, {"id": "T", "seats": None}]
    result = match_round(market(programs=programs))
    assert result["assignment"]["a"] == "P"
    assert result["explanations"]["b"][0]["outcome"] == "unacceptable"
    assert result["cutoffs"]["P"] is None


def test_the_ineligible_compete_nowhere() -> None:
    rows = market()["applicants"]
    rows[1]["eligible"] = {"P": ["no bachelor's degree"]}
    result = match_round(market(applicants=rows))
    assert result["assignment"] == {"a": "P", "b": "T"}
    assert "no bachelor's degree" in result["explanations"]["b"][0]["reason"]


def test_a_stated_lottery_breaks_ties() -> None:
    rows = market()["applicants"]
    rows[0]["scores"] = {"P": 7}
    for order in (["a", "b"], ["b", "a"]):
        assert match_round(market(applicants=rows, lottery=order))["assignment"][order[0]] == "P"


@pytest.mark.parametrize(
    "changes",
    [
        {"programs": [{"id": "P", "seats": -1}]},
        {"programs": [{"id": "P", "seats": 1}, {"id": "P", "seats": 1}]},
        {"programs": [{"id": "P", "seats": 1.5}]},
        {"programs": [{"id": "P", "seats": 1, "ties": "coin"}]},
        {"programs": [{"id": "P", "seats": 1, "ties": "h_stable", "reserves": [{"group": "g", "seats": 1}]}]},
        {"applicants": [{"id": "a", "choices": ["P", "P"]}]},
        {"applicants": [{"id": "a", "choices": ["X"]}]},
        {"applicants": [{"id": "a", "choices": []}, {"id": "a", "choices": []}]},
        {"applicants": [{"id": "a", "choices": ["P"], "scores": {"P": "1.5 of 2"}}]},
        {"applicants": [{"id": "a", "choices": ["P"], "scores": {"P": True}}]},
        {"applicants": [{"id": "a", "choices": ["P"], "accepted": "T"}]},
        {"applicants": [{"choices": ["P"]}]},
        {"applicants": "a"},
        {"seed": "x"},
        {"lottery": ["a"]},
    ],
)
def test_errors_not_silence(changes) -> None:
    with pytest.raises(Unusable):
        match_round(market(**changes))
