"""The file of a catalogue: its head, and its lists of entries and rates as told (docs/formats/catalogue.md)."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from linkspan.catalog.engines.entries import (
    Alignment,
    Course,
    Currency,
    Day,
    Degree,
    Entry,
    Exam,
    Grading,
    NeedSchedule,
    Price,
    Program,
    Requirements,
    Run,
    Series,
    Term,
    Text,
    exact,
    read_as,
)
from linkspan.catalog.rules import Filed, Invalid, Kind
from linkspan.finance.rules.need import Rate
from linkspan.kernel.reasons import Phrase, Sentence

FORMAT = "linkspan-catalogue"
VERSION = 3
MOST = 10_000
LISTS: Mapping[str, Kind] = {
    "courses": Kind.COURSE,
    "runs": Kind.RUN,
    "terms": Kind.TERM,
    "programs": Kind.PROGRAM,
    "requirements": Kind.REQUIREMENTS,
    "exams": Kind.EXAM,
    "series": Kind.SERIES,
    "prices": Kind.PRICE,
    "grading": Kind.GRADING,
    "alignments": Kind.ALIGNMENT,
    "need_schedules": Kind.SCHEDULE,
    "degrees": Kind.DEGREE,
}
#: The version in which a list came in, where it is not the first.
SINCE: Mapping[str, int] = {
    **dict.fromkeys(("terms", "exams", "grading", "need_schedules", "degrees"), 2),
    **dict.fromkeys(("series", "alignments"), 3),
}


class ExchangeRate(Entry):
    """How much of `quote` one unit of `base` is on a day, and who says so; `reason` is needed to correct a rate."""

    base: Currency
    quote: Currency
    rate: Annotated[Decimal, BeforeValidator(exact), Field(gt=0, lt=10**9, decimal_places=10)]
    on: Day
    source: Annotated[Text, Field(min_length=1, max_length=200)]
    reason: Annotated[Text, Field(max_length=1000)] = ""

    @property
    def value(self) -> Rate:
        """The rate."""
        return Rate(self.base, self.quote, self.rate, self.on, self.source)


class CatalogueFile(Entry):
    """The catalogue of an institution."""

    format: Literal["linkspan-catalogue"]
    version: Annotated[int, Field(strict=True, ge=1, le=VERSION)]
    institution: Annotated[Text, Field(min_length=1, max_length=64)]
    courses: list[Course] = []
    runs: list[Run] = []
    programs: list[Program] = []
    requirements: list[Requirements] = []
    prices: list[Price] = []
    terms: list[Term] = []
    exams: list[Exam] = []
    grading: list[Grading] = []
    need_schedules: list[NeedSchedule] = []
    series: list[Series] = []
    alignments: list[Alignment] = []
    degrees: list[Degree] = []
    rates: list[ExchangeRate] = []


def entries_of(told: object, institution: str) -> tuple[list[Filed], list[tuple[str, object]]]:
    """The entries and the rates of a file, each with its place, unread; Invalid for a file of another kind or school.

    A file is read entry by entry: one that cannot be used is told by its place, and the others are taken.
    """
    if not isinstance(told, Mapping):
        raise Invalid({"file": Sentence("no_object", "Enter a JSON object, as an export has it.")})
    names = [*LISTS, "rates"]
    head = read_as(CatalogueFile, {name: [] if name in names else value for name, value in told.items()})
    if head.institution != institution:
        words = Phrase("This file is of {institution}. Import it there.")
        raise Invalid({"institution": Sentence("of_another", words, institution=head.institution)})
    words = Phrase("A file of version {version} has no such list. Write it as version {since}.")
    later = {
        name: Sentence("list_of_later_version", words, version=head.version, since=since)
        for name, since in SINCE.items()
        if name in told and head.version < since
    }
    if later:
        raise Invalid(later)
    lists: dict[str, list[object]] = {name: told.get(name, []) for name in names}
    wrong = {name: Sentence("no_list", "Enter a list.") for name, rows in lists.items() if not isinstance(rows, list)}
    if wrong:
        raise Invalid(wrong)
    if sum(map(len, lists.values())) > MOST:
        raise Invalid({"file": Sentence("too_many", "It has more than {most} entries. Split it.", most=MOST)})
    placed = {name: [(f"{name}.{at}", one) for at, one in enumerate(rows)] for name, rows in lists.items()}
    return [Filed(place, kind, one) for name, kind in LISTS.items() for place, one in placed[name]], placed["rates"]


def file_of(institution: str, lists: Mapping[str, list[Any]]) -> dict[str, Any]:
    """The file."""
    return {"format": FORMAT, "version": VERSION, "institution": institution, **lists}


def rate_told(rate: Rate) -> dict[str, str]:
    """A rate as a file has it."""
    on: date = rate.on
    return {
        "base": rate.base,
        "quote": rate.quote,
        "rate": f"{rate.rate.normalize():f}",
        "on": on.isoformat(),
        "source": rate.source,
    }
