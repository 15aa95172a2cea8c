"""The rule language: closed, typed, in JSON, no evaluation of code. Its meaning: docs/formats/rules.md.

`check_node` refuses what is not of the language, naming where; a tree that passed is evaluated without further checks.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from linkspan.kernel.errors import Unusable
from linkspan.kernel.reasons import Phrase, Sentence
from linkspan.pathways.rules.language.comparing import Incomparable, plain_grade
from linkspan.pathways.rules.language.node import Node
from linkspan.pathways.rules.language.values import (
    CLAUSES,
    LEVELS,
    ORDER,
    SCALES,
    SPAN_UNITS,
    as_date,
    in_words,
    joined,
    number,
    span_in_words,
)

OPERATORS = (*ORDER, "in")
#: The operators of a mean, which is hardly ever exactly something.
MEANS = ("<", "<=", ">", ">=")
KEYS: Mapping[str, frozenset[str]] = {
    "all": frozenset({"all"}),
    "any": frozenset({"any"}),
    "at_least": frozenset({"at_least", "of"}),
    "not": frozenset({"not"}),
    "compare": frozenset({"compare"}),
    "exists": frozenset({"exists", "where"}),
    "count": frozenset({"count", "where", "op", "value"}),
    "sum": frozenset({"sum", "where", "op", "value"}),
    "mean": frozenset({"mean", "scale", "by", "where", "op", "value"}),
    "age": frozenset({"age", "to"}),
    "before": frozenset({"before"}),
    "unknown": frozenset({"unknown"}),
}
#: Nodes that the format has since a later version than the first.
SINCE: Mapping[str, int] = {"mean": 2}
ANNOTATIONS = frozenset({"clause", "text", "unit"})
DEEPEST = 20
WIDEST = 1000
PATH = re.compile(r"(\^\.)?\w[\w-]{0,63}(\.\w[\w-]{0,63}){0,7}")
OP_WORDS = {
    "==": Phrase("{what} is {value}"),
    "!=": Phrase("{what} is not {value}"),
    "<": Phrase("{what} under {value}"),
    "<=": Phrase("{what} at most {value}"),
    ">": Phrase("{what} over {value}"),
    ">=": Phrase("{what} at least {value}"),
    "in": Phrase("{what} among {value}"),
}
#: Of grades on a scale that has its own name, where a lower number may be the better grade.
BETTER_WORDS = {
    ">=": Phrase("{what} {value} or better on the {scale} scale"),
    ">": Phrase("{what} better than {value} on the {scale} scale"),
    "<=": Phrase("{what} {value} or worse on the {scale} scale"),
    "<": Phrase("{what} worse than {value} on the {scale} scale"),
}


def kind_of(node: Mapping[str, object]) -> str:
    """Which of the language's nodes it is."""
    return next(name for name in node if name in KEYS)


def path_of(node: Node) -> str:
    """What a condition on rows is about: their list, and of a sum or a mean the field."""
    return node.get("exists") or node.get("count") or node.get("sum") or node.get("mean") or ""


def children(node: Node) -> list[Node]:
    """The nodes directly under an all, any, at_least or not."""
    if "not" in node:
        return [node["not"]]
    return node.get("all") or node.get("any") or node.get("of") or []


def leaves(node: Node) -> list[Node]:
    """The conditions of a tree, left to right: everything that is not all, any, at_least or not."""
    under = children(node)
    return [leaf for child in under for leaf in leaves(child)] if under else [node]


def format_of_rule(node: Node) -> int:
    """The earliest version of the format that knows all nodes of a tree."""
    under = [*children(node), *([node["where"]] if "where" in node else [])]
    return max([SINCE.get(kind_of(node), 1), *map(format_of_rule, under)])


def check_node(node: object, where: str, depth: int = 0) -> None:
    """Unusable, naming the place, if this is not a node of the language."""
    if depth > DEEPEST:
        raise Unusable("rule_too_deep", "{where}: nested deeper than {deepest} levels", where=where, deepest=DEEPEST)
    if not isinstance(node, dict):
        raise Unusable("rule_unusable", "{where}: a rule is an object, not {node}", where=where, node=_short(node))
    kinds = [name for name in KEYS if name in node]
    if len(kinds) != 1:
        raise Unusable("rule_unusable", "{where}: exactly one of {keys} is needed", where=where, keys=", ".join(KEYS))
    kind = kinds[0]
    strange = set(node) - KEYS[kind] - ANNOTATIONS
    if strange:
        raise Unusable(
            "rule_unusable",
            "{where}: {kind} has no {strange}",
            where=where,
            kind=kind,
            strange=", ".join(sorted(strange)),
        )
    CHECKS[kind](node, f"{where}.{kind}", depth)


def _short(value: object) -> str:
    return repr(value)[:60]


def _check_many(node: dict[str, Any], where: str, depth: int) -> None:
    kind = kind_of(node)
    under = node.get("of") if kind == "at_least" else node[kind]
    if not isinstance(under, list) or not under or len(under) > WIDEST:
        raise Unusable("rule_unusable", "{where}: a list of 1 to {widest} rules is needed", where=where, widest=WIDEST)
    if kind == "at_least":
        least = node["at_least"]
        if isinstance(least, bool) or not isinstance(least, int) or not 0 <= least <= len(under):
            raise Unusable(
                "rule_unusable", "{where}: a whole number from 0 to {count} is needed", where=where, count=len(under)
            )
    for position, child in enumerate(under):
        check_node(child, f"{where}[{position}]", depth + 1)


def _check_not(node: dict[str, Any], where: str, depth: int) -> None:
    check_node(node["not"], where, depth + 1)


def _check_path(path: object, where: str) -> None:
    if not isinstance(path, str) or not PATH.fullmatch(path):
        raise Unusable(
            "path_unusable",
            "{where}: {path} is not a path such as degrees or ^.residence",
            where=where,
            path=_short(path),
        )


def _check_compare(node: dict[str, Any], where: str, depth: int) -> None:
    parts = node["compare"]
    if not isinstance(parts, list) or len(parts) != 3:
        raise Unusable("rule_unusable", "{where}: [path, operator, value] is needed", where=where)
    path, op, value = parts
    _check_path(path, where)
    if not isinstance(op, str) or op not in OPERATORS:
        raise Unusable(
            "operator_unknown",
            "{where}: {op} is not one of {operators}",
            where=where,
            op=_short(op),
            operators=" ".join(OPERATORS),
        )
    if (op == "in") != isinstance(value, list):
        raise Unusable("rule_unusable", "{where}: «in» takes a list, the others one value", where=where)
    for one in value if isinstance(value, list) else [value]:
        _check_value(one, op, where)


def _check_value(value: object, op: str, where: str) -> None:
    if isinstance(value, dict):
        if set(value) != {"scale", "value"}:
            raise Unusable("rule_unusable", '{where}: a grade is {{"scale", "value"}}', where=where)
        try:
            plain_grade(value)
        except Incomparable as why:
            raise Unusable("rule_unusable", "{where}: {why}", where=where, why=why) from why
    elif isinstance(value, bool | int | float | str):
        orderly = value in LEVELS or number(value) is not None or as_date(value) is not None
        if op not in ("==", "!=", "in") and not orderly:
            raise Unusable(
                "rule_unusable",
                "{where}: {value} has no order: use a number, date or level",
                where=where,
                value=_short(value),
            )
        if isinstance(value, float) and number(value) is None:
            raise Unusable("rule_unusable", "{where}: {value} is not a number", where=where, value=_short(value))
    else:
        raise Unusable(
            "rule_unusable", "{where}: {value} is no value to compare with", where=where, value=_short(value)
        )


def _check_rows(node: dict[str, Any], where: str, depth: int) -> None:
    kind = kind_of(node)
    _check_path(node[kind], where)
    if kind == "sum" and "." not in node[kind].removeprefix("^."):
        raise Unusable("path_unusable", "{where}: a path and a field, such as courses.credits, are needed", where=where)
    if "where" in node:
        check_node(node["where"], f"{where}.where", depth + 1)
    if kind in ("count", "sum"):
        _check_order(node.get("op"), where)
        if number(node.get("value")) is None:
            raise Unusable("rule_unusable", "{where}: a number is needed as value", where=where)


def _check_mean(node: dict[str, Any], where: str, depth: int) -> None:
    _check_path(node["mean"], where)
    if "." not in node["mean"].removeprefix("^."):
        raise Unusable("path_unusable", "{where}: a path and a field, such as courses.grade, are needed", where=where)
    if "by" in node and (not isinstance(node["by"], str) or not PATH.fullmatch(node["by"]) or "." in node["by"]):
        raise Unusable("path_unusable", "{where}: by is a field of the rows, such as credits", where=where)
    if not isinstance(node.get("scale"), str) or not node["scale"].strip():
        raise Unusable("rule_unusable", "{where}: the scale of the mean is needed", where=where)
    if node.get("op") not in MEANS:
        raise Unusable(
            "operator_unknown",
            "{where}: {op} is not one of {means}",
            where=where,
            op=_short(node.get("op")),
            means=" ".join(MEANS),
        )
    if (number(node.get("value")) or Decimal(-1)) < 0:
        raise Unusable("rule_unusable", "{where}: a number on the scale is needed as value", where=where)
    if "where" in node:
        check_node(node["where"], f"{where}.where", depth + 1)


def _check_order(op: object, where: str) -> None:
    if not isinstance(op, str) or op not in ORDER:
        raise Unusable(
            "operator_unknown", "{where}: {op} is not one of {order}", where=where, op=_short(op), order=" ".join(ORDER)
        )


def _check_age(node: dict[str, Any], where: str, depth: int) -> None:
    parts = node["age"]
    if not isinstance(parts, list) or len(parts) != 3 or not isinstance(parts[2], dict):
        raise Unusable("rule_unusable", '{where}: [date path, operator, {{"years": n}}] is needed', where=where)
    _check_path(parts[0], where)
    _check_order(parts[1], where)
    check_span(parts[2], where)
    if "to" in node and as_date(node["to"]) is None:
        _check_path(node["to"], f"{where}.to")


def check_span(span: object, where: str) -> None:
    """Unusable unless it is `{"years": n}`, `{"months": n}` or `{"days": n}`, or several of them, whole and bounded."""
    counts = span if isinstance(span, dict) and set(span) <= set(SPAN_UNITS) else {}
    right = all(isinstance(n, int) and not isinstance(n, bool) and 0 <= n <= 36500 for n in counts.values())
    if not counts or not right or counts.get("years", 0) > 200:
        raise Unusable("rule_unusable", "{where}: whole years, months or days are needed", where=where)


def _check_before(node: dict[str, Any], where: str, depth: int) -> None:
    parts = node["before"]
    if not isinstance(parts, list) or len(parts) != 2:
        raise Unusable("rule_unusable", "{where}: [date path, date path or date] is needed", where=where)
    _check_path(parts[0], where)
    if as_date(parts[1]) is None:
        _check_path(parts[1], where)


def _check_unknown(node: dict[str, Any], where: str, depth: int) -> None:
    if not isinstance(node["unknown"], str) or not node["unknown"].strip():
        raise Unusable("rule_unusable", "{where}: say in words what is not known", where=where)


CHECKS = {
    "all": _check_many,
    "any": _check_many,
    "at_least": _check_many,
    "not": _check_not,
    "compare": _check_compare,
    "exists": _check_rows,
    "count": _check_rows,
    "sum": _check_rows,
    "mean": _check_mean,
    "age": _check_age,
    "before": _check_before,
    "unknown": _check_unknown,
}


def describe(node: Node) -> str:
    """A node in plain words, for a clause that has no text of its own."""
    if "text" in node:
        text = node["text"]
        return text if isinstance(text, str) else str(text)
    match kind_of(node):
        case "all":
            return joined(map(describe, node["all"]), Phrase("{first} and {second}"))
        case "any":
            return joined(map(describe, node["any"]), Phrase("{first} or {second}"))
        case "at_least":
            of = joined(map(describe, node["of"]), CLAUSES)
            return Sentence("at_least", "{count} of: {of}", count=node["at_least"], of=of)
        case "not":
            return Sentence("not", "not ({what})", what=describe(node["not"]))
        case "unknown":
            return str(node["unknown"])
        case "compare":
            path, op, value = node["compare"]
            return _bound(named(path), op, value)
        case "age":
            path, op, span = node["age"]
            ago = Sentence("ago", "{span} ago", span=span_in_words(span))
            return Sentence("age", OP_WORDS[op], what=named(path), value=ago)
        case "before":
            first, second = node["before"]
            return Sentence("before", "{first} before {second}", first=named(first), second=named(second))
        case kind:
            return _rows_in_words(node, kind)


def _rows_in_words(node: Node, kind: str) -> str:
    path, _, field = path_of(node).rpartition(".") if kind == "mean" else (path_of(node), "", "")
    rows: str = named(path)
    if "where" in node:
        rows = Sentence("rows_with", "{rows} with {where}", rows=rows, where=describe(node["where"]))
    if kind == "exists":
        return rows
    if kind == "mean":
        what = Sentence("mean_of", "mean {field} of {rows}", field=named(field), rows=rows)
        if "by" in node:
            weighed = Phrase("mean {field} of {rows}, by {weight},")
            what = Sentence("mean_by", weighed, field=named(field), rows=rows, weight=named(node["by"]))
        return _bound(what, node["op"], node)
    counted = Phrase("count of {rows}") if kind == "count" else Phrase("sum of {rows}")
    return Sentence("rows", OP_WORDS[node["op"]], what=Sentence(f"{kind}_of", counted, rows=rows), value=node["value"])


def _bound(what: str, op: str, value: object) -> Sentence:
    """What is compared, with the operator and the value; on a scale of its own name, at least is «or better»."""
    if isinstance(value, Mapping) and value.get("scale") not in SCALES and op in BETTER_WORDS:
        return Sentence("bound", BETTER_WORDS[op], what=what, value=in_words(value), scale=value["scale"])
    return Sentence("bound", OP_WORDS[op], what=what, value=in_words(value))


def named(path: str) -> str:
    """A field or a list of the record for a reader."""
    return Phrase(path.removeprefix("^.").replace("_", " "))
