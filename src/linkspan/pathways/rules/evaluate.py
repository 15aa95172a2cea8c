"""The reference interpreter of the rule language: three values, what there is, what is needed, and the gap."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum
from operator import eq, ge, gt, le, lt, ne
from typing import Any

from linkspan.pathways.rules.language import children, describe, is_date, kind_of
from linkspan.pathways.rules.values import Incomparable, as_date, comparable, in_words, number, years_after


class Outcome(StrEnum):
    """Met, not met, or unknown: evidence is missing, so a document is asked for."""

    MET = "met"
    NOT_MET = "not_met"
    UNKNOWN = "unknown"


ORDER: Mapping[str, Callable[[Any, Any], bool]] = {"==": eq, "!=": ne, "<": lt, "<=": le, ">": gt, ">=": ge}


@dataclass(frozen=True, slots=True)
class Finding:
    """What an evaluation found.

    `have` and `need` are in words; `gap` is a number in the unit of the comparison, if there is one; `evidence` names
    the documents or identifiers of the rows relied on; `missing` is the smallest set of conditions that would turn the
    answer to met, each in words.
    """

    outcome: Outcome
    have: str | None = None
    need: str | None = None
    gap: Decimal | None = None
    evidence: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scope:
    """Where paths are looked up: the row at hand, the record around it, and the day."""

    row: Mapping[str, Any]
    record: Mapping[str, Any]
    on: date

    def look(self, path: str) -> Any:
        """The value at a dotted path, None if any part is absent; `^.` starts at the record."""
        value: Any = self.row
        for part in path.split("."):
            if part == "^":
                value = self.record
            elif isinstance(value, Mapping):
                value = value.get(part)
            else:
                return None
        return value

    def is_complete(self, name: str) -> bool:
        """Whether an empty list of that name means none."""
        return name in (self.record.get("complete") or ())


def evaluate(node: Mapping[str, Any], record: Mapping[str, Any], on: date) -> Finding:
    """Evaluate a checked node (`language.check_node`) on a record, as of a day."""
    return _evaluate(node, Scope(record, record, on))


def _evaluate(node: Mapping[str, Any], scope: Scope) -> Finding:
    finding = EVALUATORS[kind_of(node)](node, scope)
    if finding.outcome == Outcome.MET:
        return replace(finding, missing=(), gap=None)
    return finding if finding.missing else replace(finding, missing=(describe(node),))


def _all(node: Mapping[str, Any], scope: Scope) -> Finding:
    return _at_least(len(node["all"]), [_evaluate(child, scope) for child in children(node)])


def _any(node: Mapping[str, Any], scope: Scope) -> Finding:
    return _at_least(1, [_evaluate(child, scope) for child in children(node)])


def _some(node: Mapping[str, Any], scope: Scope) -> Finding:
    return _at_least(node["at_least"], [_evaluate(child, scope) for child in children(node)])


def _at_least(least: int, findings: list[Finding]) -> Finding:
    met = [finding for finding in findings if finding.outcome == Outcome.MET]
    unknown = [finding for finding in findings if finding.outcome == Outcome.UNKNOWN]
    evidence = tuple(dict.fromkeys(name for finding in met for name in finding.evidence))
    have = "; ".join(dict.fromkeys(finding.have for finding in met if finding.have)) or None
    if len(met) >= least:
        return Finding(Outcome.MET, have=have, evidence=evidence)
    outcome = Outcome.UNKNOWN if len(met) + len(unknown) >= least else Outcome.NOT_MET
    open_ones = sorted(
        (finding for finding in findings if finding.outcome != Outcome.MET),
        key=lambda finding: (len(finding.missing), finding.outcome == Outcome.NOT_MET),
    )
    wanted = open_ones[: least - len(met)]
    missing = tuple(dict.fromkeys(text for finding in wanted for text in finding.missing))
    only = wanted[0] if len(wanted) == 1 else None
    return Finding(
        outcome,
        have=(only.have if only and only.have else have),
        need=only.need if only else None,
        gap=only.gap if only else None,
        evidence=evidence,
        missing=missing,
    )


def _not(node: Mapping[str, Any], scope: Scope) -> Finding:
    inner = _evaluate(node["not"], scope)
    turned = {Outcome.MET: Outcome.NOT_MET, Outcome.NOT_MET: Outcome.MET, Outcome.UNKNOWN: Outcome.UNKNOWN}
    return Finding(turned[inner.outcome], have=inner.have, evidence=inner.evidence)


def _compare(node: Mapping[str, Any], scope: Scope) -> Finding:
    path, op, need = node["compare"]
    have = scope.look(path)
    if have is None:
        return Finding(Outcome.UNKNOWN, need=in_words(need))
    if op == "in":
        outcome = Outcome.MET if have in need else Outcome.NOT_MET
        return Finding(outcome, have=in_words(have), need=in_words(need))
    try:
        first, second = comparable(have, need)
    except Incomparable as reason:
        return Finding(Outcome.UNKNOWN, have=f"{in_words(have)} ({reason})", need=in_words(need))
    met = ORDER[op](first, second)
    gap = abs(second - first) if isinstance(first, Decimal) and not met else None
    return Finding(Outcome.MET if met else Outcome.NOT_MET, have=in_words(have), need=in_words(need), gap=gap)


def _rows(node: Mapping[str, Any], path: str, scope: Scope) -> list[tuple[Mapping[str, Any], Finding]] | None:
    """Each row with what its `where` found; None if it is not known which rows there are."""
    rows = scope.look(path)
    if not isinstance(rows, list) or (not rows and not scope.is_complete(path)):
        return None
    everything: Mapping[str, Any] = {"all": []}
    where = node.get("where") or everything
    return [(row, _evaluate(where, Scope(row, scope.record, scope.on))) for row in rows if isinstance(row, Mapping)]


def _exists(node: Mapping[str, Any], scope: Scope) -> Finding:
    rows = _rows(node, node["exists"], scope)
    if rows is None:
        return Finding(Outcome.UNKNOWN)
    met = [(row, finding) for row, finding in rows if finding.outcome == Outcome.MET]
    if met:
        row, finding = met[0]
        return Finding(Outcome.MET, have=finding.have, evidence=(_evidence(row),))
    if not rows:
        return Finding(Outcome.NOT_MET)
    unknown = [pair for pair in rows if pair[1].outcome == Outcome.UNKNOWN]
    row, nearest = min(unknown or rows, key=lambda pair: len(pair[1].missing))
    return Finding(
        Outcome.UNKNOWN if unknown else Outcome.NOT_MET,
        have=nearest.have,
        need=nearest.need,
        gap=nearest.gap,
        evidence=(_evidence(row),),
    )


def _evidence(row: Mapping[str, Any]) -> str:
    named = row.get("evidence") or row.get("id") or row.get("name") or row.get("institution")
    return str(named) if named else "record"


def _count(node: Mapping[str, Any], scope: Scope) -> Finding:
    rows = _rows(node, node["count"], scope)
    if rows is None:
        return Finding(Outcome.UNKNOWN, need=str(node["value"]))
    sure = sum(1 for _, finding in rows if finding.outcome == Outcome.MET)
    most = sure + sum(1 for _, finding in rows if finding.outcome == Outcome.UNKNOWN)
    return _between(node, Decimal(sure), Decimal(most))


def _sum(node: Mapping[str, Any], scope: Scope) -> Finding:
    path, _, field = str(node["sum"]).rpartition(".")
    rows = _rows(node, path, scope)
    if rows is None:
        return Finding(Outcome.UNKNOWN, need=str(node["value"]))
    sure = most = Decimal(0)
    for row, finding in rows:
        if finding.outcome == Outcome.NOT_MET:
            continue
        amount = number(row.get(field))
        if amount is None or amount < 0:
            return Finding(Outcome.UNKNOWN, need=str(node["value"]))
        most += amount
        sure += amount if finding.outcome == Outcome.MET else 0
    return _between(node, sure, most)


def _between(node: Mapping[str, Any], sure: Decimal, most: Decimal) -> Finding:
    need = Decimal(str(node["value"]))
    low, high = ORDER[node["op"]](sure, need), ORDER[node["op"]](most, need)
    hidden = node["op"] in ("==", "!=") and sure != most and sure <= need <= most
    if low != high or hidden:
        outcome = Outcome.UNKNOWN
    else:
        outcome = Outcome.MET if low else Outcome.NOT_MET
    gap = abs(need - sure) if outcome == Outcome.NOT_MET else None
    return Finding(outcome, have=str(sure), need=str(need), gap=gap)


def _age(node: Mapping[str, Any], scope: Scope) -> Finding:
    path, op, span = node["age"]
    start = as_date(scope.look(path))
    need = f"{span['years']} years"
    if start is None:
        return Finding(Outcome.UNKNOWN, need=need)
    limit = years_after(start, span["years"])
    met = ORDER[op](scope.on, limit)
    return Finding(Outcome.MET if met else Outcome.NOT_MET, have=start.isoformat(), need=need)


def _before(node: Mapping[str, Any], scope: Scope) -> Finding:
    first, second = node["before"]
    early = as_date(scope.look(first))
    late = as_date(second) if is_date(second) else as_date(scope.look(second))
    if early is None or late is None:
        return Finding(Outcome.UNKNOWN, need=f"before {second}")
    return Finding(
        Outcome.MET if early < late else Outcome.NOT_MET, have=early.isoformat(), need=f"before {late.isoformat()}"
    )


EVALUATORS: Mapping[str, Callable[[Mapping[str, Any], Scope], Finding]] = {
    "all": _all,
    "any": _any,
    "at_least": _some,
    "not": _not,
    "compare": _compare,
    "exists": _exists,
    "count": _count,
    "sum": _sum,
    "age": _age,
    "before": _before,
}
