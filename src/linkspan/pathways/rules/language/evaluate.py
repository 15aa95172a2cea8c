"""The reference interpreter of the rule language: three values, what there is, what is needed, and the gap."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import combinations
from math import comb
from typing import Any, NamedTuple

from linkspan.kernel.reasons import Phrase, Sentence
from linkspan.kernel.record import Record
from linkspan.pathways.rules.language.codes import CodeList, list_of
from linkspan.pathways.rules.language.comparing import Incomparable, comparable, same_value
from linkspan.pathways.rules.language.failed import failed_for, leaves_failed_out, may_have_failed, own_scales
from linkspan.pathways.rules.language.findings import (
    Finding,
    Outcome,
    Scope,
    absent,
    as_finding,
    before,
    lacks,
    lacks_of_row,
    no_date,
    no_grade,
    no_number,
    no_rows,
    no_weight,
    others,
    row_name,
    which_count,
)
from linkspan.pathways.rules.language.grammar import children, describe, kind_of, leaves, named
from linkspan.pathways.rules.language.meaning import Meaning, Reading
from linkspan.pathways.rules.language.means import (
    TICKS,
    Means,
    further_work,
    grade_ticks,
    mean_in_words,
    need_ticks,
    sign_of,
    weight_ticks,
)
from linkspan.pathways.rules.language.node import Node
from linkspan.pathways.rules.language.values import (
    CLAUSES,
    ORDER,
    in_words,
    joined,
    number,
    span_after,
    span_in_words,
)

__all__ = ["ORDER", "Finding", "Outcome", "Scope", "evaluate", "leaf_outcomes"]

#: Above this many ways to choose the missing alternatives, the cheapest are taken one by one.
MOST_CHOICES = 500
UNBOUNDED = Decimal("Infinity")
NONE, RECORD = Phrase("none"), Phrase("record")


def evaluate(node: Node, record: Mapping[str, object], on: date, reading: Reading) -> Finding:
    """Evaluate a checked node (`language.check_node`) on a record, as of a day, as the terms read it."""
    return _evaluate(node, Scope(record, record, on, reading))


def leaf_outcomes(node: Node, record: Record, on: date, reading: Reading) -> tuple[Outcome, ...]:
    """The outcome of each condition of a tree (`language.leaves`): what the engines give as bit masks."""
    scope = Scope(record, record, on, reading)
    return tuple(_evaluate(leaf, scope).outcome for leaf in leaves(node))


def _evaluate(node: Node, scope: Scope) -> Finding:
    found = EVALUATORS[kind_of(node)](node, scope)
    asked = scope.turned and found.outcome != Outcome.NOT_MET
    undo = found.undo or (Sentence("undone", "not: {what}", what=describe(node)),) if asked else ()
    if found.outcome == Outcome.MET:
        return Finding(Outcome.MET, found.have, found.need, evidence=found.evidence, undo=undo)
    missing = found.missing or (_wanted(node, found),)
    told = (found.have, found.need, found.gap, found.unit, found.reason, found.evidence)
    return Finding(found.outcome, *told, missing, undo, found.terms_unknown)  # `replace` takes twice as long


def _wanted(node: Node, finding: Finding) -> str:
    """One condition that is open, in plain words, with the gap where there is one."""
    gap = finding.gap_in_words()
    return lacks(gap, describe(node)) if gap and finding.outcome == Outcome.NOT_MET else describe(node)


def _many(node: Node, scope: Scope) -> Finding:
    under = children(node)
    least = len(under) if "all" in node else 1 if "any" in node else node["at_least"]
    return _at_least(least, [_evaluate(child, scope) for child in under])


def _at_least(least: int, findings: list[Finding]) -> Finding:
    met = [finding for finding in findings if finding.outcome == Outcome.MET]
    unknown = [finding for finding in findings if finding.outcome == Outcome.UNKNOWN]
    evidence = tuple(dict.fromkeys(name for finding in met for name in finding.evidence))
    have = joined(dict.fromkeys(finding.have for finding in met if finding.have), CLAUSES) or None
    standing = [finding.undo for finding in (*met, *unknown)]
    undo = _smallest(standing, len(standing) - least + 1) if len(standing) >= least else ()
    if len(met) >= least:
        return Finding(Outcome.MET, have=have, evidence=evidence, undo=undo)
    outcome = Outcome.UNKNOWN if len(met) + len(unknown) >= least else Outcome.NOT_MET
    open_ones = sorted(
        (finding for finding in findings if finding.outcome != Outcome.MET),
        key=lambda finding: (len(finding.missing), finding.outcome == Outcome.NOT_MET),
    )
    wanted = open_ones[: least - len(met)]
    only = wanted[0] if len(wanted) == 1 else None
    return as_finding(
        outcome,
        only,
        have=(only.have if only and only.have else have),
        evidence=evidence,
        missing=_smallest([finding.missing for finding in open_ones], least - len(met)),
        undo=undo,
    )


def _smallest(sets: list[tuple[str, ...]], wanted: int) -> tuple[str, ...]:
    """The smallest union of `wanted` of the sets, the first in order among equals; nothing if there are not so many."""
    if not 0 < wanted <= len(sets):
        return ()
    ways: Iterable[Iterable[tuple[str, ...]]] = [sorted(sets, key=len)[:wanted]]
    if comb(len(sets), wanted) <= MOST_CHOICES:
        ways = combinations(sets, wanted)
    unions = (tuple(dict.fromkeys(text for one in way for text in one)) for way in ways)
    return min(unions, key=len)


def _not(node: Node, scope: Scope) -> Finding:
    inner = _evaluate(node["not"], replace(scope, turned=True))
    turned = {Outcome.MET: Outcome.NOT_MET, Outcome.NOT_MET: Outcome.MET, Outcome.UNKNOWN: Outcome.UNKNOWN}
    return Finding(
        turned[inner.outcome],
        have=inner.have,
        reason=inner.reason,
        evidence=inner.evidence,
        missing=(describe(node),) if "text" in node else inner.undo,
        undo=inner.missing,
    )


def _compare(node: Node, scope: Scope) -> Finding:
    path = node["compare"][0]
    return compared(node, scope.look(path), scope.reading, list_of(path, scope.prefix))


def compared(node: Node, have: object, reading: Reading, codes: CodeList | None) -> Finding:
    """What a `compare` finds of a value; `codes` is the list by which the value's path is compared."""
    path, op, need = node["compare"]
    if have is None:
        return Finding(Outcome.UNKNOWN, need=in_words(need), reason=absent(path))
    try:
        if op == "in":
            met, gap, unit = _among(have, need, reading, codes), None, ""
        else:
            first, second = comparable(have, need, op, reading, codes)
            met = ORDER[op](first, second)
            gap, unit = _gap(first, second, node)
    except Incomparable as why:
        told = Sentence("have_and_why", "{have} ({why})", have=in_words(have), why=why.reason)
        return Finding(Outcome.UNKNOWN, have=told, need=in_words(need), reason=why.reason)
    outcome = Outcome.MET if met else Outcome.NOT_MET
    return Finding(outcome, have=in_words(have), need=in_words(need), gap=None if met else gap, unit=unit)


def _among(have: object, choices: list[Any], reading: Reading, codes: CodeList | None) -> bool:
    doubt: Incomparable | None = None
    for choice in choices:
        try:
            if same_value(have, choice, reading, codes):
                return True
        except Incomparable as why:
            doubt = why
    if doubt is not None:
        raise doubt
    return False


def _gap(first: Any, second: Any, node: Node) -> tuple[Decimal | None, str]:
    op, unit = node["compare"][1], str(node.get("unit", ""))
    if op in ("==", "!="):
        return None, ""
    if isinstance(first, date):
        return Decimal(abs((second - first).days)), "days"
    if isinstance(first, Decimal):
        scale = node["compare"][2]
        named = scale["scale"] if isinstance(scale, Mapping) else ""
        return abs(second - first), unit or GRADE_UNITS.get(named, "points")
    return None, ""


GRADE_UNITS = {"percent": "percent", "letter": "grade points"}


class Judged(NamedTuple):
    """The rows of a list, each with what its `where` found; of an `open` list others may exist."""

    rows: list[tuple[Mapping[str, Any], Finding]]
    open: bool


def _rows(node: Node, path: str, scope: Scope) -> Judged | None:
    """The rows of a list that count, judged; None if the rules do not know which rows there are."""
    found = scope.rows(path)
    if found is None:
        return None
    where, rows = node.get("where"), found.rows
    if Meaning.FAILED_WORK in scope.reading and leaves_failed_out(node, kind_of(node), path):
        rows = [row for row in rows if not why_failed(row, scope.on, scope.reading, kind_of(node))]
    every = Finding(Outcome.MET)
    return Judged([(row, _evaluate(where, scope.within(path, row)) if where else every) for row in rows], found.open)


def why_failed(row: Mapping[str, Any], on: date, reading: Reading, kind: str = "") -> Sentence | None:
    """Why a row is failed work, which counts for nothing in a kind of condition; None if nothing says that it is."""
    if not may_have_failed(row):
        return None
    scope = Scope(row, row, on, own_scales(reading))
    kinds = failed_for(kind, reading.scales).items()
    return next((words for words, rule in kinds if _evaluate(rule, scope).outcome == Outcome.MET), None)


def _exists(node: Node, scope: Scope) -> Finding:
    found = _rows(node, node["exists"], scope)
    if found is None or (found.open and not found.rows):
        return Finding(Outcome.UNKNOWN, reason=no_rows(node["exists"]))
    rows = found.rows
    met = [(row, finding) for row, finding in rows if finding.outcome == Outcome.MET]
    if met:
        row, finding = met[0]
        undo = tuple(dict.fromkeys(text for _, each in met for text in each.undo)) if "where" in node else ()
        return Finding(Outcome.MET, have=finding.have, evidence=(row_name(row, RECORD),), undo=undo)
    if not rows:
        return Finding(Outcome.NOT_MET, have=NONE)
    unknown = [pair for pair in rows if pair[1].outcome == Outcome.UNKNOWN]
    row, nearest = min(unknown or rows, key=lambda pair: len(pair[1].missing))
    if unknown or not found.open:
        outcome, missing = Outcome.UNKNOWN if unknown else Outcome.NOT_MET, _plain(node, row, nearest)
        return as_finding(outcome, nearest, have=nearest.have, evidence=(row_name(row, RECORD),), missing=missing)
    return _open_exists(node, row, nearest)


def _open_exists(node: Node, row: Mapping[str, Any], nearest: Finding) -> Finding:
    """No row on record is one, and another may be: unknown, with what the nearest lacks where that is one number."""
    path, plain = str(node["exists"]), _plain(node, row, nearest)
    if not plain:
        return Finding(Outcome.UNKNOWN, reason=others(path))
    another = Phrase(path.rpartition(".")[2].replace("_", " ").removesuffix("s"))
    missing = (Sentence("or_another", "{lacks}, or another {another}", lacks=plain[0], another=another),)
    evidence = (row_name(row, RECORD),)
    return as_finding(Outcome.UNKNOWN, nearest, reason=others(path), evidence=evidence, missing=missing)


def _plain(node: Node, row: Mapping[str, Any], nearest: Finding) -> tuple[str, ...]:
    """«1 point of TOEFL» where one number of one row is all that lacks; else nothing, and the node describes itself."""
    gap = nearest.gap_in_words()
    if gap and len(nearest.missing) == 1 and nearest.outcome == Outcome.NOT_MET:
        return (lacks_of_row(nearest, gap, row, in_grades=nearest.unit == GRADE_UNITS["letter"]),)
    return ()


def _count(node: Node, scope: Scope) -> Finding:
    path = str(node["count"])
    found = _rows(node, path, scope)
    if found is None:
        return Finding(Outcome.UNKNOWN, need=str(node["value"]), reason=no_rows(path))
    sure = sum(1 for _, finding in found.rows if finding.outcome == Outcome.MET)
    most = sure + sum(1 for _, finding in found.rows if finding.outcome == Outcome.UNKNOWN)
    return _between(node, Decimal(sure), Decimal(most), str(node.get("unit", "")), path if found.open else "")


def _sum(node: Node, scope: Scope) -> Finding:
    path, _, field = str(node["sum"]).rpartition(".")
    found = _rows(node, path, scope)
    if found is None:
        return Finding(Outcome.UNKNOWN, need=str(node["value"]), reason=no_rows(path))
    sure = most = Decimal(0)
    for row, finding in found.rows:
        if finding.outcome == Outcome.NOT_MET:
            continue
        amount = number(row.get(field))
        if amount is None or amount < 0:
            return Finding(Outcome.UNKNOWN, need=str(node["value"]), reason=no_number(field, row_name(row, path)))
        most += amount
        sure += amount if finding.outcome == Outcome.MET else 0
    return _between(node, sure, most, str(node.get("unit", field)), path if found.open else "")


def _mean(node: Node, scope: Scope) -> Finding:
    """Decided on a complete list with a weight that counts, where every choice of the unknown rows says the same."""
    path, _, field = str(node["mean"]).rpartition(".")
    found, need, value = _rows(node, path, scope), need_ticks(node, scope.reading), in_words(node)
    if found is None:
        return Finding(Outcome.UNKNOWN, need=value, reason=no_rows(path))
    above = low = high = weight = heaviest = 0
    for row, finding in found.rows:
        if finding.outcome == Outcome.NOT_MET:
            continue
        grade = grade_ticks(row.get(field), node, scope.reading)
        weighs = weight_ticks(row.get(node["by"])) if "by" in node else TICKS
        if grade is None or weighs is None:
            row_is, by = row_name(row, path), str(node.get("by"))
            why = no_grade(field, row_is, node["scale"]) if grade is None else no_weight(by, row_is)
            return Finding(Outcome.UNKNOWN, need=value, reason=why)
        part, sure = weighs * (grade - need), finding.outcome == Outcome.MET
        above, weight = above + part * sure, weight + weighs * sure
        low, high = low + (part if sure else min(part, 0)), high + (part if sure else max(part, 0))
        heaviest += weighs
    return _mean_found(node, scope, found, Means(need, above, low, high, weight, heaviest))


def _mean_found(node: Node, scope: Scope, found: Judged, sums: Means) -> Finding:
    path, value, reach = str(node["mean"]).rpartition(".")[0], in_words(node), ORDER[node["op"]]
    if not sums.heaviest and not found.open:
        return Finding(Outcome.NOT_MET, have=NONE, need=value)
    decided = not found.open and sums.weight > 0 and reach(sums.low, 0) == reach(sums.high, 0)
    outcome = (Outcome.MET if reach(sums.low, 0) else Outcome.NOT_MET) if decided else Outcome.UNKNOWN
    reason = "" if decided else others(path) if found.open else which_count(path)
    if not sums.weight:
        return Finding(outcome, need=value, reason=reason)
    have, gap = mean_in_words(sums.need, sums.above, sums.weight, sign_of(node, scope.reading))
    evidence = tuple(row_name(row, RECORD) for row, one in found.rows if one.outcome == Outcome.MET)
    told = Finding(outcome, have=have, need=value, reason=reason, evidence=evidence)
    if outcome == Outcome.MET or reach(sums.above, 0):
        return told
    unit = str(node.get("unit", "")) or GRADE_UNITS.get(str(node["scale"]), "points")
    told = replace(told, gap=gap, unit=unit)
    more = further_work(node, scope.reading, sums.above)
    return replace(told, missing=(lacks(more or told.gap_in_words(), describe(node)),))


def _between(node: Node, sure: Decimal, most: Decimal, unit: str, path: str) -> Finding:
    """Met or not where every number from `sure` to `most` says so; without end if the list at `path` is open."""
    need, most = Decimal(str(node["value"])), UNBOUNDED if path else most
    low, high = ORDER[node["op"]](sure, need), ORDER[node["op"]](most, need)
    hidden = node["op"] in ("==", "!=") and sure != most and sure <= need <= most
    if low != high or hidden:
        outcome = Outcome.UNKNOWN
    else:
        outcome = Outcome.MET if low else Outcome.NOT_MET
    short = outcome == Outcome.NOT_MET or (outcome == Outcome.UNKNOWN and bool(path) and sure < need)
    gap = abs(need - sure) if short else None
    reason = others(path) if path and outcome == Outcome.UNKNOWN else ""
    found = Finding(outcome, have=str(sure), need=str(need), gap=gap, unit=unit, reason=reason)
    missing = (lacks(found.gap_in_words(), describe(node)),) if reason and gap is not None else ()
    return replace(found, missing=missing)


def _age(node: Node, scope: Scope) -> Finding:
    path, op, span = node["age"]
    start, end = scope.day(path), scope.day(node["to"]) if "to" in node else scope.on
    need = span_in_words(span)
    if start is None or end is None:
        lacking = path if start is None else node["to"]
        return Finding(Outcome.UNKNOWN, need=need, reason=no_date(lacking))
    limit = span_after(start, span)
    met = ORDER[op](end, limit)
    gap = None if met or op == "!=" else Decimal(abs((end - limit).days))
    return Finding(Outcome.MET if met else Outcome.NOT_MET, have=start.isoformat(), need=need, gap=gap, unit="days")


def _before(node: Node, scope: Scope) -> Finding:
    first, second = node["before"]
    early, late = scope.day(first), scope.day(second)
    if early is None or late is None:
        lacking = first if early is None else second
        return Finding(Outcome.UNKNOWN, need=before(named(second)), reason=no_date(lacking))
    gap = Decimal((early - late).days + 1) if early >= late else None
    outcome = Outcome.MET if early < late else Outcome.NOT_MET
    return Finding(outcome, have=early.isoformat(), need=before(late.isoformat()), gap=gap, unit="days")


def _unknown(node: Node, scope: Scope) -> Finding:
    return Finding(Outcome.UNKNOWN, need=str(node["unknown"]), reason=str(node["unknown"]), terms_unknown=True)


EVALUATORS: Mapping[str, Callable[[Node, Scope], Finding]] = {
    "all": _many,
    "any": _many,
    "at_least": _many,
    "not": _not,
    "compare": _compare,
    "exists": _exists,
    "count": _count,
    "sum": _sum,
    "mean": _mean,
    "age": _age,
    "before": _before,
    "unknown": _unknown,
}
