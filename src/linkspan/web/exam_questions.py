"""Questions as their pages show them: the lines of an order or a match, the lettered areas of a picture."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import Any

from linkspan.exams.queries import Question
from linkspan.exams.rules import ENDINGS, LETTERS, Area, FileKind, ItemKind, Shape, middle
from linkspan.kernel.reasons import Reason


@dataclass(frozen=True, slots=True)
class Line:
    """A step or line with what can be chosen for it: value, words, whether it is chosen."""

    number: int
    text: str
    choices: tuple[tuple[str, str, bool], ...]


@dataclass(frozen=True, slots=True)
class Spot:
    """An area of a picture with its letter, and where that stands."""

    number: int
    letter: str
    words: str
    chosen: bool
    shape: Shape
    coords: tuple[int, ...]
    x: int
    y: int
    size: int

    @property
    def width(self) -> int:
        """How wide a rectangle is."""
        return self.coords[2] - self.coords[0]

    @property
    def height(self) -> int:
        """How high a rectangle is."""
        return self.coords[3] - self.coords[1]


@dataclass(frozen=True, slots=True)
class Shown(Question):
    """A question with what its fields are made of."""

    lines: tuple[Line, ...] = ()
    spots: tuple[Spot, ...] = ()
    problem: Reason | None = None

    @property
    def criteria(self) -> tuple[tuple[str, int], ...]:
        """The criteria of what people mark with their points."""
        return tuple((words, int(points)) for words, points in zip(self.options, self.choices, strict=True))

    @property
    def file_kinds(self) -> tuple[str, ...]:
        """The kinds of files that it takes, as people call them."""
        return tuple(one.upper() for one in self.accepts.kinds) if self.accepts else ()

    @property
    def file_endings(self) -> str:
        """What a browser offers to choose from."""
        kinds = self.accepts.kinds if self.accepts else ()
        return ",".join(f".{ENDINGS[one]}" for one in kinds if one is not FileKind.TEXT) + (
            ",text/*" if FileKind.TEXT in kinds else ""
        )


def shown(questions: Iterable[Question], problems: Mapping[str, Reason] | None = None) -> tuple[Shown, ...]:
    """Each question as its page shows it, with what is wrong at it."""
    wrong = problems or {}
    return tuple(
        Shown(**_parts(one), lines=_lines(one), spots=_spots(one), problem=wrong.get(one.id)) for one in questions
    )


def _parts(one: Question) -> dict[str, Any]:
    return {field.name: getattr(one, field.name) for field in fields(one)}


def _lines(one: Question) -> tuple[Line, ...]:
    if one.kind is ItemKind.ORDER:
        offered = [str(place + 1) for place in range(len(one.options))]
    elif one.kind is ItemKind.MATCH:
        offered = list(one.choices)
    else:
        return ()
    return tuple(Line(number, text, _offered(one, number, offered)) for number, text in enumerate(one.options))


def _offered(one: Question, number: int, offered: Iterable[str]) -> tuple[tuple[str, str, bool], ...]:
    values = ((f"{number}:{n}", words) for n, words in enumerate(offered))
    return tuple((value, words, value in one.given) for value, words in values)


def _spots(one: Question) -> tuple[Spot, ...]:
    if one.kind is not ItemKind.HOTSPOT or one.picture is None:
        return ()
    size = max(12, max(one.picture.width, one.picture.height) // 16)
    return tuple(_spot(one, number, area, size) for number, area in enumerate(one.areas))


def _spot(one: Question, number: int, area: Area, size: int) -> Spot:
    x, y = middle(area)
    told = (LETTERS[number], one.options[number], str(number) in one.given)
    return Spot(number, *told, area.shape, area.coords, x, y, size)
