"""Attempts that are over, put straight into the tables, many at a time."""

import random
import uuid
from collections.abc import Mapping, Sequence
from datetime import timedelta

from tests.factories.people import NOW

from linkspan.exams.models import AttemptRow, ExamVersionRow, ResponseRow
from linkspan.exams.rules import Draw, Item, ItemKind

OPTIONS = ("A", "B", "C", "D", "E")


def choices(count: int) -> tuple[tuple[Item, ...], tuple[Draw, ...]]:
    """A bank of questions with five choices of which B is right, and a blueprint that draws all of them."""
    bank = [Item(f"q{n}", "t", ItemKind.CHOICE, f"Question {n}?", OPTIONS, ("1",)) for n in range(count)]
    return tuple(bank), (Draw("t", count),)


def put_answered(
    sitting: uuid.UUID,
    answers: Sequence[Mapping[str, str | None]],
    *,
    number: int = 1,
    seconds: Sequence[Sequence[float]] = (),
    shares: Sequence[Mapping[str, str]] = (),
    learners: Sequence[uuid.UUID] = (),
    **fields: object,
) -> list[AttemptRow]:
    """An accepted attempt whose result is out for each mapping of question to answer; None is no answer."""
    version = ExamVersionRow.objects.get(exam="CFx", number=number)
    told = {"state": "verified", "released_at": NOW, "submitted_at": NOW, "score": 50} | fields
    rows = [
        AttemptRow(
            learner_id=learners[n] if learners else uuid.uuid4(),
            sitting_id=sitting,
            version=version,
            seed=1,
            form=list(one),
            shares=dict(shares[n]) if shares else {},
            created_at=NOW + timedelta(seconds=n),
            **told,
        )
        for n, one in enumerate(answers)
    ]
    AttemptRow.objects.bulk_create(rows)
    given = []
    for n, (row, one) in enumerate(zip(rows, answers, strict=True)):
        at = 0.0
        for place, (item, answer) in enumerate(one.items()):
            at += seconds[n][place] if seconds else 0.0
            if answer is not None:
                spent = timedelta(seconds=at) if seconds else None
                common = {"learner_id": row.learner_id, "attempt": row, "item": item, "at": NOW, "version": 1}
                given.append(ResponseRow(given=[answer], elapsed=spent, **common))
    ResponseRow.objects.bulk_create(given)
    return rows


def by_ability(learners: int, items: int, seed: int = 7) -> list[dict[str, str]]:
    """Answers by a Rasch model: B if right, another choice if not."""
    drawn = random.Random(seed)
    found = []
    for _ in range(learners):
        able = drawn.gauss(0, 1)
        odds = [able - (3 * n / max(1, items - 1) - 1.5) for n in range(items)]
        found.append(
            {
                f"q{n}": "1" if drawn.random() < 1 / (1 + 2.718281828**-one) else drawn.choice("0234")
                for n, one in enumerate(odds)
            }
        )
    return found
