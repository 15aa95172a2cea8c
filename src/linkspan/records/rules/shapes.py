"""The shape of each kind of fact: what it must say, in which form, within which range.

Every door checks facts here and nowhere else, and whoever decides on a grade reads it from its shape. A problem names
the field by its path, and what is wrong with it.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from linkspan.kernel.reasons import Sentence
from linkspan.records.rules.facts import Kind
from linkspan.records.rules.shaped import (
    CourseGrade,
    Degree,
    ExamResult,
    Experience,
    HeldCredential,
    Mark,
    Residence,
    Shape,
    TestScore,
)

LETTERS = ("F", "D-", "D", "D+", "C-", "C", "C+", "B-", "B", "B+", "A-", "A", "A+")
#: What registrars write in place of a letter: passed or not, withdrawn, incomplete, in progress, audited.
MARKS = ("P", "NP", "S", "U", "W", "WF", "I", "IP", "AU", "CR", "NC")


class Level(StrEnum):
    """The levels of a degree."""

    ASSOCIATE = "associate"
    BACHELOR = "bachelor"
    MASTER = "master"
    DOCTOR = "doctor"


LEVELS = tuple(Level)
STATUSES = ("active", "suspended", "revoked", "superseded", "expired")
#: The lowest and highest result of tests; of others, a score from 0 to 10,000.
SCORES: Mapping[str, tuple[int, int]] = {
    "TOEFL": (0, 120),
    "IELTS": (0, 9),
    "GRE": (0, 340),
    "GMAT": (0, 805),
    "DUOLINGO": (0, 160),
    "PTE": (0, 90),
}
DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
NUMERAL = re.compile(r"-?\d{1,18}(\.\d{1,12})?", re.ASCII)
EARLIEST = date(1900, 1, 1)
DEEPEST, MOST, LONGEST = 6, 2_000, 20_000


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a fact: the path of the field, empty for the whole, and why."""

    field: str
    reason: Sentence

    def __str__(self) -> str:
        """In words."""
        return str(self.said)

    @property
    def said(self) -> Sentence:
        """The same as a sentence that can be translated."""
        return (
            Sentence("field_wrong", "{field}: {why}", field=self.field, why=self.reason) if self.field else self.reason
        )


class Misshapen(ValueError):
    """A fact that does not have the shape of its kind."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(map(str, problems)))
        self.problems = problems


def shape_of(kind: Kind, data: Any, on: date | None = None) -> Shape:
    """The fact by its kind; Misshapen names everything that is wrong. `on` is the day after which nothing happened."""
    if not isinstance(data, Mapping):
        raise Misshapen((Problem("", Sentence("not_an_object", "a fact is an object")),))
    form = _Form(data, on)
    strange = _strange(data)
    if strange:
        raise Misshapen((strange,))
    made = SHAPES[kind](form)
    if form.problems:
        raise Misshapen(tuple(form.problems))
    return made


def problems_of(kind: Kind, key: str, data: Any, on: date | None = None) -> tuple[Problem, ...]:
    """Everything that is wrong with a fact and its key; nothing if it can go on record."""
    wrong = () if 0 < len(key) <= 255 and key.isprintable() else (Problem("key", _text(255)),)
    try:
        shape_of(kind, data, on)
    except Misshapen as error:
        return (*wrong, *error.problems)
    return wrong


class _Form:
    """Reads the fields of a fact, and notes what is wrong with them."""

    def __init__(self, data: Mapping[str, Any], on: date | None, path: str = "") -> None:
        self.data, self.on, self.path = data, on, path
        self.problems: list[Problem] = []

    def wrong(self, name: str, reason: Sentence) -> None:
        self.problems.append(Problem(f"{self.path}{name}", reason))

    def _stated(self, name: str, needed: bool) -> bool:
        if self.data.get(name) not in (None, ""):
            return True
        if needed:
            self.wrong(name, Sentence("missing", "is missing"))
        return False

    def text(self, name: str, most: int = 255) -> str:
        if not self._stated(name, True):
            return ""
        value = self.data[name]
        if not isinstance(value, str) or not value.strip() or len(value) > most or not value.isprintable():
            self.wrong(name, _text(most))
            return ""
        return value

    def one_of(self, name: str, choices: tuple[str, ...]) -> str:
        value = self.data.get(name)
        if self._stated(name, True) and value not in choices:
            self.wrong(
                name,
                Sentence(
                    "choice_unknown",
                    "is one of {choices}, not {given}",
                    choices=", ".join(choices),
                    given=_short(value),
                ),
            )
        return str(value)

    def number(self, name: str, low: int, high: int, *, needed: bool = True) -> Decimal | None:
        if not self._stated(name, needed):
            return None
        found = _number(self.data[name])
        if found is None:
            self.wrong(name, _no_number(self.data[name]))
        elif not low <= found <= high:
            self.wrong(
                name,
                Sentence(
                    "out_of_range",
                    "{given} is not from {low} to {high}",
                    given=_short(self.data[name]),
                    low=low,
                    high=high,
                ),
            )
        return found

    def flag(self, name: str, *, needed: bool = False) -> bool | None:
        value = self.data.get(name)
        if self._stated(name, needed) and not isinstance(value, bool):
            self.wrong(name, Sentence("not_a_flag", "is true or false"))
        return value if isinstance(value, bool) else None

    def day(self, name: str, *, needed: bool = True) -> date | None:
        if not self._stated(name, needed):
            return None
        value = self.data[name]
        try:
            found = date.fromisoformat(value) if isinstance(value, str) and DAY.fullmatch(value) else None
        except ValueError:
            found = None
        if found is None:
            self.wrong(name, Sentence("no_date", "{given} is no date such as 2018-05-01", given=_short(value)))
        elif found < EARLIEST or (self.on is not None and (found - self.on).days > 1):
            self.wrong(name, Sentence("day_unlikely", "{given} is before 1900 or has not come yet", given=str(value)))
        return found

    def mark(self, name: str) -> Mark:
        """A grade: what is known of its scale decides what it may be."""
        value = self.data.get(name)
        if not isinstance(value, Mapping):
            self.wrong(name, Sentence("no_grade", "is a grade with scale and value"))
            return Mark("", "")
        inner = _Form(value, self.on, f"{self.path}{name}.")
        scale = inner.text("scale", 64)
        if scale == "letter":
            found: Decimal | str | None = inner.one_of("value", (*reversed(LETTERS), *MARKS))
        elif scale in ("percent", "points"):
            found = inner.number("value", 0, 100 if scale == "percent" else 1_000)
        else:
            number = _number(value.get("value"))
            told = (
                inner.text("value", 64) if isinstance(value.get("value"), str) else inner.number("value", -1_000, 1_000)
            )
            found = number if number is not None else told
        self.problems += inner.problems
        return Mark(scale, "" if found is None else found)


def _number(value: Any) -> Decimal | None:
    """A finite decimal number as JSON or text states it; None if it is none, or one that nothing compares with."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal | str):
        return None
    if isinstance(value, int) and abs(value) >= 10**18:
        return None
    try:
        number = Decimal(str(value))
        plain = f"{number:f}" if number.is_finite() and abs(number.adjusted()) < 18 else ""
    except InvalidOperation:
        return None
    written = value if isinstance(value, str) else plain
    return number if NUMERAL.fullmatch(written) else None


def _short(value: Any) -> str:
    told = repr(value) if not isinstance(value, int) or abs(value) < 10**30 else "a number of many digits"
    return told if len(told) <= 60 else f"{told[:60]}…"


def _text(most: int) -> Sentence:
    return Sentence("not_a_text", "is a text of 1 to {most} characters", most=most)


def _no_number(value: Any) -> Sentence:
    return Sentence("no_number", "{given} is no number", given=_short(value))


def _strange(value: Any, path: str = "", depth: int = 0) -> Problem | None:
    """The first part of a fact, known to its kind or not, that no record holds."""
    if depth > DEEPEST:
        return Problem(path, Sentence("too_deep", "is nested more than {deepest} deep", deepest=DEEPEST))
    if isinstance(value, Mapping | list):
        if len(value) > MOST:
            return Problem(path, Sentence("too_many", "has more than {most} parts", most=MOST))
        rows = value.items() if isinstance(value, Mapping) else enumerate(value)
        if isinstance(value, Mapping) and not all(isinstance(name, str) and name.isprintable() for name in value):
            return Problem(path, Sentence("member_strange", "names a member that no record holds"))
        inner = (_strange(part, f"{path}.{name}".lstrip("."), depth + 1) for name, part in rows)
        return next((found for found in inner if found), None)
    if isinstance(value, str):
        bad = len(value) > LONGEST or "\x00" in value or any("\ud800" <= letter <= "\udfff" for letter in value)
        return Problem(path, Sentence("text_strange", "is a text that no record holds")) if bad else None
    if value is None or isinstance(value, bool) or _number(value) is not None:
        return None
    return Problem(path, _no_number(value))


def _graded(form: _Form) -> tuple[Mark, Decimal | None, str | None, bool | None]:
    grade, percent, passed = form.mark("grade"), form.number("percent", 0, 100, needed=False), form.flag("passed")
    letter = form.one_of("letter", (*reversed(LETTERS), *MARKS)) if form.data.get("letter") else None
    if grade.scale == "percent" and isinstance(grade.value, Decimal):
        percent = grade.value
    if grade.scale == "letter":
        letter = str(grade.value)
    return grade, percent, letter, passed


def _course_grade(form: _Form) -> CourseGrade:
    grade, percent, letter, passed = _graded(form)
    started, completed = form.day("started", needed=False), form.day("completed")
    if started and completed and started > completed:
        form.wrong(
            "started",
            Sentence(
                "ends_before",
                "{started} is after completed, {completed}",
                started=str(started),
                completed=str(completed),
            ),
        )
    credits = form.number("credits", 0, 1_000, needed=False)
    institution, code = form.text("institution", 64), form.text("id")
    return CourseGrade(institution, code, grade, completed or EARLIEST, started, credits, percent, letter, passed)


def _exam_result(form: _Form) -> ExamResult:
    grade, percent, letter, passed = _graded(form)
    taken, proctored = form.day("taken") or EARLIEST, form.flag("proctored", needed=True)
    return ExamResult(form.text("id"), grade, taken, proctored is True, percent, letter, passed)


def _credential(form: _Form) -> HeldCredential:
    for name, inner in (("courses", _within_course), ("exams", _within_exam)):
        rows = form.data.get(name)
        if rows is not None and not isinstance(rows, list | tuple):
            form.wrong(name, Sentence("not_a_list", "is a list"))
            continue
        for number, row in enumerate(rows or ()):
            part = _Form(row if isinstance(row, Mapping) else {}, form.on, f"{name}.{number}.")
            inner(part)
            form.problems += part.problems
    awarded, status = form.day("awarded") or EARLIEST, form.one_of("status", STATUSES)
    return HeldCredential(form.text("id", 300), form.text("issuer", 64), form.text("program", 128), awarded, status)


def _within_course(form: _Form) -> None:
    form.number("credits", 0, 1_000, needed=False)
    form.day("completed", needed=False)
    _within(form)


def _within_exam(form: _Form) -> None:
    form.day("taken", needed=False)
    _within(form)


def _within(form: _Form) -> None:
    """What a course and an exam of a credential have in common; unlike on record, they may stand without a grade."""
    form.text("id")
    form.number("percent", 0, 100, needed=False)
    form.flag("passed")
    if form.data.get("grade") is not None:
        form.mark("grade")


def _degree(form: _Form) -> Degree:
    level, institution = form.one_of("level", LEVELS), form.text("institution", 300)
    return Degree(level, institution, form.day("conferred", needed=False), form.flag("accredited"))


def _test(form: _Form) -> TestScore:
    name = form.text("name", 80)
    low, high = SCORES.get(name.upper(), (0, 10_000))
    return TestScore(name, form.number("score", low, high) or Decimal(0), form.day("taken") or EARLIEST)


def _experience(form: _Form) -> Experience:
    return Experience(form.number("years", 0, 80) or Decimal(0))


def _residence(form: _Form) -> Residence:
    country = form.text("country", 64)
    if country and not re.fullmatch("[A-Z]{2}", country):
        form.wrong(
            "country", Sentence("no_country", "{given} is no country of two letters, such as KE", given=_short(country))
        )
    return Residence(country)


SHAPES: Mapping[Kind, Callable[[_Form], Shape]] = {
    Kind.COURSE_GRADE: _course_grade,
    Kind.EXAM_RESULT: _exam_result,
    Kind.CREDENTIAL: _credential,
    Kind.DEGREE: _degree,
    Kind.TEST: _test,
    Kind.EXPERIENCE: _experience,
    Kind.RESIDENCE: _residence,
}
