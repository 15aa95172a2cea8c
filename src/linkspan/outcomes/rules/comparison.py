"""Outcomes of pathway students against others of the same school."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from math import sqrt

#: Fewer people than this say nothing, and could be recognised: no rate or mean is shown.
FEWEST = 5
PASSING = Decimal("2.7")
Z95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Student:
    """One student of a degree: grade points of the courses taken there (4.0 scale), and whether the degree is held."""

    points: tuple[Decimal, ...]
    graduated: bool


@dataclass(frozen=True, slots=True)
class Interval:
    """A share with its 95 % interval, each from 0 to 1."""

    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class GroupOutcome:
    """One group: people, courses, mean grade points, share of courses passed and of degrees; None if too few."""

    name: str
    students: int | None
    courses: int | None
    mean_points: Decimal | None
    passed: Interval | None
    graduated: Interval | None


def group_outcome(name: str, students: Iterable[Student]) -> GroupOutcome:
    """The outcome of a group. A course is passed at B- or better (grade points 2.7)."""
    people = list(students)
    points = [value for student in people for value in student.points]
    if len(people) < FEWEST:
        return GroupOutcome(name, None, None, None, None, None)
    mean = (sum(points, Decimal(0)) / len(points)).quantize(Decimal("0.01")) if points else None
    passed = wilson(sum(1 for value in points if value >= PASSING), len(points)) if points else None
    return GroupOutcome(
        name, len(people), len(points), mean, passed, wilson(sum(s.graduated for s in people), len(people))
    )


def wilson(hits: int, of: int) -> Interval:
    """The Wilson score interval of a proportion at 95 % (Wilson 1927, J. Am. Stat. Assoc. 22:209-212)."""
    if not 0 <= hits <= of or of == 0:
        raise ValueError(f"{hits} of {of} is no proportion")
    share = hits / of
    divisor = 1 + Z95**2 / of
    middle = (share + Z95**2 / (2 * of)) / divisor
    half = Z95 * sqrt(share * (1 - share) / of + Z95**2 / (4 * of**2)) / divisor
    return Interval(share, max(0.0, middle - half), min(1.0, middle + half))
