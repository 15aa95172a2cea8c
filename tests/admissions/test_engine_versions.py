"""Matchings of engine 1 come out byte for byte; engine 2 takes decimals, and scores of which lower is better."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.admissions.test_matching import rounds
from tests.factories.thorough import thorough

from linkspan.admissions.engines.large import match_tables
from linkspan.admissions.engines.tables import read_tables
from linkspan.admissions.rules.engine import ENGINE_VERSION, EVERY, changes_of
from linkspan.admissions.rules.matching import match_round
from linkspan.kernel.errors import Unusable

GOLDEN = json.loads((Path(__file__).parent / "golden" / "engine-1.json").read_text(encoding="utf-8"))
HASHES = ("cutoffs", "input_sha256", "output_sha256")


def test_matchings_of_the_first_engine_replay_byte_for_byte() -> None:
    for stored in GOLDEN:
        again = match_round(stored["round"], changes_of("1"))
        assert {name: again[name] for name in HASHES} == {name: stored[name] for name in HASHES}


def test_an_engine_that_is_not_known_is_refused_and_the_first_takes_no_decimals() -> None:
    with pytest.raises(Unusable, match="Engine 9 is not known"):
        changes_of("9")
    assert set(EVERY) == {"1", ENGINE_VERSION}
    with pytest.raises(Unusable, match="not a whole number"):
        match_round(german(1.3, 2.0), changes_of("1"))


def german(*scores: float, **program: object) -> dict:
    people = [{"id": f"a{n}", "choices": ["P"], "scores": {"P": score}} for n, score in enumerate(scores)]
    return {"seed": 1, "programs": [{"id": "P", "seats": 1, **program}], "applicants": people}


def test_lower_is_better_where_the_program_says_so() -> None:
    result = match_round(german(1.7, 1.3, 2.25, better="lower"))
    assert (result["assignment"], result["cutoffs"]) == ({"a0": None, "a1": "P", "a2": None}, {"P": 1.3})
    assert result["explanations"]["a2"][0]["reason"] == "Your score 2.25 is over the cut-off 1.3."
    assert match_round(german(1.7, 1.3, 2.25))["assignment"] == {"a0": None, "a1": None, "a2": "P"}


@pytest.mark.parametrize("score", [1.1234567, float("nan"), float("inf"), "1.5", True, None])
def test_a_score_that_is_no_number_is_refused_by_its_row(score) -> None:
    with pytest.raises(Unusable, match=r"applicants\[0\] \(a0\)\.scores\.P"):
        match_round(german(score))


@thorough(100)
@given(rounds(ties=("lottery", "h_stable", "l_stable")), st.sampled_from([Decimal("0.5"), Decimal("0.01")]))
def test_scores_in_other_steps_and_turned_round_give_the_same_seats(round_, step) -> None:
    turned = json.loads(json.dumps(round_))
    for row in turned["applicants"]:
        row["scores"] = {name: float(10 - score * step) for name, score in row["scores"].items()}
    for program in turned["programs"]:
        program["better"] = "lower"
    first, second = match_round(round_), match_round(turned)
    assert second["assignment"] == first["assignment"]
    shown = {p: None if c is None else float(10 - c * step) for p, c in first["cutoffs"].items()}
    assert second["cutoffs"] == shown
    outcomes = [
        {name: [row["outcome"] for row in rows] for name, rows in result["explanations"].items()}
        for result in (first, second)
    ]
    assert outcomes[0] == outcomes[1]


def test_tables_with_decimals_give_what_the_json_form_gives(tmp_path) -> None:
    (tmp_path / "programs.csv").write_text("id,seats,better\nP,1,lower\n")
    (tmp_path / "choices.csv").write_text("applicant,position,program,score\na0,1,P,1.7\na1,1,P,1.3\na2,1,P,2\n")
    found = match_tables(read_tables(tmp_path))
    alone = match_round(german(1.7, 1.3, 2.0, better="lower"))
    assert found.frames["assignment"].rows() == list(alone["assignment"].items())
    assert found.summary["output_sha256"] == alone["output_sha256"]
    assert found.frames["cutoffs"]["cutoff"].to_list() == [1.3]
