"""A slice of learners under every pathway: outcomes, masks of the conditions and credits, as arrays.

Pure and picklable: the same on one process, in a pool and on Ray. What one version says to a learner is five numbers;
`engines.reasons.clauses_of` makes the reasons of them again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from linkspan.kernel.errors import Unusable
from linkspan.kernel.record import Record
from linkspan.pathways.engines.columns import Table, to_table
from linkspan.pathways.engines.compiler import MOST_LEAVES, NOT_MET, Judged, judge, wanted_by
from linkspan.pathways.engines.credits import Coursebook, Kinds, Recogniser
from linkspan.pathways.rules.agreement import Agreement
from linkspan.pathways.rules.audit.judging import AgreementVersion, Versions
from linkspan.pathways.rules.audit.record import USABLE, status_on
from linkspan.pathways.rules.language.derived import with_derived
from linkspan.pathways.rules.language.grammar import leaves
from linkspan.pathways.rules.language.meaning import PRESENT, Reading, reading_of
from linkspan.pathways.rules.language.node import Node

#: Credits are stored in hundredths.
HUNDREDTHS = 100
#: One answer: what a row of the store holds of one learner under one pathway.
ANSWER = np.dtype(
    [
        ("version", np.int16),
        ("outcome", np.int16),
        ("open", np.bool_),
        ("true", np.uint64),
        ("known", np.uint64),
        ("credits", np.int32),
        ("courses", np.int16),
    ]
)


def whole_rule(terms: Agreement) -> Node:
    """The conjunction of the requirements, whose leaves are the bits of the masks; Unusable above 64 of them."""
    rule: Node = {"all": [row.node for row in terms.requirements]}
    if len(leaves(rule)) > MOST_LEAVES:
        raise Unusable(
            "too_many_conditions",
            "{terms} has more than {most_leaves} conditions: judge it alone.",
            terms=terms.id,
            most_leaves=MOST_LEAVES,
        )
    return rule


@dataclass(slots=True)
class Version:
    """One version that judges, made ready: its terms, their conjunction, and what it recognises."""

    terms: Agreement
    rule: Node
    recogniser: Recogniser
    reading: Reading


class Batch:
    """Pathways made ready to judge slice after slice on a day; what is pure is worked out once."""

    def __init__(self, pathways: Sequence[Versions], on: date) -> None:
        self.pathways, self.on, self.kinds = tuple(pathways), on, Kinds()
        self._versions: dict[tuple[str, int], Version] = {}
        judges = [one.terms for pathway in self.pathways for one in judges_of(pathway)]
        self.wanted = wanted_by(self._version(terms).rule for terms in judges)

    def _version(self, agreement: Agreement) -> Version:
        key = (agreement.id, agreement.version)
        if key not in self._versions:
            terms = agreement.in_force
            self._versions[key] = Version(
                terms, whole_rule(terms), Recogniser(terms, self.on, self.kinds, PRESENT), reading_of(terms, PRESENT)
            )
        return self._versions[key]

    def judge(self, records: Sequence[Record]) -> NDArray[Any]:
        """The answers: an array of `ANSWER`, one row for each pathway and one column for each record."""
        derived = [with_derived(record, PRESENT) for record in records]
        table, book = to_table(derived, self.wanted), Coursebook(derived, self.kinds)
        found = np.zeros((len(self.pathways), len(records)), ANSWER)
        for number, pathway in enumerate(self.pathways):
            for agreement, chosen, usable in self._groups(pathway, derived):
                self._answer(found[number], agreement, (chosen, usable), table, book)
        return found

    def _groups(
        self, pathway: Versions, records: Sequence[Record]
    ) -> list[tuple[Agreement, NDArray[np.int64] | None, bool]]:
        """Which version judges which records, and whether it takes anybody; None for all of them."""
        current = pathway.current.terms
        if current.entry is None:
            return [(current, None, status_on(current, self.on) == USABLE)]
        groups: dict[tuple[int, bool], tuple[Agreement, list[int]]] = {}
        for number, record in enumerate(records):
            judging = pathway.judging(record, self.on)
            usable = status_on(judging.agreement, judging.entered or self.on) == USABLE
            key = (judging.agreement.version, usable)
            groups.setdefault(key, (judging.agreement, []))[1].append(number)
        return [(one, np.asarray(rows, np.int64), usable) for (_, usable), (one, rows) in groups.items()]

    def _answer(
        self,
        found: NDArray[Any],
        agreement: Agreement,
        group: tuple[NDArray[np.int64] | None, bool],
        table: Table,
        book: Coursebook,
    ) -> None:
        version, (chosen, usable) = self._version(agreement), group
        judged = judge(version.rule, table, self.on, version.reading)
        rows = np.arange(table.rows) if chosen is None else chosen
        _place(found, rows, judged, agreement.version, usable)
        if usable:
            credit = version.recogniser.credits(book)
            found["credits"][rows] = [int(credit[row].credits * HUNDREDTHS) for row in rows.tolist()]
            found["courses"][rows] = [credit[row].courses for row in rows.tolist()]


def _place(found: NDArray[Any], rows: NDArray[np.int64], judged: Judged, version: int, usable: bool) -> None:
    found["version"][rows], found["open"][rows] = version, usable
    found["outcome"][rows] = judged.outcomes[rows] if usable else NOT_MET
    found["true"][rows], found["known"][rows] = judged.true[rows], judged.known[rows]


def judges_of(pathway: Versions) -> list[AgreementVersion]:
    """The versions that may judge somebody: all of them where the one in force lets people stay."""
    if pathway.current.terms.entry is None:
        return [pathway.current]
    return [*(v for v in pathway.every.values() if v.version != pathway.current.version), pathway.current]


def judge_slices(
    pathways: Sequence[Versions], on: date, slices: Sequence[Sequence[Record]], spread: Any = map
) -> NDArray[Any]:
    """Many slices, judged by `spread` (`map`, a pool's, `partitions.ray_spread`), joined in order."""
    return np.concatenate(list(spread(Slice(tuple(pathways), on), list(slices))), axis=1)


@dataclass(frozen=True, slots=True)
class Slice:
    """What a worker does with one slice."""

    pathways: tuple[Versions, ...]
    on: date

    def __call__(self, records: Sequence[Record]) -> NDArray[Any]:
        return Batch(self.pathways, self.on).judge(records)
