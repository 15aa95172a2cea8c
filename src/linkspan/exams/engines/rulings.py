"""Shares of questions by what was ruled on them, and pass marks by what judges said."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import numpy as np

from linkspan.exams.engines.marking import shares_of
from linkspan.exams.engines.statistics.standards import Angoff, Hofstee, angoff, hofstee
from linkspan.exams.rules import Bounds, Draw, Item, Judgement
from linkspan.exams.rules.rulings import STEP, Correction


def corrected_shares(
    items: Iterable[Item],
    responses: Mapping[str, tuple[str, ...]],
    by_people: Mapping[str, Fraction] | None,
    corrections: Mapping[str, Correction],
) -> dict[str, Fraction]:
    """The share of each item that its answer earns by what was ruled; those that do not count are left out."""
    counted = [item for item in items if not corrections.get(item.id, Correction()).dropped]
    found = shares_of(counted, responses, by_people)
    for item in counted:
        held = corrections.get(item.id)
        if held is not None:
            found[item.id] = share_by(item, responses.get(item.id, ()), held, found[item.id])
    return found


def share_by(item: Item, given: tuple[str, ...], held: Correction, published: Fraction) -> Fraction:
    """What an answer earns by a correction that lets it count; `published` is what it earns by the published key."""
    if held.full:
        return Fraction(1)
    if not held.keys:
        return published
    keyed = (shares_of([replace(item, answers=key)], {item.id: given})[item.id] for key in held.keys)
    return max(keyed)


def angoff_of(judgements: Sequence[Judgement], bank: Sequence[Item], blueprint: Sequence[Draw]) -> Angoff | None:
    """The judges' cut on a question set as the blueprint draws it; None before one of them rated each of its lines.

    Of a line a judge's mean over the questions that they rated stands for each question drawn.
    """
    rows = []
    for one in judgements:
        means = [_mean(one.ratings, bank, line) for line in blueprint]
        if means and None not in means:
            rows.append([mean for mean, line in zip(means, blueprint, strict=True) for _ in range(line.count)])
    return angoff(np.asarray(rows, dtype=float)) if rows and rows[0] else None


def _mean(ratings: Mapping[str, int], bank: Sequence[Item], line: Draw) -> float | None:
    rated = [ratings[item.id] for item in bank if line.fits(item) and item.id in ratings]
    return sum(rated) / len(rated) / 100 if rated else None


def hofstee_of(judgements: Sequence[Judgement], scores: Sequence[Decimal]) -> Hofstee | None:
    """The compromise of the judges' mean bounds with the scores; None without bounds."""
    given = [one.bounds for one in judgements if one.bounds is not None]
    if not given or not scores:
        return None
    means = {name: float(sum(getattr(one, name) for one in given)) / len(given) for name in Bounds.__slots__}
    cuts = {name: means[name] for name in ("cut_least", "cut_most")}
    shares = {name: means[name] / 100 for name in ("fail_least", "fail_most")}
    return hofstee([float(one) for one in scores], **cuts, **shares, step=STEP)
