"""The outbox: events written with the data that they tell of, delivered at least once, each when it is due."""

from linkspan.kernel.outbox.events import Delivered, Event, Subscription, event_name, subscribe, subscriptions
from linkspan.kernel.outbox.letters import Delivery, deliveries, drop, retry, retry_dead
from linkspan.kernel.outbox.publishing import publish, publish_all
from linkspan.kernel.outbox.relay import backlog, deliver, drain, oldest_due

__all__ = [
    "Delivered",
    "Delivery",
    "Event",
    "Subscription",
    "backlog",
    "deliver",
    "deliveries",
    "drain",
    "drop",
    "event_name",
    "oldest_due",
    "publish",
    "publish_all",
    "retry",
    "retry_dead",
    "subscribe",
    "subscriptions",
]
