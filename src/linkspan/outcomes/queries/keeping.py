"""Counts kept for as long as nothing that they were counted from has changed.

The key is everything that a count depends on, so what is kept is never out of date: another fact on record, another
state of an application or another version of an agreement makes another key.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.core.cache import cache

#: How long a count that nobody asks for is kept.
KEPT_SECONDS = 7 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Counted[T]:
    """A count, and when it was counted."""

    value: T
    at: datetime


def kept[T](name: str, depends: object, now: datetime, count: Callable[[], T]) -> Counted[T]:
    """The count by that name over what it depends on, counted if it has not been."""
    told = json.dumps(depends, sort_keys=True, default=str)
    key = f"outcomes.{name}:{hashlib.sha256(told.encode()).hexdigest()}"
    found: Counted[T] | None = cache.get(key)
    if found is None:
        found = Counted(count(), now)
        cache.set(key, found, KEPT_SECONDS)
    return found
