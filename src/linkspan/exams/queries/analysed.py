"""What the figures of a version are worked out from: who had which question, what it earned, was answered and when."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from uuid import UUID

import numpy as np

from linkspan.exams.engines.marking import shares_of
from linkspan.exams.engines.rulings import corrected_shares
from linkspan.exams.engines.statistics.forms import seconds_spent
from linkspan.exams.engines.statistics.items import Matrix
from linkspan.exams.models import AttemptRow, ExamVersionRow, ResponseRow
from linkspan.exams.queries.values import bank_of
from linkspan.exams.rules import NOT_COUNTED, AttemptState, Item, ItemKind
from linkspan.exams.rules.analysis import Counted, Out
from linkspan.exams.rules.rulings import Correction, by_people, corrections_of

type Given = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answered:
    """The accepted attempts of a version, a row each, with a column for each question that somebody had.

    `shares`: what of a question was earned, NaN where it was not had or nobody can say. `counts`: whether a question
    counts for the total. `given` and `times` by attempt and question, of what was answered.
    """

    attempts: tuple[UUID, ...]
    learners: tuple[UUID, ...]
    items: tuple[Item, ...]
    corrections: Mapping[str, Correction]
    had: Matrix
    shares: Matrix
    counts: Matrix
    given: Sequence[Mapping[str, Given]]
    times: Sequence[Mapping[str, float]]

    @property
    def counted(self) -> Matrix:
        """The shares of the questions that count for the total."""
        found: Matrix = self.shares[:, self.counts.astype(bool)]
        return found


def answered(row: ExamVersionRow, counted: Counted, out: Out) -> Answered:
    """All that the accepted attempts of a version hold, in three queries, or four for first attempts."""
    rows = AttemptRow.objects.filter(version=row, state=AttemptState.VERIFIED, to_mark=False)
    if out is Out.RELEASED:
        rows = rows.filter(released_at__isnull=False)
    held = list(rows.order_by("id").values_list("id", "learner_id", "form", "shares"))
    if counted is Counted.FIRST:
        first = first_attempts(row.exam_id)
        held = [one for one in held if one[0] in first]
    bank = {item.id: item for item in bank_of(row)}
    corrections = corrections_of(row.corrections)
    given, times = _answers(row)
    asked_of = {name for _, _, form, _ in held for name in form}
    items = [item for item in bank.values() if item.id in asked_of]
    columns = {item.id: place for place, item in enumerate(items)}
    had, shares = np.zeros((len(held), len(items))), np.full((len(held), len(items)), np.nan)
    ruled_out = _RuledOut(corrections)
    for place, (key, _, form, kept) in enumerate(held):
        mine = given.get(key, {})
        asked = [bank[name] for name in form if name in bank]
        earned = {name: Fraction(one) for name, one in kept.items()} or corrected_shares(asked, mine, None, corrections)
        for item in asked:
            column = columns[item.id]
            had[place, column] = 1
            share = ruled_out.share(item, mine) if item.id in ruled_out.dropped else earned.get(item.id)
            shares[place, column] = np.nan if share is None else float(share)
    return Answered(
        tuple(one[0] for one in held),
        tuple(one[1] for one in held),
        tuple(items),
        corrections,
        had,
        shares,
        np.asarray([item.id not in ruled_out.dropped for item in items], dtype=float),
        [given.get(one[0], {}) for one in held],
        [times.get(one[0], {}) for one in held],
    )


def first_attempts(code: str) -> frozenset[UUID]:
    """The attempt with which each learner began at an exam, whatever the version and whatever came of it."""
    rows = AttemptRow.objects.filter(sitting__exam_id=code).exclude(state__in=NOT_COUNTED)
    found: dict[UUID, UUID] = {}
    for learner, key in rows.order_by("created_at", "id").values_list("learner_id", "id"):
        found.setdefault(learner, key)
    return frozenset(found.values())


class _RuledOut:
    """What questions that do not count would have earned by their published key; each answer is judged once."""

    def __init__(self, corrections: Mapping[str, Correction]) -> None:
        self.dropped = {name for name, one in corrections.items() if one.dropped}
        self._known: dict[tuple[str, Given], Fraction] = {}

    def share(self, item: Item, mine: Mapping[str, Given]) -> Fraction | None:
        """What the answer would have earned; None where people or an engine would have to judge it."""
        if by_people(item) or item.kind is ItemKind.FORMULA:
            return None
        answer = mine.get(item.id, ())
        key = (item.id, answer)
        if key not in self._known:
            self._known[key] = shares_of([item], {item.id: answer})[item.id]
        return self._known[key]


def _answers(row: ExamVersionRow) -> tuple[dict[UUID, dict[str, Given]], dict[UUID, Mapping[str, float]]]:
    """By attempt of a version, the newest answer to each question, and the seconds spent on it."""
    rows = ResponseRow.objects.filter(attempt__version=row, version__isnull=False).order_by("version")
    given: dict[UUID, dict[str, Given]] = defaultdict(dict)
    at: dict[UUID, list[tuple[float, str]]] = defaultdict(list)
    for key, item, answer, elapsed in rows.values_list("attempt_id", "item", "given", "elapsed"):
        given[key][item] = tuple(answer)
        if elapsed is not None:
            at[key].append((elapsed.total_seconds(), item))
    return given, {key: seconds_spent(one) for key, one in at.items()}
