"""What models say of a version: questions by Rasch and by two parameters, groups compared, versions equated."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Self

from linkspan.kernel.actor import Actor

#: So many first attempts a model needs, and so many learners each question in it.
FEWEST_FOR_RASCH, FEWEST_FOR_TWO, FEWEST_OF_QUESTION = 200, 500, 100
#: Mean squares of a question that fits, of tests of some weight (Wright & Linacre 1994).
LEAST_FIT, MOST_FIT = Decimal("0.8"), Decimal("1.2")
#: In how many parts the work is done, as its page tells.
STEPS = 4
#: What did not end by then is taken to have been cut short, and may be asked for again.
LONGEST_WORK = timedelta(hours=1)


class GroupKind(StrEnum):
    """By what learners are compared, where their institution allows it."""

    EXTRA_TIME = "extra_time"
    LANGUAGE = "language"
    SITTING = "sitting"


class WorkState(StrEnum):
    """Where the working out stands."""

    ASKED = "asked"
    RUNNING = "running"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class ItemModel:
    """A question by its number in the bank: Rasch difficulty in logits; slope and difficulty by two parameters.

    `infit` and `outfit` are 1 where answers are as Rasch expects them; None in what was kept before they were told.
    """

    item: str
    difficulty: Decimal
    slope: Decimal | None = None
    own_difficulty: Decimal | None = None
    infit: Decimal | None = None
    outfit: Decimal | None = None

    @property
    def unfit(self) -> bool:
        """Whether answers differ from what Rasch expects by more than a person should leave unseen."""
        fits = (one for one in (self.infit, self.outfit) if one is not None)
        return any(not LEAST_FIT <= one <= MOST_FIT for one in fits)


@dataclass(frozen=True, slots=True)
class Differing:
    """A question that learners of equal scores do differently by group: ETS class B or C; below 0 it is harder."""

    item: str
    delta: Decimal
    size: str


@dataclass(frozen=True, slots=True)
class Compared:
    """A group against all others, each of 100 or more: how many questions were compared, and those that differ.

    `value`: the language, or the moment at which the sitting opened; empty for extra time.
    """

    kind: GroupKind
    value: str
    questions: int
    rows: tuple[Differing, ...]


@dataclass(frozen=True, slots=True)
class Equated:
    """Another version by its common questions: its pass mark, and what it takes here; `error` is the standard error."""

    version: int
    common: int
    cut: Decimal
    equal: Decimal
    error: Decimal


@dataclass(frozen=True, slots=True)
class Models:
    """All that was worked out; what is empty had too few attempts, groups or common questions."""

    attempts: int
    converged: bool = True
    spread: Decimal | None = None
    items: tuple[ItemModel, ...] = ()
    compared: tuple[Compared, ...] = ()
    equated: tuple[Equated, ...] = ()

    def kept(self) -> str:
        """As JSON."""
        told = {
            "attempts": self.attempts,
            "converged": self.converged,
            "spread": _text(self.spread),
            "items": [
                [one.item, *map(_text, (one.difficulty, one.slope, one.own_difficulty, one.infit, one.outfit))]
                for one in self.items
            ],
            "compared": [
                [one.kind, one.value, one.questions, [[row.item, str(row.delta), row.size] for row in one.rows]]
                for one in self.compared
            ],
            "equated": [[e.version, e.common, str(e.cut), str(e.equal), str(e.error)] for e in self.equated],
        }
        return json.dumps(told)

    @classmethod
    def read(cls, text: str) -> Self:
        """From JSON as it is kept."""
        kept = json.loads(text)
        return cls(
            kept["attempts"],
            kept["converged"],
            _number(kept["spread"]),
            tuple(ItemModel(name, Decimal(b), *map(_number, others)) for name, b, *others in kept["items"]),
            tuple(
                Compared(GroupKind(kind), value, count, tuple(Differing(name, Decimal(d), s) for name, d, s in rows))
                for kind, value, count, rows in kept["compared"]
            ),
            tuple(Equated(n, common, *map(Decimal, numbers)) for n, common, *numbers in kept["equated"]),
        )


@dataclass(frozen=True, slots=True)
class Work:
    """Where the working out of a version's models stands; `models` are the last ones, `fresh` if nothing came since.

    `groups`: by what the institution lets learners be compared.
    """

    state: WorkState | None
    asked_at: datetime | None
    done_at: datetime | None
    step: int
    fresh: bool
    models: Models | None
    groups: tuple[GroupKind, ...] = ()
    steps: int = STEPS


def may_compare(actor: Actor, institution: str) -> bool:
    """Registrars of the institution and operators choose by what learners may be compared."""
    return actor.is_system or actor.has_role("registrar", institution) or actor.has_role("operator")


def known_groups(kept: Sequence[str]) -> tuple[GroupKind, ...]:
    """The groups that are allowed, in their order."""
    return tuple(kind for kind in GroupKind if kind in kept)


def _text(number: Decimal | None) -> str | None:
    return None if number is None else str(number)


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
