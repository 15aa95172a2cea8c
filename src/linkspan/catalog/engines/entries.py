"""Entries of a catalogue as they are typed, sent or filed: what each field takes, read by pydantic.

The same types are the body of the API, the fields of the forms and the rows of the file.
"""

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from linkspan.catalog.rules import Invalid, Kind, check_tree, courses_of, programs_of
from linkspan.kernel.errors import Unusable
from linkspan.kernel.money import Money
from linkspan.kernel.reasons import Phrase, Sentence

LONGEST_SUMMARY, LARGEST_DOCUMENT = 5_000, 100_000
PLAIN = re.compile(r"[^\x00\x0b\x0c\ud800-\udfff]*")
DAY = re.compile(r"\d{4}-\d\d-\d\d")
#: What is said of each kind of error; `{...}` is what the field takes.
WORDS = {
    "missing": Phrase("Fill this in."),
    "string_too_short": Phrase("Fill this in."),
    "string_too_long": Phrase("Shorten it to at most {max_length} characters."),
    "too_short": Phrase("Fill this in."),
    "too_long": Phrase("Shorten it to at most {max_length}."),
    "string_type": Phrase("Enter a text."),
    "extra_forbidden": Phrase("There is no such field. Remove it."),
    "greater_than_equal": Phrase("Enter {ge} or more."),
    "greater_than": Phrase("Enter more than {gt}."),
    "less_than_equal": Phrase("Enter {le} or less."),
    "less_than": Phrase("Enter less than {lt}."),
    "decimal_max_places": Phrase("Enter at most {decimal_places} digits after the point."),
    "decimal_parsing": Phrase("Enter a number."),
    "decimal_type": Phrase("Enter a number."),
    "int_type": Phrase("Enter a whole number."),
    "timezone_aware": Phrase("Add the distance from UTC, like +02:00."),
    "literal_error": Phrase("Choose one of: {expected}."),
}


def _plain(value: str) -> str:
    if not PLAIN.fullmatch(value):
        raise ValueError(Sentence("characters_unusable", "Remove the characters that cannot be stored."))
    return value


def _dated(value: object) -> object:
    if not isinstance(value, date) and not (isinstance(value, str) and DAY.match(value)):
        raise ValueError(Sentence("day_unusable", "Enter a day like 2027-09-01."))
    return value


def exact(value: object) -> object:
    """The value, unless it is a number that JSON cannot hold exactly."""
    if isinstance(value, bool | float):
        raise ValueError(Sentence("number_unusable", "Enter a number, as a text or without a point."))
    return value


def _cents(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.01"))


def _document(value: dict[str, Any]) -> dict[str, Any]:
    try:
        written = json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        written = b""
    if not written or b"\\u0000" in written or len(written) > LARGEST_DOCUMENT:
        raise ValueError(Sentence("document_unusable", "Remove what cannot be stored, or shorten it."))
    return value


def _coded(form: str, words: Sentence) -> AfterValidator:
    shape = re.compile(form)

    def check(value: str) -> str:
        if not shape.fullmatch(value):
            raise ValueError(words)
        return value

    return AfterValidator(check)


def _tree(value: dict[str, Any]) -> dict[str, Any]:
    try:
        check_tree(value)
    except Unusable as error:
        raise ValueError(error.message) from None
    return value


Text = Annotated[str, AfterValidator(_plain)]
Title = Annotated[Text, Field(min_length=1, max_length=200)]
Summary = Annotated[Text, Field(max_length=LONGEST_SUMMARY)]
Code = Annotated[
    str,
    Field(min_length=1, max_length=60),
    _coded(
        r"[A-Za-z0-9][A-Za-z0-9._-]*",
        Sentence("code_unusable", "Use letters, digits, points and dashes, without blanks."),
    ),
]
Day = Annotated[date, BeforeValidator(_dated)]
Moment = Annotated[AwareDatetime, BeforeValidator(_dated), AfterValidator(lambda value: value.astimezone(UTC))]
Credits = Annotated[Decimal, BeforeValidator(exact), Field(ge=0, le=60, decimal_places=2), AfterValidator(_cents)]
Percent = Annotated[Decimal, BeforeValidator(exact), Field(ge=0, le=100, decimal_places=2), AfterValidator(_cents)]
Weight = Annotated[Decimal, BeforeValidator(exact), Field(gt=0, le=1000, decimal_places=2), AfterValidator(_cents)]
RunId = Annotated[
    str,
    Field(min_length=1, max_length=120),
    _coded(
        r"course-v1:[^\s/+]+\+[^\s/+]+\+[A-Za-z0-9][A-Za-z0-9._-]*",
        Sentence("run_unusable", "Use a form like course-v1:SCHOOL+CODE+1T2027."),
    ),
]
Subject = Annotated[
    str,
    Field(min_length=1, max_length=150),
    _coded(
        r"(course:|course-run:|exam:|program:|degree-course:)[^\s\x00]+",
        Sentence("subject_unusable", "Name what is priced, like course:SCHOOL/CODE."),
    ),
]
Document = Annotated[dict[str, Any], AfterValidator(_document)]
Currency = Annotated[str, _coded(r"[A-Z]{3}", Sentence("currency_unusable", "Use three capital letters, like USD."))]


class Entry(BaseModel):
    """What stands in a catalogue under its institution."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Course(Entry):
    """A course; `credits` are those it carries where it is taught, null for none."""

    code: Code
    title: Title
    summary: Summary = ""
    credits: Credits | None = None


class Run(Entry):
    """One teaching of a course; times with their distance from UTC."""

    id: RunId
    course: Code
    starts: Moment
    ends: Moment
    enrolment_opens: Moment
    enrolment_closes: Moment
    upgrade_by: Moment
    time_zone: Annotated[Text, Field(min_length=1, max_length=64)]


class Program(Entry):
    """A program; `requirements` give it what learners have to do."""

    code: Code
    title: Title
    summary: Summary = ""
    kind: Literal["micromasters", "certificate", "degree"]


class Requirements(Entry):
    """What a program asks for in a catalogue year, from a day on; published ones never change."""

    program: Code
    catalogue_year: Annotated[int, Field(strict=True, ge=1900, le=2200)]
    valid_from: Day
    requirements: Annotated[dict[str, Any], AfterValidator(_tree)]
    not_here_yet: Annotated[list[Annotated[Text, Field(max_length=130)]], Field(max_length=200)] = []


class Price(Entry):
    """A price in minor units (cents) from a day on, until the next one."""

    subject: Subject
    minor: Annotated[int, Field(strict=True, ge=0, le=10**12)]
    currency: Currency
    valid_from: Day

    @property
    def money(self) -> Money:
        """The amount."""
        return Money(self.minor, self.currency)


class Term(Entry):
    """A term: when teaching lies, who is counted on which day, and when grades are due."""

    code: Code
    title: Title
    starts: Day
    ends: Day
    census: Day | None = None
    grades_due: Day | None = None


class Drawn(Entry):
    """So many questions of a topic, of one difficulty or of any."""

    group: Annotated[Text, Field(min_length=1, max_length=200)]
    count: Annotated[int, Field(strict=True, ge=1, le=10_000)]
    difficulty: Literal["easy", "medium", "hard"] | None = None


class Exam(Entry):
    """The terms of an exam, without its questions: those go by the archive of its bank."""

    code: Code
    program: Code
    title: Title
    minutes: Annotated[int, Field(strict=True, ge=1)]
    pass_percent: Percent
    attempts_allowed: Annotated[int, Field(strict=True, ge=1)]
    grace_seconds: Annotated[int, Field(strict=True, ge=0)] = 30
    courses: list[Annotated[Text, Field(max_length=130)]] = []
    most_drawn: Annotated[int, Field(strict=True, ge=1)] | None = None
    draw: list[Drawn] = []


class Series(Entry):
    """What a series of exams asks: which exams in which order, with which weights, and when it is passed."""

    code: Code
    program: Code
    title: Title
    exams: Annotated[list[Code], Field(min_length=1, max_length=100)]
    completion: Literal["all_passed", "weighted_mean", "best_results"] = "all_passed"
    weights: Annotated[list[Weight], Field(max_length=100)] = []
    best: Annotated[int, Field(strict=True, ge=1, le=100)] = 1
    pass_percent: Percent = Decimal("0.00")
    in_order: bool = False
    by_invitation: bool = False
    one_fee: bool = False


class Grading(Entry):
    """How the grade of a program is made from a day on; published ones never change."""

    program: Code
    valid_from: Day
    policy: Document


class Alignment(Entry):
    """What a course or program is aligned with in a framework, as Open Badges 3.0 says it; known by its address."""

    achievement: Code
    target_name: Annotated[Text, Field(min_length=1, max_length=2000)]
    target_url: Annotated[Text, Field(min_length=1, max_length=500)]
    target_code: Annotated[Text, Field(max_length=2000)] = ""
    target_framework: Annotated[Text, Field(max_length=2000)] = ""
    target_description: Annotated[Text, Field(max_length=2000)] = ""
    target_type: Annotated[Text, Field(max_length=200)] = ""


class NeedSchedule(Entry):
    """What an institution takes off by need from a day on; a day once set is not changed."""

    valid_from: Day
    currency: Currency
    terms: Document


class Degree(Entry):
    """A degree from a catalogue year on: its slots, credits, load and seasons; one once entered never changes."""

    program: Annotated[Text, Field(min_length=1, max_length=200)]
    from_year: Annotated[int, Field(strict=True, ge=1900, le=2200)]
    degree: Document
    reason: Annotated[Text, Field(min_length=1, max_length=1000)]


type AnyEntry = (
    Course | Run | Term | Program | Requirements | Exam | Series | Price | Grading | Alignment | NeedSchedule | Degree
)
SHAPES: Mapping[Kind, type[AnyEntry]] = {
    Kind.COURSE: Course,
    Kind.RUN: Run,
    Kind.TERM: Term,
    Kind.PROGRAM: Program,
    Kind.REQUIREMENTS: Requirements,
    Kind.EXAM: Exam,
    Kind.SERIES: Series,
    Kind.PRICE: Price,
    Kind.GRADING: Grading,
    Kind.ALIGNMENT: Alignment,
    Kind.SCHEDULE: NeedSchedule,
    Kind.DEGREE: Degree,
}


#: What a price is of, by the first word of its subject; exams and a degree's courses are no entries.
PRICED: Mapping[str, Kind] = {"course": Kind.COURSE, "course-run": Kind.RUN, "program": Kind.PROGRAM}


def read_entry(kind: Kind, told: object) -> AnyEntry:
    """Return the entry that is told by a mapping of its fields; Invalid names each field that cannot be used."""
    return read_as(SHAPES[kind], told)


def read_as[Shape: Entry](shape: type[Shape], told: object) -> Shape:
    """Return what is told in a shape; Invalid names each field that cannot be used."""
    try:
        return shape.model_validate(told)
    except ValidationError as error:
        raise Invalid(_by_field(error)) from None
    except RecursionError:
        raise Invalid({"requirements": Sentence("too_deep", "It is nested too deeply.")}) from None


def kind_of(entry: AnyEntry) -> Kind:
    """The kind of an entry."""
    return next(kind for kind, shape in SHAPES.items() if isinstance(entry, shape))


def content_of(entry: AnyEntry) -> dict[str, Any]:
    """The entry in JSON."""
    return entry.model_dump(mode="json")


def key_of(institution: str, entry: AnyEntry) -> str:
    """What an entry is known by, within its kind."""
    match entry:
        case Course() | Program() | Term():
            return f"{institution}/{entry.code}"
        case Run():
            return entry.id
        case Exam() | Series():
            return entry.code
        case Alignment():
            told = hashlib.sha256(entry.target_url.encode()).hexdigest()
            return f"{institution}/{entry.achievement}@{told[:32]}"
        case Grading():
            return f"{institution}/{entry.program}@{entry.valid_from}"
        case NeedSchedule():
            return f"{institution}@{entry.valid_from}"
        case Degree():
            return f"{institution}/{entry.program}@{entry.from_year}"
        case Requirements():
            return f"{institution}/{entry.program}@{entry.catalogue_year}"
        case Price():
            return f"{entry.subject}@{entry.valid_from}"


def needs_of(institution: str, entry: AnyEntry) -> frozenset[tuple[Kind, str]]:
    """The entries, by kind and key, that have to be public before this one becomes public."""
    match entry:
        case Run():
            return frozenset({(Kind.COURSE, f"{institution}/{entry.course}")})
        case Requirements():
            named = {(Kind.COURSE, key) for key in courses_of(entry.requirements)}
            named |= {(Kind.PROGRAM, key) for key in programs_of(entry.requirements)}
            return frozenset({*named, (Kind.PROGRAM, f"{institution}/{entry.program}")})
        case Price():
            kind, _, key = entry.subject.partition(":")
            return frozenset({(PRICED[kind], key)}) if kind in PRICED else frozenset()
        case _:
            return frozenset()


def _by_field(error: ValidationError) -> dict[str, Sentence]:
    found: dict[str, Sentence] = {}
    for one in error.errors(include_url=False, include_input=False):
        name = ".".join(str(part) for part in one["loc"]) or "entry"
        found.setdefault(name[:80], _said(one["type"], one.get("ctx", {}), one["msg"]))
    return found


def _said(kind: str, told: Mapping[str, Any], otherwise: str) -> Sentence:
    said = told["error"].args[0] if kind == "value_error" else None
    if isinstance(said, Sentence):
        return said
    if kind in WORDS:
        return Sentence(kind, WORDS[kind], **told)
    return Sentence("value_unusable", "This cannot be used: {why}.", why=otherwise)
