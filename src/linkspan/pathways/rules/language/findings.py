"""What an evaluation works on, and what it finds."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from linkspan.kernel.reasons import Phrase, Sentence
from linkspan.pathways.rules.language.grammar import named
from linkspan.pathways.rules.language.meaning import Meaning, Reading
from linkspan.pathways.rules.language.values import as_date, days_in_words, much


class Outcome(StrEnum):
    """Met, not met, or unknown: evidence is missing, so a document is asked for."""

    MET = "met"
    NOT_MET = "not_met"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """What an evaluation found.

    `have` and `need` are in words; `gap` is a number in `unit`, if there is one; `reason` says why it is unknown;
    `evidence` names the documents or identifiers of the rows relied on; `missing` is the smallest set of conditions
    that would turn the answer to met, `undo` the smallest that would turn it to not met (asked for under a `not`), each
    in words; `terms_unknown` says that the agreement itself leaves it open.
    """

    outcome: Outcome
    have: str | None = None
    need: str | None = None
    gap: Decimal | None = None
    unit: str = ""
    reason: str = ""
    evidence: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    undo: tuple[str, ...] = ()
    terms_unknown: bool = False

    def gap_in_words(self) -> str:
        """The gap for a reader: «1 point», «half a year»; empty if there is none."""
        if self.gap is None:
            return ""
        if self.unit == "days":
            return days_in_words(int(self.gap))
        return much(format(self.gap.normalize(), "f"), self.unit)


def as_finding(outcome: Outcome, like: Finding | None, **changes: Any) -> Finding:
    """A finding with the need, gap, unit and reason of another, if there is one."""
    return replace(like or Finding(outcome), outcome=outcome, **{"undo": (), "evidence": (), **changes})


class Rows(NamedTuple):
    """The rows of a list; of an `open` one others may exist."""

    rows: list[Mapping[str, Any]]
    open: bool


@dataclass(frozen=True, slots=True)
class Scope:
    """Where paths are looked up: the row at hand, the record around it, the day, and how values are read.

    `turned` where a `not` stands around: what would undo an answer is asked for only there.
    """

    row: Mapping[str, Any]
    record: Mapping[str, Any]
    on: date
    reading: Reading
    prefix: str = ""
    turned: bool = False

    def look(self, path: str) -> Any:
        """The value at a dotted path, None if any part is absent; `^.` starts at the record."""
        value: Any = self.row
        for part in path.split("."):
            if part == "^":
                value = self.record
            elif isinstance(value, Mapping):
                value = value.get(part)
            elif isinstance(value, list) and part.isascii() and part.isdigit() and int(part) < len(value):
                value = value[int(part)]
            else:
                return None
        return value

    def day(self, path_or_date: str) -> date | None:
        """The date that is written there, or is at that path."""
        return as_date(path_or_date) or as_date(self.look(path_or_date))

    def rows(self, path: str) -> "Rows | None":
        """The rows of a list, open unless `complete` names it; to rules without open lists, None if it is not known."""
        rows = self.look(path)
        listed = isinstance(rows, list)
        closed = listed and self._is_complete(path)
        if Meaning.OPEN_LISTS not in self.reading:
            if not listed or (not rows and not closed):
                return None
            closed = True
        return Rows([row for row in rows if isinstance(row, Mapping)] if listed else [], not closed)

    def _is_complete(self, path: str) -> bool:
        """A row may name its own complete lists; a list in a row is else named with its path (`credentials.exams`)."""
        name = self._full(path)
        own = self.row.get("complete") if self.row is not self.record and not path.startswith("^") else None
        return name in (self.record.get("complete") or ()) or path in (own or ())

    def _full(self, path: str) -> str:
        return path[2:] if path.startswith("^.") else f"{self.prefix}{path}"

    def within(self, path: str, row: Mapping[str, Any]) -> "Scope":
        """The scope of one row of a list."""
        return Scope(row, self.record, self.on, self.reading, f"{self._full(path)}.", self.turned)


def row_name(row: Mapping[str, Any], otherwise: str) -> str:
    """What a row is called: its evidence, identifier, name or institution."""
    named = row.get("evidence") or row.get("id") or row.get("name") or row.get("institution")
    return str(named) if named else otherwise


def lacks(gap: str, what: str) -> Sentence:
    """What a condition lacks, and which it is."""
    return Sentence("lacks", "{gap}: {what}", gap=gap, what=what)


def lacks_of_row(nearest: Finding, gap: str, row: Mapping[str, Any], *, in_grades: bool) -> Sentence:
    """What one number of one row lacks."""
    named = row.get("name") or row_name(row, Phrase("what is on record"))
    told = {"row": named, "have": nearest.have, "need": nearest.need}
    if in_grades:
        return Sentence("better_grade", "grade {need} instead of {have} in {row}", **told)
    return Sentence("gap_of_row", "{gap} of {row} (has {have}, needs {need})", gap=gap, **told)


def absent(path: str) -> Sentence:
    """Why a condition on one value is unknown."""
    return Sentence("value_not_on_record", "{what} is not on record", what=Phrase(path))


def no_rows(path: str) -> Sentence:
    """Why a condition on a list is unknown."""
    return Sentence("list_not_on_record", "{what} are not on record", what=Phrase(path))


def others(path: str) -> Sentence:
    """Why a condition on an open list is unknown."""
    return Sentence("list_open", "other {what} may exist", what=named(path))


def no_number(field: str, row: str) -> Sentence:
    """Why a sum is unknown."""
    return Sentence("no_number_on_record", "{field} of {row} is not a number on record", field=Phrase(field), row=row)


def no_grade(field: str, row: str, scale: object) -> Sentence:
    """Why a mean is unknown: a grade."""
    words = Phrase("{field} of {row} is not on record as a grade of the {scale} scale")
    return Sentence("no_grade_on_record", words, field=Phrase(field), row=row, scale=scale)


def no_weight(field: str, row: str) -> Sentence:
    """Why a mean is unknown: what a row weighs."""
    words = Phrase("{field} of {row} is not on record as a number")
    return Sentence("no_weight_on_record", words, field=Phrase(field), row=row)


def before(day: str) -> Sentence:
    """What is needed of a day."""
    return Sentence("before_day", "before {day}", day=day)


def which_count(path: str) -> Sentence:
    """Why a number of rows is unknown."""
    return Sentence("rows_not_known", "which {what} count is not known", what=Phrase(path))


def no_date(path: str) -> Sentence:
    """Why a condition on days is unknown."""
    return Sentence("no_date", "{what} is not a date on record", what=Phrase(path))
