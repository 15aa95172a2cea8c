"""The rule language: closed, typed, in JSON, no evaluation of code. Its meaning: docs/formats/README.md.

`check_node` refuses what is not of the language, naming where; a tree that passed is evaluated without further checks.
"""

from collections.abc import Mapping
from typing import Any

from linkspan.kernel.errors import Unusable
from linkspan.pathways.rules.values import as_date, in_words, number

OPERATORS = ("==", "!=", "<", "<=", ">", ">=", "in")
KEYS: Mapping[str, frozenset[str]] = {
    "all": frozenset({"all"}),
    "any": frozenset({"any"}),
    "at_least": frozenset({"at_least", "of"}),
    "not": frozenset({"not"}),
    "compare": frozenset({"compare"}),
    "exists": frozenset({"exists", "where"}),
    "count": frozenset({"count", "where", "op", "value"}),
    "sum": frozenset({"sum", "where", "op", "value"}),
    "age": frozenset({"age"}),
    "before": frozenset({"before"}),
}
ANNOTATIONS = frozenset({"clause", "text", "unit"})
DEEPEST = 20
OP_WORDS = {"==": "is", "!=": "is not", "<": "under", "<=": "at most", ">": "over", ">=": "at least", "in": "among"}


def kind_of(node: Mapping[str, Any]) -> str:
    """Which of the language's nodes it is."""
    return next(name for name in KEYS if name in node)


def children(node: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The nodes directly under an all, any, at_least or not."""
    kind = kind_of(node)
    if kind == "at_least":
        return list(node["of"])
    if kind == "not":
        return [node["not"]]
    return list(node[kind]) if kind in ("all", "any") else []


def check_node(node: Any, where: str, depth: int = 0) -> None:
    """Unusable, naming the place, if this is not a node of the language."""
    if depth > DEEPEST:
        raise Unusable("rule_too_deep", f"{where}: nested deeper than {DEEPEST} levels")
    if not isinstance(node, dict):
        raise Unusable("rule_unusable", f"{where}: a rule is an object, not {node!r}")
    kinds = [name for name in KEYS if name in node]
    if len(kinds) != 1:
        raise Unusable("rule_unusable", f"{where}: exactly one of {', '.join(KEYS)} is needed")
    kind = kinds[0]
    strange = set(node) - KEYS[kind] - ANNOTATIONS
    if strange:
        raise Unusable("rule_unusable", f"{where}: {kind} has no {', '.join(sorted(strange))}")
    CHECKS[kind](node, f"{where}.{kind}", depth)


def _check_many(node: dict[str, Any], where: str, depth: int) -> None:
    kind = kind_of(node)
    under = node.get("of") if kind == "at_least" else node[kind]
    if not isinstance(under, list) or not under:
        raise Unusable("rule_unusable", f"{where}: a list of one rule or more is needed")
    if kind == "at_least":
        least = node["at_least"]
        if isinstance(least, bool) or not isinstance(least, int) or not 0 <= least <= len(under):
            raise Unusable("rule_unusable", f"{where}: a whole number from 0 to {len(under)} is needed")
    for position, child in enumerate(under):
        check_node(child, f"{where}[{position}]", depth + 1)


def _check_not(node: dict[str, Any], where: str, depth: int) -> None:
    check_node(node["not"], where, depth + 1)


def _check_compare(node: dict[str, Any], where: str, depth: int) -> None:
    parts = node["compare"]
    if not isinstance(parts, list) or len(parts) != 3 or not isinstance(parts[0], str):
        raise Unusable("rule_unusable", f"{where}: [path, operator, value] is needed")
    _check_operator(parts[1], where)
    if parts[2] is None or (parts[1] == "in") != isinstance(parts[2], list):
        raise Unusable("rule_unusable", f"{where}: «in» takes a list, the others one value")


def _check_rows(node: dict[str, Any], where: str, depth: int) -> None:
    kind = kind_of(node)
    if not isinstance(node[kind], str):
        raise Unusable("rule_unusable", f"{where}: a path is needed")
    if kind == "sum" and "." not in node[kind]:
        raise Unusable("rule_unusable", f"{where}: a path and a field, such as courses.credits, are needed")
    if "where" in node:
        check_node(node["where"], f"{where}.where", depth + 1)
    if kind in ("count", "sum"):
        _check_operator(node.get("op"), where)
        if number(node.get("value")) is None:
            raise Unusable("rule_unusable", f"{where}: a number is needed as value")


def _check_age(node: dict[str, Any], where: str, depth: int) -> None:
    parts = node["age"]
    if not isinstance(parts, list) or len(parts) != 3 or not isinstance(parts[2], dict):
        raise Unusable("rule_unusable", f'{where}: [date path, operator, {{"years": n}}] is needed')
    _check_operator(parts[1], where)
    years = parts[2].get("years")
    if isinstance(years, bool) or not isinstance(years, int) or not 0 <= years <= 200:
        raise Unusable("rule_unusable", f"{where}: whole years are needed")


def _check_before(node: dict[str, Any], where: str, depth: int) -> None:
    parts = node["before"]
    if not isinstance(parts, list) or len(parts) != 2 or not all(isinstance(part, str) for part in parts):
        raise Unusable("rule_unusable", f"{where}: [date path, date path or date] is needed")


def _check_operator(op: Any, where: str) -> None:
    if op not in OPERATORS:
        raise Unusable("rule_unusable", f"{where}: {op!r} is not one of {' '.join(OPERATORS)}")


CHECKS = {
    "all": _check_many,
    "any": _check_many,
    "at_least": _check_many,
    "not": _check_not,
    "compare": _check_compare,
    "exists": _check_rows,
    "count": _check_rows,
    "sum": _check_rows,
    "age": _check_age,
    "before": _check_before,
}


def describe(node: Mapping[str, Any]) -> str:
    """A node in plain words, for a clause that has no text of its own."""
    if "text" in node:
        return str(node["text"])
    match kind_of(node):
        case "all":
            return " and ".join(describe(child) for child in node["all"])
        case "any":
            return " or ".join(describe(child) for child in node["any"])
        case "at_least":
            return f"{node['at_least']} of: " + "; ".join(describe(child) for child in node["of"])
        case "not":
            return f"not ({describe(node['not'])})"
        case "compare":
            path, op, value = node["compare"]
            return f"{path.replace('_', ' ')} {OP_WORDS[op]} {in_words(value)}"
        case "age":
            path, op, span = node["age"]
            return f"{path.replace('_', ' ')} {OP_WORDS[op]} {span['years']} years ago"
        case "before":
            return f"{node['before'][0]} before {node['before'][1]}"
        case kind:
            rows = f"{node[kind]} with {describe(node['where'])}" if "where" in node else str(node[kind])
            return rows if kind == "exists" else f"{kind} of {rows} {OP_WORDS[node['op']]} {node['value']}"


def is_date(text: str) -> bool:
    """Whether a text is a date and not a path."""
    return as_date(text) is not None
