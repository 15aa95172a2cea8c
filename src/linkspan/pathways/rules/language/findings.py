"""What an evaluation works on, and what it finds."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from linkspan.kernel.reasons import Sentence
from linkspan.pathways.rules.language.meaning import Meaning, Reading
from linkspan.pathways.rules.language.values import as_date, days_in_words


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
    that would turn the answer to met, `undo` the smallest that would turn it to not met, each in words;
    `terms_unknown` says that the agreement itself leaves it open.
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
        amount = format(self.gap.normalize(), "f")
        unit = self.unit[:-1] if amount == "1" and self.unit.endswith("s") else self.unit
        return f"{amount} {unit}".strip()


def as_finding(outcome: Outcome, like: Finding | None, **changes: Any) -> Finding:
    """A finding with the need, gap, unit and reason of another, if there is one."""
    return replace(like or Finding(outcome), outcome=outcome, **{"undo": (), "evidence": (), **changes})


class Rows(NamedTuple):
    """The rows of a list; of an `open` one others may exist."""

    rows: list[Mapping[str, Any]]
    open: bool


@dataclass(frozen=True, slots=True)
class Scope:
    """Where paths are looked up: the row at hand, the record around it, the day, and how values are read."""

    row: Mapping[str, Any]
    record: Mapping[str, Any]
    on: date
    reading: Reading
    prefix: str = ""

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
        return Scope(row, self.record, self.on, self.reading, f"{self._full(path)}.")


def row_name(row: Mapping[str, Any], otherwise: str) -> str:
    """What a row is called: its evidence, identifier, name or institution."""
    named = row.get("evidence") or row.get("id") or row.get("name") or row.get("institution")
    return str(named) if named else otherwise


def absent(path: str) -> Sentence:
    """Why a condition on one value is unknown."""
    return Sentence("value_not_on_record", "{what} is not on record", what=path)


def no_rows(path: str) -> Sentence:
    """Why a condition on a list is unknown."""
    return Sentence("list_not_on_record", "{what} are not on record", what=path)


def others(path: str) -> Sentence:
    """Why a condition on an open list is unknown."""
    told = path.removeprefix("^.").replace("_", " ")
    return Sentence("list_open", "other {what} may exist", what=told)


def which_count(path: str) -> Sentence:
    """Why a number of rows is unknown."""
    return Sentence("rows_not_known", "which {what} count is not known", what=path)


def no_date(path: str) -> Sentence:
    """Why a condition on days is unknown."""
    return Sentence("no_date", "{what} is not a date on record", what=path)
