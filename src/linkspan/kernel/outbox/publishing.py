"""Writing events, with one delivery per subscriber, in the transaction that they tell of."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from uuid import UUID

from django.db import transaction

from linkspan.kernel.ids import new_id
from linkspan.kernel.jsonable import jsonable
from linkspan.kernel.models import OutboxDelivery, OutboxMessage
from linkspan.kernel.outbox.events import Delivered, Event, event_name, subscriptions
from linkspan.kernel.outbox.waking import wake_after_commit
from linkspan.kernel.retries import Lane

BATCH = 1000
#: What is written while somebody listens: the name of each event, and its learner if it is about one.
type Heard = list[tuple[str, UUID | None]]
_listening: ContextVar[Heard | None] = ContextVar("listening", default=None)


@contextmanager
def heard() -> Iterator[Heard]:
    """Collect the events that are written meanwhile, such as by an act that is tried and taken back."""
    events: Heard = []
    token = _listening.set(events)
    try:
        yield events
    finally:
        _listening.reset(token)


def publish(event: Event, *, now: datetime) -> None:
    """Write an event, to be delivered at once."""
    publish_all([event], now=now)


def publish_all(events: Sequence[Event], *, now: datetime) -> None:
    """Write many events at once."""
    listening = _listening.get()
    if listening is not None:
        listening += [(event_name(type(event)), getattr(event, "learner_id", None)) for event in events]
    with transaction.atomic():
        messages = [OutboxMessage(event=event_name(type(event)), payload=jsonable(event), at=now) for event in events]
        OutboxMessage.objects.bulk_create(messages, batch_size=BATCH)
        rows = [row for message in messages for row in _deliveries(message)]
        OutboxDelivery.objects.bulk_create(rows, batch_size=BATCH)
        wake_after_commit([Lane(row.lane) for row in rows])
        for message, event in zip(messages, events, strict=True):
            _tell_at_once(message, event)


def _deliveries(message: OutboxMessage) -> Iterator[OutboxDelivery]:
    for name, told in subscriptions(message.event).items():
        if not told.at_once:
            yield OutboxDelivery(id=new_id(), message=message, subscriber=name, lane=told.lane, due=message.at)


def _tell_at_once(message: OutboxMessage, event: Event) -> None:
    for told in subscriptions(message.event).values():
        if told.at_once:
            told.handler(Delivered(str(message.id), event, message.at, str(message.id), message.at))
