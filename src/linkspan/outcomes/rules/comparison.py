"""Outcomes of pathway students against others of the same school."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from math import sqrt

from linkspan.kernel.bands import FEWEST

PASSING, BEST, WORST = Decimal("2.7"), Decimal(4), Decimal(0)
Z95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Student:
    """One student of a degree: grade points of the courses taken there (4.0 scale), and whether the degree is held."""

    points: tuple[Decimal, ...]
    graduated: bool


@dataclass(frozen=True, slots=True)
class Interval:
    """The 95 % interval of a share, from 0 to 1."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class GroupOutcome:
    """One group: how many people, courses, courses passed and degrees; the mean grade points where they tell on nobody.

    `by` are the same people by the cohorts in which they are told elsewhere.
    """

    name: str
    students: int
    courses: int
    passed: int
    graduated: int
    mean_points: Decimal | None
    by: tuple[int, ...] = ()


def group_outcome(name: str, students: Iterable[Student], by: Iterable[int] = ()) -> GroupOutcome:
    """The outcome of a group. A course is passed at B- or better (grade points 2.7)."""
    people = list(students)
    points = [value for student in people for value in student.points]
    passed = sum(1 for value in points if value >= PASSING)
    graduated = sum(student.graduated for student in people)
    return GroupOutcome(name, len(people), len(points), passed, graduated, _mean(people), tuple(by))


def _mean(people: Iterable[Student]) -> Decimal | None:
    """The mean in tenths; None unless several people are away from either end of the scale: it would tell of each."""
    graded = [student.points for student in people if student.points]
    below = sum(min(points) < BEST for points in graded)
    above = sum(max(points) > WORST for points in graded)
    if min(below, above) < FEWEST:
        return None
    points = [value for some in graded for value in some]
    return (sum(points, Decimal(0)) / len(points)).quantize(Decimal("0.1"))


def wilson(hits: int, of: int) -> Interval:
    """The Wilson score interval of a proportion at 95 % (Wilson 1927, J. Am. Stat. Assoc. 22:209-212)."""
    if not 0 <= hits <= of or of == 0:
        raise ValueError(f"{hits} of {of} is no proportion")
    share = hits / of
    divisor = 1 + Z95**2 / of
    middle = (share + Z95**2 / (2 * of)) / divisor
    half = Z95 * sqrt(share * (1 - share) / of + Z95**2 / (4 * of**2)) / divisor
    return Interval(max(0.0, middle - half), min(1.0, middle + half))
