"""`pytest -p tests.factories.killing`: the first delivery of each kind is killed with -9, again and again, on copies.

Before a test delivers something of a kind that was not killed yet, workers are forked, each on a copy of the database
as it is at that moment. One does the delivery undisturbed. The others are killed with -9 before a change that they
make: the first, the one in the middle, the last; after each, another one comes when the lease is over. What stands
then has to be what stands without a kill. The test itself goes on as if nothing had been. Whether it passes is not
asked: the workers ask its stand-ins too, and these count.

What was found is written to the file that LINKSPAN_KILLS names, a line a kind.
"""

import json
import os
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from tests.factories.forks import Copies

#: By kind how many changes the delivery made of which it was killed: one that has more to do than to be marked counts.
SEEN: dict[str, int] = {}
LITTLE = 2
#: A lease is over, and a pause.
OVER = timedelta(hours=2)
TEST = ""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Note which test runs; put the killer between the outbox and those who deliver."""
    global TEST
    TEST = item.nodeid
    from linkspan.kernel.outbox import relay

    if not getattr(relay.deliver, "kills", False):
        relay.deliver = killing(relay.deliver)
    return (yield)


def killing(deliver: Callable[..., bool]) -> Callable[..., bool]:
    """`deliver`, with kills before it."""

    def kill_first(lane: Any, *, now: datetime) -> bool:
        from django.db import connection

        if connection.vendor == "sqlite" and threading.current_thread() is threading.main_thread():
            _kill(deliver, lane, now)
        return deliver(lane, now=now)

    kill_first.kills = True  # type: ignore[attr-defined]
    return kill_first


def _kill(deliver: Callable[..., bool], lane: Any, now: datetime) -> None:
    from linkspan.kernel.outbox import relay

    row = relay._due(lane, now).select_related("message").first()
    if row is None or SEEN.get(kind := f"{row.subscriber} {row.message.event}", 0) > LITTLE:
        return

    def at(moment: datetime) -> Callable[[], object]:
        return lambda: deliver(lane, now=moment)

    with TemporaryDirectory() as folder:
        copies = Copies(Path(folder))
        made = copies.work("whole", at(now))
        if copies.delivery("whole", row.id.hex) != "done" or made <= SEEN.get(kind, 0):
            return  # it fails, as this test means it to, or it was killed with as much to do
        SEEN[kind] = made
        wrong = []
        for point in sorted({1, made // 2 + 1, made}):
            copies.work(name := f"at-{point}", at(now), point)
            copies.work(name, at(now + OVER))
            if other := copies.differences("whole", name):
                wrong.append(f"killed before change {point} of {made}: {other}")
    with Path(os.environ["LINKSPAN_KILLS"]).open("a") as file:
        file.write(json.dumps({"kind": kind, "test": TEST, "changes": made, "wrong": wrong}) + "\n")
