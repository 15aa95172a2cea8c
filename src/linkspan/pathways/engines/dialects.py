"""What PostgreSQL and SQLite say differently about JSON. `doc` is an SQL name, `path` a parameter's place."""

from collections.abc import Sequence
from typing import Protocol


class Dialect(Protocol):
    """SQL fragments over a JSON document."""

    def place(self, name: str) -> str:
        """Where a named parameter stands."""

    def path(self, parts: Sequence[str]) -> str:
        """The value of the parameter for a path."""

    def kind(self, doc: str, path: str) -> str:
        """The kind of the value there: `number`, `string`, `boolean`, `object`, `array`, or something else."""

    def text(self, doc: str, path: str) -> str:
        """The value there as text."""

    def numeric(self, doc: str, path: str) -> str:
        """The number there, or that a numeral stands for; else NULL."""

    def whole(self, amount: str) -> str:
        """The number as the nearest whole one."""

    def day(self, doc: str, path: str) -> str:
        """The first ten characters of the text there if they are a real ISO date; else NULL."""

    def rows(self, doc: str, path: str, name: str) -> str:
        """The objects of the array there, as a FROM item whose column `row` is a document, with its condition."""

    def translate(self, text: str, written: str, meant: str) -> str:
        """The text with each letter of one alphabet put for that of another; both are parameters' places."""

    def among(self, text: str, names: str) -> str:
        """Whether the text is one of the names in a JSON array, a parameter's place."""

    def lists(self, doc: str, name: str) -> str:
        """Whether the document's `complete` names it."""


class PostgreSQL:
    """jsonb, with psycopg's named parameters."""

    def place(self, name: str) -> str:
        """Where a named parameter stands."""
        return f"%({name})s"

    def path(self, parts: Sequence[str]) -> str:
        """A text array literal; parts hold word characters and hyphens alone (`language.PATH`)."""
        return "{" + ",".join(f'"{part}"' for part in parts) + "}"

    def _at(self, doc: str, path: str) -> str:
        return f"({doc} #> CAST({path} AS text[]))"

    def kind(self, doc: str, path: str) -> str:
        """jsonb_typeof has the names wanted."""
        return f"jsonb_typeof{self._at(doc, path)}"

    def text(self, doc: str, path: str) -> str:
        """As text."""
        return f"({doc} #>> CAST({path} AS text[]))"

    def numeric(self, doc: str, path: str) -> str:
        """As numeric, exactly."""
        text, kind = self.text(doc, path), self.kind(doc, path)
        numeral = rf"({kind} = 'string' AND {text} ~ '^-?[0-9]{{1,18}}([.][0-9]{{1,12}})?$')"
        return f"(CASE WHEN {kind} = 'number' OR {numeral} THEN CAST({text} AS numeric) END)"

    def whole(self, amount: str) -> str:
        """round, exactly."""
        return f"round({amount})"

    def day(self, doc: str, path: str) -> str:
        """By a regular expression and the lengths of months, since a cast of no real date is an error."""
        text = self.text(doc, path)
        year, month, day = (f"substr({text}, {start}, {size})" for start, size in ((1, 4), (6, 2), (9, 2)))
        whole = f"CAST({year} AS int)"
        leap = f"(mod({whole}, 4) = 0 AND mod({whole}, 100) <> 0 OR mod({whole}, 400) = 0)"
        short = f"WHEN '02' THEN CASE WHEN {leap} THEN '29' ELSE '28' END"
        thirty = " ".join(f"WHEN '{name}' THEN '30'" for name in ("04", "06", "09", "11"))
        last = f"CASE {month} {short} {thirty} ELSE '31' END"
        real = f"{year} > '0000' AND {month} BETWEEN '01' AND '12' AND {day} BETWEEN '01' AND {last}"
        shaped = f"{text} ~ '^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}($|[T ])'"
        return f"CASE WHEN {shaped} THEN CASE WHEN {real} THEN substr({text}, 1, 10) END END"

    def rows(self, doc: str, path: str, name: str) -> str:
        """jsonb_array_elements; a value that is no array has no rows."""
        array = f"(CASE WHEN {self.kind(doc, path)} = 'array' THEN {self._at(doc, path)} ELSE CAST('[]' AS jsonb) END)"
        return f"jsonb_array_elements({array}) AS {name}(row) WHERE jsonb_typeof({name}.row) = 'object'"

    def translate(self, text: str, written: str, meant: str) -> str:
        """translate."""
        return f"translate({text}, {written}, {meant})"

    def among(self, text: str, names: str) -> str:
        """jsonb_exists."""
        return f"jsonb_exists(CAST({names} AS jsonb), {text})"

    def lists(self, doc: str, name: str) -> str:
        """jsonb_exists, the function behind the operator."""
        return f"COALESCE(jsonb_exists({doc} -> 'complete', {name}), FALSE)"


class SQLite:
    """JSON text, with sqlite3's named parameters."""

    def place(self, name: str) -> str:
        """Where a named parameter stands."""
        return f":{name}"

    def path(self, parts: Sequence[str]) -> str:
        """A path of SQLite; a part of digits alone is an index."""
        return "$" + "".join(f"[{part}]" if part.isdigit() else f'."{part}"' for part in parts)

    def kind(self, doc: str, path: str) -> str:
        """json_type, in PostgreSQL's names."""
        names = "WHEN 'integer' THEN 'number' WHEN 'real' THEN 'number' WHEN 'text' THEN 'string'"
        flags = "WHEN 'true' THEN 'boolean' WHEN 'false' THEN 'boolean'"
        return (
            f"(CASE json_type({doc}, {path}) {names} {flags} WHEN 'object' THEN 'object' WHEN 'array' THEN 'array' END)"
        )

    def text(self, doc: str, path: str) -> str:
        """As text; true and false by their names."""
        flags = "WHEN 'true' THEN 'true' WHEN 'false' THEN 'false'"
        return f"(CASE json_type({doc}, {path}) {flags} ELSE json_extract({doc}, {path}) END)"

    def numeric(self, doc: str, path: str) -> str:
        """As a number of SQLite."""
        text = f"json_extract({doc}, {path})"
        bare = f"ltrim({text}, '-')"
        shape = (
            f"{bare} GLOB '[0-9]*' AND {bare} NOT GLOB '*[^0-9.]*' AND {bare} NOT GLOB '*.*.*' AND {bare} NOT GLOB '*.'"
        )
        numeral = f"(json_type({doc}, {path}) = 'text' AND {shape} AND length({text}) - length({bare}) <= 1)"
        return f"(CASE WHEN json_type({doc}, {path}) IN ('integer', 'real') OR {numeral} THEN {text} + 0 END)"

    def whole(self, amount: str) -> str:
        """As an integer, so that sums stay exact."""
        return f"CAST(round({amount}) AS INTEGER)"

    def day(self, doc: str, path: str) -> str:
        """By a pattern, and SQLite's own calendar, which turns a day that is none into another."""
        text = f"json_extract({doc}, {path})"
        digits = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]"
        ten = f"substr({text}, 1, 10)"
        shaped = f"{ten} GLOB '{digits}' AND substr({text}, 11, 1) IN ('', 'T', ' ') AND {text} > '0001'"
        return f"CASE WHEN {shaped} AND date({ten}, '+0 days') = {ten} THEN {ten} END"

    def rows(self, doc: str, path: str, name: str) -> str:
        """json_each; a value that is no array has no rows."""
        array = f"CASE WHEN json_type({doc}, {path}) = 'array' THEN json_extract({doc}, {path}) ELSE '[]' END"
        return f"(SELECT value AS row FROM json_each({array}) WHERE type = 'object') AS {name}"

    def translate(self, text: str, written: str, meant: str) -> str:
        """lower, which knows the letters of ASCII alone; the alphabets are those."""
        return f"lower({text})"

    def among(self, text: str, names: str) -> str:
        """A look through the array."""
        return f"EXISTS (SELECT 1 FROM json_each({names}) WHERE value = {text})"

    def lists(self, doc: str, name: str) -> str:
        """A look through `complete`."""
        return f"EXISTS (SELECT 1 FROM json_each({doc}, '$.complete') WHERE value = {name})"


DIALECTS: dict[str, Dialect] = {"postgresql": PostgreSQL(), "sqlite": SQLite()}
