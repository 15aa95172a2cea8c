"""A worker that is killed with -9 in the middle of any job of the clock loses nothing and does nothing twice.

What is delivered has its kills in tests/site/test_killed_deliveries.py, the lanes of the outbox theirs in
tests/kernel/test_workers.py, a signer that answers late in tests/credentials/test_killed_signing.py.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from importlib import import_module

import pytest
from django.conf import settings
from django.db import connection
from redis import Redis
from tests.factories.forks import Copies
from tests.factories.people import NOW, SYSTEM, person
from tests.factories.world import load_world
from tests.kernel import test_workers as lanes
from tests.messages.test_closing import reported
from tests.site.test_each_by_itself import CALLS, LATE, TICKS, WHOLE, _bus, jobs, streams

from linkspan.finance.actions import pay
from linkspan.kernel import outbox
from linkspan.kernel.retries import Lane

#: A Redis for the job that reads one: every test of a module that has the fixture uses it.
bus = _bus
#: When the second worker comes to what called out: what was in hand is free again.
LATER = timedelta(hours=2)
#: Does nothing on a file; on a server each step of it is a transaction (tests/kernel/test_partitions.py).
OF_SERVERS = {"kernel.keep_partitions"}


def told(cast) -> None:
    """Staff were told of a payment that waits."""
    reported(person("Lin Learner"))


def told_and_done(cast) -> None:
    """Staff were told of a payment that is confirmed since."""
    charge = reported(person("Lin Learner"))
    pay(actor=SYSTEM, charge_id=charge.id, reference="R 1", now=NOW)
    outbox.drain(now=NOW)


#: What jobs that have no row by row scenario find to do, and when.
FOUND = {
    "kernel.apply_retention": (lambda cast: None, LATE),
    "kernel.note_daily": (lambda cast: None, LATE),
    "messages.close_notices": (told_and_done, LATE),
    "messages.remind_of_waits": (told, NOW + timedelta(hours=40)),
}
SCENARIOS = {**{name: (scenario, LATE) for name, (scenario, _) in {**TICKS, **CALLS}.items()}, **FOUND}


def test_every_job_of_the_clock_is_killed_somewhere() -> None:
    """A new job of the clock or a new lane without a kill fails here, not in a drill that runs once a week."""
    registered = {name for kind in ("TICKS", "CALLS") for name, _ in jobs(kind)}
    assert registered == {*SCENARIOS, *OF_SERVERS} and set(WHOLE) == {*FOUND, *OF_SERVERS}
    killed = lanes.test_a_worker_killed_in_the_middle_loses_nothing_and_does_nothing_twice
    assert "story" in killed.__code__.co_varnames and list(Lane) == list(lanes.story._fixture_function_marker.params)


def at_work(name: str, now: datetime) -> Callable[[], object]:
    """A worker's round of one job of the clock."""
    domain, _, job = name.partition(".")
    return lambda: getattr(import_module(f"linkspan.{domain}.tasks"), job)(now)


def put_back(name: str) -> None:
    """What a worker took out of a store of its own comes again for the next one."""
    if name == "courseware.read_events":
        Redis.from_url(settings.EVENT_BUS_URL).flushall()
        streams(None)


@pytest.mark.drill
@pytest.mark.timeout(900)
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", sorted(SCENARIOS))
def test_a_second_worker_finishes_what_a_killed_one_began(name, tmp_path) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("each worker has a copy of the database, which is a file")
    scenario, when = SCENARIOS[name]
    scenario(load_world())
    copies, again = Copies(tmp_path), when + LATER if name in CALLS else when
    changes = copies.work("whole", at_work(name, when))
    assert changes, "the scenario leaves this job nothing to do"
    copies.work("whole", at_work(name, again))
    for fatal in sorted({1, changes // 2 + 1, changes}):
        put_back(name)
        killed = f"killed-{fatal}"
        copies.work(killed, at_work(name, when), fatal)
        copies.work(killed, at_work(name, again))
        copies.work(killed, at_work(name, again))
        assert copies.differences("whole", killed) == {}, f"killed before change {fatal} of {changes}"
