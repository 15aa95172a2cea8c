"""Answers that people mark: who marks them, when a third person does, and what they earn together."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from uuid import UUID

from linkspan.exams.rules.items import FileKind, Item
from linkspan.exams.rules.kinds.essay import most_apart, most_points
from linkspan.kernel.errors import Unusable

MARKERS = 2
LONGEST_COMMENT = 4000


@dataclass(frozen=True, slots=True)
class HandedIn:
    """A file that was handed in for a question; gone if it is not kept any more. `counts`: the answer names it."""

    id: UUID
    item: str
    name: str
    kind: FileKind
    size: int
    scanned: bool
    gone: bool
    at: datetime
    counts: bool = False


@dataclass(frozen=True, slots=True)
class ToMark:
    """An answer that waits for one marker: what was asked and given, never whose it is; files have neutral names.

    Marks are `due` when results come out.
    """

    id: UUID
    exam_title: str
    item: Item
    answer: str
    files: tuple[HandedIn, ...]
    third: bool
    since: datetime
    due: datetime


@dataclass(frozen=True, slots=True)
class Mark:
    """What one person gave for one answer, criterion by criterion."""

    item: str
    prompt: str
    criteria: tuple[str, ...]
    most: tuple[int, ...]
    points: tuple[int, ...]
    comment: str
    marked_by: str
    at: datetime
    third: bool

    @property
    def rows(self) -> tuple[tuple[str, int, int], ...]:
        """Each criterion with its points, and the most that it has."""
        return tuple(zip(self.criteria, self.points, self.most, strict=True))


@dataclass(frozen=True, slots=True)
class Marking:
    """How far the marking of an attempt is: how many answers people mark, and how many of them are done."""

    answers: int
    done: int
    since: datetime | None


def check_points(item: Item, points: Sequence[int], comment: str) -> tuple[int, ...]:
    """The points by criterion; Unusable if they do not fit the rubric."""
    most = [int(one) for one in item.answers]
    if len(points) != len(most) or not all(0 <= have <= top for have, top in zip(points, most, strict=True)):
        raise Unusable("points_unusable", "Give each criterion whole points, from 0 to the most that it has.")
    if len(comment) > LONGEST_COMMENT:
        raise Unusable("comment_too_long", "The comment is longer than {most} characters.", most=LONGEST_COMMENT)
    return tuple(points)


def markers_needed(item: Item, totals: Sequence[int]) -> int:
    """How many people mark an answer, by the points that those gave who did: a third where two are too far apart."""
    far = len(totals) >= MARKERS and abs(totals[0] - totals[1]) > most_apart(item)
    return MARKERS + 1 if far else MARKERS


def earned(item: Item, totals: Sequence[int]) -> Fraction | None:
    """The share that the marks give, in the order in which markers were named; None while one is missing.

    The mean of two; where a third person marks, the mean of the two marks that are nearest, the higher if both are.
    """
    needed = markers_needed(item, totals)
    if len(totals) < needed:
        return None
    ranked = sorted(totals[:needed])
    if needed == MARKERS:
        low, high = ranked
    else:
        low, high = ranked[:2] if ranked[1] - ranked[0] < ranked[2] - ranked[1] else ranked[1:]
    return Fraction(low + high, 2 * most_points(item))


def choose_markers(among: Collection[UUID], load: Mapping[UUID, int], count: int, salt: str) -> tuple[UUID, ...]:
    """Who marks: who has the least to mark of this exam, and among equals by a draw that can be repeated."""

    def order(one: UUID) -> tuple[int, bytes]:
        return load.get(one, 0), hashlib.sha256(f"{salt}:{one}".encode()).digest()

    return tuple(sorted(among, key=order)[:count])
