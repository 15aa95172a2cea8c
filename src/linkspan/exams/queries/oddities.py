"""Answers alike and answers too fast, of a version: for human eyes, beside what chance alone gives. No verdict."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

import numpy as np

from linkspan.exams.engines.marking import shares_of
from linkspan.exams.engines.statistics.alike import pairs_alike
from linkspan.exams.engines.statistics.forms import seconds_spent
from linkspan.exams.engines.statistics.similarity import chance_pairs, effort
from linkspan.exams.models import AttemptRow, ExamVersionRow, ResponseRow
from linkspan.exams.queries.rulings import SCORED, ruled_version
from linkspan.exams.queries.values import current_bank_of
from linkspan.exams.rules import Item
from linkspan.exams.rules.rulings import FEWEST_RESULTS, by_people
from linkspan.kernel.actor import Actor

#: How seldom chance alone makes a pair agree so much that it is shown.
LEVEL = Decimal("0.001")
#: More attempts than these, the newest, are not compared: the pairs grow by the square.
MOST_COMPARED = 1000
MOST_PAIRS = 100


@dataclass(frozen=True, slots=True)
class AlikeAnswers:
    """Two learners: of the `common` questions that both answered so many agree, where chance lets `expected` do so.

    `chance`: how often innocent pairs of these scores agree so much or more.
    """

    one: UUID
    other: UUID
    common: int
    matches: int
    expected: Decimal
    chance: Decimal


@dataclass(frozen=True, slots=True)
class Alike:
    """The pairs below the level, of so many; `expected_false` innocent ones are among all pairs by chance alone."""

    attempts: int
    pairs: int
    level: Decimal
    expected_false: Decimal
    rows: tuple[AlikeAnswers, ...]


@dataclass(frozen=True, slots=True)
class FastAnswers:
    """A learner who gave many answers faster than they can be read: `rapid` of those `timed`."""

    learner_id: UUID
    timed: int
    rapid: int


@dataclass(frozen=True, slots=True)
class Fast:
    """Who answered too fast, of so many attempts whose answers have times."""

    attempts: int
    rows: tuple[FastAnswers, ...]


def answers_alike(actor: Actor, code: str, number: int) -> Alike | None:
    """The pairs of a version that agree too often, the least likely first; None where too few handed in."""
    row = ruled_version(actor, code, number)
    attempts = _attempts(row)
    if len(attempts) < FEWEST_RESULTS:
        return None
    items = [item for item in current_bank_of(row) if not by_people(item)]
    given = _given(attempts, items)
    codes, right = _coded(items, given)
    told = chance_pairs(len(attempts), float(LEVEL))
    found = pairs_alike(codes, right, float(LEVEL))[:MOST_PAIRS]
    rows = tuple(
        AlikeAnswers(
            attempts[one.one][1],
            attempts[one.other][1],
            one.common,
            one.matches,
            Decimal(f"{one.expected:.1f}"),
            Decimal(f"{one.p:.7f}"),
        )
        for one in found
    )
    return Alike(len(attempts), told.pairs, LEVEL, Decimal(f"{told.expected_false:.3f}"), rows)


def answers_too_fast(actor: Actor, code: str, number: int) -> Fast | None:
    """Who of a version answered too fast to have read; None where too few answers have times."""
    row = ruled_version(actor, code, number)
    attempts = _attempts(row)
    times = _times([one for one, _ in attempts])
    timed = [(key, learner) for key, learner in attempts if times.get(key)]
    if len(timed) < FEWEST_RESULTS:
        return None
    names = sorted({name for held in times.values() for name in held})
    seconds = np.asarray([[times[key].get(name, np.nan) for name in names] for key, _ in timed])
    found = effort(seconds)
    rows = [
        FastAnswers(learner, len(times[key]), sum(rapid))
        for (key, learner), rapid, flagged in zip(timed, found.rapid, found.flag, strict=True)
        if flagged
    ]
    rows.sort(key=lambda one: (-one.rapid / one.timed, one.learner_id))
    return Fast(len(timed), tuple(rows))


def _attempts(row: ExamVersionRow) -> list[tuple[UUID, UUID]]:
    """The attempts that were handed in and count, newest first, with their learners."""
    rows = AttemptRow.objects.filter(version=row, state__in=SCORED, submitted_at__isnull=False)
    return list(rows.order_by("-submitted_at", "id").values_list("id", "learner_id")[:MOST_COMPARED])


def _given(attempts: Sequence[tuple[UUID, UUID]], items: Sequence[Item]) -> list[dict[str, tuple[str, ...]]]:
    wanted, held = {item.id for item in items}, defaultdict[UUID, dict[str, tuple[str, ...]]](dict)
    for key, item, given in _responses(attempts).order_by("version").values_list("attempt_id", "item", "given"):
        if item in wanted:
            held[key][item] = tuple(sorted(one.strip().casefold() for one in given if one.strip()))
    return [held[key] for key, _ in attempts]


def _responses(attempts: Sequence[tuple[UUID, UUID]]) -> Any:
    keys = [key for key, _ in attempts]
    return ResponseRow.objects.filter(attempt_id__in=keys, version__isnull=False)


def _coded(items: Sequence[Item], given: Sequence[Mapping[str, tuple[str, ...]]]) -> tuple[Any, Any]:
    """Answers as numbers, equal ones alike, and whether each is right."""
    codes = np.full((len(given), len(items)), -1, dtype=np.int64)
    right = np.zeros((len(given), len(items)))
    for column, item in enumerate(items):
        known: dict[tuple[str, ...], tuple[int, Fraction]] = {}
        for place, held in enumerate(given):
            answer = held.get(item.id)
            if not answer:
                continue
            if answer not in known:
                known[answer] = len(known), shares_of([item], {item.id: answer})[item.id]
            codes[place, column], right[place, column] = known[answer][0], float(known[answer][1])
    return codes, right


def _times(keys: Sequence[UUID]) -> dict[UUID, Mapping[str, float]]:
    """By attempt, the seconds from the answer before to each answer, together for each question."""
    rows = ResponseRow.objects.filter(attempt_id__in=keys, version__isnull=False, elapsed__isnull=False)
    at: dict[UUID, list[tuple[float, str]]] = defaultdict(list)
    for key, item, elapsed in rows.order_by("version").values_list("attempt_id", "item", "elapsed"):
        at[key].append((elapsed.total_seconds() if elapsed else 0.0, item))
    return {key: seconds_spent(one) for key, one in at.items()}
