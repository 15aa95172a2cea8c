"""Difficulty, discrimination, distractors, reliability, and what dropping an item would change.

Sources: Crocker & Algina 1986; Kuder & Richardson 1937; Cronbach 1951; Haladyna & Downing 1993 (5 % rule).
"""

from collections.abc import Sequence, Set
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.float64]
#: A distractor that fewer choose does not function (Haladyna & Downing).
FUNCTIONING_SHARE = 0.05
#: Lowest and highest group of candidates (Kelley 1939).
TAIL_SHARE = 0.27


@dataclass(frozen=True, slots=True)
class ItemAnalysis:
    """Per item: mean over maximum, correlation with the total, and with the total minus the item; None: no variance."""

    difficulty: tuple[float, ...]
    point_biserial: tuple[float | None, ...]
    corrected: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Reliability:
    """Cronbach's alpha, KR-20 where every item is right or wrong, SEM = sd √(1 - alpha); None: not defined."""

    alpha: float | None
    kr20: float | None
    sd: float | None
    sem: float | None
    alpha_if_deleted: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Distractor:
    """How many chose an option, their share, r with the rest score, and how many of the lowest and highest 27 %."""

    n: int
    share: float
    r: float | None
    lower: int
    upper: int


@dataclass(frozen=True, slots=True)
class Rescored:
    """Percent before and after, and the candidates (by index) who now pass or now fail."""

    before: tuple[float, ...]
    after: tuple[float, ...]
    now_pass: tuple[int, ...]
    now_fail: tuple[int, ...]


def item_analysis(scores: Matrix, maximum: Matrix) -> ItemAnalysis:
    """Return the analysis of each item; `scores` has a row a candidate, `maximum` the points of each item."""
    totals = scores.sum(axis=1)
    return ItemAnalysis(
        tuple(float(mean) for mean in scores.mean(axis=0) / maximum),
        tuple(correlation(item, totals) for item in scores.T),
        tuple(correlation(item, totals - item) for item in scores.T),
    )


def reliability(scores: Matrix, maximum: Matrix) -> Reliability:
    """Return how far the totals would repeat; alpha may be negative."""
    alpha = _alpha(scores)
    right_or_wrong = bool(np.isin(scores, (0, 1)).all() and (maximum == 1).all())
    sd = float(scores.sum(axis=1).std(ddof=1)) if len(scores) > 1 else None
    sem = sd * float(np.sqrt(max(0.0, 1 - alpha))) if sd is not None and alpha is not None else None
    without = tuple(_alpha(np.delete(scores, item, axis=1)) for item in range(scores.shape[1]))
    return Reliability(alpha, alpha if right_or_wrong else None, sd, sem, without)


def distractors(
    chosen: Sequence[str], rest_score: Sequence[float], options: Sequence[str], key: str
) -> tuple[dict[str, Distractor], tuple[str, ...]]:
    """Return each option's use, and what looks wrong: an option that nobody needs, or one that draws the strong."""
    total = [score + (choice == key) for score, choice in zip(rest_score, chosen, strict=True)]
    found, _ = picked([frozenset((choice,)) for choice in chosen], rest_score, total, options)
    return found, tuple(flag for option, one in found.items() if (flag := _flag(option, one, key)))


def picked(
    chosen: Sequence[Set[str]], rest: Sequence[float], total: Sequence[float], options: Sequence[str]
) -> tuple[dict[str, Distractor], int]:
    """Return the use of each option, of which a candidate chose any, and how many are the lowest and highest 27 %."""
    order = np.argsort(np.asarray(total, dtype=float), kind="stable")
    tail = max(1, int(len(chosen) * TAIL_SHARE + 0.5))
    lower, upper = ({*map(int, order[:tail])}, {*map(int, order[-tail:])})
    others = np.asarray(rest, dtype=float)
    ticks = {option: np.asarray([option in one for one in chosen], dtype=float) for option in options}
    return {option: _distractor(one, others, lower, upper) for option, one in ticks.items()}, tail


def rescore(scores: Matrix, maximum: Matrix, drop: Sequence[int], pass_percent: float) -> Rescored:
    """Return everybody's percent over the items that remain, and who changes side."""
    kept = np.delete(np.arange(scores.shape[1]), list(drop))
    before, after = (_percent(scores[:, items], maximum[items]) for items in (np.arange(scores.shape[1]), kept))
    passed, passes = before >= pass_percent - 1e-9, after >= pass_percent - 1e-9
    return Rescored(
        tuple(map(float, before)),
        tuple(map(float, after)),
        tuple(int(index) for index in np.flatnonzero(passes & ~passed)),
        tuple(int(index) for index in np.flatnonzero(passed & ~passes)),
    )


def correlation(one: Matrix, other: Matrix) -> float | None:
    """Return Pearson's r, or None where either does not vary."""
    if len(one) < 2 or np.ptp(one) == 0 or np.ptp(other) == 0:
        return None
    return float(np.clip(np.corrcoef(one, other)[0, 1], -1, 1))


def _alpha(scores: Matrix) -> float | None:
    candidates, items = scores.shape
    totals = scores.sum(axis=1)
    if items < 2 or candidates < 2 or np.ptp(totals) == 0:
        return None
    share = float(scores.var(axis=0, ddof=1).sum() / totals.var(ddof=1))
    alpha: float = items / (items - 1) * (1 - share)
    return alpha


def _percent(scores: Matrix, maximum: Matrix) -> Matrix:
    return scores.sum(axis=1) / maximum.sum() * 100


def _distractor(ticked: Matrix, rest: Matrix, lower: set[int], upper: set[int]) -> Distractor:
    by = np.flatnonzero(ticked).tolist()
    ends = (len(lower.intersection(by)), len(upper.intersection(by)))
    return Distractor(len(by), len(by) / len(ticked), correlation(ticked, rest), *ends)


def _flag(option: str, found: Distractor, key: str) -> str:
    if option == key:
        return f"{option} is the key and does not discriminate" if found.r is None or found.r <= 0 else ""
    if found.share < FUNCTIONING_SHARE:
        return f"{option} not functioning"
    return f"{option} attracts stronger candidates" if found.r is not None and found.r > 0 else ""
