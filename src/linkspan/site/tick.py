"""What the time of day asks for: each domain's `tasks.TICKS`, and `tasks.CALLS`, which ask servers elsewhere."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from importlib import import_module
from importlib.util import find_spec

import structlog
from django.conf import settings

from linkspan.kernel.tracing import span

log = structlog.get_logger(__name__)


class Jobs(StrEnum):
    """The lists of jobs in a domain's tasks."""

    TICKS = "TICKS"
    CALLS = "CALLS"


def tick(*, now: datetime, jobs: Sequence[Jobs] = tuple(Jobs)) -> int:
    """Run every domain's periodic jobs once, each idempotent; how many failed. One that fails holds up no other."""
    failed = 0
    for domain in settings.DOMAINS:
        if find_spec(f"linkspan.{domain}.tasks") is None:
            continue
        tasks = import_module(f"linkspan.{domain}.tasks")
        for job in (job for kind in jobs for job in getattr(tasks, kind, ())):
            try:
                with span(f"job {domain}.{job.__name__}"):
                    job(now)
            except Exception:
                failed += 1
                log.exception("a job failed and is done again at the next tick", job=f"{domain}.{job.__name__}")
    return failed
