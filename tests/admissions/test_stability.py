"""What theory says of deferred acceptance, against every stable matching of small markets."""

import copy
from itertools import product

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.admissions.test_matching import MARKETS, PROGRAMS, rank, rounds

from linkspan.admissions.rules.market import lottery_order, read_market
from linkspan.admissions.rules.matching import match_round
from linkspan.kernel.errors import Unusable


def strict_order(round_: dict) -> dict[tuple[str, str], tuple[int, int]]:
    """Each applicant's standing at each program, higher first, by score and then the seed's lottery."""
    drawn = lottery_order(round_["seed"], [a["id"] for a in round_["applicants"]])
    return {(a["id"], p): (a["scores"][p], -drawn[a["id"]]) for a in round_["applicants"] for p in PROGRAMS}


def is_stable(round_: dict, assignment: dict) -> bool:
    order = strict_order(round_)
    seats = {p["id"]: p["seats"] for p in round_["programs"]}
    holders = {p: [a for a, given_to in assignment.items() if given_to == p] for p in PROGRAMS}
    if any(len(holders[p]) > seats[p] for p in PROGRAMS):
        return False
    for applicant in round_["applicants"]:
        name = applicant["id"]
        for wanted in applicant["choices"][: rank(applicant, assignment[name])]:
            if len(holders[wanted]) < seats[wanted]:
                return False
            if any(order[(held, wanted)] < order[(name, wanted)] for held in holders[wanted]):
                return False
    return True


def stable_matchings(round_: dict) -> list[dict]:
    options = [[*a["choices"], None] for a in round_["applicants"]]
    names = [a["id"] for a in round_["applicants"]]
    every = (dict(zip(names, given_to, strict=True)) for given_to in product(*options))
    return [assignment for assignment in every if is_stable(round_, assignment)]


def small(round_: dict) -> dict:
    return {**round_, "applicants": round_["applicants"][:4]}


@MARKETS
@given(rounds())
def test_no_stable_matching_is_better_for_any_applicant(round_) -> None:
    round_ = small(round_)
    got = match_round(round_)["assignment"]
    every = stable_matchings(round_)
    assert got in every
    for other in every:
        assert all(rank(a, got[a["id"]]) <= rank(a, other[a["id"]]) for a in round_["applicants"])


@MARKETS
@given(rounds())
def test_the_same_people_are_admitted_in_every_stable_matching(round_) -> None:
    round_ = small(round_)
    admitted = {frozenset(a for a, p in other.items() if p is not None) for other in stable_matchings(round_)}
    assert len(admitted) == 1


@MARKETS
@given(rounds())
def test_an_applicant_more_never_helps_another(round_) -> None:
    assume(len(round_["applicants"]) > 1)
    order = [a["id"] for a in round_["applicants"]]
    fewer = {**round_, "lottery": order, "applicants": round_["applicants"][:-1]}
    before, after = match_round(fewer)["assignment"], match_round({**round_, "lottery": order})["assignment"]
    assert all(rank(a, after[a["id"]]) >= rank(a, before[a["id"]]) for a in fewer["applicants"])


@MARKETS
@given(rounds(ties=("lottery", "h_stable", "l_stable")), st.sampled_from(PROGRAMS))
def test_zero_seats_equals_absent(round_, name) -> None:
    closed, absent = copy.deepcopy(round_), copy.deepcopy(round_)
    next(p for p in closed["programs"] if p["id"] == name)["seats"] = 0
    absent["programs"] = [p for p in absent["programs"] if p["id"] != name]
    for applicant in absent["applicants"]:
        applicant["choices"] = [choice for choice in applicant["choices"] if choice != name]
        applicant["scores"].pop(name)
    assert match_round(closed)["assignment"] == match_round(absent)["assignment"]


@MARKETS
@given(rounds())
def test_cutoffs_of_the_three_treatments(round_) -> None:
    high, middle, low = (
        match_round({**round_, "programs": [{**p, "ties": ties} for p in round_["programs"]]})
        for ties in ("h_stable", "lottery", "l_stable")
    )
    for name in PROGRAMS:
        cutoffs = [result["cutoffs"][name] for result in (high, middle, low)]
        shown = [cutoff for cutoff in cutoffs if cutoff is not None]
        assert shown == sorted(shown, reverse=True)


@MARKETS
@given(rounds(reserves=True), st.data())
def test_no_misreport_helps_under_reserves(round_, data) -> None:
    honest = match_round(round_)["assignment"]
    told = copy.deepcopy(round_)
    applicant = data.draw(st.sampled_from(round_["applicants"]))
    lied = next(a for a in told["applicants"] if a["id"] == applicant["id"])
    lied["choices"] = data.draw(st.permutations(PROGRAMS))[: data.draw(st.integers(0, 3))]
    assert rank(applicant, match_round(told)["assignment"][applicant["id"]]) >= rank(applicant, honest[applicant["id"]])


@MARKETS
@given(rounds())
def test_who_accepts_keeps_and_who_holds_is_not_harmed_by_a_decline(round_) -> None:
    """A re-run in round: the accepted are pinned, decliners are gone, everybody else does as well or better."""
    before = match_round(round_)["assignment"]
    again = copy.deepcopy(round_)
    holders = [a for a in again["applicants"] if before[a["id"]] is not None]
    assume(holders)
    for number, applicant in enumerate(holders):
        answer = before[applicant["id"]]
        applicant |= {"declined": [answer]} if number == 0 else {"accepted": answer}
    after = match_round(again)["assignment"]
    for applicant in again["applicants"]:
        if applicant["id"] != holders[0]["id"]:
            assert rank(applicant, after[applicant["id"]]) <= rank(applicant, before[applicant["id"]])


def reserved(order: str, **first) -> dict:
    applicants = [
        {"id": "a", "choices": ["P"], "scores": {"P": 9}, "groups": ["g"]} | first,
        {"id": "b", "choices": ["P"], "scores": {"P": 8}},
        {"id": "c", "choices": ["P"], "scores": {"P": 7}, "groups": ["g"]},
    ]
    program = {"id": "P", "seats": 2, "reserves": [{"group": "g", "seats": 1}], "reserve_order": order}
    return match_round({"seed": 1, "programs": [program], "applicants": applicants})["assignment"]


@pytest.mark.parametrize("first", [{}, {"accepted": "P"}])
def test_the_order_of_reserved_and_open_seats_gives_different_people(first) -> None:
    assert reserved("reserve_first", **first) == {"a": "P", "b": "P", "c": None}
    assert reserved("open_first", **first) == {"a": "P", "b": None, "c": "P"}


@pytest.mark.parametrize(
    ("applicant", "row"),
    [
        ({"choices": ["P"], "scores": {"P": float("nan")}}, "applicants[0] (a).scores.P"),
        ({"choices": ["P"], "scores": {"P": 2**53}}, "applicants[0] (a).scores.P"),
        ({"choices": ["P"], "scores": {"X": 1}}, "applicants[0] (a).scores"),
        ({"choices": ["P"], "eligible": {"X": True}}, "applicants[0] (a).eligible"),
        ({"choices": ["P"], "declined": ["X"]}, "applicants[0] (a).declined"),
        ({"choices": ["P"], "declined": ["P"], "accepted": "P"}, "applicants[0] (a)"),
    ],
)
def test_the_message_names_the_row(applicant, row) -> None:
    with pytest.raises(Unusable) as told:
        match_round({"seed": 1, "programs": [{"id": "P", "seats": 1}], "applicants": [{"id": "a"} | applicant]})
    assert row in told.value.message


def test_the_lottery_is_the_published_one() -> None:
    market = read_market({"seed": 7, "programs": [], "applicants": [{"id": n, "choices": []} for n in "abc"]})
    assert market.lottery == lottery_order(7, ["a", "b", "c"])
    with pytest.raises(Unusable):
        read_market({"seed": 7, "programs": [], "applicants": [], "lottery": [["a"]]})
