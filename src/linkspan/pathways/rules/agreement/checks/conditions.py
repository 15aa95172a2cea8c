"""Checks of the rule trees: what can never be met, bands with holes, alternatives in vain, paths that lead nowhere."""

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from itertools import combinations
from typing import Any

from linkspan.kernel.reasons import Phrase
from linkspan.pathways.rules.agreement import Agreement, Requirement, Sending
from linkspan.pathways.rules.agreement.checks.intervals import Interval, holes, interval_of
from linkspan.pathways.rules.agreement.checks.paths import path_problems
from linkspan.pathways.rules.agreement.checks.report import Problem, problem
from linkspan.pathways.rules.language.evaluate import ORDER
from linkspan.pathways.rules.language.grammar import children, describe, kind_of, path_of
from linkspan.pathways.rules.language.node import Node
from linkspan.pathways.rules.language.values import in_words, span_after

#: Grades outside these bounds do not exist.
BOUNDS = {"percent": (Decimal(0), Decimal(100)), "letter": (Decimal(0), Decimal("4.3"))}
SOME_DAY = date(2020, 1, 1)


def check_conditions(agreement: Agreement) -> Iterator[Problem]:
    """Problems of every requirement, by itself and with the others, and of the holds."""
    terms = agreement.in_force
    yield from _twice(terms)
    asked = [(row.clause, row.node, row.asks) for row in (*terms.requirements, *terms.after_admission)]
    for clause, rule, kind in [*asked, *((hold.clause, hold.rule, None) for hold in terms.holds)]:
        yield from path_problems(rule, clause)
        yield from _walk(rule, (clause,))
        for said in kind.impossible() if kind is not None else ():
            yield Problem("unreachable", (clause,), said)
        yield from _other_credential(rule, clause, terms.sending)
    yield from _together(terms.requirements)


def _other_credential(rule: Node, clause: str, sending: Sending) -> Iterator[Problem]:
    """A clause that asks for credentials by name, none of which is the one that the agreement recognises."""
    own = {program for _school, program in sending.names}
    asked = list(_credentials_in(rule))
    if asked and own.isdisjoint(asked):
        yield problem(
            "credential_other",
            (clause,),
            "It asks for {asked}, and the agreement is of {program}. Name the same one in both.",
            asked=", ".join(asked),
            program=sending.program,
        )


def _credentials_in(node: Node) -> Iterator[str]:
    """The programs of credentials that a rule asks somebody to hold; what it forbids is not asked for."""
    kind = kind_of(node)
    demands = kind == "exists" or (kind == "count" and node["op"] in (">=", ">"))
    if demands and path_of(node) == "credentials" and "where" in node:
        yield from _programs_in(node["where"])
    for child in children(node) if kind != "not" else ():
        yield from _credentials_in(child)


def _programs_in(node: Node) -> Iterator[str]:
    kind = kind_of(node)
    if kind == "compare" and node["compare"][0] == "program":
        yield from map(str, _choices(node) or ())
    for child in children(node) if kind != "not" else ():
        yield from _programs_in(child)


def _twice(terms: Agreement) -> Iterator[Problem]:
    """A recognition and its cap may share a clause; two requirements may not."""
    for kind in ("requirements", "recognition", "caps", "holds"):
        names = [row.clause for row in getattr(terms, kind)]
        for name in dict.fromkeys(name for name in names if names.count(name) > 1):
            yield problem(
                "clause_twice",
                (name,),
                "Clause {name} stands {times} times among the {kind}: number each once.",
                name=name,
                times=names.count(name),
                kind=Phrase(kind),
            )


def _walk(node: Node, clauses: tuple[str, ...]) -> Iterator[Problem]:
    kind = kind_of(node)
    if kind == "all":
        yield from _contradictions(node["all"], clauses)
    if kind == "any":
        yield from _alternatives(node["any"], clauses)
    if kind == "compare":
        yield from _impossible(node, clauses)
    if kind == "count" and _never_counted(node):
        yield problem("unreachable", clauses, "No number of rows is {op} {value}.", op=node["op"], value=node["value"])
    for child in [*children(node), *([node["where"]] if "where" in node else [])]:
        yield from _walk(child, clauses)


def _impossible(node: Node, clauses: tuple[str, ...]) -> Iterator[Problem]:
    path, op, value = node["compare"]
    interval = interval_of(op, value)
    if op == "in" and not value:
        yield problem("unreachable", clauses, "{path} cannot be one of an empty list.", path=path)
    if interval is not None and interval.kind in BOUNDS:
        least, most = BOUNDS[interval.kind]
        if interval.meet(Interval(interval.kind, least, most)).is_empty:
            yield problem("unreachable", clauses, "No grade is {op} {value}.", op=op, value=in_words(value))


def _never_counted(node: Node) -> bool:
    value, compares = Decimal(str(node["value"])), ORDER[node["op"]]
    return not any(compares(Decimal(count), value) for count in {0, 1, *_near(value)})


def _near(value: Decimal) -> set[int]:
    return {max(int(value) + step, 0) for step in (-1, 0, 1)} if abs(value) < 10**9 else {0}


def _together(requirements: Iterable[Requirement]) -> Iterator[Problem]:
    """Requirements that contradict each other: all are asked of one record."""
    bare = [(row.clause, _compares(row.node)) for row in requirements]
    for (first, some), (second, others) in combinations(bare, 2):
        for one in some:
            for other in others:
                if _clash(one, other):
                    yield problem(
                        "unreachable",
                        (first, second),
                        "«{one}» and «{other}» cannot both hold: nobody can meet the agreement.",
                        one=describe(one),
                        other=describe(other),
                    )


def _compares(rule: Node) -> list[Node]:
    nodes = rule["all"] if kind_of(rule) == "all" else [rule]
    return [node for node in nodes if kind_of(node) in ("compare", "age", "before")]


def _contradictions(nodes: list[Node], clauses: tuple[str, ...]) -> Iterator[Problem]:
    for one, other in combinations(nodes, 2):
        if _clash(one, other):
            yield problem(
                "unreachable",
                clauses,
                "«{one}» and «{other}» cannot both hold: the rule can never be met.",
                one=describe(one),
                other=describe(other),
            )
    grouped = _by_path(nodes)
    for path, found in grouped.items():
        if len(found) > 2 and not any(_clash_intervals(a, b) for a, b in combinations(found, 2)):
            met = found[0]
            for interval in found[1:]:
                met = met.meet(interval)
            if met.is_empty:
                yield problem("unreachable", clauses, "Nothing meets all that is asked of {path}.", path=path)


def _by_path(nodes: list[Node]) -> dict[str, list[Interval]]:
    grouped: dict[str, list[Interval]] = {}
    for node in nodes:
        if kind_of(node) == "compare":
            path, op, value = node["compare"]
            interval = interval_of(op, value)
            if interval is not None:
                grouped.setdefault(f"{path} ({interval.kind})", []).append(interval)
    return grouped


def _clash(one: Node, other: Node) -> bool:
    kinds = {kind_of(one), kind_of(other)}
    if _is_negation(one, other) or _is_negation(other, one):
        return True
    if kinds == {"before"}:
        return bool(one["before"] == other["before"][::-1])
    if kinds == {"age"} and one["age"][0] == other["age"][0] and one.get("to") == other.get("to"):
        return _clash_intervals(_age_interval(one), _age_interval(other))
    if kinds != {"compare"} or one["compare"][0] != other["compare"][0]:
        return False
    first, second = _choices(one), _choices(other)
    if first is not None and second is not None and not any(choice in second for choice in first):
        return True
    if _excluded(one, other) or _excluded(other, one):
        return True
    return _clash_intervals(interval_of(*one["compare"][1:]), interval_of(*other["compare"][1:]))


def _is_negation(one: Node, other: Node) -> bool:
    return kind_of(one) == "not" and bool(one["not"] == other)


def _choices(node: Node) -> list[Any] | None:
    _, op, value = node["compare"]
    return value if op == "in" else [value] if op == "==" else None


def _excluded(one: Node, other: Node) -> bool:
    """One demands a value that the other forbids."""
    return other["compare"][1] == "!=" and _choices(one) == [other["compare"][2]]


def _clash_intervals(one: Interval | None, other: Interval | None) -> bool:
    if one is None or other is None or one.kind != other.kind:
        return False
    return one.meet(other).is_empty


def _age_interval(node: Node) -> Interval | None:
    _, op, span = node["age"]
    return interval_of(op, (span_after(SOME_DAY, span) - SOME_DAY).days)


def _alternatives(nodes: list[Node], clauses: tuple[str, ...]) -> Iterator[Problem]:
    """Bands over one path with a hole between them; an alternative that another one holds already."""
    grouped: dict[str, list[tuple[Node, Interval]]] = {}
    for node in nodes:
        found = _band(node)
        if found is not None:
            grouped.setdefault(f"{found[0]} ({found[1].kind})", []).append((node, found[1]))
    for path, bands in grouped.items():
        for low, high in holes(interval for _, interval in bands):
            yield problem(
                "grade_hole",
                clauses,
                "{path}: nothing is said of what lies between {low} and {high}. Let the bands meet.",
                path=path,
                low=low,
                high=high,
            )
        for (one, first), (other, second) in combinations(bands, 2):
            if first.holds(second) or second.holds(first):
                idle = other if first.holds(second) else one
                yield problem(
                    "unreachable_alternative",
                    clauses,
                    "«{idle}» adds nothing to the other alternatives.",
                    warning=True,
                    idle=describe(idle),
                )


def _band(node: Node) -> tuple[str, Interval] | None:
    """The path and interval of a comparison, or of several on one path that must all hold."""
    parts = node["all"] if kind_of(node) == "all" else [node]
    if any(kind_of(part) != "compare" for part in parts) or len({part["compare"][0] for part in parts}) != 1:
        return None
    met: Interval | None = None
    for part in parts:
        interval = interval_of(*part["compare"][1:])
        if interval is None or (met is not None and met.kind != interval.kind):
            return None
        met = interval if met is None else met.meet(interval)
    return None if met is None else (parts[0]["compare"][0], met)
