"""What the clock does to roles and accounts."""

from datetime import datetime
from typing import Any

from linkspan.accounts.actions import bring_late, end_due_roles, finish_deletions, refresh_metadata
from linkspan.kernel.outbox import Subscription

SUBSCRIPTIONS: tuple[Subscription[Any], ...] = ()


def end_roles(now: datetime) -> None:
    """End the roles whose last day is over."""
    end_due_roles(now=now)


def delete_accounts(now: datetime) -> None:
    """Delete the accounts whose time to think it over has passed."""
    finish_deletions(now=now)


def read_metadata(now: datetime) -> None:
    """Read again what providers of institutions publish."""
    refresh_metadata(now=now)


def bring_late_arrivals(now: datetime) -> None:
    """Bring along what came in for accounts that were joined with others a moment ago."""
    bring_late(now=now)


TICKS = (end_roles, delete_accounts, bring_late_arrivals)
CALLS = (read_metadata,)
