"""The blueprint of an exam: how many questions of a topic and a difficulty a form holds, and how often one is drawn."""

import random
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from linkspan.exams.rules.items import Difficulty, Item
from linkspan.kernel.errors import Unusable
from linkspan.kernel.reasons import Phrase


@dataclass(frozen=True, slots=True)
class Draw:
    """So many questions of a topic; of one difficulty, or of any."""

    group: str
    count: int
    difficulty: Difficulty | None = None

    def fits(self, item: Item) -> bool:
        """Whether the item can be drawn for it."""
        return not item.retired and item.group == self.group and self.difficulty in (None, item.difficulty)


@dataclass(frozen=True, slots=True)
class Cell:
    """A line of the blueprint that a bank allows: how many items it can be drawn from, and how many are."""

    group: str
    difficulty: Difficulty | None
    available: int
    count: int


def cells(bank: Iterable[Item], blueprint: Iterable[Draw]) -> tuple[Cell, ...]:
    """Every line that a bank allows, by topic; those by difficulty where its items tell one."""
    items = tuple(bank)
    drawn = {(line.group, line.difficulty): line.count for line in blueprint}
    held = {(item.group, item.difficulty) for item in items} | {(item.group, None) for item in items} | set(drawn)
    order = [None, *Difficulty]
    found = []
    for group, difficulty in sorted(held, key=lambda cell: (cell[0], order.index(cell[1]))):
        line = Draw(group, drawn.get((group, difficulty), 0), difficulty)
        found.append(Cell(group, difficulty, sum(line.fits(item) for item in items), line.count))
    return tuple(found)


def draw_form(
    bank: Iterable[Item], blueprint: Sequence[Draw], seed: int, worn: Collection[str] = frozenset()
) -> tuple[str, ...]:
    """The ids of a form: what the blueprint asks for, by a seed, in a drawn order within each of its lines.

    No item is drawn twice, and a `worn` one only where too few others are left. Unusable if a line has too few items.
    """
    left = sorted((item for item in bank if not item.retired), key=lambda item: item.id)
    drawn = random.Random(seed)  # noqa: S311  the seed is secret and stored; the draw must be repeatable
    chosen: dict[Draw, list[str]] = {}
    for line in sorted(blueprint, key=lambda line: line.difficulty is None):  # any difficulty takes what is left
        fit = [item.id for item in left if line.fits(item)]
        if len(fit) < line.count:
            raise _too_few(line, len(fit))
        fresh = [name for name in fit if name not in worn]
        chosen[line] = drawn.sample(fresh, min(line.count, len(fresh)))
        chosen[line] += drawn.sample([name for name in fit if name in worn], line.count - len(chosen[line]))
        left = [item for item in left if item.id not in chosen[line]]
    return tuple(name for line in blueprint for name in chosen[line])


def _too_few(line: Draw, count: int) -> Unusable:
    told = {"topic": line.group, "count": count, "drawn": line.count}
    if line.difficulty is None:
        return Unusable("bank_too_small", "{topic}: the bank has too few questions ({count} of {drawn}).", **told)
    return Unusable(
        "bank_too_small",
        "{topic}, {difficulty}: the bank has too few questions ({count} of {drawn}).",
        **told,
        difficulty=Phrase(line.difficulty),
    )
