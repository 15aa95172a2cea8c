"""The outbox: events written with the data that they tell of, delivered at least once, each when it is due."""

from linkspan.kernel.outbox.events import Delivered, Event, Subscription, event_name, subscribe, subscriptions
from linkspan.kernel.outbox.letters import Delivery, deliveries, drop, retry, retry_dead
from linkspan.kernel.outbox.publishing import publish, publish_all
from linkspan.kernel.outbox.relay import Queue, backlog, deliver, drain, oldest_due, queues
from linkspan.kernel.outbox.waits import Wait, states_by, waits_by_key, waits_of
from linkspan.kernel.outbox.waking import wake_by

__all__ = [
    "Delivered",
    "Delivery",
    "Event",
    "Queue",
    "Subscription",
    "Wait",
    "backlog",
    "deliver",
    "deliveries",
    "drain",
    "drop",
    "event_name",
    "oldest_due",
    "publish",
    "publish_all",
    "queues",
    "retry",
    "retry_dead",
    "states_by",
    "subscribe",
    "subscriptions",
    "waits_by_key",
    "waits_of",
    "wake_by",
]
