"""What delivers events and does what the time of day asks for: threads of the embedded server, or a process of its own.

Each lane has a thread, and so have the clock's own jobs and those that call out: who waits for a silent server holds up
nobody else.
"""

import os
import threading
from collections.abc import Callable, Collection
from functools import partial

import structlog
from django.db import InterfaceError, OperationalError, close_old_connections, connections

from linkspan.kernel import heartbeat, outbox
from linkspan.kernel.clock import domain_now, real_now
from linkspan.kernel.locks import only_here
from linkspan.kernel.retries import Lane
from linkspan.site.tick import Jobs, tick

PAUSE_SECONDS = 1.0
#: How many seconds pass between two rounds of the jobs of the clock.
TICK_SECONDS = float(os.environ.get("LINKSPAN_TICK_SECONDS", "20"))

#: The lanes, and the lists of jobs by their names on the command line.
EVERYTHING = (*Lane, *(jobs.lower() for jobs in Jobs))

log = structlog.get_logger(__name__)


def loop(stop: threading.Event, wanted: Collection[str] = EVERYTHING) -> None:
    """Deliver what is due in those lanes and do those jobs, until `stop` is set; what is in hand is done first."""
    lanes = [lane for lane in Lane if lane in wanted]
    work: list[tuple[float, Callable[[], None]]] = [(PAUSE_SECONDS, partial(_deliver, lane, stop)) for lane in lanes]
    work += [(TICK_SECONDS, partial(do_jobs, jobs)) for jobs in Jobs if jobs.lower() in wanted]
    threads = [threading.Thread(target=_repeat, args=(stop, *one), daemon=True) for one in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _deliver(lane: Lane, stop: threading.Event) -> None:
    while not stop.is_set() and outbox.deliver(lane, now=domain_now()):
        continue


def do_jobs(jobs: Jobs) -> None:
    """Do the jobs of a list, unless another machine does them now; tell that the worker lives."""
    if jobs is Jobs.TICKS:
        heartbeat.beat(heartbeat.WORKER, now=real_now())
    with only_here(f"linkspan.{jobs}") as here:
        if here:
            tick(now=domain_now(), jobs=[jobs])


def _repeat(stop: threading.Event, seconds: float, work: Callable[[], None]) -> None:
    """Do the work again and again; a failure is logged, never fatal."""
    pause = 0.0
    while not stop.wait(pause):
        pause = seconds
        try:
            close_old_connections()
            work()
        except (InterfaceError, OperationalError) as error:
            log.warning("the database does not answer; the worker tries again", kind=type(error).__name__)
        except Exception:
            log.exception("the worker's round failed and will be tried again")
    connections.close_all()
