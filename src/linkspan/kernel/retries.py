"""When a delivery is tried again, and when a person has to look: pure, without clock or chance."""

from datetime import datetime, timedelta
from enum import StrEnum


class State(StrEnum):
    """Where a delivery stands."""

    WAITING = "waiting"
    DONE = "done"
    DEAD = "dead"
    DROPPED = "dropped"


class Lane(StrEnum):
    """Deliveries that wait for one another: a silent mail server holds up mail, and nothing else."""

    FAST = "fast"
    MAIL = "mail"
    PARTNER = "partner"
    SIGNING = "signing"
    HEAVY = "heavy"


#: After the first try that failed, after the second, and so on; after the last pause comes the last try.
PAUSES = (
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=6),
    timedelta(hours=12),
    timedelta(hours=24),
)
MOST_TRIES = len(PAUSES) + 1
#: By how much of itself a pause grows at most, so that what failed together does not come back together.
SPREAD = 0.2

#: How long a worker may hold a delivery whose work is not in the database. Longer than any call out takes.
LEASES = {
    Lane.MAIL: timedelta(minutes=5),
    Lane.PARTNER: timedelta(minutes=5),
    Lane.SIGNING: timedelta(minutes=5),
    Lane.HEAVY: timedelta(hours=1),
}

#: How long a worker's process may take over a delivery before it is made to end: less than the lease.
LIMITS = {
    Lane.FAST: timedelta(minutes=1),
    Lane.MAIL: timedelta(minutes=1),
    Lane.PARTNER: timedelta(minutes=2),
    Lane.SIGNING: timedelta(minutes=2),
    Lane.HEAVY: timedelta(minutes=25),
}


def due_again(tries: int, failed_at: datetime, chance: float) -> datetime | None:
    """When to try again after that many tries; None if it is given up. `chance`, from 0 to 1, spreads the pauses."""
    if tries >= MOST_TRIES:
        return None
    return failed_at + PAUSES[tries - 1] * (1 + SPREAD * chance)
