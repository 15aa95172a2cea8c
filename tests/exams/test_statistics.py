"""Exam statistics, against numbers worked out by other ways and against the worked cases."""

import json
import subprocess
import sys
from itertools import product
from math import comb, prod
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkspan.exams.engines.statistics.fairness import Dif, NotReported, differential_functioning
from linkspan.exams.engines.statistics.items import distractors, item_analysis, reliability, rescore
from linkspan.exams.engines.statistics.similarity import effort, k_index, similarity
from linkspan.exams.engines.statistics.standards import angoff, hofstee
from linkspan.exams.engines.statistics.worked import ASKED, work_out

WORKED = Path(__file__).parents[2].parent / "shared" / "reference" / "exam-statistics-cases.json"
RIGHT = np.asarray([[1, 1, 0], [1, 0, 0], [1, 1, 1], [1, 0, 1]], dtype=float)
ONES = np.ones(3)


def test_an_item_without_variance_has_no_discrimination() -> None:
    found = item_analysis(RIGHT, ONES)
    assert found.difficulty == (1.0, 0.5, 0.5)
    assert found.point_biserial[0] is None and found.corrected[0] is None
    assert found.corrected[1] == pytest.approx(np.corrcoef(RIGHT[:, 1], RIGHT[:, 2])[0, 1])


def test_alpha_is_kr20_where_items_are_right_or_wrong_and_nothing_without_variance() -> None:
    found = reliability(RIGHT, ONES)
    shares = RIGHT.mean(axis=0)
    kr20 = 3 / 2 * (1 - (shares * (1 - shares)).sum() / RIGHT.sum(axis=1).var())
    assert found.alpha == pytest.approx(kr20) and found.kr20 == found.alpha
    assert reliability(RIGHT * 2, ONES * 2).kr20 is None
    assert reliability(np.ones((3, 3)), ONES).alpha is None
    assert reliability(RIGHT[:, :1], ONES[:1]).alpha is None


def test_flags_of_options() -> None:
    chosen = ["A", "A", "A", "B", "C", "B"]
    _, flags = distractors(chosen, [1, 2, 3, 9, 8, 9], ["A", "B", "C", "D"], "A")
    assert flags == (
        "A is the key and does not discriminate",
        "B attracts stronger candidates",
        "C attracts stronger candidates",
        "D not functioning",
    )


def test_dif_tells_the_same_backwards_when_the_groups_change_places() -> None:
    bands = [(40.0, 30.0, 20.0, 50.0), (55.0, 15.0, 38.0, 32.0)]
    one = differential_functioning(bands)
    other = differential_functioning([(c, d, a, b) for a, b, c, d in bands])
    assert isinstance(one, Dif) and isinstance(other, Dif)
    assert one.delta == pytest.approx(-other.delta) and one.chi2 == pytest.approx(other.chi2)
    assert (one.ets, one.strata_used) == ("C", 2)


def test_dif_shows_nothing_of_small_groups_or_where_nothing_can_be_compared() -> None:
    assert differential_functioning([(80, 19, 90, 30)]) == NotReported(99, 120, "too few in the reference group")
    assert differential_functioning([(100, 0, 100, 0)]).reported is False


def test_the_exact_tail_is_that_of_all_outcomes() -> None:
    chances = [0.3, 0.5, 0.8, 0.1]
    tail = sum(
        prod(p if hit else 1 - p for p, hit in zip(chances, hits, strict=True))
        for hits in product((0, 1), repeat=4)
        if sum(hits) >= 3
    )
    assert similarity(chances, 3).gbt_p == pytest.approx(tail)
    assert similarity([1.0, 0.0], 1).omega is None


def test_k_is_the_binomial_tail() -> None:
    tail = sum(comb(6, k) * 0.5**6 for k in range(5, 7))
    assert k_index(6, 5, 3).k_index == pytest.approx(tail)


def test_pass_marks() -> None:
    found = angoff(np.asarray([[0.5, 0.5], [0.5, 0.5]]))
    assert (found.cut_raw, found.passing_raw, found.sd_judges) == (1.0, 1, 0.0)
    bounds = {"cut_least": 50.0, "cut_most": 60.0, "fail_least": 0.9, "fail_most": 1.0, "step": 1.0}
    assert hofstee([90.0, 95.0], **bounds).crossing is False
    assert hofstee([10.0, 20.0], **bounds).cut == 50.0


def test_dropping_an_item_names_who_changes_side() -> None:
    found = rescore(np.asarray([[1, 0], [0, 1]], dtype=float), np.ones(2), [1], 50)
    assert (found.after, found.now_pass, found.now_fail) == ((100.0, 0.0), (), (1,))


def test_whoever_answers_too_fast_to_read_is_for_human_eyes() -> None:
    found = effort(np.asarray([[30.0, 40.0], [1.0, 40.0]]))
    assert (found.rapid, found.flag) == (((0, 0), (1, 0)), (False, True))


@pytest.mark.parametrize(
    "given",
    [
        {"scores": [[1, 2]]},
        {"scores": [[1], [1, 0]]},
        {"scores": []},
        {"scores": [["1"]]},
        {"scores": [[True]]},
        {"scores": [[-1]]},
        {"scores": [[1]], "maximum": [0]},
        {"scores": [[1, 1]], "drop": [0, 1], "pass_percent": 50},
        {"strata": [[1, 2, 3]]},
        {"judgements": [[1.1]]},
        {"p_match": [0.5], "matches": 2},
        {"source_wrong": 0, "same_wrong": 0, "mean_same_wrong_of_peers": 0},
        {"candidates": 1, "alpha": 0.1},
        {"scores": [1], "cut_least": 5, "cut_most": 5, "fail_least": 0, "fail_most": 1},
        {"scores": [1], "cut_least": 0, "cut_most": 9, "fail_least": 0, "fail_most": 1, "step": 1e-12},
        {"chosen": [], "rest_score": [], "options": [], "key": "A"},
        {"unknown": 1},
        None,
    ],
)
def test_a_case_that_cannot_be_worked_out_is_named_and_the_rest_goes_on(given: Any) -> None:
    good = {"id": "good", "given": {"candidates": 3, "alpha": 0.1}}
    bad, fine = work_out({"cases": [{"id": "bad", "given": given}, good]})
    assert set(bad) == {"id", "error"} and fine["pairs"] == 3


members = sorted({name for names, _ in ASKED for name in names} | {"maximum", "floor", "step"})
values = st.recursive(
    st.integers(-2, 200) | st.floats() | st.sampled_from(["A", "B"]) | st.none(),
    lambda inner: st.lists(inner, max_size=4),
)


@given(st.dictionaries(st.sampled_from(members), values, max_size=6))
def test_no_case_ends_in_a_traceback_and_no_answer_holds_a_number_that_json_lacks(given_: dict[str, Any]) -> None:
    (result,) = work_out({"cases": [{"id": "x", "given": given_}]})
    json.dumps(result, allow_nan=False)


@pytest.mark.acceptance
@pytest.mark.skipif(not WORKED.exists(), reason="../shared is not here")
def test_every_worked_case_agrees() -> None:
    command = [sys.executable, "-m", "linkspan.site.command", "exams", "statistics", str(WORKED), "--json"]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    results = {result["id"]: result for result in json.loads(answer.stdout)["results"]}
    cases = json.loads(WORKED.read_text())["cases"]
    assert [case["id"] for case in cases if not _same(case["expected"], results[case["id"]])] == []


def _same(expected: Any, found: Any) -> bool:
    if isinstance(expected, dict):
        return all(name in found and _same(value, found[name]) for name, value in expected.items())
    if isinstance(expected, list):
        return len(expected) == len(found) and all(map(_same, expected, found))
    if isinstance(expected, float):
        return isinstance(found, float) and abs(expected - found) < 1e-5
    return bool(expected == found)
