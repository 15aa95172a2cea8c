"""How the questions of a version did, from released results; told of groups only."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

import numpy as np

from linkspan.exams.engines.marking import shares_of
from linkspan.exams.engines.statistics.items import correlation
from linkspan.exams.models import AttemptRow, ResponseRow
from linkspan.exams.queries.making import version
from linkspan.exams.rules import AttemptState, Item
from linkspan.kernel.actor import Actor
from linkspan.kernel.bands import FIVES, Band

#: Fewer answers than this say little of a question, and too much of a person.
FEWEST_ANSWERS = 10


@dataclass(frozen=True, slots=True)
class QuestionFigures:
    """A question: how much of it was earned, in percent, and the correlation of that with the rest of the set.

    None where fewer than FEWEST_ANSWERS learners had it; no correlation either where nothing varies.
    """

    item: Item
    learners: Band
    right: int | None
    discrimination: Decimal | None


def item_analysis(actor: Actor, code: str, number: int) -> tuple[QuestionFigures, ...]:
    """The questions of a version that learners had, hardest first, by the accepted attempts that are released."""
    found = version(actor, code, number)
    bank = {item.id: item for item in found.bank}
    rows = AttemptRow.objects.filter(version__exam_id=code, version__number=number, state=AttemptState.VERIFIED)
    released = list(rows.filter(released_at__isnull=False).values_list("id", "form", "shares"))
    answers = _answers(code, number) if any(not shares for _, _, shares in released) else {}
    marks: dict[str, list[tuple[float, float]]] = {}
    for attempt_id, form, shares in released:
        kept = {name: Fraction(shares[name]) for name in form if name in shares} if shares else None
        earned = kept or shares_of([bank[name] for name in form], answers.get(attempt_id, {}))
        right = {name: float(share) for name, share in earned.items()}
        for name, mark in right.items():
            marks.setdefault(name, []).append((mark, (sum(right.values()) - mark) / max(1, len(right) - 1)))
    figures = [_figures(bank[name], had) for name, had in marks.items()]
    return tuple(sorted(figures, key=lambda one: (one.right is None, one.right or 0, one.item.id)))


def _answers(code: str, number: int) -> dict[UUID, dict[str, tuple[str, ...]]]:
    """By attempt of a version, the newest answer to each item."""
    rows = ResponseRow.objects.filter(attempt__version__exam_id=code, attempt__version__number=number)
    found: dict[UUID, dict[str, tuple[str, ...]]] = {}
    for attempt_id, item, given in (
        rows.filter(version__isnull=False).order_by("version").values_list("attempt_id", "item", "given")
    ):
        found.setdefault(attempt_id, {})[item] = tuple(given)
    return found


def _figures(item: Item, had: list[tuple[float, float]]) -> QuestionFigures:
    learners = FIVES.band(len(had))
    if len(had) < FEWEST_ANSWERS:
        return QuestionFigures(item, learners, None, None)
    marks, rest = np.asarray(had, dtype=np.float64).T
    r = correlation(marks, rest)
    return QuestionFigures(item, learners, round(100 * float(marks.mean())), None if r is None else Decimal(f"{r:.2f}"))
