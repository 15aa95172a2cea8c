"""A learner's record as it is written (docs/formats/record.md): what may stand in it. Any of it may be absent."""

from decimal import Decimal
from typing import TypedDict

#: A number as it is written: of a text the decimals are exact.
type Numeral = int | float | str | Decimal


class Grade(TypedDict, total=False):
    """A grade on a scale."""

    scale: str
    value: Numeral | None


class CourseTaken(TypedDict, total=False):
    """A course, and how it went."""

    institution: str
    id: str
    program: str
    credits: Numeral | None
    unit: str
    grade: Grade | None
    term: str
    started: str
    completed: str | None
    on_campus: bool
    level: str
    passed: bool
    status: str
    percent: Numeral
    run: str
    title: str
    used_for: list[str]
    evidence: str
    complete: list[str]


class ExamTaken(TypedDict, total=False):
    """An exam, and how it went."""

    id: str
    grade: Grade | None
    passed: bool
    status: str
    proctored: bool
    identity_verified: bool
    taken: str
    attempt: int
    accommodations: bool
    institution: str
    evidence: str


class CredentialHeld(TypedDict, total=False):
    """A credential, with the courses and exams in it."""

    id: str
    issuer: str
    program: str
    awarded: str
    status: str
    courses: list[CourseTaken]
    exams: list[ExamTaken]
    average: Grade | None
    evidence: str
    complete: list[str]


class DegreeHeld(TypedDict, total=False):
    """A degree from before."""

    level: str
    field: str
    institution: str
    country: str
    language: str
    accredited: bool | None
    attended: list[str]
    accreditation: list[dict[str, str | None]]
    conferred: str
    average: Grade | None
    evaluation: dict[str, str | bool]
    evidence: str


class ScoredTest(TypedDict, total=False):
    """A test of a language or of what somebody can do."""

    name: str
    score: Numeral | None
    parts: dict[str, Numeral]
    taken: str
    evidence: str


class AskedFor(TypedDict, total=False):
    """The application that the record is judged for."""

    date: str
    credit_requested: bool


class Record(TypedDict, total=False):
    """All that is known of a learner; `complete` names the lists of which there is no more than they hold."""

    learner: str
    residence: str
    experience_years: Numeral | None
    credentials: list[CredentialHeld]
    courses: list[CourseTaken]
    exams: list[ExamTaken]
    degrees: list[DegreeHeld]
    tests: list[ScoredTest]
    application: AskedFor | None
    recognised_elsewhere: list[str]
    complete: list[str]
    unusable: bool
