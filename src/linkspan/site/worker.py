"""The loop that delivers events and ticks: a thread of the embedded server, or a process of its own."""

import os
import threading

import structlog
from django.db import close_old_connections

from linkspan.kernel import heartbeat, outbox
from linkspan.kernel.clock import domain_now, real_now
from linkspan.site.tick import tick

PAUSE_SECONDS = 1.0
TICK_SECONDS = float(os.environ.get("LINKSPAN_TICK_SECONDS", "20"))

log = structlog.get_logger(__name__)


def loop(stop: threading.Event) -> None:
    """Deliver events every second and tick every twenty, until `stop` is set; a failure is logged, never fatal."""
    last_tick = None
    while not stop.wait(PAUSE_SECONDS):
        try:
            close_old_connections()
            outbox.drain(now=domain_now())
            if last_tick is None or (real_now() - last_tick).total_seconds() >= TICK_SECONDS:
                last_tick = real_now()
                heartbeat.beat(heartbeat.WORKER, now=last_tick)
                tick(now=domain_now())
        except Exception:
            log.exception("the worker's round failed and will be tried again")
