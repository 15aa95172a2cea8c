"""What models say of a version: worked out of first attempts whose results are out, and told of groups only."""

import hashlib
import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import numpy as np
from django.db.models import Count, Max
from numpy.typing import NDArray

from linkspan.accounts.queries import languages_of
from linkspan.exams.engines.statistics import irt
from linkspan.exams.engines.statistics.fairness import FLOOR, Band, Dif, differential_functioning
from linkspan.exams.engines.statistics.items import Matrix
from linkspan.exams.models import AccommodationRow, AnalysisRow, AttemptRow, ExamPolicyRow, ExamVersionRow
from linkspan.exams.queries.analysed import Answered, answered
from linkspan.exams.queries.values import pass_mark_of
from linkspan.exams.rules import AccommodationKind, AccommodationState, AttemptState, Item
from linkspan.exams.rules.analysis import Counted, Out
from linkspan.exams.rules.modelling import (
    FEWEST_FOR_RASCH,
    FEWEST_FOR_TWO,
    FEWEST_OF_QUESTION,
    Compared,
    Differing,
    Equated,
    GroupKind,
    ItemModel,
    Models,
    Work,
    WorkState,
    known_groups,
)
from linkspan.exams.rules.rulings import current_item
from linkspan.kernel.readers import public

#: Equal scores are told apart one by one up to so many, else by bands of ten percent.
MOST_SCORES = 25
#: So often questions that differ are left out of the scores anew, and so many others make a score.
MOST_PURIFIED, FEWEST_PURE = 5, 4
#: So many other versions, the newest, are equated.
MOST_VERSIONS = 5

type Mask = NDArray[np.bool_]
type Step = Callable[[int], None]


def work_of(row: ExamVersionRow) -> Work:
    """Where the working out of a version's models stands, and what was worked out last."""
    groups = compared_groups(row.exam.institution)
    held = AnalysisRow.objects.filter(version=row).first()
    if held is None:
        return Work(None, None, None, 0, fresh=False, models=None, groups=groups)
    models = Models.read(held.result) if held.result else None
    fresh = models is not None and held.depends == depends_on(row, groups)
    return Work(WorkState(held.state), held.asked_at, held.done_at, held.step, fresh, models, groups)


@public
def compared_groups(institution: str) -> tuple[GroupKind, ...]:
    """By what the institution lets learners be compared; by nothing until it says so."""
    kept = ExamPolicyRow.objects.filter(institution=institution).values_list("compared", flat=True).first()
    return known_groups(kept or ())


def depends_on(row: ExamVersionRow, groups: Collection[GroupKind]) -> str:
    """A digest of what the models of a version are made from: it changes when they would."""
    rows = AttemptRow.objects.filter(sitting__exam_id=row.exam_id, state=AttemptState.VERIFIED, to_mark=False)
    counts = rows.filter(released_at__isnull=False).aggregate(n=Count("id"), last=Max("released_at"))
    corrected = list(row.exam.versions.order_by("number").values_list("number", "corrections", "cut_percent"))
    told = [counts["n"], counts["last"], corrected, sorted(groups)]
    return hashlib.sha256(json.dumps(told, default=str, sort_keys=True).encode()).hexdigest()


def worked_out(row: ExamVersionRow, groups: Collection[GroupKind], step: Step) -> Models:
    """Work out the models of a version; `step` is called with the number of each part before it begins."""
    step(1)
    found = answered(row, Counted.FIRST, Out.RELEASED)
    if len(found.attempts) < FEWEST_FOR_RASCH:
        return Models(len(found.attempts), compared=_compared(row, found, groups))
    fit = _Fit(found)
    step(2)
    items, converged = fit.items()
    step(3)
    compared = _compared(row, found, groups)
    step(4)
    equated = tuple(_equated(row, fit))
    spread = _told(fit.model.spread) if fit.columns else None
    return Models(len(found.attempts), converged, spread, items, compared, equated)


class _Fit:
    """The Rasch model of the questions of a version that are right or wrong, and how often each was had."""

    def __init__(self, found: Answered) -> None:
        right = _right_or_wrong(found)
        self.found = found
        self.columns = irt.usable(right, FEWEST_OF_QUESTION)
        self.right = right[:, self.columns]
        self.model = irt.rasch(self.right) if self.columns else irt.Rasch((), 0.0, converged=True)
        self.weight = (~np.isnan(self.right)).sum(axis=0).tolist()

    def items(self) -> tuple[tuple[ItemModel, ...], bool]:
        """Each question by Rasch, and by two parameters from enough attempts on; whether both came to rest."""
        names = [self.found.items[column].id for column in self.columns]
        rasch, infit, outfit = (
            [_told(one) for one in values] for values in (self.model.difficulty, self.model.infit, self.model.outfit)
        )
        converged = self.model.converged
        own: list[list[Decimal | None]] = [[None] * len(names)] * 2
        if len(self.found.attempts) >= FEWEST_FOR_TWO and names:
            two = irt.two_parameter(self.right)
            converged = converged and two.converged
            own = [[_told(one) for one in values] for values in (two.slope, two.difficulty)]
        told = zip(names, rasch, *own, infit, outfit, strict=True)
        return tuple(ItemModel(*one) for one in told), converged

    def difficulties(self) -> Mapping[str, tuple[Item, float]]:
        """By question as it is judged now its difficulty."""
        held = {}
        for column, difficulty in zip(self.columns, self.model.difficulty, strict=True):
            item = self.found.items[column]
            judged = current_item(item, self.found.corrections.get(item.id))
            held[item.id] = (replace(judged, retired=False), difficulty)
        return held


def _right_or_wrong(found: Answered) -> Matrix:
    """The shares of the questions that count and of which no part counts; NaN elsewhere."""
    known = np.isnan(found.shares) | np.isin(found.shares, (0, 1))
    usable = known.all(axis=0) & found.counts.astype(bool)
    right: Matrix = np.where(usable[None, :], found.shares, np.nan)
    return right


def _equated(row: ExamVersionRow, here: _Fit) -> Iterator[Equated]:
    """The newest other versions that have a model and enough questions in common with this one."""
    others = row.exam.versions.filter(published_at__isnull=False).exclude(id=row.id).order_by("-number")
    mine = here.difficulties()
    for other in others[:MOST_VERSIONS]:
        found = answered(other, Counted.FIRST, Out.RELEASED)
        if len(found.attempts) < FEWEST_FOR_RASCH:
            continue
        there = _Fit(found)
        theirs = there.difficulties()
        common = [name for name in mine if name in theirs and mine[name][0] == theirs[name][0]]
        tie = irt.linked([theirs[name][1] for name in common], [mine[name][1] for name in common])
        cut = pass_mark_of(other)
        able = irt.ability_at(float(cut), there.model.difficulty, there.weight) if tie else None
        if tie is None or able is None:
            continue
        reach = [
            irt.expected(able + tie.shift + off, here.model.difficulty, here.weight)
            for off in (0.0, tie.error, -tie.error)
        ]
        equal, error = (Decimal(f"{number:.1f}") for number in (reach[0], (reach[1] - reach[2]) / 2))
        yield Equated(other.number, tie.common, cut, equal, error)


def _compared(row: ExamVersionRow, found: Answered, groups: Collection[GroupKind]) -> tuple[Compared, ...]:
    """Each allowed group of 100 or more against 100 or more others; smaller ones are not named."""
    right = _right_or_wrong(found)
    told = []
    for kind in groups:
        for value, focal, reference in _groups(kind, row, found):
            rows = _purified(right, found.counted, focal, reference)
            had = [(found.items[column].id, dif) for column, dif in enumerate(rows) if dif is not None]
            if had:
                had.sort(key=lambda one: -abs(one[1].delta))
                differ = (Differing(name, Decimal(f"{dif.delta:.1f}"), dif.ets) for name, dif in had if dif.ets != "A")
                told.append(Compared(kind, value, len(had), tuple(differ)))
    return tuple(told)


def _purified(right: Matrix, counted: Matrix, focal: Mask, reference: Mask) -> list[Dif | None]:
    """How each question differs by group, among learners of equal scores on itself and all that do not differ.

    A question that differs moves the scores, and so makes others look as if they differed the other way: those found
    are left out of the scores, and all are compared anew, until the same are found. At most half are left out, those
    that differ most: a few that differ much can make all others look so.
    """
    columns = np.arange(right.shape[1])
    out: frozenset[int] = frozenset()
    for _ in range(MOST_PURIFIED):
        plain = _bands(counted[:, [one for one in columns if one not in out]])
        rows = [
            _differing(
                right[:, column],
                _bands(counted[:, [one for one in columns if one not in out or one == column]])
                if column in out
                else plain,
                focal,
                reference,
            )
            for column in columns
        ]
        found = [(-abs(dif.delta), column) for column, dif in enumerate(rows) if dif is not None and dif.ets != "A"]
        worst = frozenset(column for _, column in sorted(found)[: len(columns) // 2])
        if worst == out or len(columns) - len(worst) < FEWEST_PURE:
            break
        out = worst
    return rows


def _bands(counted: Matrix) -> Matrix:
    """The band of equal scores in which each learner lies."""
    had = (~np.isnan(counted)).sum(axis=1)
    scores = np.round(np.nansum(counted, axis=1) / np.maximum(had, 1) * 100, 6)
    bands: Matrix = scores if len(np.unique(scores)) <= MOST_SCORES else np.floor(scores / 10)
    return bands


def _differing(right: Matrix, bands: Matrix, focal: Mask, reference: Mask) -> Dif | None:
    """How a question differs by group; None unless enough of both had it."""
    had = ~np.isnan(right)
    if min(int((had & group).sum()) for group in (focal, reference)) < FLOOR:
        return None
    strata: list[Band] = []
    for band in np.unique(bands):
        here = had & (bands == band)
        a, b, c, d = (int((here & group & (right == one)).sum()) for group in (reference, focal) for one in (1, 0))
        strata.append((a, b, c, d))
    dif = differential_functioning(strata, FLOOR)
    return dif if isinstance(dif, Dif) else None


def _groups(kind: GroupKind, row: ExamVersionRow, found: Answered) -> Iterator[tuple[str, Mask, Mask]]:
    """The groups of a kind with who is in each and who in none of it; of two, only the smaller."""
    if kind is GroupKind.EXTRA_TIME:
        extra = with_extra_time(row.exam_id)
        values = np.asarray(["yes" if one in extra else "" for one in found.learners])
        sizes = {"yes": int((values == "yes").sum())}
        known = np.ones(len(values), dtype=bool)
    else:
        values = np.asarray(_languages(found) if kind is GroupKind.LANGUAGE else _sittings(found))
        names, counts = np.unique(values[values != ""], return_counts=True)
        sizes = dict(zip(names.tolist(), counts.tolist(), strict=True))
        known = values != ""
        if len(sizes) == 2:
            sizes = dict([min(sizes.items(), key=lambda one: (one[1], one[0]))])
    for name, size in sorted(sizes.items()):
        focal = values == name
        if size >= FLOOR and int((known & ~focal).sum()) >= FLOOR:
            yield "" if kind is GroupKind.EXTRA_TIME else name, focal, known & ~focal


def with_extra_time(code: str) -> frozenset[UUID]:
    """Who was last granted extra time at an exam, as far as the decisions are still kept."""
    timed = (AccommodationKind.PERCENT, AccommodationKind.MINUTES)
    decided = AccommodationRow.objects.filter(exam_id=code, kind__in=timed, decided_at__isnull=False)
    rows = decided.exclude(asks_more=True, state=AccommodationState.REFUSED).order_by("decided_at", "requested_at")
    last = {(learner, kind): state for learner, kind, state in rows.values_list("learner_id", "kind", "state")}
    return frozenset(learner for (learner, _), state in last.items() if state == AccommodationState.APPROVED)


def _languages(found: Answered) -> Sequence[str]:
    held = languages_of(found.learners)
    return [held.get(one, "") for one in found.learners]


def _sittings(found: Answered) -> Sequence[str]:
    rows = AttemptRow.objects.filter(id__in=found.attempts).values_list("id", "sitting__opens_at")
    opened = {key: at.isoformat() for key, at in rows}
    return [opened[one] for one in found.attempts]


def _told(number: float) -> Decimal:
    return Decimal(f"{number:.2f}")
