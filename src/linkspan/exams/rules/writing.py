"""Questions as their writers type them, line by line, and back; what is shown in no telling order."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from linkspan.exams.rules.items import (
    BY_PEOPLE,
    Accepts,
    Area,
    Difficulty,
    Item,
    ItemKind,
    Picture,
    Shape,
    Variable,
)
from linkspan.kernel.errors import Unusable

MARKED = (ItemKind.CHOICE, ItemKind.CHECKBOX, ItemKind.DROPDOWN)
NAME = re.compile(r"[A-Za-z0-9_][\w.-]{0,127}", re.ASCII)
AREA = re.compile(r"(?P<shape>rect|circle|poly)\s+(?P<coords>\d{1,5}(?:[\s,]+\d{1,5})*)\s*=(?P<words>.*)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Typed:
    """A question as it is typed: `lines` are options, steps, pairs, areas or right answers, by its kind."""

    id: str
    group: str
    kind: ItemKind
    prompt: str
    lines: str
    difficulty: Difficulty | None = None
    partial: bool = False
    tolerance: str = ""
    variables: str = ""
    accepts: Accepts | None = None


def written(typed: Typed, picture: Picture | None = None) -> Item:
    """The question; Unusable naming the line that cannot be read."""
    if not NAME.fullmatch(typed.id.strip()):
        raise Unusable("name_unusable", "Name the question with letters, digits, points, dashes and underscores.")
    lines = [line.strip() for line in typed.lines.splitlines() if line.strip()]
    blank = Item(
        typed.id.strip(), typed.group.strip(), typed.kind, typed.prompt.strip(), (), (), typed.tolerance.strip()
    )
    item = replace(blank, difficulty=typed.difficulty, partial=typed.partial)
    if typed.kind in MARKED:
        return replace(_marked(item, lines), partial=False)
    if typed.kind is ItemKind.ORDER:
        return unsorted(replace(item, options=tuple(lines), answers=_numbers(len(lines))))
    if typed.kind is ItemKind.MATCH:
        return unsorted(_pairs(item, lines))
    if typed.kind in BY_PEOPLE:
        accepts = typed.accepts if typed.kind is ItemKind.UPLOAD else None
        return _rubric(replace(item, partial=True, accepts=accepts), lines)
    if typed.kind is ItemKind.HOTSPOT:
        return _areas(replace(item, picture=picture), lines)
    variables = _variables(typed.variables) if typed.kind is ItemKind.FORMULA else ()
    return replace(item, answers=tuple(lines), variables=variables, partial=False)


def typed_from(item: Item) -> Typed:
    """The question as it would be typed."""
    variables = "\n".join(f"{one.name} {one.low} {one.high}" for one in item.variables)
    told = (item.difficulty, item.partial, item.tolerance, variables, item.accepts)
    return Typed(item.id, item.group, item.kind, item.prompt, "\n".join(_lines(item)), *told)


def _lines(item: Item) -> list[str]:
    right = set(item.answers)
    if item.kind in MARKED:
        return [_star(str(number) in right, option) for number, option in enumerate(item.options)]
    if item.kind is ItemKind.ORDER:
        return [item.options[int(step)] for step in item.answers]
    if item.kind is ItemKind.MATCH:
        pairs = zip(item.options, item.answers, strict=True)
        rest = [choice for number, choice in enumerate(item.choices) if str(number) not in right]
        return [f"{line} = {item.choices[int(number)]}" for line, number in pairs] + [f"= {choice}" for choice in rest]
    if item.kind in BY_PEOPLE:
        return [f"{points} = {words}" for points, words in zip(item.answers, item.options, strict=True)]
    if item.kind is ItemKind.HOTSPOT:
        areas = zip(item.areas, item.options, strict=True)
        told = [f"{area.shape} {' '.join(map(str, area.coords))} = {words}" for area, words in areas]
        return [_star(str(number) in right, line) for number, line in enumerate(told)]
    return list(item.answers)


def _star(right: bool, line: str) -> str:
    return f"* {line}" if right else line


def _numbers(count: int) -> tuple[str, ...]:
    return tuple(str(number) for number in range(count))


def _marked(item: Item, lines: Sequence[str]) -> Item:
    right = tuple(str(number) for number, line in enumerate(lines) if line.startswith("*"))
    return replace(item, options=tuple(line.removeprefix("*").strip() for line in lines), answers=right)


def _pairs(item: Item, lines: Sequence[str]) -> Item:
    read = [tuple(part.strip() for part in line.partition("=")[::2]) for line in lines]
    for line, (_, right) in zip(lines, read, strict=True):
        if "=" not in line or not right:
            raise Unusable("line_unusable", "{line}: write a pair as left = right.", line=line[:80])
    choices = tuple(dict.fromkeys(right for _, right in read))
    paired = [(left, right) for left, right in read if left]
    answers = tuple(str(choices.index(right)) for _, right in paired)
    return replace(item, options=tuple(left for left, _ in paired), choices=choices, answers=answers)


def _rubric(item: Item, lines: Sequence[str]) -> Item:
    read = [tuple(part.strip() for part in line.partition("=")[::2]) for line in lines]
    for line, (points, words) in zip(lines, read, strict=True):
        if not (points.isascii() and points.isdigit()) or not words:
            raise Unusable("line_unusable", "{line}: write a criterion as 5 = words.", line=line[:80])
    return replace(item, answers=tuple(points for points, _ in read), options=tuple(words for _, words in read))


def _areas(item: Item, lines: Sequence[str]) -> Item:
    areas, words, right = [], [], []
    for number, line in enumerate(lines):
        read = AREA.fullmatch(line.removeprefix("*").strip())
        if read is None:
            raise Unusable("line_unusable", "{line}: write an area as rect 10 20 90 60 = words.", line=line[:80])
        areas.append(Area(Shape(read["shape"]), tuple(int(one) for one in re.split(r"[\s,]+", read["coords"]))))
        words.append(read["words"].strip())
        right += [str(number)] if line.startswith("*") else []
    return replace(item, areas=tuple(areas), options=tuple(words), answers=tuple(right))


def _variables(typed: str) -> tuple[Variable, ...]:
    found = []
    for line in filter(str.strip, typed.splitlines()):
        parts = line.split()
        if len(parts) != 3:
            raise Unusable("line_unusable", "{line}: write a variable as x 1 10.", line=line.strip()[:80])
        found.append(Variable(*parts))
    return tuple(found)


def unsorted(item: Item) -> Item:
    """The item with steps and choices in an order that tells nothing, where they stood as the right answer has them."""
    straight = item.answers == _numbers(len(item.answers))
    if item.kind is ItemKind.ORDER and straight and len(item.options) > 1:
        order = _neutral(item.id, item.options)
        shown = tuple(item.options[old] for old in order)
        return replace(item, options=shown, answers=tuple(str(order.index(old)) for old in range(len(order))))
    if item.kind is ItemKind.MATCH and straight and len(item.choices) > 1:
        order = _neutral(item.id, item.choices)
        shown = tuple(item.choices[old] for old in order)
        return replace(item, choices=shown, answers=tuple(str(order.index(int(old))) for old in item.answers))
    return item


def _neutral(name: str, texts: Sequence[str]) -> list[int]:
    """The numbers of the texts in an order that is always the same, and not the given one."""
    order = sorted(
        range(len(texts)), key=lambda one: hashlib.sha256(f"{name}:{texts[one]}".encode("utf-8", "replace")).digest()
    )
    return order if order != sorted(order) else order[1:] + order[:1]
