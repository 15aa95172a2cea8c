"""Many records under many agreements at once: what `audit_record` answers of each, without the words.

The records become columns once, and each clause is judged once however many agreements share it. `judge_population`
and the reference audit agree on outcome, number of open clauses and terms that nobody has published (by test).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linkspan.kernel.record import Record
from linkspan.pathways.engines.columns import Bits, Table, to_table
from linkspan.pathways.engines.compiler import MET, MOST_LEAVES, NOT_MET, OUTCOMES, UNKNOWN, judge, wanted_by
from linkspan.pathways.rules.agreement import Agreement
from linkspan.pathways.rules.audit.record import USABLE, status_on
from linkspan.pathways.rules.language.derived import with_derived
from linkspan.pathways.rules.language.evaluate import evaluate
from linkspan.pathways.rules.language.grammar import leaves
from linkspan.pathways.rules.language.meaning import PRESENT, Reading, Rules, reading_of
from linkspan.pathways.rules.language.node import Node


@dataclass(frozen=True, slots=True)
class Judgements:
    """One agreement over the records, in their order.

    `outcomes` are NOT_MET, UNKNOWN or MET, `open` counts the clauses that are not met, `silent` marks records of which
    an open clause is one that the school has not published.
    """

    status: str
    outcomes: NDArray[np.int8]
    open: NDArray[np.int64]
    silent: Bits

    @property
    def usable(self) -> bool:
        """Whether the agreement takes new applicants on the day."""
        return self.status == USABLE

    @property
    def met(self) -> Bits:
        """Which records meet every clause."""
        return np.equal(self.outcomes, MET)


@dataclass(frozen=True, slots=True)
class _Clause:
    """A clause over the records: outcome, and where it is open because the terms are not known."""

    outcomes: NDArray[np.int8]
    silent: Bits


def judge_population(
    agreements: Sequence[Agreement], records: Sequence[Record], on: date, rules: Rules = PRESENT
) -> tuple[Judgements, ...]:
    """Judge every record under every agreement as of a day."""
    people = [with_derived(record, rules) for record in records]
    terms = [agreement.in_force for agreement in agreements]
    trees = [row.node for each in terms for row in each.requirements]
    ground = _Ground(people, to_table(people, wanted_by(trees)), on, {})
    return tuple(
        _whole(
            status_on(agreement, on),
            [ground.clause(row.node, reading_of(each, rules)) for row in each.requirements],
            len(people),
        )
        for agreement, each in zip(agreements, terms, strict=True)
    )


@dataclass(frozen=True, slots=True)
class _Ground:
    people: list[Record]
    table: Table
    on: date
    known: dict[str, _Clause]

    def clause(self, rule: Node, reading: Reading) -> _Clause:
        """The clause, judged once for the same rule and grade mappings."""
        key = json.dumps([rule, reading.maps], sort_keys=True, default=str)
        if key not in self.known:
            self.known[key] = self._judged(rule, reading)
        return self.known[key]

    def _judged(self, rule: Node, reading: Reading) -> _Clause:
        if len(leaves(rule)) > MOST_LEAVES:
            found = [OUTCOMES.index(evaluate(rule, one, self.on, reading).outcome) for one in self.people]
            outcomes = np.asarray(found, np.int8)
        else:
            outcomes = judge(rule, self.table, self.on, reading).outcomes
        return _Clause(outcomes, self._silent(rule, outcomes, reading))

    def _silent(self, rule: Node, outcomes: NDArray[np.int8], reading: Reading) -> Bits:
        """Where the terms are unknown: beside other conditions that depends on the record, and the reference tells."""
        silent = np.zeros(len(self.people), np.bool_)
        if "unknown" in rule:
            return ~silent
        if _leaves_open(rule):
            for row in np.flatnonzero(outcomes == UNKNOWN).tolist():
                silent[row] = evaluate(rule, self.people[row], self.on, reading).terms_unknown
        return silent


def _leaves_open(node: Any) -> bool:
    """Whether a condition in the tree stands for terms that are not published."""
    if isinstance(node, Mapping):
        return "unknown" in node or any(_leaves_open(value) for value in node.values())
    return isinstance(node, list) and any(_leaves_open(value) for value in node)


def _whole(status: str, clauses: list[_Clause], rows: int) -> Judgements:
    """The conjunction of the clauses; an agreement that takes nobody is one more clause that nobody meets."""
    closed = status != USABLE
    outcomes = np.full(rows, NOT_MET if closed else MET, np.int8)
    opened = np.full(rows, int(closed), np.int64)
    silent = np.zeros(rows, np.bool_)
    for clause in clauses:
        outcomes = np.minimum(outcomes, clause.outcomes)
        opened += clause.outcomes != MET
        silent |= clause.silent
    return Judgements(status, outcomes, opened, silent)
