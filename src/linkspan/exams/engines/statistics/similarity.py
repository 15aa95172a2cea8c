"""Answers that agree too often and answers given too fast: for human eyes, beside what chance alone gives.

Sources: Wollack 1997 (omega); van der Linden & Sotaridona 2006 (exact tail); Holland 1996 (K); Wise & Ma 2012 and
Wise & Kong 2005 (response time). Never a verdict.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from linkspan.exams.engines.statistics.items import Matrix

RAPID_SECONDS = 10.0
RAPID_SHARE = 0.10
LEAST_EFFORT = 0.90
FAMILY_LEVEL = 0.05


@dataclass(frozen=True, slots=True)
class Similarity:
    """How far `matches` exceed their expectation: omega with its normal tail, and the exact tail (GBT)."""

    expected: float
    variance: float
    omega: float | None
    omega_p: float | None
    gbt_p: float


@dataclass(frozen=True, slots=True)
class KIndex:
    """The tail of as many same wrong answers as the pair has, from those of peers."""

    p: float
    k_index: float


@dataclass(frozen=True, slots=True)
class ChancePairs:
    """How many pairs are compared, how many of them chance flags, and the level that would flag one in twenty times."""

    pairs: int
    expected_false: float
    bonferroni_alpha: float


@dataclass(frozen=True, slots=True)
class Effort:
    """Thresholds by item (seconds), rapid answers, the share that were not rapid, and whom to look at."""

    threshold: tuple[float, ...]
    rapid: tuple[tuple[int, ...], ...]
    rte: tuple[float, ...]
    flag: tuple[bool, ...]


def similarity(p_match: Sequence[float], matches: int) -> Similarity:
    """Return the indices of a pair from the chance of a match on each item and the number of matches."""
    from scipy import stats  # here, since it takes a second to load

    chances = np.asarray(p_match, dtype=float)
    expected, variance = float(chances.sum()), float((chances * (1 - chances)).sum())
    omega = (matches - expected) / sqrt(variance) if variance > 0 else None
    exact = np.ones(1)
    for chance in chances:  # the distribution of a sum of unequal coins
        exact = np.convolve(exact, (1 - chance, chance))
    tail = float(exact[matches:].sum())
    return Similarity(expected, variance, omega, None if omega is None else float(stats.norm.sf(omega)), min(1.0, tail))


def k_index(source_wrong: int, same_wrong: int, mean_same_wrong_of_peers: float) -> KIndex:
    """Return Holland's K; it has little power where the source has few wrong answers."""
    from scipy import stats

    p = mean_same_wrong_of_peers / source_wrong
    return KIndex(p, float(stats.binom.sf(same_wrong - 1, source_wrong, p)))


def chance_pairs(candidates: int, alpha: float) -> ChancePairs:
    """Return how many innocent pairs a level flags among so many candidates."""
    pairs = candidates * (candidates - 1) // 2
    return ChancePairs(pairs, pairs * alpha, FAMILY_LEVEL / pairs)


def effort(seconds: Matrix) -> Effort:
    """Return who answered too fast to have read; `seconds` has a row a candidate, a column an item, NaN where none.

    Every item and every candidate has some time.
    """
    threshold = np.minimum(RAPID_SECONDS, RAPID_SHARE * np.nanmean(seconds, axis=0))
    rapid = seconds < threshold
    rte = 1 - rapid.sum(axis=1) / (~np.isnan(seconds)).sum(axis=1)
    return Effort(
        tuple(map(float, threshold)),
        tuple(tuple(map(int, row)) for row in rapid),
        tuple(map(float, rte)),
        tuple(bool(share < LEAST_EFFORT - 1e-12) for share in rte),
    )
