"""What a collector of traces is told: routes, jobs and statements, in one tree, and nothing about anybody."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.conf import settings as site
from django.db import connection
from django.test import Client
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from linkspan.accounts import tasks
from linkspan.kernel import outbox, tracing
from linkspan.kernel.clock import domain_now
from linkspan.kernel.outbox import Subscription, events
from linkspan.site.broker_address import collector_url
from linkspan.site.tick import Jobs, tick

CALLER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
SECRET = "amara-secret-7f3"


@dataclass(frozen=True, slots=True)
class KettleBoiled:
    """Something happened in a kitchen."""

    kettle: str


@dataclass
class Collector:
    """What came in, as the protocol writes it."""

    url: str
    bodies: list[bytes]

    def spans(self) -> list[Any]:
        """Every span so far."""
        assert tracing.provider().force_flush()
        sent = [ExportTraceServiceRequest.FromString(body) for body in self.bodies]
        return [
            one for told in sent for part in told.resource_spans for scope in part.scope_spans for one in scope.spans
        ]


@pytest.fixture
def collector(settings) -> Iterator[Collector]:
    """A server on loopback that takes traces, while the site tells them."""
    bodies: list[bytes] = []

    class Takes(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path == "/v1/traces"
            bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Takes) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings.OTLP_URL = url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield Collector(url, bodies)
        finally:
            tracing.provider().shutdown()
            server.shutdown()


def told(span: Any) -> dict[str, Any]:
    return {one.key: one.value.string_value or one.value.int_value for one in span.attributes}


@pytest.mark.django_db
def test_a_request_is_one_tree_with_its_statements_below_who_called(collector: Collector) -> None:
    with connection.execute_wrapper(tracing._statement):
        Client().get(f"/programs/{SECRET}/{SECRET}/?q={SECRET}", headers={"traceparent": CALLER})
    spans = collector.spans()
    (request,) = [one for one in spans if told(one).get("http.request.method")]
    assert told(request) == {"http.request.method": "GET", "http.route": (route := told(request)["http.route"]),
                             "http.response.status_code": 404}  # fmt: skip
    assert request.name == f"GET {route}" and SECRET not in route
    assert (request.trace_id.hex(), request.parent_span_id.hex()) == tuple(CALLER.split("-")[1:3])
    statements = [one for one in spans if "db.query.text" in told(one)]
    assert statements and {one.trace_id for one in statements} == {request.trace_id}
    assert {one.name for one in statements} <= {"SELECT", "SAVEPOINT", "RELEASE", "BEGIN"}
    assert not any(SECRET.encode() in body for body in collector.bodies)


@pytest.mark.django_db
def test_deliveries_and_jobs_of_the_clock_are_told_and_of_an_error_its_kind_alone(
    collector: Collector, monkeypatch
) -> None:
    monkeypatch.setattr(events, "_subscriptions", {**events._subscriptions})
    monkeypatch.setattr(events, "_owners", {**events._owners})

    def hears(_delivered: object) -> None:
        """Do nothing."""

    outbox.subscribe("kitchen", Subscription(KettleBoiled, hears))
    outbox.publish(KettleBoiled(SECRET), now=domain_now())
    outbox.drain(now=domain_now())

    def fails(_now: object) -> None:
        raise ValueError(SECRET)

    monkeypatch.setattr(tasks, "TICKS", (fails,))
    monkeypatch.setattr(site, "DOMAINS", ["accounts"])
    assert tick(now=domain_now(), jobs=[Jobs.TICKS]) == 1
    spans = {one.name: one for one in collector.spans()}
    job = spans["job accounts.fails"]
    assert told(job) == {"error.type": "ValueError"}
    assert job.status.code == 2 and not job.events and not job.status.message
    delivery = spans[f"deliver {__name__}.KettleBoiled to kitchen.hears"]
    assert told(delivery) == {"linkspan.lane": "fast", "linkspan.try": 0}
    assert not any(SECRET.encode() in body for body in collector.bodies)


@pytest.mark.django_db
def test_a_collector_that_is_away_stops_nobody(settings) -> None:
    settings.OTLP_URL = "http://127.0.0.1:9"
    assert Client().get("/help/").status_code == 200


def test_nothing_is_loaded_where_nobody_collects(settings, monkeypatch) -> None:
    settings.OTLP_URL = ""
    monkeypatch.setattr(tracing, "provider", lambda: pytest.fail("nobody collects"))
    with tracing.span("work") as note:
        note({"a": 1}, "other")


@pytest.mark.parametrize("wrong", ["collector:4318", "ftp://127.0.0.1", "http://", "http://a:b:c"])
def test_what_is_no_address_is_named(wrong: str) -> None:
    with pytest.raises(ValueError, match="LINKSPAN_OTLP_URL"):
        collector_url(wrong)
