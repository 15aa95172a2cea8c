"""Traces by OpenTelemetry: what a request or a job did, and for how long, for a collector that speaks OTLP.

Nothing is loaded or measured unless LINKSPAN_OTLP_URL names one. A span names routes, jobs and statements of SQL with
their places for values, never what an address or a row holds; of an error it tells the kind alone.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import cache
from importlib.metadata import version
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

from django.conf import settings
from django.db.backends.signals import connection_created

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span

NOTHING: Mapping[str, str | int] = MappingProxyType({})
#: A longer statement is cut: a list of a thousand ids says no more than its beginning.
LONGEST_STATEMENT = 2_000


#: What is told of a span, by the names of OpenTelemetry's semantic conventions.
type About = Mapping[str, str | int]


class Note(Protocol):
    """Tells a span what it is called, where that is known at its end only, and what else is known of it."""

    def __call__(self, about: About, name: str = "") -> None:
        """Note it."""


def span(name: str, about: About = NOTHING, *, parent: str | None = None) -> AbstractContextManager[Note]:
    """A part of the work that is told by itself, below the one in which it happens; nothing where nobody collects.

    `parent`: of a request, the header `traceparent` with which it came, or an empty text (W3C Trace Context).
    """
    return _begun(name, about, parent) if settings.OTLP_URL else nullcontext(_untold)


def trace_statements() -> None:
    """Have each statement of each connection told, from the next connection on."""
    connection_created.connect(_wrap, dispatch_uid="linkspan.kernel.tracing")


def provider() -> "TracerProvider":
    """What this process tells by; its spans leave in a thread of their own, which a fork begins anew."""
    return _provider(settings.OTLP_URL)


@cache
def _provider(url: str) -> "TracerProvider":
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    made = TracerProvider(
        resource=Resource.create({"service.name": "linkspan", "service.version": version("linkspan")})
    )
    made.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=f"{url.rstrip('/')}/v1/traces")))
    return made


@contextmanager
def _begun(name: str, about: About, parent: str | None) -> Iterator[Note]:
    from opentelemetry.trace import SpanKind, StatusCode
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    tracer = provider().get_tracer("linkspan")
    above = TraceContextTextMapPropagator().extract({"traceparent": parent}) if parent else None
    kind = SpanKind.INTERNAL if parent is None else SpanKind.SERVER
    with tracer.start_as_current_span(
        name, above, kind, record_exception=False, set_status_on_exception=False
    ) as begun:
        note = _noting(begun)
        note(about)
        try:
            yield note
        except BaseException as error:
            begun.set_status(StatusCode.ERROR)
            begun.set_attribute("error.type", type(error).__qualname__)
            raise


def _noting(begun: "Span") -> Note:
    def note(about: About, name: str = "") -> None:
        begun.set_attributes(about)
        if name:
            begun.update_name(name)

    return note


def _untold(about: About, name: str = "") -> None:
    """Nobody collects."""


def _wrap(connection: "BaseDatabaseWrapper", **_: Any) -> None:
    if settings.OTLP_URL and _statement not in connection.execute_wrappers:
        connection.execute_wrappers.append(_statement)


def _statement(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: dict[str, Any]) -> Any:
    text, vendor = str(sql), context["connection"].vendor
    told = {"db.system.name": vendor, "db.query.text": text[:LONGEST_STATEMENT]}
    with span(text[:20].split(" ")[0], told):
        return execute(sql, params, many, context)
