"""The outbox: events written with the data that they tell of, delivered at least once.

A domain publishes in its own transaction; `relay` hands each message to every subscriber. Subscribers are
idempotent. Each domain's `tasks.py` names its own in `SUBSCRIPTIONS = {"ApplicationDecided": function}`;
`site` puts them together with `subscribe`.
"""

import traceback
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Protocol

import structlog
from django.db import transaction

from linkspan.kernel.ids import new_id
from linkspan.kernel.jsonable import jsonable
from linkspan.kernel.models import OutboxDelivery, OutboxMessage

MOST_TRIES = 8

log = structlog.get_logger(__name__)


class Event(Protocol):
    """A frozen dataclass in the past tense."""

    __dataclass_fields__: ClassVar[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Delivered:
    """What a subscriber is given: the event's name, its fields as JSON, when it happened, and the message's id."""

    id: str
    event: str
    payload: Mapping[str, Any]
    at: datetime


Subscriber = Callable[[Delivered], None]
_subscribers: dict[str, dict[str, Subscriber]] = defaultdict(dict)


def subscribe(event: str, name: str, subscriber: Subscriber) -> None:
    """Have `subscriber` called for each message of that event; `name` is stored, so keep it stable."""
    _subscribers[event][name] = subscriber


def publish(event: Event, *, now: datetime) -> None:
    """Write the event and one delivery per subscriber, in the caller's transaction."""
    kind = type(event).__name__
    with transaction.atomic():
        message = OutboxMessage.objects.create(event=kind, payload=jsonable(event), at=now)
        OutboxDelivery.objects.bulk_create(
            [OutboxDelivery(id=new_id(), message=message, subscriber=name) for name in _subscribers[kind]]
        )


def publish_all(events: Sequence[Event], *, now: datetime) -> None:
    """Write many events at once, each with one delivery per subscriber, in the caller's transaction."""
    with transaction.atomic():
        rows = [OutboxMessage(event=type(event).__name__, payload=jsonable(event), at=now) for event in events]
        messages = OutboxMessage.objects.bulk_create(rows, batch_size=1000)
        deliveries = [
            OutboxDelivery(id=new_id(), message=message, subscriber=name)
            for message in messages
            for name in _subscribers[message.event]
        ]
        OutboxDelivery.objects.bulk_create(deliveries, batch_size=1000)


def relay(limit: int = 100, *, now: datetime) -> int:
    """Deliver up to `limit` pending messages in order; returns how many were tried.

    Each delivery runs in its own transaction: the subscriber's work and the mark that it is done commit together.
    """
    pending = (
        OutboxDelivery.objects.filter(delivered_at=None, tries__lt=MOST_TRIES)
        .order_by("message_id", "subscriber")
        .values_list("id", flat=True)[:limit]
    )
    tried = 0
    for delivery_id in list(pending):
        tried += 1
        _deliver(delivery_id, now)
    return tried


def drain(*, now: datetime, rounds: int = 50) -> int:
    """Relay until nothing is pending (an event may cause another); returns how many deliveries were tried."""
    total = 0
    for _ in range(rounds):
        tried = relay(now=now)
        total += tried
        if not tried:
            break
    return total


def backlog() -> tuple[int, int]:
    """How many deliveries wait, and how many were given up after the last try."""
    waiting = OutboxDelivery.objects.filter(delivered_at=None, tries__lt=MOST_TRIES).count()
    given_up = OutboxDelivery.objects.filter(delivered_at=None, tries__gte=MOST_TRIES).count()
    return waiting, given_up


def _deliver(delivery_id: Any, now: datetime) -> None:
    try:
        with transaction.atomic():
            row = OutboxDelivery.objects.select_for_update().select_related("message").get(id=delivery_id)
            if row.delivered_at is not None:
                return
            message = row.message
            subscriber = _subscribers[message.event].get(row.subscriber)
            if subscriber is not None:
                subscriber(Delivered(str(message.id), message.event, message.payload, message.at))
            row.delivered_at = now
            row.save(update_fields=["delivered_at"])
    except Exception:
        error = traceback.format_exc(limit=5)
        log.error("delivery failed", delivery=str(delivery_id), error=error)
        OutboxDelivery.objects.filter(id=delivery_id).update(tries=_tries_of(delivery_id) + 1, last_error=error[-2000:])


def _tries_of(delivery_id: Any) -> int:
    return OutboxDelivery.objects.values_list("tries", flat=True).get(id=delivery_id)
