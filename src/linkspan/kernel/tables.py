"""A table of PostgreSQL as it stands in the catalogue of the server: what parting it has to know and to make."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection


@dataclass(frozen=True, slots=True)
class Rule:
    """A constraint: its name, its kind (`p`rimary, `u`nique, `f`oreign), its columns and how SQL writes it."""

    name: str
    kind: str
    columns: tuple[str, ...]
    written: str


@dataclass(frozen=True, slots=True)
class Reference:
    """What another table says of this one."""

    table: str
    name: str
    written: str


@dataclass(frozen=True, slots=True)
class Shape:
    """What a table has besides its columns; `counts` is the column that counts itself, if there is one."""

    rules: tuple[Rule, ...]
    indexes: tuple[tuple[str, str], ...]
    references: tuple[Reference, ...]
    counts: str

    def over_all(self, column: str) -> Iterator[Rule]:
        """Rules that PostgreSQL can hold over all parts by that column."""
        return (rule for rule in self.rules if rule.kind == "f" or column in rule.columns)


def fetch_all(statement: str, *values: Any) -> list[tuple[Any, ...]]:
    """The rows of an answer."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values or None)
        return list(cursor.fetchall())


def fetch(statement: str, *values: Any) -> Any:
    """The first column of the first row, or None."""
    rows = fetch_all(statement, *values)
    return rows[0][0] if rows else None


def newest_of(table: "Table", column: str) -> Any:
    """The greatest value of a column; None if there is none."""
    return fetch(f"SELECT {quoted(column)} FROM {table} ORDER BY 1 DESC LIMIT 1")  # noqa: S608 - names of tables


def has_within(table: "Table", column: str, start: str, end: str) -> bool:
    """Whether a column has a value from `start`, before `end`."""
    within = f"{quoted(column)} >= %s AND {quoted(column)} < %s"
    found = fetch(f"SELECT 1 FROM {table} WHERE {within} LIMIT 1", start, end)  # noqa: S608 - names of tables
    return found is not None


def run(statement: str) -> None:
    """Do it."""
    with connection.cursor() as cursor:
        cursor.execute(statement)


@dataclass(frozen=True, slots=True)
class Table:
    """A table by its name, as SQL writes it."""

    name: str

    def __str__(self) -> str:
        return quoted(self.name)

    def is_there(self) -> bool:
        """Whether there is one of the name."""
        return fetch("SELECT to_regclass(%s)", str(self)) is not None

    def is_parted(self) -> bool:
        """Whether it lies in parts."""
        return bool(fetch("SELECT relkind = 'p' FROM pg_class WHERE oid = to_regclass(%s)", str(self)))

    def parts(self) -> list[tuple[str, str]]:
        """Its parts with what they hold as SQL writes it, by name."""
        return [
            (name, bound)
            for name, bound in fetch_all(
                "SELECT c.relname, pg_get_expr(c.relpartbound, c.oid) FROM pg_inherits i "
                "JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = to_regclass(%s) ORDER BY c.relname",
                str(self),
            )
        ]

    def own_keys(self) -> tuple[Rule, ...]:
        """The keys that it holds by itself: as a part those that do not hold over all parts."""
        return tuple(rule for rule in self._rules() if rule.kind in "pu")

    def shape(self) -> Shape:
        """What it has besides its columns."""
        indexes = fetch_all(
            "SELECT c.relname, pg_get_indexdef(i.indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
            "WHERE i.indrelid = to_regclass(%s) AND NOT EXISTS "
            "(SELECT 1 FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.conrelid = i.indrelid)",
            str(self),
        )
        references = fetch_all(
            "SELECT c.relname, k.conname, pg_get_constraintdef(k.oid) FROM pg_constraint k "
            "JOIN pg_class c ON c.oid = k.conrelid "
            "WHERE k.confrelid = to_regclass(%s) AND k.contype = 'f' AND k.conparentid = 0",
            str(self),
        )
        counts = fetch(
            "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attidentity <> ''", str(self)
        )
        made = tuple((name, written) for name, written in indexes)
        return Shape(self._rules(), made, tuple(Reference(*row) for row in references), counts or "")

    def _rules(self) -> tuple[Rule, ...]:
        rows = fetch_all(
            "SELECT k.conname, k.contype::text, pg_get_constraintdef(k.oid), "
            "ARRAY(SELECT a.attname::text FROM pg_attribute a "
            "WHERE a.attrelid = k.conrelid AND a.attnum = ANY (k.conkey)) "
            "FROM pg_constraint k WHERE k.conrelid = to_regclass(%s) AND k.contype IN ('p', 'u', 'f') "
            "AND k.conparentid = 0 ORDER BY k.conname",
            str(self),
        )
        return tuple(Rule(name, kind, tuple(columns), written) for name, kind, written, columns in rows)


def quoted(name: str) -> str:
    """A name as SQL writes it."""
    return connection.ops.quote_name(name)


def become_part(whole: Table, shape: Shape, column: str, name: str) -> Table:
    """Let the table stand aside under another name, without what a table of parts is to have in its stead."""
    for reference in shape.references:
        run(f"ALTER TABLE {quoted(reference.table)} DROP CONSTRAINT {quoted(reference.name)}")
    if shape.counts:
        run(f"ALTER TABLE {whole} ALTER COLUMN {quoted(shape.counts)} DROP IDENTITY")
    aside = Table(name)
    run(f"ALTER TABLE {whole} RENAME TO {aside}")
    taken = [rule.name for rule in shape.over_all(column) if rule.kind != "f"]
    for number, rule in enumerate(taken):
        run(f"ALTER TABLE {aside} RENAME CONSTRAINT {quoted(rule)} TO {quoted(f'{name[:50]}_key_{number}')}")
    for number, (index, _) in enumerate(shape.indexes):
        run(f"ALTER INDEX {quoted(index)} RENAME TO {quoted(f'{name[:50]}_index_{number}')}")
    run(
        f"CREATE TABLE {whole} (LIKE {aside} INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING STORAGE) "
        f"PARTITION BY RANGE ({quoted(column)})"
    )
    return aside


def take_shape(whole: Table, shape: Shape, column: str, next_number: int) -> None:
    """Give a table of parts what it had before; what its parts have already is taken, not made anew."""
    if shape.counts:
        sequence = f"{whole.name}_{shape.counts}_seq"
        run(f"CREATE SEQUENCE {quoted(sequence)} OWNED BY {whole}.{quoted(shape.counts)} START {next_number}")
        run(f"ALTER TABLE {whole} ALTER COLUMN {quoted(shape.counts)} SET DEFAULT nextval('{quoted(sequence)}')")
    for rule in shape.over_all(column):
        run(f"ALTER TABLE {whole} ADD CONSTRAINT {quoted(rule.name)} {rule.written}")
    for _, written in shape.indexes:
        run(written)
    for reference in shape.references:
        run(f"ALTER TABLE {quoted(reference.table)} ADD CONSTRAINT {quoted(reference.name)} {reference.written}")


def add_part(whole: Table, part: Table, holds: str, keys: tuple[Rule, ...]) -> None:
    """Make an empty part, with the keys that do not hold over all parts."""
    run(f"CREATE TABLE {part} PARTITION OF {whole} {holds}")
    for key in keys:
        run(f"ALTER TABLE {part} ADD {key.written}")
