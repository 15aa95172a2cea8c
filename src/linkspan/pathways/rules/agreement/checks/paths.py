"""Paths of a rule against the published record format: roots that are not of a record, values of the wrong kind."""

from collections.abc import Iterator, Mapping
from typing import Any

from linkspan.kernel.reasons import Phrase
from linkspan.pathways.rules.agreement.checks.report import Problem, problem
from linkspan.pathways.rules.language.fields import ROWS, TOP
from linkspan.pathways.rules.language.grammar import children, kind_of, path_of
from linkspan.pathways.rules.language.node import Node
from linkspan.pathways.rules.language.values import LEVELS, as_date, number


def path_problems(node: Node, clause: str, rows: str = "") -> Iterator[Problem]:
    """Problems of every path in a tree; `rows` names the list whose row the paths start from."""
    kind = kind_of(node)
    if kind == "compare":
        path, op, value = node["compare"]
        yield from _known(path, clause, rows)
        yield from _of_kind(path, op, value, clause, rows)
    if kind in ("age", "before"):
        for path in (node["age"][0], node.get("to", "")) if kind == "age" else node["before"]:
            if path and as_date(path) is None:
                yield from _known(path, clause, rows)
                yield from _dated(path, clause, rows)
    if kind in ("exists", "count", "sum", "mean"):
        name, _, field = path_of(node).rpartition(".") if kind in ("sum", "mean") else (path_of(node), "", "")
        yield from _known(name, clause, rows)
        under = name.removeprefix("^.").rpartition(".")[2]
        for read in filter(None, (field, str(node.get("by", "")))):
            yield from _known(read, clause, under)
        if "where" in node:
            yield from path_problems(node["where"], clause, under)
    for child in children(node):
        yield from path_problems(child, clause, rows)


def _kind_at(path: str, rows: str) -> str | None:
    """The kind at a path: empty if it is of a row or object that is not described; None if the format has no such."""
    start = "" if path.startswith("^.") else rows
    first, _, rest = path.removeprefix("^.").partition(".")
    if start and start not in ROWS:
        return ""
    found = (ROWS[start] if start else TOP).get(first)
    if found is None:
        return None
    return "" if rest else found


def _known(path: str, clause: str, rows: str) -> Iterator[Problem]:
    if _kind_at(path, rows) is not None:
        return
    if rows and not path.startswith("^."):
        yield problem(
            "field_unknown",
            (clause,),
            "{path} is not a field of {rows} in the published format: the answer is unknown unless records carry it.",
            warning=True,
            path=path,
            rows=rows,
        )
    else:
        yield problem(
            "path_unknown",
            (clause,),
            "{path} is not a path of a record; a record has {known}.",
            path=path,
            known=", ".join(TOP),
        )


def _of_kind(path: str, op: str, value: Any, clause: str, rows: str) -> Iterator[Problem]:
    kind = _kind_at(path, rows)
    for one in value if isinstance(value, list) else [value]:
        if kind and not _is_of_kind(one, kind, op):
            yield problem(
                "type_mismatch",
                (clause,),
                "{path} is of kind {kind}; {value} can never be compared with it.",
                path=path,
                kind=Phrase(kind),
                value=repr(one),
            )


def _is_of_kind(value: Any, kind: str, op: str) -> bool:
    match kind:
        case "number":
            return number(value) is not None
        case "flag":
            return isinstance(value, bool)
        case "grade":
            return isinstance(value, Mapping)
        case "date":
            return as_date(value) is not None
        case "level":
            return value in LEVELS
        case "text":
            return isinstance(value, str) and (op in ("==", "!=", "in") or as_date(value) is not None)
    return False


def _dated(path: str, clause: str, rows: str) -> Iterator[Problem]:
    kind = _kind_at(path, rows)
    if kind and kind != "date":
        yield problem(
            "type_mismatch",
            (clause,),
            "{path} is of kind {kind}, where a date is needed.",
            path=path,
            kind=Phrase(kind),
        )
