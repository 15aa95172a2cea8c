"""What a learning platform tells of its learners, and what is asked of any platform: each value with its origin."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar, Protocol

from linkspan.catalog.rules import CourseRun
from linkspan.kernel.addresses import Address

#: Letters that go on record; a course with other cut-offs gives a percentage.
LETTERS = frozenset({"A", "A-", "B+", "B", "B-", "C+", "C", "C-", "D+", "D", "D-"})


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value comes from: what the platform calls itself, when it said so if it tells, the SHA-256 of its words.

    The same words have the same hash, whenever and however often they are read.
    """

    source: str
    at: datetime | None
    sha256: str

    @classmethod
    def of(cls, source: str, at: datetime | None, words: bytes) -> "Origin":
        """The origin of what stands in those words."""
        return cls(source, at, hashlib.sha256(words).hexdigest())


@dataclass(frozen=True, slots=True)
class PlatformPerson:
    """Somebody whom a platform knows: by a username, an e-mail address, or both; what it does not tell is empty."""

    username: str
    email: Address | None
    name: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class PlatformEnrolment:
    """A place in a course run, on a track as the platform calls it. It is no fact on record."""

    run: str
    track: str
    is_active: bool
    origin: Origin

    @property
    def fact(self) -> None:
        """Nothing of it goes on record."""


@dataclass(frozen=True, slots=True)
class _Stated:
    """What goes on record as the platform states it: `data`, under `key`, which names the run, exam or credential."""

    KIND: ClassVar[str]

    key: str
    data: Mapping[str, Any]
    origin: Origin

    @property
    def fact(self) -> tuple[str, str, Mapping[str, Any]]:
        """Kind, key and data, as `records` takes them."""
        return self.KIND, self.key, self.data

    @property
    def percent(self) -> Decimal | None:
        """The percentage; None where it states none that is a number."""
        grade = self.data.get("grade")
        told = self.data.get("percent")
        if isinstance(grade, Mapping) and grade.get("scale") == "percent":
            told = grade.get("value")
        return decimal_of(told)

    @property
    def passed(self) -> bool | None:
        """Whether it was passed; None where that is not stated."""
        told = self.data.get("passed")
        return told if isinstance(told, bool) else None


@dataclass(frozen=True, slots=True)
class PlatformGrade(_Stated):
    """The grade of a course run, which `key` names."""

    KIND: ClassVar[str] = "course_grade"


@dataclass(frozen=True, slots=True)
class PlatformAttempt(_Stated):
    """The result of an exam."""

    KIND: ClassVar[str] = "exam_result"


@dataclass(frozen=True, slots=True)
class PlatformCredential(_Stated):
    """A credential of a program."""

    KIND: ClassVar[str] = "credential"


@dataclass(frozen=True, slots=True)
class PlatformStatement(_Stated):
    """Anything else that is stated of a learner, such as a degree; `kind` is whatever the platform calls it."""

    kind: str = ""

    @property
    def fact(self) -> tuple[str, str, Mapping[str, Any]]:
        """Kind, key and data, as `records` takes them."""
        return self.kind, self.key, self.data


@dataclass(frozen=True, slots=True)
class PlatformCertificate:
    """A certificate of a course run as the platform has it; the grade on it may be stale, so it is none of record.

    `status` is "unknown" where the platform finds none, or hides it. `made` is when it was made, as the platform says.
    """

    run: str
    kind: str
    status: str
    grade: Decimal | None
    origin: Origin
    made: str = ""

    @property
    def fact(self) -> None:
        """Nothing of it goes on record: certificates of record are issued here."""


@dataclass(frozen=True, slots=True)
class PlatformSitting:
    """A sitting of a proctored exam of a course run: where it stands there. It states no result."""

    run: str
    exam: str
    status: str
    started: str
    completed: str
    origin: Origin

    @property
    def fact(self) -> None:
        """Nothing of it goes on record."""


type PlatformValue = (
    PlatformEnrolment
    | PlatformGrade
    | PlatformAttempt
    | PlatformCredential
    | PlatformStatement
    | PlatformCertificate
    | PlatformSitting
)
_OF_KIND: Mapping[str, type[PlatformGrade | PlatformAttempt | PlatformCredential]] = {
    kind.KIND: kind for kind in (PlatformGrade, PlatformAttempt, PlatformCredential)
}


def stated(kind: str, key: str, data: Mapping[str, Any], origin: Origin) -> PlatformValue:
    """The value of a fact that a platform states in the form of `records`."""
    known = _OF_KIND.get(kind)
    return known(key, data, origin) if known else PlatformStatement(key, data, origin, kind)


@dataclass(frozen=True, slots=True)
class PlatformLearner:
    """A learner as a platform hands them over: who, and what it tells of them, in its order."""

    person: PlatformPerson
    values: tuple[PlatformValue, ...]

    def each[Value](self, kind: type[Value]) -> tuple[Value, ...]:
        """What it tells of one kind, such as every `PlatformGrade`."""
        return tuple(value for value in self.values if isinstance(value, kind))

    @property
    def stated(self) -> tuple[tuple[tuple[str, str, Mapping[str, Any]], Origin], ...]:
        """What goes on record, each with its origin."""
        return tuple((value.fact, value.origin) for value in self.values if value.fact is not None)


@dataclass(frozen=True, slots=True)
class PlatformRow:
    """A row of what a platform hands over, by its number: a learner, or why it cannot be read.

    `left_out` says why a row that is sound gives nothing for the record, such as one of the audit track.
    """

    number: int
    learner: PlatformLearner | None
    problem: str = ""
    left_out: str = ""


class LearningPlatform(Protocol):
    """A platform that tells of its people: their enrolments, grades, exam results, sittings and certificates."""

    @property
    def name(self) -> str:
        """What the records of the platform name as their source."""
        ...

    @property
    def place(self) -> str:
        """The host at which its usernames are known; empty where it tells of people by address alone."""
        ...

    @property
    def open_until(self) -> str:
        """The day until which its grades may still change, by the clocks of the run; empty where they are final."""
        ...

    def rows(self) -> Iterator[PlatformRow]:
        """Everybody whom it tells of, one by one; a row that cannot be read says why."""
        ...


def decimal_of(told: object) -> Decimal | None:
    """A finite number as a platform writes it; None for anything else."""
    if isinstance(told, bool) or not isinstance(told, int | float | Decimal | str):
        return None
    try:
        found = Decimal(str(told).strip())
    except (InvalidOperation, ValueError):
        return None
    return found if found.is_finite() else None


def grade_told(
    run: CourseRun, percent: Decimal, letter: str | None, passed: bool | None, completed: date
) -> dict[str, Any]:
    """The grade of a run in the form of `records`: with cut-offs for letters a letter, else a percentage.

    `letter` is "" where letters are not told at all, and None where no cut-off is reached. `passed` is left out where
    nobody says.
    """
    letters = letter in LETTERS or (letter is None and run.course.credits is not None)
    scale, value = ("letter", letter or "F") if letters else ("percent", str(percent))
    told = {
        "institution": run.course.institution,
        "id": run.course.code,
        "credits": str(run.course.credits) if run.course.credits is not None else None,
        "grade": {"scale": scale, "value": value},
        "percent": str(percent),
        "passed": passed,
        "started": run.starts.date().isoformat(),
        "completed": completed.isoformat(),
        "run": run.id,
    }
    return told if passed is not None else {name: value for name, value in told.items() if name != "passed"}
