"""Whether this process lives, whether it may be sent requests, and what an operator should look at.

A monitor ends a process that is not live, and sends no requests to one that is not ready. Failed
deliveries, a long queue, a silent broker, cache or worker are for a person: they are shown, and take nothing away.
"""

import threading
import time
from collections.abc import Callable
from typing import Any

import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse, JsonResponse

from linkspan.courseware.actions import BUS
from linkspan.courseware.queries import events_set_aside
from linkspan.kernel import heartbeat, outbox, replica
from linkspan.kernel.clock import domain_now, real_now
from linkspan.kernel.each import count_standing_failures
from linkspan.kernel.heartbeat import Writing
from linkspan.site import broker
from linkspan.site.database import missing_migrations

#: A good answer counts for so long, so that asking often is not writing often.
GOOD_SECONDS = 1.0

#: Set when this process was told to stop.
draining = threading.Event()

log = structlog.get_logger(__name__)


class HealthMiddleware:
    """Answers the health addresses before anything that needs a session, a language or a known host name."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, or pass on."""
        view = ADDRESSES.get(request.path_info)
        if view is None:
            return self.get_response(request)
        response = view()
        response["Cache-Control"] = "no-store"
        return response


def live() -> JsonResponse:
    """200: this process answers."""
    return JsonResponse({"live": True})


def ready() -> JsonResponse:
    """200 if requests can be served here, 503 otherwise."""
    found = readiness.read()
    return JsonResponse(found, status=200 if found["ready"] else 503)


def health() -> JsonResponse:
    """The answer of `ready`, with what waits, what was given up and when the worker was last heard of."""
    found = readiness.read()
    told = {"healthy": found["ready"], **found, **_figures()}
    return JsonResponse(told, status=200 if found["ready"] else 503)


ADDRESSES = {"/health/": health, "/health/live/": live, "/health/ready/": ready}


class Readiness:
    """What was found, kept for a moment if it was good."""

    def __init__(self) -> None:
        self._good: dict[str, Any] = {}
        self._until = 0.0

    def read(self) -> dict[str, Any]:
        """Look, unless that was done a moment ago."""
        if draining.is_set():
            return {"ready": False, "draining": True}
        if time.monotonic() < self._until:
            return self._good
        found = _look()
        if found["ready"]:
            self._good, self._until = found, time.monotonic() + GOOD_SECONDS
        return found


readiness = Readiness()


def _look() -> dict[str, Any]:
    database, files = heartbeat.probe_writing(now=real_now()), _probe_files()
    migrations = database is not Writing.FAILED and not missing_migrations()
    return {
        "ready": migrations and files and database is not Writing.FAILED,
        "draining": False,
        "database": database.value,
        "files": "ok" if files else "failed",
        "migrations": "ok" if migrations else "missing or unknown",
        **({"cache": "silent" if _cache_is_silent() else "ok"} if settings.CACHE_URL else {}),
        **({"broker": "silent" if broker.answers() else "ok"} if broker.is_named() else {}),
    }


def _replica() -> dict[str, Any]:
    """How far the replica is behind, and whether it is read."""
    found = replica.behind(anew=True)
    state = "silent" if found.seconds is None else "ok" if found.usable else "late"
    return {"replica": state, "replica_behind_seconds": found.seconds}


def _cache_is_silent() -> bool:
    from linkspan.site.shared_cache import silence

    return bool(silence())


def _probe_files() -> bool:
    """Whether the home folder takes files."""
    try:
        (settings.HOME / "probe").write_bytes(b"?")
    except OSError as error:
        log.error("the home folder was not written", error=str(error))
        return False
    return True


def _figures() -> dict[str, Any]:
    """What an operator should know; empty if the database does not say."""
    try:
        waiting, given_up = outbox.backlog()
        due, worker = outbox.oldest_due(now=domain_now()), heartbeat.worker(now=real_now())
        failing = count_standing_failures()
    except (DatabaseError, InterfaceError):
        return {}
    return {
        "deliveries_waiting": waiting,
        "deliveries_given_up": given_up,
        "queue_age_seconds": int((domain_now() - due).total_seconds()) if due else 0,
        "job_failures": failing,
        "worker_seen": worker.seen,
        "worker_silent": worker.silent,
        **(_replica() if replica.is_named() else {}),
        **(_bus() if settings.EVENT_BUS_URL else {}),
    }


def _bus() -> dict[str, Any]:
    """When the event bus of a learning platform answered last, and how much of it was set aside."""
    found = heartbeat.seen(BUS, now=real_now())
    return {"event_bus_seen": found.seen, "event_bus_silent": found.silent, "events_set_aside": events_set_aside()}
