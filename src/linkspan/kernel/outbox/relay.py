"""Delivering what is due, each by itself, skipping what another worker holds.

A delivery of the fast lane is claimed by the lock on its row: the subscriber's work and the mark commit together, and
the lock dies with the worker. In the other lanes the claim is committed before the work begins, as a lease: no lock is
held and no transaction is open while somebody outside is waited for.

Deliveries begin in the order in which things happened, and what fails comes later than what did not. So every
subscriber acts on the present state, not on the event alone: a payment confirmed after its refund opens nothing.
Where order itself matters, between servers of partners, the sender keeps it channel by channel.
"""

import traceback
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import transaction
from django.db.models import Count, Min, Q, QuerySet

from linkspan.kernel.events import DeliveryGivenUp
from linkspan.kernel.measures import DELIVERY_FAILURES
from linkspan.kernel.models import OutboxDelivery
from linkspan.kernel.outbox.events import Delivered, rebuilt, subscriptions
from linkspan.kernel.outbox.publishing import publish
from linkspan.kernel.retries import LEASES, MOST_TRIES, Lane, State, due_again
from linkspan.kernel.tracing import span

LONGEST_ERROR = 2000

log = structlog.get_logger(__name__)


def deliver(lane: Lane, *, now: datetime) -> bool:
    """Deliver the next message that is due in a lane; False if there is none."""
    if not _due(lane, now).exists():  # so that a worker at rest takes no lock
        return False
    return _under_its_lock(now) if lane is Lane.FAST else _under_a_lease(lane, now)


def drain(*, now: datetime, lanes: Sequence[Lane] = tuple(Lane), most: int = 5_000) -> int:
    """Deliver until nothing is due at `now` (an event may cause another), in each lane; how many were tried."""
    tried = 0
    while tried < most and (found := sum(deliver(lane, now=now) for lane in lanes)):
        tried += found
    return tried


def backlog() -> tuple[int, int]:
    """How many deliveries wait, and how many were given up after the last try."""
    waiting = OutboxDelivery.objects.filter(state=State.WAITING).count()
    return waiting, OutboxDelivery.objects.filter(state=State.DEAD).count()


def oldest_due(*, now: datetime) -> datetime | None:
    """Since when the delivery that is due for longest has been; None if none is due."""
    due = OutboxDelivery.objects.filter(state=State.WAITING, due__lte=now)
    return due.order_by("due").values_list("due", flat=True).first()


@dataclass(frozen=True, slots=True)
class Queue:
    """A lane: how many deliveries wait, how many of these failed before, how many were given up, and since when the
    oldest is due."""

    lane: Lane
    waiting: int = 0
    failing: int = 0
    given_up: int = 0
    due: datetime | None = None


def queues(*, now: datetime) -> tuple[Queue, ...]:
    """Every lane as it stands, by one query."""
    rows = OutboxDelivery.objects.filter(state__in=[State.WAITING, State.DEAD]).order_by().values("lane")
    waits = Q(state=State.WAITING)
    found = rows.annotate(
        waiting=Count("id", filter=waits),
        failing=Count("id", filter=waits & Q(tries__gt=0)),
        given_up=Count("id", filter=Q(state=State.DEAD)),
        oldest=Min("due", filter=waits & Q(due__lte=now)),
    )
    by_lane = {row["lane"]: row for row in found}
    return tuple(
        Queue(lane, row["waiting"], row["failing"], row["given_up"], row["oldest"])
        if (row := by_lane.get(lane))
        else Queue(lane)
        for lane in Lane
    )


def _under_its_lock(now: datetime) -> bool:
    row = None
    try:
        with transaction.atomic():
            row = _claimed(Lane.FAST, now)
            if row is not None:
                _hand_over(row, now)
                _mark_done(row, now)
    except Exception:
        if row is None:
            raise
        _note_failure(row, row.tries + 1, now)
    return row is not None


def _under_a_lease(lane: Lane, now: datetime) -> bool:
    with transaction.atomic():
        row = _claimed(lane, now)
        if row is None:
            return False
        row.tries, row.lease_until = row.tries + 1, now + LEASES[lane]
        row.save(update_fields=["tries", "lease_until"])
    try:
        if row.tries > MOST_TRIES:
            raise RuntimeError("The worker ended in the middle of the last try.")
        _hand_over(row, now)
    except Exception:  # noqa: BLE001 - the edge of a worker: it is noted and tried again
        _note_failure(row, row.tries, now)
    else:
        _mark_done(row, now)
    return True


def _due(lane: Lane, now: datetime) -> QuerySet[OutboxDelivery]:
    """What is due in a lane and free, first come first."""
    free = Q(lease_until=None) | Q(lease_until__lte=now)
    return OutboxDelivery.objects.filter(free, state=State.WAITING, lane=lane, due__lte=now).order_by("due", "id")


def _claimed(lane: Lane, now: datetime) -> OutboxDelivery | None:
    """The next that is due, its row locked; what another worker has locked is skipped."""
    return _due(lane, now).select_for_update(skip_locked=True, of=("self",)).select_related("message").first()


def _hand_over(row: OutboxDelivery, now: datetime) -> None:
    message = row.message
    told = subscriptions(message.event).get(row.subscriber)
    if told is None:
        raise LookupError(f"Nobody called {row.subscriber} listens to {message.event}.")
    event = rebuilt(told.event, message.payload)
    with span(f"deliver {message.event} to {row.subscriber}", {"linkspan.lane": row.lane, "linkspan.try": row.tries}):
        told.handler(Delivered(str(message.id), event, message.at, str(row.id), now))


def _mark_done(row: OutboxDelivery, now: datetime) -> None:
    fields = {"state": State.DONE, "delivered_at": now, "lease_until": None}
    OutboxDelivery.objects.filter(id=row.id, state=State.WAITING).update(**fields)


@transaction.atomic
def _note_failure(tried: OutboxDelivery, tries: int, now: datetime) -> None:
    """Write down why, and when it is tried again; nothing if another worker has tried it since."""
    error = traceback.format_exc(limit=5)
    DELIVERY_FAILURES.labels(tried.lane).inc()
    log.error("delivery failed", delivery=str(tried.id), tries=tries, error=error)
    rows = OutboxDelivery.objects.select_for_update(of=("self",)).select_related("message")
    row = rows.filter(id=tried.id, tries=tried.tries, state=State.WAITING).first()
    if row is None:
        return
    again = due_again(tries, now, _chance(row))
    row.tries, row.lease_until, row.last_error = tries, None, error[-LONGEST_ERROR:]
    if again is not None:
        row.due = again
    else:
        row.state = State.DEAD
        publish(DeliveryGivenUp(row.id, row.message.event, row.subscriber, last_line(error)), now=now)
    row.save(update_fields=["tries", "lease_until", "last_error", "due", "state"])


def last_line(error: str) -> str:
    """What went wrong, out of a whole traceback."""
    lines = (line.strip() for line in reversed(error.splitlines()))
    return next((line for line in lines if line), "")


def _chance(row: OutboxDelivery) -> float:
    """A number from 0 to 1 that differs from delivery to delivery, and is the same whenever it is asked for."""
    return zlib.crc32(row.id.bytes) / 0xFFFFFFFF
