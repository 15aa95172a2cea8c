"""What the clock does to roles."""

from datetime import datetime
from typing import Any

from linkspan.accounts.actions import end_due_roles
from linkspan.kernel.outbox import Subscription

SUBSCRIPTIONS: tuple[Subscription[Any], ...] = ()


def end_roles(now: datetime) -> None:
    """End the roles whose last day is over."""
    end_due_roles(now=now)


TICKS = (end_roles,)
