"""Everybody on record under every pathway: slices that are read, judged and stored one by one, each of them once."""

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from time import perf_counter
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from numpy.typing import NDArray

from linkspan.kernel import audit as trail
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, Refused, permit
from linkspan.pathways.engines.batch import Batch
from linkspan.pathways.engines.compiler import OUTCOMES
from linkspan.pathways.engines.rows import COLUMNS, as_copy, as_tuples
from linkspan.pathways.models import BatchResultRow, BatchRunRow, BatchSliceRow
from linkspan.pathways.queries.batch import pathways_of
from linkspan.pathways.queries.versions import versions_on
from linkspan.pathways.rules.audit.judging import as_stood
from linkspan.pathways.rules.language.meaning import RULES_VERSION
from linkspan.records.queries import learner_slices, records_between

SLICE = 4_000


@dataclass(frozen=True, slots=True)
class Done:
    """A slice that is stored: how many learners, and the seconds that each step took (none if it was done before)."""

    number: int
    learners: int
    seconds: dict[str, float]


@transaction.atomic
def start_batch(*, actor: Actor, on: date, now: datetime, agreements: Collection[str] = (), size: int = SLICE) -> int:
    """Note a run over everybody who has facts, under all public agreements of the day or those named; its number.

    The versions are kept as they stand, and so are the slices: a run that was interrupted goes on as it began.
    """
    permit(actor.is_system, "judge everybody on record")
    found = [one for one in versions_on(on) if not agreements or one.current.id in agreements]
    lacking = set(agreements) - {one.current.id for one in found}
    if lacking:
        raise NotFound(
            "agreement_unknown", "There is no agreement {lacking} on {on}.", lacking=", ".join(sorted(lacking)), on=on
        )
    Batch(found, on)
    run = BatchRunRow.objects.create(
        on=on, pathways=[as_stood(one) for one in found], rules_version=RULES_VERSION, at=now
    )
    slices = enumerate(learner_slices(actor, size))
    BatchSliceRow.objects.bulk_create(
        [BatchSliceRow(run=run, number=n, first=a, last=b, learners=many) for n, (a, b, many) in slices]
    )
    after = {"on": on, "pathways": len(found)}
    trail.record(actor=actor, verb="start_batch", subject=f"pathways.batch:{run.id}", now=now, after=after)
    return run.id


@transaction.atomic
def judge_slice(*, actor: Actor, run_id: int, number: int, now: datetime) -> Done:
    """Read, judge and store one slice of a run; one that is stored stays as it is."""
    permit(actor.is_system, "judge everybody on record")
    row = BatchSliceRow.objects.select_for_update().filter(run_id=run_id, number=number).first()
    if row is None:
        raise NotFound("slice_unknown", "Run {run_id} has no slice {number}.", run_id=run_id, number=number)
    if row.done_at is not None:
        return Done(number, row.learners, {})
    marks = [perf_counter()]
    batch = _ready(run_id)
    records = records_between(actor, row.first, row.last)
    marks.append(perf_counter())
    found = batch.judge(list(records.values()))
    marks.append(perf_counter())
    _store(run_id, list(records), found)
    row.counts, row.done_at, row.learners = _counted(found), now, len(records)
    row.save(update_fields=["counts", "done_at", "learners"])
    marks.append(perf_counter())
    steps = zip(("read", "judge", "store"), marks, marks[1:], strict=False)
    return Done(number, len(records), {name: end - start for name, start, end in steps})


def run_batch(
    *,
    actor: Actor,
    run_id: int,
    now: datetime,
    spread: Callable[[Callable[[int], Done], list[int]], Iterable[Done]] = map,
    judge: Callable[[int], Done] | None = None,
    report: Callable[[Done], None] | None = None,
) -> int:
    """Judge what of a run is not stored yet, here or by a pool's `map` and `judge`; how many learners."""
    todo = BatchSliceRow.objects.filter(run_id=run_id, done_at=None).order_by("number").values_list("number", flat=True)

    def here(number: int) -> Done:
        return judge_slice(actor=actor, run_id=run_id, number=number, now=now)

    learners = 0
    for done in spread(judge or here, list(todo)):
        learners += done.learners
        if report is not None:
            report(done)
    return learners


def _ready(run_id: int) -> Batch:
    run = BatchRunRow.objects.filter(id=run_id).first()
    if run is None:
        raise NotFound("run_unknown", "There is no run {run_id}.", run_id=run_id)
    if run.rules_version != RULES_VERSION:
        raise Refused(
            "rules_changed",
            "Run {run_id} began under rules {rules_version}. Start a new one.",
            run_id=run_id,
            rules_version=run.rules_version,
        )
    return _made(json.dumps(run.pathways), run.on)


@lru_cache(maxsize=2)
def _made(pathways: str, on: date) -> Batch:
    """The pathways made ready, once for all slices of a process."""
    return Batch(pathways_of(json.loads(pathways)), on)


def _store(run_id: int, learners: Sequence[UUID], found: NDArray[Any]) -> None:
    names = [name for name, _ in COLUMNS]
    if connection.vendor != "postgresql":
        rows = as_tuples(run_id, learners, found)
        values = (BatchResultRow(**dict(zip(names, row, strict=True))) for row in rows)
        BatchResultRow.objects.bulk_create(values, batch_size=2_000)
        return
    table, columns = connection.ops.quote_name(BatchResultRow._meta.db_table), ", ".join(f'"{name}"' for name in names)
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN (FORMAT BINARY)") as copy:
        copy.write(as_copy(run_id, learners, found))


def _counted(found: NDArray[Any]) -> list[dict[str, int]]:
    """How many learners have which outcome, for each pathway."""
    tallies = [Counter(row.tolist()) for row in found["outcome"]]
    return [{str(OUTCOMES[value]): count for value, count in sorted(tally.items())} for tally in tallies]
