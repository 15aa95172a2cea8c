"""Rules over columns: the outcome of a whole population at once, and of each condition as bit masks.

`masks.true` and `masks.known` have bit i set where condition i (`language.leaves`) is met, and is known, so the reasons
of a learner are two numbers; `reasons` puts each distinct pair into words once.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linkspan.pathways.engines.columns import Bits, Column, Table, Wanted
from linkspan.pathways.rules.language.codes import list_of
from linkspan.pathways.rules.language.evaluate import compared, evaluate, why_failed
from linkspan.pathways.rules.language.failed import READ, leaves_failed_out
from linkspan.pathways.rules.language.findings import Outcome
from linkspan.pathways.rules.language.grammar import children, kind_of, leaves
from linkspan.pathways.rules.language.meaning import PRESENT, Reading
from linkspan.pathways.rules.language.means import TICKS, grade_ticks, need_ticks, weight_ticks
from linkspan.pathways.rules.language.node import Node
from linkspan.pathways.rules.language.values import ORDER, as_date, number

#: Outcomes as numbers, in arrays.
NOT_MET, UNKNOWN, MET = 0, 1, 2
OUTCOMES = (Outcome.NOT_MET, Outcome.UNKNOWN, Outcome.MET)
#: The conditions on the rows of a list. Their sums are kept in ten-thousandths, as whole numbers.
LISTS = ("exists", "count", "sum", "mean")
MOST_LEAVES = 64
Masks = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Truth:
    """For each row whether it is met, and whether it could be; what could and is not is unknown."""

    met: Bits
    may: Bits


@dataclass(frozen=True, slots=True)
class Judged:
    """Of each learner: the outcome (NOT_MET, UNKNOWN, MET) and the masks of the conditions."""

    outcomes: NDArray[np.int8]
    true: Masks
    known: Masks


def wanted_by(rules: Iterable[Node]) -> Wanted:
    """What rules read of a record."""
    found = Wanted()
    for rule in rules:
        _want(rule, found, found)
    return found


def _want(node: Node, here: Wanted, top: Wanted) -> None:
    for path in _paths_of(node):
        (top if path.startswith("^.") else here).paths.add(path.removeprefix("^."))
    if kind_of(node) in LISTS:
        path, name = _list_of(node)
        home, listed = top if path.startswith("^.") else here, path.removeprefix("^.")
        inner = home.of(listed)
        inner.paths.update(filter(None, (name, str(node.get("by", "")))))
        if "where" in node:
            _want(node["where"], inner, top)
        if leaves_failed_out(node, kind_of(node), path):
            home.work.add(listed)
    for child in children(node):
        _want(child, here, top)


def _paths_of(node: Node) -> list[str]:
    """The paths of the values that a condition compares."""
    match kind_of(node):
        case "compare":
            return [node["compare"][0]]
        case "age":
            return [path for path in (node["age"][0], node.get("to", "")) if path and as_date(path) is None]
        case "before":
            return [path for path in node["before"] if as_date(path) is None]
    return []


def _list_of(node: Node) -> tuple[str, str]:
    """The list a node is about, and the field that it sums or takes the mean of."""
    if "sum" in node or "mean" in node:
        path, _, name = str(node.get("sum") or node["mean"]).rpartition(".")
        return path, name
    return str(node.get("exists") or node.get("count")), ""


@dataclass(frozen=True, slots=True)
class _Run:
    """One evaluation: the table at hand, the table of records, and which record each row belongs to."""

    table: Table
    top: Table
    record: NDArray[np.int64] | None
    on: date
    reading: Reading
    prefix: str = ""

    def column(self, path: str) -> Column:
        if not path.startswith("^."):
            return self.table.column(path)
        column = self.top.column(path[2:])
        return column if self.record is None else Column(column.values, column.codes[self.record])

    def truth(self, node: Node) -> Truth:
        """The truth of a node for each row of the table."""
        kind = kind_of(node)
        if children(node):
            return _joined(node, [self.truth(child) for child in children(node)])
        if kind in LISTS:
            return self._rows(node, kind)
        if kind == "unknown":
            return Truth(np.zeros(self.table.rows, np.bool_), np.ones(self.table.rows, np.bool_))
        return self._values(node, kind)

    def _values(self, node: Node, kind: str) -> Truth:
        """A condition on one value is decided once for each value there is; on two, by dates."""
        if kind == "compare":
            return self._each_value(node, node["compare"][0], {"compare": ["value", *node["compare"][1:]]})
        if kind == "age" and ("to" not in node or as_date(node["to"]) is not None):
            aged: Node = {**node, "age": ["value", *node["age"][1:]]}
            return self._each_value(node, node["age"][0], aged)
        if kind == "before" and as_date(node["before"][1]) is not None:
            return self._each_value(node, node["before"][0], {"before": ["value", node["before"][1]]})
        return self._each_pair(node, kind)

    def _each_value(self, node: Node, path: str, leaf: Node) -> Truth:
        column = self.column(path)
        if "compare" in leaf:
            codes = list_of(path, self.prefix)
            found = [compared(leaf, value, self.reading, codes).outcome for value in column.values]
        else:
            found = [evaluate(leaf, {"value": value}, self.on, self.reading).outcome for value in column.values]
        return _gather(found, column.codes)

    def _each_pair(self, node: Node, kind: str) -> Truth:
        first, second = (node["age"][0], node["to"]) if kind == "age" else node["before"]
        one, two = self.column(first), self.column(second)
        pairs = one.codes.astype(np.int64) * len(two.values) + two.codes
        distinct, codes = np.unique(pairs, return_inverse=True)
        leaf: Node = {"age": ["a", *node["age"][1:]], "to": "b"} if kind == "age" else {"before": ["a", "b"]}
        found = []
        for pair in distinct.tolist():
            row = {"a": one.values[pair // len(two.values)], "b": two.values[pair % len(two.values)]}
            found.append(evaluate(leaf, row, self.on, self.reading).outcome)
        return _gather(found, codes)

    def _rows(self, node: Node, kind: str) -> Truth:
        path, name = _list_of(node)
        up = path.startswith("^.")
        home = self.top if up else self.table
        under = home.lists[path.removeprefix("^.")]
        assert under.owner is not None and under.closed is not None
        record = under.owner if home is self.top or self.record is None else self.record[under.owner]
        run = _Run(under, self.top, record, self.on, self.reading, f"{path}.")
        truth = run.truth(node["where"]) if "where" in node else _always(under.rows)
        if leaves_failed_out(node, kind, path):
            counts = run.counts(kind)
            truth = Truth(truth.met & counts, truth.may & counts)
        if kind == "mean":
            found = _mean(node, under, truth, self.reading, home.rows)
        elif kind == "sum":
            found = _sum(node, under.column(name), truth, under, home.rows)
        else:
            sure, most = _tally(truth.met, under.owner, home.rows), _tally(truth.may, under.owner, home.rows)
            found = (
                Truth(np.greater(sure, 0), np.greater(most, 0) | ~under.closed)
                if kind == "exists"
                else _between(node, sure, most, 1, under.closed)
            )
        if up and self.record is not None:
            return Truth(found.met[self.record], found.may[self.record])
        return found

    def counts(self, kind: str) -> Bits:
        """Which rows of the table are not failed work to a kind of condition; worked out once for each table."""
        by = (self.reading.scales, kind == "mean")
        if by not in self.table.counting:
            found, known = np.ones(self.table.rows, np.bool_), dict[str, bool]()
            for number, row in self.table.doubted:
                said = repr([row.get(name) for name in READ])
                if said not in known:
                    known[said] = not why_failed(row, self.on, self.reading, kind)
                found[number] = known[said]
            self.table.counting[by] = found
        return self.table.counting[by]


def _always(rows: int) -> Truth:
    every = np.ones(rows, np.bool_)
    return Truth(every, every)


def _gather(found: Sequence[Outcome], codes: NDArray[Any]) -> Truth:
    met = np.fromiter((one == Outcome.MET for one in found), np.bool_, len(found))
    may = np.fromiter((one != Outcome.NOT_MET for one in found), np.bool_, len(found))
    if len(found) == 1:
        return Truth(np.full(len(codes), met[0]), np.full(len(codes), may[0]))
    return Truth(met[codes], may[codes])


def _tally(rows: NDArray[Any], owner: NDArray[np.int64], size: int) -> NDArray[np.int64]:
    """The sum over the rows of each owner; owners ascend."""
    total = np.concatenate([np.zeros(1, np.int64), np.cumsum(rows, dtype=np.int64)])
    edges = np.searchsorted(owner, np.arange(size + 1))
    sums: NDArray[np.int64] = total[edges[1:]] - total[edges[:-1]]
    return sums


def _sum(node: Node, column: Column, truth: Truth, under: Table, size: int) -> Truth:
    owner, closed = under.owner, under.closed
    assert owner is not None and closed is not None
    amounts = [number(value) for value in column.values]
    right = np.fromiter((a is not None and a >= 0 for a in amounts), np.bool_, len(amounts))[column.codes]
    ticks = np.fromiter((int(a * TICKS) if a and a > 0 else 0 for a in amounts), np.int64, len(amounts))[column.codes]
    sure = _tally(np.where(truth.met & right, ticks, 0), owner, size)
    most = _tally(np.where(truth.may & right, ticks, 0), owner, size)
    doubt = _tally(truth.may & ~right, owner, size) > 0
    found = _between(node, sure, most, TICKS, closed)
    return Truth(found.met & ~doubt, found.may | doubt)


def _mean(node: Node, under: Table, truth: Truth, reading: Reading, size: int) -> Truth:
    """By the sums of `means`, each grade and weight looked up once."""
    owner, closed, need = under.owner, under.closed, need_ticks(node, reading)
    assert owner is not None and closed is not None
    grade, graded = _numbers(under.column(_list_of(node)[1]), lambda value: grade_ticks(value, node, reading))
    weight, weighed = np.full(under.rows, TICKS, np.int64), np.ones(under.rows, np.bool_)
    if "by" in node:
        weight, weighed = _numbers(under.column(str(node["by"])), weight_ticks)
    part, open_ones, right = weight * (grade - need), truth.may & ~truth.met, graded & weighed
    above = _tally(np.where(truth.met, part, 0), owner, size)
    low = above + _tally(np.where(open_ones, np.minimum(part, 0), 0), owner, size)
    high = above + _tally(np.where(open_ones, np.maximum(part, 0), 0), owner, size)
    sure, heaviest = (_tally(np.where(bits, weight, 0), owner, size) for bits in (truth.met, truth.may))
    doubt, reach = _tally(truth.may & ~right, owner, size) > 0, ORDER[node["op"]]
    decided = closed & ~doubt & (sure > 0) & (np.asarray(reach(low, 0)) == np.asarray(reach(high, 0)))
    none = closed & ~doubt & (heaviest == 0)
    met = decided & np.asarray(reach(low, 0))
    return Truth(met, met | ~(decided | none))


def _numbers(column: Column, read: Callable[[Any], int | None]) -> tuple[NDArray[np.int64], Bits]:
    """The number of each row, and whether it has one."""
    found = [read(value) for value in column.values]
    right = np.fromiter((one is not None for one in found), np.bool_, len(found))
    return np.fromiter((one or 0 for one in found), np.int64, len(found))[column.codes], right[column.codes]


def _between(node: Node, sure: NDArray[np.int64], most: NDArray[np.int64], ticks: int, closed: Bits) -> Truth:
    """Met or not where both ends say so, without end where a list is open: as `evaluate` says of one learner."""
    value = number(node["value"])
    assert value is not None
    need, compares = float(value * ticks), ORDER[node["op"]]
    low: Bits = np.asarray(compares(sure, need))
    high: Bits = np.where(closed, compares(most, need), compares(np.inf, need))
    differ = low != high
    if node["op"] in ("==", "!="):
        differ |= ((sure != most) & (need <= most) | ~closed) & (sure <= need)
    return Truth(low & ~differ, low | differ)


def judge(rule: Node, table: Table, on: date, reading: Reading) -> Judged:
    """Judge every learner of a table by a rule of at most 64 conditions, by the present rules."""
    if reading.rules != PRESENT:
        raise ValueError(f"columns are judged by rules {PRESENT.version}, not {reading.rules.version}")
    parts = leaves(rule)
    if len(parts) > MOST_LEAVES:
        raise ValueError(
            f"a rule of {len(parts)} conditions has more than {MOST_LEAVES}: judge its clauses by themselves"
        )
    run = _Run(table, table, None, on, reading)
    true, known = np.zeros(table.rows, np.uint64), np.zeros(table.rows, np.uint64)
    truths: list[Truth] = []
    for position, leaf in enumerate(parts):
        truth = run.truth(leaf)
        truths.append(truth)
        bit = np.uint64(1 << position)
        true |= truth.met * bit
        known |= (truth.met == truth.may) * bit
    whole = _combine(rule, iter(truths))
    return Judged(whole.met.astype(np.int8) + whole.may, true, known)


def _combine(node: Node, truths: Iterator[Truth]) -> Truth:
    """The truth of a tree from the truths of its leaves, left to right."""
    under = children(node)
    return _joined(node, [_combine(child, truths) for child in under]) if under else next(truths)


def whole_outcome(rule: Node, outcomes: Sequence[Outcome]) -> Outcome:
    """The outcome of a tree from those of its conditions (`language.leaves`), left to right."""
    truths = (_gather([outcome], np.zeros(1, np.int32)) for outcome in outcomes)
    whole = _combine(rule, truths)
    return OUTCOMES[int(whole.met[0]) + int(whole.may[0])]


def _joined(node: Node, truths: list[Truth]) -> Truth:
    """The truth of an all, any, at_least or not from the truths under it."""
    kind = kind_of(node)
    if kind == "not":
        return Truth(~truths[0].may, ~truths[0].met)
    if kind != "at_least":
        join = np.logical_and if kind == "all" else np.logical_or
        return Truth(reduce(join, [t.met for t in truths]), reduce(join, [t.may for t in truths]))
    met = np.sum([t.met for t in truths], axis=0, dtype=np.int16)
    may = np.sum([t.may for t in truths], axis=0, dtype=np.int16)
    return Truth(met >= node["at_least"], may >= node["at_least"])
