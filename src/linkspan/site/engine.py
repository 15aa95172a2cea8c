"""Celery, which executes deliveries and the clock's jobs over several machines: loaded only where a broker is named.

A task says «look into this lane»; the delivery itself is `outbox.deliver`, as in the embedded worker. Each lane is a
queue. Nothing is kept in the broker that the outbox does not have, so that it may be emptied at any time.
"""

import os
import socket
import time
from collections.abc import Collection
from typing import Any

from celery import Celery, platforms, signals
from celery.beat import Scheduler, Service
from django.conf import settings
from django.db import DatabaseError, InterfaceError, close_old_connections

from linkspan.kernel import locks, outbox
from linkspan.kernel.clock import domain_now
from linkspan.kernel.retries import LIMITS, Lane
from linkspan.site import broker
from linkspan.site.tick import Jobs
from linkspan.site.worker import TICK_SECONDS, do_jobs

#: How often every lane is looked at, woken or not: for what is tried again, and for words that were lost.
LOOK_SECONDS = 5
#: Of the fast lane, so many are delivered, or for so long, before the next in the queue has its turn.
MOST_AT_ONCE, MOST_SECONDS = 100, 10.0
#: How long a round of the clock's jobs may take.
JOBS_SECONDS = 600
#: Between the exception that ends a task and the signal that ends its process.
GRACE_SECONDS = 30
#: So many words wait for a lane at most: more would say nothing new, and fill the broker while no worker takes them.
MOST_WORDS = 100
DELIVER, DO_JOBS = "linkspan.deliver", "linkspan.do_jobs"


def queue_of(name: str) -> str:
    """The queue of a lane, or of a list of jobs."""
    return f"linkspan.{name.lower()}"


def schedule() -> dict[str, dict[str, Any]]:
    """What is sent when: a word for every lane, and the clock's jobs. Each is void when the next one comes."""
    looks = {f"look {lane}": _entry(DELIVER, lane, LOOK_SECONDS) for lane in Lane}
    return looks | {f"do {jobs}": _entry(DO_JOBS, jobs, TICK_SECONDS) for jobs in Jobs}


def _entry(task: str, name: str, seconds: float) -> dict[str, Any]:
    options = {"queue": queue_of(name), "expires": seconds, **_limits(name)}
    return {"task": task, "args": [str(name)], "schedule": seconds, "options": options}


def _limits(name: str) -> dict[str, float]:
    seconds = LIMITS[Lane(name)].total_seconds() if name in set(Lane) else JOBS_SECONDS
    return {"soft_time_limit": seconds, "time_limit": seconds + GRACE_SECONDS}


app = Celery("linkspan", set_as_current=False, include=["linkspan.site.engine"])
app.conf.update(
    broker_url=settings.BROKER_URL,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    broker_connection_timeout=broker.SECONDS,
    broker_transport_options=broker.transport_options(),
    task_ignore_result=True,
    task_acks_late=True,
    task_default_delivery_mode="transient",
    task_serializer="json",
    accept_content=["json"],
    worker_prefetch_multiplier=1,
    worker_pool="prefork",
    worker_pool_start_method="spawn",  # a process that may have native threads never forks
    worker_hijack_root_logger=False,
    worker_redirect_stdouts=False,
    worker_enable_remote_control=False,
    worker_send_task_events=False,
    beat_schedule=schedule(),
    beat_max_loop_interval=1,
    enable_utc=True,
)
signals.setup_logging.connect(lambda **_: None, weak=False)  # the log is as the settings say


def deliver(name: str) -> None:
    """Deliver what is due in a lane, for a while, and wake who goes on. Called twice, it does nothing twice."""
    lane = Lane(name)
    if _deliver_fast() if lane is Lane.FAST else _deliver_one(lane):
        broker.bell.ring([lane])


def _deliver_fast() -> bool:
    """Whether there may be more."""
    until = time.monotonic() + MOST_SECONDS
    for _ in range(MOST_AT_ONCE):
        if not outbox.deliver(Lane.FAST, now=domain_now()):
            return False
        if time.monotonic() > until:
            break
    return True


def _deliver_one(lane: Lane) -> bool:
    """Whether there may be more. One process of this worker at a time: a silent mail server leaves the others free."""
    with locks.only_here(f"linkspan.{lane}@{socket.gethostname()}:{os.getppid()}") as here:
        return here and outbox.deliver(lane, now=domain_now())


def do_listed_jobs(name: str) -> None:
    """Do the jobs of a list once, unless another machine does them now."""
    do_jobs(Jobs(name))


app.task(name=DELIVER)(deliver)
app.task(name=DO_JOBS)(do_listed_jobs)


def send(lane: Lane) -> None:
    """Say that there is something in a lane; an error of the transport if the broker does not answer."""
    say(DELIVER, str(lane), {"queue": queue_of(lane), "expires": 60, **_limits(lane)})


def say(task: str, name: str, options: dict[str, Any]) -> None:
    """Send a word, unless enough of them wait."""
    if _waiting(options["queue"]) < MOST_WORDS:
        app.send_task(task, [name], retry=False, **options)


def _waiting(queue: str) -> int:
    with app.pool.acquire(block=True) as connection:
        try:
            with connection.channel() as channel:
                return int(channel.queue_declare(queue=queue, passive=True).message_count)
        except connection.channel_errors:
            return 0  # there is no such queue yet


def run(wanted: Collection[str], processes: int) -> int:
    """Work on what is wanted until SIGTERM; what is in hand is done first. Ends with the process that started it."""
    os.environ["CELERY_SKIP_CHECKS"] = "1"  # `linkspan check` has them
    platforms.set_pdeathsig("SIGTERM")
    worker = app.Worker(
        hostname=f"linkspan-{os.getpid()}@{socket.gethostname()}",
        queues=[queue_of(name) for name in wanted],
        concurrency=processes,
        quiet=True,
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
    )
    worker.start()
    return int(worker.exitcode or 0)


class OneClock(Scheduler):
    """Of the schedules of all machines, the one whose connection to the database holds the lock is sent."""

    #: Each entry is sent by a producer of the application's: a broker that is away stops nothing here.
    producer = None

    def setup_schedule(self) -> None:
        """Keep the schedule in memory: what is missed while nobody sends is sent once."""
        self.merge_inplace(self.app.conf.beat_schedule)

    def tick(self, *given: Any, **named: Any) -> float:
        """Send what is due if this is the one, and say when to look again."""
        try:
            if not locks.hold("linkspan.clock"):
                return 1.0
        except (DatabaseError, InterfaceError):
            close_old_connections()
            return 1.0
        return float(super().tick(*given, **named))

    def apply_entry(self, entry: Any, producer: Any = None) -> None:
        """Send one; if the broker is away, the next one is sent in its turn."""
        broker.bell.send(lambda: say(entry.task, entry.args[0], entry.options))


def clock() -> Service:
    """The schedule, to be started and stopped."""
    return Service(app, max_interval=1, scheduler_cls=OneClock)
