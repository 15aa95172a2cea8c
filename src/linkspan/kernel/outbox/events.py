"""Events, by class in the program and by `domain.Event` on the wire, and who listens to them.

Each domain's `tasks.py` names its own in `SUBSCRIPTIONS`; `site` puts them together with `subscribe`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cache
from typing import Any, ClassVar, Protocol

from pydantic import TypeAdapter

from linkspan.kernel.retries import Lane


class Event(Protocol):
    """A frozen dataclass in the past tense."""

    __dataclass_fields__: ClassVar[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Delivered[E: Event]:
    """What a subscriber is given: the event, when it happened, the message's id, and when it is delivered.

    `key` is the delivery's own: the same at each try, for whoever outside must do a thing once.
    """

    id: str
    event: E
    at: datetime
    key: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Subscription[E: Event]:
    """That a handler is called for each event of a class; the handler is idempotent.

    In the fast lane its work commits together with the mark that it is done. In the other lanes, which are for calls
    out and for long work, it runs outside of any transaction. `at_once` is for what the next page shows: there is no
    delivery, the handler runs in the transaction of the event, and the event does not happen if it fails.
    """

    event: type[E]
    handler: Callable[[Delivered[E]], None]
    lane: Lane = Lane.FAST
    at_once: bool = False


_subscriptions: dict[str, dict[str, Subscription[Any]]] = {}
_owners: dict[str, type[Event]] = {}


def event_name(event: type[Event]) -> str:
    """The name on the wire: `exams.AppealFiled` for a class of `linkspan.exams.events`."""
    return f"{event.__module__.removeprefix('linkspan.').removesuffix('.events')}.{event.__name__}"


def subscribe(domain: str, subscription: Subscription[Any]) -> str:
    """Have the handler called for each such event; the subscriber's name, which is stored, so keep it stable."""
    event = event_name(subscription.event)
    if _owners.setdefault(event, subscription.event) is not subscription.event:
        raise ValueError(f"Two classes of events are called {event}.")
    name = f"{domain}.{subscription.handler.__name__}"
    if _subscriptions.setdefault(event, {}).setdefault(name, subscription) is not subscription:
        raise ValueError(f"{name} listens to {event} twice.")
    return name


def subscriptions(event: str) -> Mapping[str, Subscription[Any]]:
    """Who listens to an event of that name, by the subscriber's name."""
    return _subscriptions.get(event, {})


def rebuilt[E: Event](event: type[E], payload: Mapping[str, Any]) -> E:
    """The event that a payload tells of; ValueError if it is no such event, to the letter."""
    unknown = set(payload) - {field.name for field in fields(event)}
    if unknown:
        raise ValueError(f"{event_name(event)} has no {', '.join(sorted(unknown))}.")
    built: E = _reader(event).validate_python(dict(payload))
    return built


@cache
def _reader[E: Event](event: type[E]) -> TypeAdapter[E]:
    return TypeAdapter(event)
