"""Where to pass: modified Angoff (1971) and Hofstee (1983)."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np

from linkspan.exams.engines.statistics.items import Matrix

#: Room for the noise of double floats where two numbers meet on purpose.
NOISE = 1e-9


@dataclass(frozen=True, slots=True)
class Angoff:
    """The judges' cut and its standard error; `passing_raw` is the lowest whole raw score at or above it."""

    judge_cuts: tuple[float, ...]
    cut_raw: float
    cut_percent: float
    sd_judges: float | None
    se_judges: float | None
    passing_raw: int


@dataclass(frozen=True, slots=True)
class Hofstee:
    """The first cut at which the failing share reaches the line; all None where they never cross."""

    cut: float | None
    fail_rate: float | None
    line: float | None
    crossing: bool


def angoff(judgements: Matrix) -> Angoff:
    """Return the cut from judgements: a row a judge, a column an item, the share of borderline candidates right."""
    cuts = judgements.sum(axis=1)
    cut = float(cuts.mean())
    sd = float(cuts.std(ddof=1)) if len(cuts) > 1 else None
    se = sd / len(cuts) ** 0.5 if sd is not None else None
    return Angoff(tuple(map(float, cuts)), cut, cut / judgements.shape[1] * 100, sd, se, ceil(cut - NOISE))


def hofstee(
    scores: Sequence[float], *, cut_least: float, cut_most: float, fail_least: float, fail_most: float, step: float
) -> Hofstee:
    """Return the compromise between bounds on the cut and bounds on the share that fails (shares of 1)."""
    values = np.sort(np.asarray(scores, dtype=float))
    cuts = cut_least + step * np.arange(int((cut_most - cut_least) / step + NOISE) + 1)
    failing = np.searchsorted(values, cuts, side="left") / len(values)
    lines = fail_most + (cuts - cut_least) / (cut_most - cut_least) * (fail_least - fail_most)
    reached = np.flatnonzero(failing >= lines - NOISE)
    if not len(reached):
        return Hofstee(None, None, None, False)
    first = reached[0]
    return Hofstee(float(cuts[first]), float(failing[first]), float(lines[first]), True)
