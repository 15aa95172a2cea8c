"""Records as columns: each value once and a code for each row; lists as tables of rows with their owner.

Each condition is decided once per distinct value by the reference interpreter, so the two cannot disagree.
"""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linkspan.pathways.rules.language.failed import may_have_failed
from linkspan.pathways.rules.language.scales import Scale

Codes = NDArray[np.int32]
Bits = NDArray[np.bool_]


@dataclass(slots=True)
class Column:
    """`values[codes[i]]` is the value of row i; a value that is absent is None."""

    values: list[Any]
    codes: Codes


@dataclass(slots=True)
class Table:
    """Rows of records, or of one list in them.

    `owner[i]` is the row of the parent table that row i lies in, ascending; `closed[j]` says for row j of the parent
    whether its rows are all there are (`complete` names the list; one that is absent is open too). `doubted` are the
    rows that may be failed work, and `counting` keeps which rows are not.
    """

    rows: int
    columns: dict[str, Column] = field(default_factory=dict)
    lists: dict[str, "Table"] = field(default_factory=dict)
    owner: NDArray[np.int64] | None = None
    closed: Bits | None = None
    doubted: list[tuple[int, Mapping[str, Any]]] = field(default_factory=list)
    counting: dict[tuple[tuple[Scale, ...], bool], Bits] = field(default_factory=dict)

    def column(self, path: str) -> Column:
        """The column at a path; all absent if no row has it."""
        return self.columns.get(path) or Column([None], np.zeros(self.rows, np.int32))


def encode(values: Iterable[Any]) -> Column:
    """A column of values, in the order in which each is first seen."""
    seen: dict[Hashable, int] = {}
    found: list[Any] = []
    codes: list[int] = []
    for value in values:
        key = _key(value)
        code = seen.get(key)
        if code is None:
            code = seen[key] = len(found)
            found.append(value)
        codes.append(code)
    return Column(found, np.fromiter(codes, np.int32, len(codes)))


def _key(value: Any) -> Hashable:
    """Equal keys for equal JSON, and different ones for 1, 1.0 and true."""
    if isinstance(value, dict | Mapping):
        return tuple(sorted((name, _key(one)) for name, one in value.items()))
    if isinstance(value, list):
        return ("list", *map(_key, value))
    return (type(value).__name__, value)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a rule reads of a row: paths of values, lists with what it reads of theirs, and those of work done."""

    paths: set[str] = field(default_factory=set)
    lists: dict[str, "Wanted"] = field(default_factory=dict)
    work: set[str] = field(default_factory=set)

    def of(self, name: str) -> "Wanted":
        """What is read of the rows of a list."""
        return self.lists.setdefault(name, Wanted())


def to_table(records: Sequence[Mapping[str, Any]], wanted: Wanted) -> Table:
    """The columns of records that a rule reads (`compiler.wanted_by`)."""
    return _table(list(records), list(records), wanted, "")


def _table(rows: list[Mapping[str, Any]], records: list[Mapping[str, Any]], wanted: Wanted, prefix: str) -> Table:
    columns = {path: encode(_looked(rows, path)) for path in sorted(wanted.paths)}
    table = Table(len(rows), columns)
    for name, inner in wanted.lists.items():
        under, inside = _list(rows, records, name, inner, prefix)
        if name in wanted.work:
            under.doubted = [(number, row) for number, row in enumerate(inside) if may_have_failed(row)]
        table.lists[name] = under
    return table


def _list(
    rows: list[Mapping[str, Any]], records: list[Mapping[str, Any]], name: str, wanted: Wanted, prefix: str
) -> tuple[Table, list[Mapping[str, Any]]]:
    """The table of a list, and its rows."""
    under: list[Mapping[str, Any]] = []
    theirs: list[Mapping[str, Any]] = []
    owner: list[int] = []
    closed: list[bool] = []
    full = f"{prefix}{name}"
    for number, (row, record, found) in enumerate(zip(rows, records, _looked(rows, name), strict=True)):
        own = () if row is record else row.get("complete") or ()
        complete = full in (record.get("complete") or ()) or name in own
        closed.append(isinstance(found, list) and complete)
        for one in found if isinstance(found, list) else ():
            if isinstance(one, Mapping):
                under.append(one)
                theirs.append(record)
                owner.append(number)
    table = _table(under, theirs, wanted, f"{full}.")
    table.owner, table.closed = np.asarray(owner, np.int64), np.asarray(closed, np.bool_)
    return table, under


def _looked(rows: Iterable[Mapping[str, Any]], path: str) -> Iterator[Any]:
    """The value at a path of each row."""
    parts = path.split(".")
    return (_look(row, parts) for row in rows)


def _look(row: Mapping[str, Any], parts: Sequence[str]) -> Any:
    value: Any = row
    for part in parts:
        if isinstance(value, dict | Mapping):
            value = value.get(part)
        elif isinstance(value, list) and part.isascii() and part.isdigit() and int(part) < len(value):
            value = value[int(part)]
        else:
            return None
    return value
