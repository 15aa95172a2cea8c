"""`linkspan audits batch`: everybody on record under the public agreements, stored; it goes on where it was stopped."""

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from functools import partial
from typing import Any

from linkspan.cli import command_line, unusable

Spread = Callable[[Callable[[int], Any], list[int]], Iterable[Any]]


def register(verbs: Any) -> None:
    """Add the verb to `linkspan audits`."""
    batch = verbs.add_parser("batch", help="judge everybody on record under the public agreements, and store it")
    batch.add_argument("--agreement", action="append", default=[], metavar="ID", help="only this one; may be repeated")
    batch.add_argument("--on", metavar="DATE", help="the day to judge on; today if it is not named")
    batch.add_argument("--resume", type=int, metavar="RUN", help="go on with a run that was stopped")
    batch.add_argument("--workers", type=int, default=1, metavar="N", help="processes, on PostgreSQL (default 1)")
    batch.add_argument("--ray", metavar="ADDRESS", help="over the nodes of this Ray cluster, on PostgreSQL")
    batch.add_argument("--json", action="store_true", help="print one JSON object")
    batch.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Exit 0 when the whole run is stored, 2 for an agreement or a run that there is not."""
    actor = command_line()
    from linkspan.kernel.clock import real_now
    from linkspan.kernel.errors import LinkspanError
    from linkspan.pathways.actions import run_batch, start_batch
    from linkspan.pathways.queries import batch_run

    now, number = real_now(), arguments.resume
    try:
        if number is None:
            on = date.fromisoformat(arguments.on) if arguments.on else now.date()
            number = start_batch(actor=actor, on=on, now=now, agreements=arguments.agreement)
        total = batch_run(actor, number).learners
        with nodes(arguments.ray) if arguments.ray else workers(arguments.workers) as spread:
            judge = partial(judge_here, number, now)
            run_batch(actor=actor, run_id=number, now=now, spread=spread, judge=judge, report=Told(number, total))
        found = batch_run(actor, number)
    except (LinkspanError, ValueError) as error:
        return unusable("audits batch", error)
    told = {"run": found.id, "on": found.on.isoformat(), "learners": found.learners, "counts": found.counts}
    print(json.dumps(told) if arguments.json else in_words(told))
    return 0


class Told:
    """Progress on standard error, a line for each slice."""

    def __init__(self, number: int, total: int) -> None:
        self.number, self.total, self.learners = number, total, 0

    def __call__(self, done: Any) -> None:
        self.learners += done.learners
        print(f"run {self.number}: {self.learners:,} of {self.total:,} learners", file=sys.stderr)


@contextmanager
def workers(count: int) -> Iterator[Spread]:
    """How slices are spread: one after the other here, or over processes of their own, in order."""
    if count <= 1:
        yield map
        return
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor  # noqa: TID251 its processes are spawned

    with ProcessPoolExecutor(count, multiprocessing.get_context("spawn"), make_ready) as pool:
        yield pool.map


@contextmanager
def nodes(address: str) -> Iterator[Spread]:
    """How slices are spread over the nodes of a Ray cluster, in order; each node has this installation's settings."""
    import ray

    from linkspan.pathways.engines.partitions import ray_spread

    ray.init(address=address, log_to_driver=False)
    try:
        yield ray_spread
    finally:
        ray.shutdown()


def make_ready() -> None:
    """What a worker's process does first."""
    import django

    django.setup()


def judge_here(run_id: int, now: datetime, number: int) -> Any:
    """One slice, in whichever process this is."""
    from linkspan.pathways.actions import judge_slice

    return judge_slice(actor=command_line(), run_id=run_id, number=number, now=now)


def in_words(told: dict[str, Any]) -> str:
    """The outcomes of each pathway by count."""
    lines = [f"Run {told['run']} on {told['on']}: {told['learners']:,} learners"]
    for name, counts in told["counts"].items():
        said = ", ".join(f"{count:,} {outcome.replace('_', ' ')}" for outcome, count in counts.items())
        lines.append(f"  {name}: {said}")
    return "\n".join(lines)
