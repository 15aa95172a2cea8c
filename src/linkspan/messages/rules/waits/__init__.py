"""Whose turn it is: each wait as one value, with who acts, how long it takes, its words and its places."""

from linkspan.messages.rules.waits.announced import ANNOUNCES, BY_ITSELF, REMINDERS
from linkspan.messages.rules.waits.kinds import KINDS, OF_DESK, OF_LEARNER
from linkspan.messages.rules.waits.values import (
    At,
    Kind,
    Party,
    Standing,
    Wait,
    as_wait,
    due_after,
    in_order,
)

__all__ = [
    "ANNOUNCES",
    "BY_ITSELF",
    "KINDS",
    "OF_DESK",
    "OF_LEARNER",
    "REMINDERS",
    "At",
    "Kind",
    "Party",
    "Standing",
    "Wait",
    "as_wait",
    "due_after",
    "in_order",
]
