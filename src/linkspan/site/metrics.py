"""`/metrics` for Prometheus: what processes counted, and what the database says at the moment.

Off unless a setting says who may read: whoever brings a token, or whoever asks from this machine without a proxy.
Labels are routes, lanes and outcomes, all from closed sets; nothing tells of a person.
"""

import os
import time
from collections.abc import Callable, Iterator
from typing import Any

import structlog
from django.conf import settings
from django.contrib.auth.signals import user_logged_in, user_login_failed
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port
from django.utils.crypto import constant_time_compare
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector

from linkspan.exams.queries import count_answering
from linkspan.kernel import heartbeat, outbox
from linkspan.kernel.clock import domain_now, real_now
from linkspan.kernel.each import count_standing_failures
from linkspan.kernel.measures import REGISTRY, REQUEST_SECONDS, REQUESTS, SIGN_INS
from linkspan.kernel.tracing import span
from linkspan.site.supervisor import SHARED

PLACE = "/metrics"
#: Registers what processes that serve together counted; it has no types.
ADDED_UP: Any = MultiProcessCollector

log = structlog.get_logger(__name__)
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1", "[::1]"})
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


class MetricsMiddleware:
    """Measures each request, and answers the one address that tells what was measured."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, or pass on and note how that went."""
        if request.path_info == PLACE:
            return metrics(request)
        begun = time.perf_counter()
        method = request.method if request.method in METHODS else "other"
        with span(
            str(method), {"http.request.method": str(method)}, parent=request.headers.get("traceparent", "")
        ) as note:
            response = self.get_response(request)
            route = route_of(request)
            note({"http.route": route, "http.response.status_code": response.status_code}, f"{method} {route}")
        REQUESTS.labels(method, route, response.status_code).inc()
        seconds = time.perf_counter() - begun
        REQUEST_SECONDS.labels(route).observe(seconds)
        log.info("answered", method=method, route=route, status=response.status_code, milliseconds=int(seconds * 1000))
        return response


def route_of(request: HttpRequest) -> str:
    """The pattern of the address, with names in place of what it holds; `static` or `unknown` where there is none."""
    if request.resolver_match is not None:
        return request.resolver_match.route or "/"
    return "static" if request.path_info.startswith(settings.STATIC_URL) else "unknown"


def metrics(request: HttpRequest) -> HttpResponse:
    """What Prometheus reads; 404 where nobody may, 401 for who may not."""
    if not (settings.METRICS_TOKEN or settings.METRICS_LOOPBACK):
        return HttpResponse(status=404)
    if not _may_read(request):
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    counted = REGISTRY
    if SHARED in os.environ:
        ADDED_UP(counted := CollectorRegistry())
    present = CollectorRegistry()
    present.register(Present())
    told = generate_latest(counted) + generate_latest(present)
    return HttpResponse(told, content_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"})


def _may_read(request: HttpRequest) -> bool:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if settings.METRICS_TOKEN and kind == "Bearer" and constant_time_compare(token.strip(), settings.METRICS_TOKEN):
        return True
    # Who comes through a proxy on this machine asks for the site by its public name.
    host, _port = split_domain_port(request.META.get("HTTP_HOST", ""))
    return settings.METRICS_LOOPBACK and {host, request.META.get("REMOTE_ADDR")} <= LOOPBACK


class Present:
    """What stands in the database when it is asked for; `linkspan_database_up` alone where it does not answer."""

    def collect(self) -> Iterator[Metric]:
        """The gauges."""
        try:
            found = [*_queues(), *_figures()]
        except (DatabaseError, InterfaceError):
            found = []
        yield GaugeMetricFamily("linkspan_database_up", "Whether the database answers.", int(bool(found)))
        yield from found


def _queues() -> Iterator[Metric]:
    now = domain_now()
    many = GaugeMetricFamily("linkspan_deliveries", "Deliveries that are not done.", labels=["lane", "state"])
    age = GaugeMetricFamily("linkspan_queue_age_seconds", "Since when the oldest is due.", labels=["lane"])
    for queue in outbox.queues(now=now):
        for state, count in (("waiting", queue.waiting), ("failing", queue.failing), ("given_up", queue.given_up)):
            many.add_metric([queue.lane, state], count)
        age.add_metric([queue.lane], (now - queue.due).total_seconds() if queue.due else 0)
    yield many
    yield age


def _figures() -> Iterator[Metric]:
    worker = heartbeat.worker(now=real_now())
    yield GaugeMetricFamily("linkspan_worker_silent", "Whether the worker was not heard of lately.", int(worker.silent))
    yield GaugeMetricFamily("linkspan_job_failures", "Jobs that fail again and again.", count_standing_failures())
    yield GaugeMetricFamily("linkspan_exams_in_progress", "Attempts that are being answered.", count_answering())


def _signed_in(**_: Any) -> None:
    SIGN_INS.labels("in").inc()


def _refused(**_: Any) -> None:
    SIGN_INS.labels("refused").inc()


user_logged_in.connect(_signed_in)
user_login_failed.connect(_refused)
