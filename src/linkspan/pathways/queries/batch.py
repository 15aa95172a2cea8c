"""Reads of runs over everybody: how far they are, what they found, and one learner's answers with their reasons."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, permit
from linkspan.pathways.engines.batch import HUNDREDTHS
from linkspan.pathways.engines.compiler import OUTCOMES
from linkspan.pathways.engines.reasons import Clause, clauses_of
from linkspan.pathways.models import BatchResultRow, BatchRunRow
from linkspan.pathways.queries.versions import terms_by_hash
from linkspan.pathways.rules.audit.judging import Versions, from_stood
from linkspan.pathways.rules.language.findings import Outcome

MASK = (1 << 64) - 1


@dataclass(frozen=True, slots=True)
class BatchRun:
    """A run: its day, its pathways, and of what is stored the outcomes of each by count."""

    id: int
    on: date
    pathways: tuple[str, ...]
    learners: int
    slices: int
    slices_done: int
    counts: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class BatchAnswer:
    """What one pathway said to one learner in a run; `open` is whether the version took anybody on the day."""

    agreement_id: str
    version: int
    outcome: Outcome
    open: bool
    credits: Decimal
    courses: int
    clauses: tuple[Clause, ...]


def pathways_of(stood: Iterable[Mapping[str, Any]]) -> tuple[Versions, ...]:
    """The agreements of a run as they stood when it began."""
    rows = list(stood)
    terms = terms_by_hash({version["sha256"] for row in rows for version in row["versions"]})
    return tuple(from_stood(row, terms) for row in rows)


def batch_run(actor: Actor, run_id: int) -> BatchRun:
    """One run with its counts, for the system and auditors."""
    permit(actor.is_system or actor.has_role("auditor"), "see this run")
    run = BatchRunRow.objects.filter(id=run_id).first()
    if run is None:
        raise NotFound("run_unknown", "There is no run {run_id}.", run_id=run_id)
    slices, names = list(run.slices.all()), [str(row["id"]) for row in run.pathways]
    totals: list[Counter[str]] = [Counter() for _ in names]
    for slice_ in slices:
        for total, counted in zip(totals, slice_.counts or (), strict=False):
            total.update(counted)
    done = [slice_ for slice_ in slices if slice_.done_at is not None]
    counts = {name: dict(total) for name, total in zip(names, totals, strict=True)}
    return BatchRun(run.id, run.on, tuple(names), sum(s.learners for s in slices), len(slices), len(done), counts)


def batch_answers(actor: Actor, run_id: int, learner_id: UUID) -> tuple[BatchAnswer, ...]:
    """One learner's answers of a run, the reasons made of the masks: for the learner, the system and auditors."""
    permit(actor.is_system or actor.is_person(learner_id) or actor.has_role("auditor"), "see these answers")
    run = BatchRunRow.objects.filter(id=run_id).first()
    if run is None:
        raise NotFound("run_unknown", "There is no run {run_id}.", run_id=run_id)
    pathways = pathways_of(run.pathways)
    rows = BatchResultRow.objects.filter(run_id=run_id, learner_id=learner_id).order_by("pathway")
    return tuple(_answer(row, pathways[row.pathway]) for row in rows)


def _answer(row: BatchResultRow, pathway: Versions) -> BatchAnswer:
    terms = pathway.every[row.version].terms.in_force
    return BatchAnswer(
        pathway.current.id,
        row.version,
        OUTCOMES[row.outcome],
        row.open,
        Decimal(row.credits) / HUNDREDTHS,
        row.courses,
        clauses_of(terms.requirements, row.true & MASK, row.known & MASK),
    )
