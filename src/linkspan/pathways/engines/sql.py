"""Rules as SQL over records kept as JSON, for PostgreSQL and SQLite: true, false, and NULL for unknown.

SQL's own three values are the language's (Kleene 1952). Values, numbers and paths are always parameters; the text of a
statement holds nothing that came from a document. An `age` measured to another path is not expressed, and SQLite's
parser refuses expressions nested very deep: use columns for those.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from linkspan.kernel.errors import Unusable
from linkspan.pathways.engines.dialects import DIALECTS, Dialect
from linkspan.pathways.rules.agreement import GradeMap
from linkspan.pathways.rules.language.codes import CAPITALS, SMALL, WRITTEN, CodeList, fold, list_of
from linkspan.pathways.rules.language.comparing import bands_of, grade_number
from linkspan.pathways.rules.language.failed import failed_work, leaves_failed_out, own_scales
from linkspan.pathways.rules.language.grammar import children, kind_of, leaves, path_of
from linkspan.pathways.rules.language.meaning import PRESENT, Reading
from linkspan.pathways.rules.language.means import MOST_GRADE, MOST_WEIGHT, TICKS, need_ticks
from linkspan.pathways.rules.language.node import Node
from linkspan.pathways.rules.language.scales import Scale
from linkspan.pathways.rules.language.values import (
    EQUALITY,
    LETTER_POINTS,
    LEVELS,
    as_date,
    number,
    span_after,
)

#: SQL spellings of the operators; nothing else ever becomes an operator.
OPERATORS = {"==": "=", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}


@dataclass(frozen=True, slots=True)
class Compiled:
    """An expression over a column, and its named parameters."""

    sql: str
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Row:
    """The SQL names of the row at hand and of the record, and where the row's lists are named in `complete`."""

    row: str
    record: str
    prefix: str = ""

    def of(self, path: str) -> tuple[str, str]:
        """The document that a path starts from, and the path in it."""
        return (self.record, path[2:]) if path.startswith("^.") else (self.row, path)


def compile_rule(rule: Node, on: date, dialect: str, reading: Reading, column: str = "record") -> Compiled:
    """The expression for a checked rule; `dialect` is `postgresql` (a jsonb column) or `sqlite` (JSON text)."""
    if reading.rules != PRESENT:
        raise ValueError(f"SQL is made for rules {PRESENT.version}, not {reading.rules.version}")
    compiler = _Compiler(DIALECTS[dialect], on, reading)
    sql = compiler.node(rule, _Row(column, column))
    return Compiled(sql, compiler.parameters)


def compile_leaves(rule: Node, on: date, dialect: str, reading: Reading) -> list[Compiled]:
    """The expression of each condition of a rule (`language.leaves`): the masks of the other engines."""
    return [compile_rule(leaf, on, dialect, reading) for leaf in leaves(rule)]


@dataclass(slots=True)
class _Compiler:
    dialect: Dialect
    on: date
    reading: Reading
    parameters: dict[str, Any] = field(default_factory=dict)
    tables: int = 0

    def value(self, value: Any) -> str:
        """The place of a new parameter."""
        name = f"p{len(self.parameters)}"
        self.parameters[name] = value
        return self.dialect.place(name)

    def num(self, value: Any) -> str:
        """The place of a number."""
        return f"CAST({self.value(str(value))} AS NUMERIC)"

    def node(self, node: Node, at: _Row) -> str:
        """A three-valued expression."""
        match kind_of(node):
            case "not":
                return f"(NOT {self.node(node['not'], at)})"
            case "all" | "any" as kind:
                return "(" + (" AND " if kind == "all" else " OR ").join(self.node(n, at) for n in node[kind]) + ")"
            case "at_least":
                return self._at_least(node, at)
            case "compare":
                return self._compare(node, at)
            case "age":
                return self._age(node, at)
            case "before":
                return f"({self._day(node['before'][0], at)} < {self._day(node['before'][1], at)})"
            case "unknown":
                return "(CASE WHEN 1 = 0 THEN 1 = 1 END)"
            case kind:
                return self._rows(node, kind, at)

    def _at_least(self, node: Node, at: _Row) -> str:
        parts = [self.node(child, at) for child in children(node)]
        least = self.num(node["at_least"])
        met = " + ".join(f"CASE WHEN {part} THEN 1 ELSE 0 END" for part in parts)
        may = " + ".join(f"CASE WHEN NOT {part} THEN 0 ELSE 1 END" for part in parts)
        return f"(CASE WHEN ({met}) >= {least} THEN 1 = 1 WHEN ({may}) < {least} THEN 1 = 0 END)"

    def _at(self, path: str, at: _Row, *more: str) -> tuple[str, str]:
        doc, inner = at.of(path)
        return doc, self.value(self.dialect.path([*inner.split("."), *more]))

    def _compare(self, node: Node, at: _Row) -> str:
        path, op, need = node["compare"]
        if op != "in":
            return self._compared(path, op, need, at)
        if need:
            return "(" + " OR ".join(self._compared(path, "==", one, at) for one in need) + ")"
        return f"(CASE WHEN {self.dialect.kind(*self._at(path, at))} <> 'null' THEN 1 = 0 END)"

    def _compared(self, path: str, op: str, need: Any, at: _Row) -> str:
        sign, place = OPERATORS[op], self._at(path, at)
        kind, text, amount = (part(*place) for part in (self.dialect.kind, self.dialect.text, self.dialect.numeric))
        if isinstance(need, Mapping):
            return f"({self._grade(path, need['scale'], at)} {sign} {self.num(grade_number(need, self.reading))})"
        if isinstance(need, bool):
            return f"(CASE WHEN {kind} = 'boolean' THEN {text} {sign} {self.value(str(need).lower())} END)"
        if not isinstance(need, str):
            return f"({amount} {sign} {self.num(need)})"
        codes = list_of(path, at.prefix)
        if op in EQUALITY and codes is not None:
            return f"(CASE WHEN {kind} = 'string' THEN {self._coded(text, op, need, codes)} END)"
        if op in EQUALITY:
            counted = "" if number(need) is None else f" WHEN {kind} = 'number' THEN {amount} {sign} {self.num(need)}"
            return f"(CASE WHEN {kind} = 'string' THEN {text} {sign} {self.value(need)}{counted} END)"
        if need in LEVELS:
            known = " ".join(f"WHEN {self.value(name)} THEN {rank}" for name, rank in LEVELS.items())
            return f"(CASE WHEN {kind} = 'string' THEN CASE {text} {known} END {sign} {LEVELS[need]} END)"
        if as_date(need) is not None:
            return f"({self._day(path, at)} {sign} {self.value(need[:10])})"
        return f"({amount} {sign} {self.num(need)})"

    def _coded(self, text: str, op: str, need: str, codes: CodeList) -> str:
        """By the list: the same as a name of it, another one, or unknown."""
        for written, meant in WRITTEN:
            text = f"replace({text}, {self.value(written)}, {self.value(meant)})"
        said = f"trim({self.dialect.translate(text, self.value(CAPITALS), self.value(SMALL))})"
        code = codes.code(need)
        same = self.dialect.among(said, self.value(json.dumps([fold(need), *(codes.names(code) if code else ())])))
        listed = self.dialect.among(said, self.value(json.dumps(list(codes.codes) if code else [])))
        yes, no = ("1 = 1", "1 = 0") if op == "==" else ("1 = 0", "1 = 1")
        return f"CASE WHEN {same} THEN {yes} WHEN {listed} THEN {no} END"

    def _grade(self, path: str, scale: str, at: _Row) -> str:
        """A grade as a number on a scale: its own, or by the first stated mapping; NULL if neither."""
        own = self.dialect.text(*self._at(path, at, "scale"))
        ways = [f"WHEN {self.value(scale)} THEN {self._points(path, scale, at)}"]
        for other in dict.fromkeys(stated.from_ for stated in self.reading.maps):
            stated = next((m for m in self.reading.maps if (m.from_, m.to) == (other, scale)), None)
            if stated is not None and other != scale:
                ways.append(f"WHEN {self.value(other)} THEN {self._mapped(path, stated, at)}")
        return f"(CASE {own} {' '.join(ways)} END)"

    def _points(self, path: str, scale: str, at: _Row) -> str:
        place = self._at(path, at, "value")
        if scale != "letter":
            stated = self.reading.scale(scale)
            return self._on_scale(self.dialect.numeric(*place), stated) if stated is not None else "NULL"
        known = " ".join(f"WHEN {self.value(letter)} THEN {self.num(n)}" for letter, n in LETTER_POINTS.items())
        return (
            f"(CASE WHEN {self.dialect.kind(*place)} = 'string' THEN CASE {self.dialect.text(*place)} {known} END END)"
        )

    def _on_scale(self, amount: str, scale: Scale) -> str:
        """The number if it lies on the scale; more is better."""
        signed = f"(-1 * {amount})" if scale.sign < 0 else amount
        if scale.best is None or scale.worst is None:
            return signed
        low, high = sorted((scale.best, scale.worst))
        return f"(CASE WHEN {amount} >= {self.num(low)} AND {amount} <= {self.num(high)} THEN {signed} END)"

    def _mapped(self, path: str, stated: GradeMap, at: _Row) -> str:
        have = self._points(path, stated.from_, at)
        bands = sorted(bands_of(stated, self.reading), key=lambda pair: pair[0], reverse=True)
        known = [
            f"WHEN {have} >= {self.num(least)} THEN "
            f"{self.num(grade_number({'scale': stated.to, 'value': band.value}, self.reading))}"
            for least, band in bands
        ]
        return f"(CASE {' '.join(known)} END)"

    def _day(self, path: str, at: _Row) -> str:
        """The ISO date at a path, or written there, as text of ten characters; NULL if it is no real date."""
        written = as_date(path)
        if written is not None:
            return self.value(written.isoformat())
        place = self._at(path, at)
        return f"(CASE WHEN {self.dialect.kind(*place)} = 'string' THEN {self.dialect.day(*place)} END)"

    def _age(self, node: Node, at: _Row) -> str:
        """Ages grow with the calendar, so a comparison is one with the last day that is old enough."""
        path, op, span = node["age"]
        end = as_date(node["to"]) if "to" in node else self.on
        if end is None:
            raise Unusable("rule_unusable", "An age measured to another path is not expressed in SQL: use columns.")
        day = self._day(path, at)
        reached, passed = (self.value(_last_day(end, span, strict)) for strict in (False, True))
        older = {
            ">=": f"({day} <= {reached})",
            ">": f"({day} <= {passed})",
            "<": f"({day} > {reached})",
            "<=": f"({day} > {passed})",
            "==": f"({day} <= {reached} AND {day} > {passed})",
            "!=": f"({day} > {reached} OR {day} <= {passed})",
        }
        return older[op]

    def _rows(self, node: Node, kind: str, at: _Row) -> str:
        path, name = path_of(node), ""
        if kind in ("sum", "mean"):
            path, _, name = path.rpartition(".")
        place = self._at(path, at)
        full = path[2:] if path.startswith("^.") else f"{at.prefix}{path}"
        self.tables += 1
        table = f"r{self.tables}"
        under = _Row(f"{table}.row", at.record, f"{full}.")
        where = self.node(node["where"], under) if "where" in node else "(1 = 1)"
        if leaves_failed_out(node, kind, path):
            where = f"CASE WHEN {self._failed(kind, under)} THEN 1 = 0 ELSE {where} END"
        amount = f"{self.dialect.numeric(*self._at(name, under)) if name else '1'} AS a"
        if kind == "mean":
            amount = f"{self._above(node, name, under)} AS a, {self._weight(node, under)} AS b"
        source = f"(SELECT {where} AS w, {amount} FROM {self.dialect.rows(*place, table)}) AS q{self.tables}"
        complete = self.dialect.lists(at.record, self.value(full))
        if at.row != at.record and not path.startswith("^."):
            complete = f"({complete} OR {self.dialect.lists(at.row, self.value(path))})"
        closed = f"COALESCE({self.dialect.kind(*place)} = 'array' AND {complete}, 1 = 0)"
        told = self._mean(node, closed) if kind == "mean" else self._told(node, kind, closed)
        return f"(SELECT {told} FROM {source})"

    def _weight(self, node: Node, at: _Row) -> str:
        """What a row weighs in a mean, in ticks; NULL if nothing says it."""
        if "by" not in node:
            return self.num(TICKS)
        amount = self.dialect.numeric(*self._at(str(node["by"]), at))
        within = f"{amount} >= 0 AND {amount} <= {self.num(MOST_WEIGHT)}"
        return f"(CASE WHEN {within} THEN {self.dialect.whole(f'{amount} * {self.num(TICKS)}')} END)"

    def _above(self, node: Node, name: str, at: _Row) -> str:
        """How far a row's grade lies above the need of a mean, times its weight; NULL if either is not known."""
        if self.reading.scale(str(node["scale"])) is None:
            return "CAST(NULL AS NUMERIC)"
        grade, most = self._grade(name, str(node["scale"]), at), self.num(MOST_GRADE)
        above = f"{self.dialect.whole(f'{grade} * {self.num(TICKS)}')} - {self.num(need_ticks(node, self.reading))}"
        return f"(CASE WHEN abs({grade}) <= {most} THEN {self._weight(node, at)} * ({above}) END)"

    def _mean(self, node: Node, closed: str) -> str:
        """The answer over the rows of a mean (`means`): `w` says which count, `a` is what each adds, `b` its weight."""
        low, high = (
            f"COALESCE(SUM(CASE WHEN w THEN a WHEN NOT w THEN 0 WHEN a {sign} 0 THEN a ELSE 0 END), 0)"
            for sign in ("<", ">")
        )
        sure, heaviest = "SUM(CASE WHEN w THEN b ELSE 0 END)", "COALESCE(SUM(CASE WHEN NOT w THEN 0 ELSE b END), 0)"
        doubt = "SUM(CASE WHEN NOT w THEN 0 WHEN a IS NULL OR b IS NULL THEN 1 ELSE 0 END) > 0"
        least, most = (f"({end} {OPERATORS[node['op']]} 0)" for end in (low, high))
        decided = f"WHEN {heaviest} = 0 THEN 1 = 0 WHEN {sure} = 0 THEN NULL WHEN {least} = {most} THEN {least}"
        return f"CASE WHEN {doubt} THEN NULL WHEN NOT {closed} THEN NULL {decided} END"

    def _failed(self, kind: str, at: _Row) -> str:
        mapped, self.reading = self.reading, own_scales(self.reading)
        found = self.node(failed_work(kind, self.reading), at)
        self.reading = mapped
        return found

    def _told(self, node: Node, kind: str, closed: str) -> str:
        """The answer over the rows: `w` is what their condition said, `a` their amount; an open list has no end."""
        sure = "COALESCE(SUM(CASE WHEN w THEN a ELSE 0 END), 0)"
        most = "COALESCE(SUM(CASE WHEN NOT w THEN 0 ELSE a END), 0)"
        if kind == "exists":
            return f"CASE WHEN {sure} > 0 THEN 1 = 1 WHEN {most} = 0 AND {closed} THEN 1 = 0 END"
        need, sign = self.num(node["value"]), OPERATORS[node["op"]]
        endless = "1 = 1" if node["op"] in (">=", ">", "!=") else "1 = 0"
        low, high = f"({sure} {sign} {need})", f"(CASE WHEN {closed} THEN {most} {sign} {need} ELSE {endless} END)"
        inside = f"(NOT {closed} OR {sure} <> {most} AND {need} <= {most})"
        hidden = f"({inside} AND {need} >= {sure})" if node["op"] in EQUALITY else "(1 = 0)"
        doubt = "SUM(CASE WHEN NOT w THEN 0 WHEN a IS NULL OR a < 0 THEN 1 ELSE 0 END) > 0"
        return f"CASE WHEN {doubt} THEN NULL WHEN {low} = {high} AND NOT {hidden} THEN {low} END"


def _last_day(end: date, span: Mapping[str, int], strict: bool) -> str:
    """The last day from which the span has passed on `end` (`strict`: before it); before any date if there is none."""
    low, high = 0, end.toordinal()
    while low < high:
        middle = (low + high + 1) // 2
        after = span_after(date.fromordinal(middle), span)
        low, high = (middle, high) if (after < end if strict else after <= end) else (low, middle - 1)
    return date.fromordinal(low).isoformat() if low else "0000-00-00"
