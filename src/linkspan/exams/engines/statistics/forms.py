"""Figures of question sets that were drawn, so that nobody had all questions: NaN where a learner had none.

Where all had the same questions the figures are those of `items`: alpha from the mean variance and the mean covariance
of the questions is Cronbach's, and a mean of the rest correlates as its sum does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from linkspan.exams.engines.statistics.items import Matrix, correlation


@dataclass(frozen=True, slots=True)
class Whole:
    """Mean, standard deviation and standard error of the scores in percent, and alpha; None: not defined."""

    questions: int
    mean: float | None
    sd: float | None
    alpha: float | None
    sem: float | None
    alike: bool


def whole(shares: Matrix) -> Whole:
    """Return how the sets did as wholes; `shares` has a row a learner and a column a question that counts."""
    had = ~np.isnan(shares)
    sizes = had.sum(axis=1)
    if not len(shares) or not sizes.all():
        return Whole(0, None, None, None, None, alike=False)
    length = int(np.bincount(sizes).argmax())
    scores = np.nansum(shares, axis=1) / sizes * 100
    sd = float(scores.std(ddof=1)) if len(scores) > 1 else None
    alpha = _alpha(shares, had, length) if sd else None
    sem = sd * sqrt(max(0.0, 1 - alpha)) if sd is not None and alpha is not None else None
    return Whole(length, float(scores.mean()), sd, alpha, sem, bool((had == had[0]).all()))


def _alpha(shares: Matrix, had: NDArray[np.bool_], length: int) -> float | None:
    """Alpha of a set of that length, by pairs of questions that learners had together, each as often as it was had."""
    x, m = np.where(had, shares, 0.0), had.astype(np.float64)
    n = m.T @ m
    with np.errstate(divide="ignore", invalid="ignore"):
        sums = x.T @ m
        covariance = (x.T @ x - sums * sums.T / n) / (n - 1)
    together = n >= 2
    alone = np.eye(len(n), dtype=bool)
    own, pairs = together & alone, together & ~alone
    if length < 2 or not pairs.any():
        return None
    mean_variance = float((covariance[own] * n[own]).sum() / n[own].sum())
    mean_covariance = float((covariance[pairs] * n[pairs]).sum() / n[pairs].sum())
    total = mean_variance + (length - 1) * mean_covariance
    return length * mean_covariance / total if total > 1e-12 else None


def rest_of(shares: Matrix, column: int | None) -> Matrix:
    """Return each learner's points without one question, on the scale of the longest set; 0 for who had no other."""
    others = shares if column is None else np.delete(shares, column, axis=1)
    had = (~np.isnan(others)).sum(axis=1)
    longest = int((~np.isnan(shares)).sum(axis=1).max(initial=0)) - (column is not None)
    points: Matrix = np.nansum(others, axis=1) / np.maximum(had, 1) * longest
    return points


def discrimination(marks: Matrix, rest: Matrix) -> float | None:
    """Return the correlation of a question with the rest, of those whose answer is marked."""
    known = ~np.isnan(marks)
    return correlation(marks[known], rest[known])


def seconds_spent(answers: Sequence[tuple[float, str]]) -> Mapping[str, float]:
    """Return the seconds from the answer before to each answer, together for each question, of one attempt."""
    found: dict[str, float] = {}
    before = 0.0
    for at, item in sorted(answers, key=lambda one: one[0]):
        found[item] = found.get(item, 0.0) + at - before
        before = at
    return found
