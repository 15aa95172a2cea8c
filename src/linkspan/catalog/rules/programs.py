"""Programs, courses, runs and prices as values; requirement trees."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from linkspan.kernel.errors import Refused
from linkspan.kernel.money import Money


@dataclass(frozen=True, slots=True)
class Course:
    """A course of an institution; `key` is `INSTITUTION/CODE`."""

    key: str
    institution: str
    code: str
    title: str
    summary: str
    credits: Decimal | None


@dataclass(frozen=True, slots=True)
class CalendarTerm:
    """A term as an institution's calendar has it; `census` is the day on which learners are counted."""

    code: str
    title: str
    starts: date
    ends: date
    census: date | None
    grades_due: date | None


@dataclass(frozen=True, slots=True)
class CourseRun:
    """One teaching of a course; `id` is its course key, as in OLX: `course-v1:ORG+CODE+RUN`."""

    id: str
    course: Course
    title: str
    starts: datetime
    ends: datetime
    enrolment_opens: datetime
    enrolment_closes: datetime
    upgrade_by: datetime
    time_zone: str

    def takes_enrolments(self, now: datetime) -> bool:
        """Whether the enrolment window is open."""
        return self.enrolment_opens <= now < self.enrolment_closes


@dataclass(frozen=True, slots=True)
class Program:
    """A program and its requirement tree in force.

    `requirements` is a tree of `{"all": [...]}`, `{"at_least": n, "of": [...]}`, `{"course": KEY, "min_percent": n?}`,
    `{"exam": CODE, "min_percent": n?}`, `{"program": KEY}`; `catalogue_year` names its version, in force from
    `valid_from`. Courses and exams may ask for a `min_letter`, and count for `valid_years` only; a group may have to be
    met `within_years`.
    """

    key: str
    institution: str
    code: str
    title: str
    summary: str
    kind: str
    requirements: Mapping[str, Any]
    catalogue_year: int
    valid_from: date = date.min


def courses_of(tree: Mapping[str, Any]) -> tuple[str, ...]:
    """The course keys of a requirement tree, in order."""
    if "course" in tree:
        return (tree["course"],)
    return tuple(key for child in _children(tree) for key in courses_of(child))


def exams_of(tree: Mapping[str, Any]) -> tuple[str, ...]:
    """The exam codes of a requirement tree, in order."""
    if "exam" in tree:
        return (tree["exam"],)
    return tuple(code for child in _children(tree) for code in exams_of(child))


def programs_of(tree: Mapping[str, Any]) -> tuple[str, ...]:
    """The keys of other programs that a requirement tree names, in order."""
    if "program" in tree:
        return (tree["program"],)
    return tuple(key for child in _children(tree) for key in programs_of(child))


def names_of(tree: Mapping[str, Any]) -> frozenset[str]:
    """Every course, exam and program that a requirement tree names."""
    return frozenset((*courses_of(tree), *exams_of(tree), *programs_of(tree)))


def _children(tree: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return list(tree.get("all") or tree.get("of") or [])


@dataclass(frozen=True, slots=True)
class PricePeriod:
    """A price of a subject from `valid_from` to the day before `valid_to`."""

    subject: str
    price: Money
    valid_from: date
    valid_to: date | None

    def holds(self, on: date) -> bool:
        """Whether the price is in force on that day."""
        return self.valid_from <= on and (self.valid_to is None or on < self.valid_to)


def price_on(periods: tuple[PricePeriod, ...], on: date) -> Money | None:
    """The price in force on a day, None if there is none; Refused if two stand at once."""
    found = {period.price for period in periods if period.holds(on)}
    if len(found) > 1:
        raise Refused(
            "price_ambiguous", "Two prices are in force for {subject} on {on}.", subject=periods[0].subject, on=on
        )
    return next(iter(found), None)
