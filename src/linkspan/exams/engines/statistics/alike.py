"""Pairs of candidates whose answers agree more than their scores let expect: for human eyes, never a verdict.

The chance of a match is taken from both scores: either both are right, or both are wrong and chose the same (the shares
of wrong answers, in which the pair counts too, so that little is flagged where few were wrong).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from linkspan.exams.engines.statistics.items import Matrix
from linkspan.exams.engines.statistics.similarity import similarity

#: Pairs below this are not worked out exactly, and so many of the others at most.
LEAST_OMEGA, MOST_EXACT = 2.0, 500
#: Fewer questions that both answered say nothing.
FEWEST_COMMON = 5

Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class AlikePair:
    """Two candidates by index: how many answers both gave, how many agree, how many chance lets expect, its tail."""

    one: int
    other: int
    common: int
    matches: int
    expected: float
    p: float


def pairs_alike(codes: Codes, right: Matrix, level: float) -> tuple[AlikePair, ...]:
    """Return the pairs whose exact tail is below the level, the least likely first.

    `codes` has a row a candidate and a column a question: equal answers have equal numbers, and -1 is none; `right` is
    1 where the answer is right.
    """
    had = codes >= 0
    chances, same_wrong = _chances(codes, right, had)
    found: list[tuple[float, int, int, list[float], int]] = []
    for one in range(len(codes) - 1):
        both = had[one] & had[one + 1 :]
        p_match = chances[one] * chances[one + 1 :] + (1 - chances[one]) * (1 - chances[one + 1 :]) * same_wrong
        expected = np.where(both, p_match, 0).sum(axis=1)
        variance = np.where(both, p_match * (1 - p_match), 0).sum(axis=1)
        matches = (both & (codes[one] == codes[one + 1 :])).sum(axis=1)
        omega = (matches - expected) / np.sqrt(np.maximum(variance, 1e-12))
        for place in np.flatnonzero((omega >= LEAST_OMEGA) & (both.sum(axis=1) >= FEWEST_COMMON)):
            other = one + 1 + int(place)
            found.append((float(omega[place]), one, other, p_match[place][both[place]].tolist(), int(matches[place])))
    found.sort(key=lambda pair: -pair[0])
    worked = [_exact(*pair[1:]) for pair in found[:MOST_EXACT]]
    return tuple(sorted((pair for pair in worked if pair.p < level), key=lambda pair: (pair.p, pair.one, pair.other)))


def _exact(one: int, other: int, chances: Sequence[float], matches: int) -> AlikePair:
    told = similarity(chances, matches)
    return AlikePair(one, other, len(chances), matches, told.expected, told.gbt_p)


def _chances(codes: Codes, right: Matrix, had: NDArray[np.bool_]) -> tuple[Matrix, Matrix]:
    """The chance of each candidate to have each question right, and of two wrong answers to a question to agree."""
    counted = np.where(had, right, 0)
    seen_by = had.astype(np.float64)
    ability = _logit(counted.sum(axis=1), seen_by.sum(axis=1))
    easiness = _logit(counted.sum(axis=0), seen_by.sum(axis=0))
    chances = 1 / (1 + np.exp(-(ability[:, None] - ability.mean() + easiness[None, :])))
    same = [_agreeing(column[seen & (good < 1)]) for column, seen, good in zip(codes.T, had.T, right.T, strict=True)]
    return chances, np.asarray(same)


def _logit(hits: Matrix, of: Matrix) -> Matrix:
    share = (hits + 0.5) / (of + 1)
    found: Matrix = np.log(share / (1 - share))
    return found


def _agreeing(wrong: Codes) -> float:
    if not len(wrong):
        return 1.0
    shares = np.unique(wrong, return_counts=True)[1] / len(wrong)
    return float((shares**2).sum())
