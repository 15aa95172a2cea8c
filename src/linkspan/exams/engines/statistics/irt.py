"""Item response theory: Rasch and the two-parameter model by marginal maximum likelihood, and common-item equating.

EM over quadrature points of a normal distribution of ability; questions that a learner did not have are left out of
their likelihood, so that drawn question sets need nothing more. Sources: Bock & Aitkin 1981; Kolen & Brennan 2014
(mean-mean and true-score equating); Wright & Masters 1982, Adams & Wu 2007 (infit and outfit, over the posterior of
ability). Numbers inform people; no mark is ever set by a model.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

from linkspan.exams.engines.statistics.items import Matrix

POINTS, WIDEST = 41, 5.0
MOST_ROUNDS, CLOSE = 500, 1e-4
#: A slope beyond this tells nothing more; it would grow for ever where a question parts learners wholly.
STEEPEST = 4.0
#: Questions that fewer common ones tie together are not equated.
FEWEST_COMMON = 5


@dataclass(frozen=True, slots=True)
class Rasch:
    """Of each question its difficulty in logits, of a mean ability of 0, and the standard deviation of ability.

    `infit` and `outfit`: mean squares of what the model leaves over, 1 where a question fits it.
    """

    difficulty: tuple[float, ...]
    spread: float
    converged: bool
    infit: tuple[float, ...] = ()
    outfit: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class TwoParameter:
    """Of each question slope and difficulty, where ability has a standard deviation of 1."""

    slope: tuple[float, ...]
    difficulty: tuple[float, ...]
    converged: bool


@dataclass(frozen=True, slots=True)
class Linked:
    """By how much the scale of the second set lies above that of the first, with its standard error."""

    shift: float
    error: float
    common: int


def usable(right: Matrix, fewest: int) -> list[int]:
    """Return the columns that a model can take: each had by so many, and neither right nor wrong for all of them."""
    had = (~np.isnan(right)).sum(axis=0)
    hits = np.nansum(right, axis=0)
    return np.flatnonzero((had >= fewest) & (hits > 0) & (hits < had)).tolist()


def rasch(right: Matrix) -> Rasch:
    """Return the Rasch model of answers that are right or wrong, NaN where a learner did not have the question."""
    slopes, intercepts, converged = _fitted(right, common=True)
    fit = _fit(right, slopes, intercepts)
    return Rasch(tuple((-intercepts).tolist()), float(slopes[0]), converged, *(tuple(one.tolist()) for one in fit))


def _fit(right: Matrix, slopes: Matrix, intercepts: Matrix) -> tuple[Matrix, Matrix]:
    """Infit and outfit of each question: over where each learner may stand, what they did against what is expected.

    Infit weighs by how much an answer tells; outfit does not, and so shows what those far away did by surprise.
    """
    points, prior = _points()
    hit, had = np.nan_to_num(right), (~np.isnan(right)).astype(np.float64)
    weight = _posterior(hit, had, slopes, intercepts, points, prior)
    seen, hits = had.T @ weight, hit.T @ weight
    chance = 1 / (1 + np.exp(-(np.outer(slopes, points) + intercepts[:, None])))
    spread = chance * (1 - chance)
    left = hits * (1 - chance) ** 2 + (seen - hits) * chance**2
    return left.sum(axis=1) / (seen * spread).sum(axis=1), (left / spread).sum(axis=1) / seen.sum(axis=1)


def two_parameter(right: Matrix) -> TwoParameter:
    """Return the two-parameter model of the same; a slope of almost 0 has no difficulty, and is held off for it."""
    slopes, intercepts, converged = _fitted(right, common=False)
    held = np.where(np.abs(slopes) < 0.05, np.where(slopes < 0, -0.05, 0.05), slopes)
    return TwoParameter(tuple(slopes.tolist()), tuple((-intercepts / held).tolist()), converged)


def _fitted(right: Matrix, *, common: bool) -> tuple[Matrix, Matrix, bool]:
    """Slopes and intercepts of logit = slope × ability + intercept, ability being standard normal."""
    points, prior = _points()
    hit, had = np.nan_to_num(right), (~np.isnan(right)).astype(np.float64)
    share = np.clip(hit.sum(axis=0) / had.sum(axis=0), 0.01, 0.99)
    slopes, intercepts = np.ones(right.shape[1]), np.log(share / (1 - share))
    for _ in range(MOST_ROUNDS):
        before = (slopes.copy(), intercepts.copy())
        weight = _posterior(hit, had, slopes, intercepts, points, prior)
        slopes, intercepts = _improved(slopes, intercepts, points, had.T @ weight, hit.T @ weight, common=common)
        change = max(float(np.abs(slopes - before[0]).max()), float(np.abs(intercepts - before[1]).max()))
        if change < CLOSE:
            return slopes, intercepts, True
    return slopes, intercepts, False


def _points() -> tuple[Matrix, Matrix]:
    """The points of ability, and how likely each is before any answer."""
    points = np.linspace(-WIDEST, WIDEST, POINTS)
    prior = np.exp(-(points**2) / 2)
    return points, prior / prior.sum()


def _posterior(hit: Matrix, had: Matrix, slopes: Matrix, intercepts: Matrix, points: Matrix, prior: Matrix) -> Matrix:
    """How likely each learner stands at each point, by what they answered."""
    logits = np.outer(slopes, points) + intercepts[:, None]
    log_right, log_wrong = -np.logaddexp(0, -logits), -np.logaddexp(0, logits)
    likely = hit @ log_right + (had - hit) @ log_wrong + np.log(prior)
    likely -= likely.max(axis=1, keepdims=True)
    weight: Matrix = np.exp(likely)
    return weight / weight.sum(axis=1, keepdims=True)


def _improved(
    slopes: Matrix, intercepts: Matrix, points: Matrix, seen: Matrix, hits: Matrix, *, common: bool
) -> tuple[Matrix, Matrix]:
    """Newton steps of logistic regressions on the points: `seen` and `hits` are expected counts, a row a question."""
    for _ in range(3):
        chance = 1 / (1 + np.exp(-(np.outer(slopes, points) + intercepts[:, None])))
        off, spread = hits - seen * chance, seen * chance * (1 - chance) + 1e-9
        g0, g1 = off.sum(axis=1), off @ points
        h00, h01, h11 = spread.sum(axis=1), spread @ points, spread @ points**2
        if common:
            step = float((g1 - h01 * g0 / h00).sum() / (h11 - h01**2 / h00).sum())
            slopes = np.clip(slopes + np.clip(step, -0.5, 0.5), 0.01, STEEPEST)
            intercepts = intercepts + np.clip((g0 - h01 * step) / h00, -1, 1)
            continue
        det = h00 * h11 - h01**2 + 1e-9
        slopes = np.clip(slopes + np.clip((h00 * g1 - h01 * g0) / det, -0.5, 0.5), -STEEPEST, STEEPEST)
        intercepts = intercepts + np.clip((h11 * g0 - h01 * g1) / det, -1, 1)
    return slopes, intercepts


def linked(first: Sequence[float], second: Sequence[float]) -> Linked | None:
    """Return how the scales of two sets lie by the difficulties of their common questions; None where too few."""
    if len(first) < FEWEST_COMMON:
        return None
    apart = np.asarray(second) - np.asarray(first)
    return Linked(float(apart.mean()), float(apart.std(ddof=1)) / sqrt(len(apart)), len(apart))


def expected(ability: float, difficulty: Sequence[float], weight: Sequence[float]) -> float:
    """Return the percentage that an ability is expected to reach, each question as often as it is drawn."""
    chance = 1 / (1 + np.exp(np.asarray(difficulty) - ability))
    return float(np.average(chance, weights=np.asarray(weight))) * 100


def ability_at(percent: float, difficulty: Sequence[float], weight: Sequence[float]) -> float | None:
    """Return the ability that is expected to reach a percentage; None at the ends, which nobody is expected to."""
    low, high = -12.0, 12.0
    if not expected(low, difficulty, weight) < percent < expected(high, difficulty, weight):
        return None
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if expected(middle, difficulty, weight) < percent else (low, middle)
    return (low + high) / 2
