"""Differential item functioning by Mantel and Haenszel, with the ETS classes.

Sources: Holland & Thayer 1988; Robins, Breslow & Greenland 1986 (standard error); Zieky 1993 (A, B, C).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log, sqrt

#: Fewer candidates in a group say nothing that should be shown.
FLOOR = 100
#: One-sided 5 % point of the normal distribution, by which class C must exceed 1.
ONE_SIDED = 1.6448536269514722

#: One score band: reference right, reference wrong, focal right, focal wrong.
Band = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Dif:
    """A common odds ratio over score bands; a negative `delta` means harder for the focal group."""

    strata_used: int
    odds_ratio: float
    ln_se: float
    delta: float
    delta_se: float
    chi2: float
    p: float
    ets: str
    reported: bool = True


@dataclass(frozen=True, slots=True)
class NotReported:
    """Why no number is shown, with the size of both groups."""

    reference: int
    focal: int
    reason: str
    reported: bool = False


def differential_functioning(strata: Sequence[Band], floor: int = FLOOR) -> Dif | NotReported:
    """Return whether candidates of equal score do differently by group; nothing below `floor` in a group."""
    used = [band for band in strata if band[0] + band[1] > 0 and band[2] + band[3] > 0]
    reference = int(sum(band[0] + band[1] for band in strata))
    focal = int(sum(band[2] + band[3] for band in strata))
    for size, group in ((focal, "focal"), (reference, "reference")):
        if size < max(floor, 1):
            return NotReported(reference, focal, f"too few in the {group} group")
    plus = [a * d / (a + b + c + d) for a, b, c, d in used]
    minus = [b * c / (a + b + c + d) for a, b, c, d in used]
    if not sum(plus) or not sum(minus):
        return NotReported(reference, focal, "no score band in which both groups are both right and wrong")
    return _dif(used, plus, minus)


def _dif(used: Sequence[Band], plus: Sequence[float], minus: Sequence[float]) -> Dif:
    from scipy import stats  # here, since it takes a second to load

    right, wrong = sum(plus), sum(minus)
    ratio = right / wrong
    agree = [(a + d) / (a + b + c + d) for a, b, c, d in used]
    variance = (
        sum(p * r for p, r in zip(agree, plus, strict=True)) / (2 * right**2)
        + sum(p * s + (1 - p) * r for p, r, s in zip(agree, plus, minus, strict=True)) / (2 * right * wrong)
        + sum((1 - p) * s for p, s in zip(agree, minus, strict=True)) / (2 * wrong**2)
    )
    se = sqrt(variance)
    chi2 = _chi_square(used)
    p = float(stats.chi2.sf(chi2, 1))
    delta, delta_se = -2.35 * log(ratio), 2.35 * se
    return Dif(len(used), ratio, se, delta, delta_se, chi2, p, _ets(delta, delta_se, p))


def _chi_square(used: Sequence[Band]) -> float:
    """Return Mantel and Haenszel's statistic with the continuity correction of a half."""
    off = variance = 0.0
    for a, b, c, d in used:
        n = a + b + c + d
        off += a - (a + b) * (a + c) / n
        if n > 1:
            variance += (a + b) * (c + d) * (a + c) * (b + d) / (n * n * (n - 1))
    return max(0.0, abs(off) - 0.5) ** 2 / variance if variance else 0.0


def _ets(delta: float, se: float, p: float) -> str:
    size = abs(delta)
    if size < 1 or p >= 0.05:
        return "A"
    return "C" if size >= 1.5 and (size - 1) / se > ONE_SIDED else "B"
