"""Events of Open edX as they stand on its bus: Avro without a header (Redis), or with the five bytes of Kafka."""

import io
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from linkspan.courseware.rules.events import LARGEST_EVENT, SIGNALS
from linkspan.kernel.errors import Unusable

#: Kafka's messages begin with a zero byte and the number of their schema.
KAFKA_HEADER = 5


def event_of(event_type: str, body: bytes) -> Mapping[str, Any]:
    """What an event tells, by the schema that openedx-events publishes for its type; Unusable for anything else.

    A field that later releases added at the end, and that may be missing, may be missing.
    """
    if len(body) > LARGEST_EVENT:
        raise Unusable("event_too_large", "The event is larger than {most} bytes.", most=LARGEST_EVENT)
    for schema in _schemas(event_type):
        told = _read(schema, body)
        if told is not None:
            return told
    raise Unusable("event_unreadable", "The event does not have the form of {type}.", type=event_type)


def of_kafka(body: bytes) -> bytes:
    """The event in a message of Kafka; Unusable for a message without its header."""
    if len(body) < KAFKA_HEADER or body[0] != 0:
        raise Unusable("event_unreadable", "The event does not have the form of {type}.", type="Kafka")
    return body[KAFKA_HEADER:]


@cache
def _schemas(event_type: str) -> tuple[Any, ...]:
    """The schema of a type, and those of earlier releases."""
    from fastavro import parse_schema
    from openedx_events.event_bus.avro.schema import schema_from_signal
    from openedx_events.learning import signals

    newest = schema_from_signal(getattr(signals, SIGNALS[event_type][0]))
    return tuple(parse_schema(one) for one in _earlier(newest))


def _earlier(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The schema, then without the last field of its record as long as that one may be missing."""
    (field,) = schema["fields"]
    fields = field["type"]["fields"]
    for kept in range(len(fields), 0, -1):
        yield {**schema, "fields": [{**field, "type": {**field["type"], "fields": fields[:kept]}}]}
        if fields[kept - 1].get("default", "") is not None:
            return


def _read(schema: Any, body: bytes) -> Mapping[str, Any] | None:
    from fastavro import schemaless_reader

    source = io.BytesIO(body)
    try:
        told = schemaless_reader(source, schema, None)
    except (EOFError, ValueError, IndexError, TypeError, OverflowError, MemoryError, KeyError):
        return None
    return told if source.read(1) == b"" and isinstance(told, Mapping) else None
