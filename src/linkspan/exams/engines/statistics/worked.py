"""A file of statistics to work out: `{"cases": [{"id", "given": {...}}]}`; what is given says what is asked."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from linkspan.exams.engines.statistics import fairness, items, similarity, standards
from linkspan.exams.engines.statistics.items import Matrix

MOST_CELLS = 10_000_000
MOST_STEPS = 1_000_000

Given = Mapping[str, Any]


class CaseError(ValueError):
    """A case that cannot be worked out; the message says which member is wrong."""


def work_out(document: Any) -> list[dict[str, Any]]:
    """Return one result a case, in order; a case that cannot be worked out has `error` instead."""
    if not isinstance(document, Mapping) or not isinstance(document.get("cases"), list):
        raise CaseError('The file needs a list of "cases".')
    return [_result(case, number) for number, case in enumerate(document["cases"], 1)]


def _result(case: Any, number: int) -> dict[str, Any]:
    if not isinstance(case, Mapping):
        return {"id": number, "error": "A case is an object."}
    name, given = case.get("id", number), case.get("given")
    try:
        if not isinstance(given, Mapping):
            raise CaseError("given: an object is needed.")
        asked = next((ask for members, ask in ASKED if all(member in given for member in members)), None)
        if asked is None:
            raise CaseError("given: nothing is known to work out from these members.")
        return {"id": name, **asked(given)}
    except CaseError as error:
        return {"id": name, "error": str(error)}


def _items(given: Given) -> dict[str, Any]:
    scores = _matrix(given, "scores")
    maximum = _maximum(given, scores)
    return asdict(items.item_analysis(scores, maximum)) | asdict(items.reliability(scores, maximum))


def _rescored(given: Given) -> dict[str, Any]:
    scores = _matrix(given, "scores")
    drop = [_whole(index, "drop") for index in _list(given, "drop")]
    if not all(0 <= index < scores.shape[1] for index in drop) or len(set(drop)) >= scores.shape[1]:
        raise CaseError("drop: indices of items, not all of them, are needed.")
    percent = _number(given["pass_percent"], "pass_percent")
    return asdict(items.rescore(scores, _maximum(given, scores), drop, percent))


def _distractors(given: Given) -> dict[str, Any]:
    chosen, options, key = _list(given, "chosen"), _list(given, "options"), given.get("key")
    rest = [_number(value, "rest_score") for value in _list(given, "rest_score")]
    if not chosen or len(chosen) != len(rest) or not all(isinstance(one, str) for one in [*chosen, *options, key]):
        raise CaseError("chosen: a text and a rest score for each candidate, texts as options and key, are needed.")
    found, flags = items.distractors(chosen, rest, options, str(key))
    return {"options": {option: asdict(one) for option, one in found.items()}, "flags": list(flags)}


def _dif(given: Given) -> dict[str, Any]:
    strata = _matrix(given, "strata")
    if strata.shape[1] != 4 or strata.min() < 0:
        raise CaseError("strata: four counts of 0 or more in each band are needed.")
    bands = [(float(a), float(b), float(c), float(d)) for a, b, c, d in strata]
    floor = _whole(given.get("floor", fairness.FLOOR), "floor")
    return asdict(fairness.differential_functioning(bands, floor))


def _angoff(given: Given) -> dict[str, Any]:
    judgements = _matrix(given, "judgements")
    if judgements.min() < 0 or judgements.max() > 1:
        raise CaseError("judgements: shares between 0 and 1 are needed.")
    return asdict(standards.angoff(judgements))


def _hofstee(given: Given) -> dict[str, Any]:
    names = ("cut_least", "cut_most", "fail_least", "fail_most")
    bounds = {name: _number(given[name], name) for name in names} | {"step": _number(given.get("step", 1), "step")}
    width = bounds["cut_most"] - bounds["cut_least"]
    if width <= 0 or bounds["step"] <= 0 or width / bounds["step"] > MOST_STEPS:
        raise CaseError("cut_least, cut_most, step: a range in at most a million steps is needed.")
    scores = [_number(value, "scores") for value in _list(given, "scores")]
    if not scores:
        raise CaseError("scores: at least one is needed.")
    return asdict(standards.hofstee(scores, **bounds))


def _similarity(given: Given) -> dict[str, Any]:
    chances = [_number(value, "p_match") for value in _list(given, "p_match")]
    matches = _whole(given["matches"], "matches")
    if len(chances) > 10_000 or not all(0 <= chance <= 1 for chance in chances) or not 0 <= matches <= len(chances):
        raise CaseError("p_match, matches: chances between 0 and 1 and at most as many matches are needed.")
    return asdict(similarity.similarity(chances, matches))


def _k_index(given: Given) -> dict[str, Any]:
    wrong, same = _whole(given["source_wrong"], "source_wrong"), _whole(given["same_wrong"], "same_wrong")
    mean = _number(given["mean_same_wrong_of_peers"], "mean_same_wrong_of_peers")
    if not (wrong > 0 and 0 <= same <= wrong and 0 <= mean <= wrong):
        raise CaseError("source_wrong: more than 0 and no less than the same wrong answers is needed.")
    return asdict(similarity.k_index(wrong, same, mean))


def _chance(given: Given) -> dict[str, Any]:
    candidates, alpha = _whole(given["candidates"], "candidates"), _number(given["alpha"], "alpha")
    if candidates < 2 or not 0 < alpha < 1:
        raise CaseError("candidates, alpha: two or more and a level between 0 and 1 are needed.")
    return asdict(similarity.chance_pairs(candidates, alpha))


def _effort(given: Given) -> dict[str, Any]:
    seconds = _matrix(given, "seconds")
    if seconds.min() < 0:
        raise CaseError("seconds: times of 0 or more are needed.")
    return asdict(similarity.effort(seconds))


#: The members that tell what is asked, the most telling first.
ASKED: tuple[tuple[tuple[str, ...], Callable[[Given], dict[str, Any]]], ...] = (
    (("scores", "drop", "pass_percent"), _rescored),
    (("scores", "cut_least", "cut_most", "fail_least", "fail_most"), _hofstee),
    (("scores",), _items),
    (("chosen", "rest_score", "options", "key"), _distractors),
    (("strata",), _dif),
    (("judgements",), _angoff),
    (("p_match", "matches"), _similarity),
    (("source_wrong", "same_wrong", "mean_same_wrong_of_peers"), _k_index),
    (("candidates", "alpha"), _chance),
    (("seconds",), _effort),
)


def _list(given: Given, name: str) -> list[Any]:
    found = given.get(name)
    if not isinstance(found, list):
        raise CaseError(f"{name}: a list is needed.")
    return found


def _matrix(given: Given, name: str) -> Matrix:
    rows = _list(given, name)
    width = len(rows[0]) if rows and isinstance(rows[0], list) else 0
    if not width or not all(isinstance(row, list) and len(row) == width for row in rows):
        raise CaseError(f"{name}: rows of the same length are needed.")
    if len(rows) * width > MOST_CELLS:
        raise CaseError(f"{name}: more than {MOST_CELLS} numbers.")
    return np.asarray([[_number(value, name) for value in row] for row in rows], dtype=float)


def _maximum(given: Given, scores: Matrix) -> Matrix:
    """The points of each item: given, or 1."""
    if "maximum" not in given:
        maximum = np.ones(scores.shape[1])
    else:
        maximum = np.asarray([_number(value, "maximum") for value in _list(given, "maximum")], dtype=float)
    if len(maximum) != scores.shape[1] or (maximum <= 0).any():
        raise CaseError("maximum: points above 0 for each item are needed.")
    if (scores < 0).any() or (scores > maximum).any():
        raise CaseError("scores: points between 0 and the item's maximum are needed.")
    return maximum


def _number(value: Any, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e15:
        raise CaseError(f"{name}: a number is needed.")
    return float(value)


def _whole(value: Any, name: str) -> int:
    number = _number(value, name)
    if number != int(number):
        raise CaseError(f"{name}: a whole number is needed.")
    return int(number)
