"""The engine against a second reading of the rules (`oracle.py`), on thousands of tiny rounds of every kind."""

import random
from typing import Any

import pytest
from tests.admissions.oracle import expected, input_sha256, output_sha256

from linkspan.admissions.rules.matching import match_round

PROGRAMS = ("P", "Ωmega", "\U0001f393")
PEOPLE = ("a", "é", "\ufb33", "\U0001f600", "Z z")
OUTCOMES = {"admitted", "below_cutoff", "ineligible", "unacceptable", "declined", "not_needed"}


def program(chance: random.Random, name: str) -> dict[str, Any]:
    row: dict[str, Any] = {"id": name, "seats": chance.choice([0, 1, 1, 2, 2, 3, None])}
    kind = chance.random()
    if kind < 0.3:
        row["ties"] = chance.choice(["lottery", "h_stable", "l_stable"])
    elif kind < 0.7:
        row["reserves"] = [{"group": g, "seats": chance.randint(0, 2)} for g in chance.choice(["g", "h", "gh", "hg"])]
        if chance.random() < 0.6:
            row["reserve_order"] = chance.choice(["reserve_first", "open_first"])
    if chance.random() < 0.25:
        row["priorities"] = chance.sample([*PEOPLE, "nobody"], chance.randint(0, 6))
    return row


def applicant(chance: random.Random, name: str) -> dict[str, Any]:
    choices = chance.sample(PROGRAMS, chance.randint(0, 3))
    row: dict[str, Any] = {"id": name, "choices": choices}
    row["scores"] = {p: chance.choice([-3, 0, 1, 1, 2, 2**53 - 1]) for p in PROGRAMS if chance.random() < 0.85}
    if chance.random() < 0.4:
        row["groups"] = chance.choice([["g"], ["h"], ["g", "h"], []])
    if chance.random() < 0.3:
        row["eligible"] = {p: chance.choice([True, ["no degree"], ["no degree", "too late"]]) for p in PROGRAMS}
    if choices and chance.random() < 0.15:
        row["accepted"] = chance.choice(choices)
    if chance.random() < 0.2:
        row["declined"] = [p for p in PROGRAMS if chance.random() < 0.4 and p != row.get("accepted")]
    return row


def random_round(seed: int) -> dict[str, Any]:
    chance = random.Random(seed)
    people = chance.sample(PEOPLE, chance.randint(1, 5))
    made: dict[str, Any] = {
        "seed": chance.randint(-5, 10**6),
        "programs": [program(chance, name) for name in chance.sample(PROGRAMS, 3)],
        "applicants": [applicant(chance, name) for name in people],
    }
    if chance.random() < 0.2:
        made["lottery"] = chance.sample([*PEOPLE, "nobody"], 6)
    return made


@pytest.mark.parametrize("block", range(8))
def test_the_engine_and_the_oracle_agree(block: int) -> None:
    for seed in range(block * 400, block * 400 + 400):
        round_ = random_round(seed)
        result, oracle = match_round(round_), expected(round_)
        outcomes = {
            name: {row["program"]: row["outcome"] for row in rows} for name, rows in result["explanations"].items()
        }
        assert result["assignment"] == oracle["assignment"], round_
        assert result["cutoffs"] == oracle["cutoffs"], round_
        assert result["ranks"] == oracle["ranks"], round_
        assert outcomes == oracle["outcomes"], round_
        assert result["input_sha256"] == input_sha256(round_)
        assert result["output_sha256"] == output_sha256(result)
        assert all(row["reason"] for rows in result["explanations"].values() for row in rows)
