"""Facts of each kind as they are read, with typed values."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Mark:
    """A grade on its scale: a number on percent, points and scales of schools that are numbers, else a text."""

    scale: str
    value: Decimal | str


@dataclass(frozen=True, slots=True)
class CourseGrade:
    """A course that was graded; `percent`, `letter` and `passed` are None where the record does not state them."""

    institution: str
    id: str
    grade: Mark
    completed: date
    started: date | None
    credits: Decimal | None
    percent: Decimal | None
    letter: str | None
    passed: bool | None


@dataclass(frozen=True, slots=True)
class ExamResult:
    """An exam that was graded."""

    id: str
    grade: Mark
    taken: date
    proctored: bool
    percent: Decimal | None
    letter: str | None
    passed: bool | None


@dataclass(frozen=True, slots=True)
class HeldCredential:
    """A credential of a program."""

    id: str
    issuer: str
    program: str
    awarded: date
    status: str


@dataclass(frozen=True, slots=True)
class Degree:
    """A degree; `accredited` is None until somebody has checked it."""

    level: str
    institution: str
    conferred: date | None
    accredited: bool | None


@dataclass(frozen=True, slots=True)
class TestScore:
    """The result of a test."""

    name: str
    score: Decimal
    taken: date


@dataclass(frozen=True, slots=True)
class Experience:
    """Years of work."""

    years: Decimal


@dataclass(frozen=True, slots=True)
class Residence:
    """A country by two letters."""

    country: str


Shape = CourseGrade | ExamResult | HeldCredential | Degree | TestScore | Experience | Residence
