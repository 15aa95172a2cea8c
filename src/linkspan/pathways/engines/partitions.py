"""One batch in parts: what a worker does with a partition of records, and how the parts become the whole again."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from typing import Any

import numpy as np

from linkspan.kernel.record import Record
from linkspan.pathways.engines.columns import to_table
from linkspan.pathways.engines.compiler import Judged, judge, wanted_by
from linkspan.pathways.rules.language.meaning import Reading
from linkspan.pathways.rules.language.node import Node

Records = Sequence[Record]
#: How the parts are judged: `map`, a pool's `map`, or Ray's tasks; it keeps their order.
Spread = Callable[[Callable[[Records], Judged], list[Records]], Iterable[Judged]]


def judge_records(rule: Node, records: Records, on: date, reading: Reading) -> Judged:
    """Judge records by a rule; pure, so it runs anywhere and gives the same."""
    return judge(rule, to_table(records, wanted_by([rule])), on, reading)


def judge_in_parts(rule: Node, records: Records, on: date, size: int, reading: Reading, spread: Spread = map) -> Judged:
    """Judge records in parts of `size` and join the results in order; the same as judging them at once."""
    parts: list[Records] = [records[start : start + size] for start in range(0, len(records), size)] or [records]
    found = list(spread(lambda part: judge_records(rule, part, on, reading), parts))
    return Judged(
        np.concatenate([one.outcomes for one in found]),
        np.concatenate([one.true for one in found]),
        np.concatenate([one.known for one in found]),
    )


def ray_spread[Part, Found](task: Callable[[Part], Found], parts: list[Part]) -> list[Found]:
    """Each part as a task of the Ray cluster that is connected, over all of its nodes, in order."""
    import ray

    remote: Any = ray.remote(scheduling_strategy="SPREAD")(lambda part: task(part))
    return list(ray.get([remote.remote(part) for part in parts]))
