"""What operators do with deliveries: see them, send them again, set them aside."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from linkspan.kernel import audit
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, Refused, Unusable, permit
from linkspan.kernel.models import OutboxDelivery
from linkspan.kernel.outbox.relay import last_line
from linkspan.kernel.retries import Lane, State

MOST_SHOWN = 200


@dataclass(frozen=True, slots=True)
class Delivery:
    """A delivery as an operator sees it; `error` is the last line of what went wrong, `why` who set it aside says."""

    id: UUID
    event: str
    subscriber: str
    lane: Lane
    state: State
    happened_at: datetime
    due: datetime
    tries: int
    error: str
    why: str


def may_operate(actor: Actor) -> bool:
    """Whether the actor runs this installation."""
    return actor.is_system or actor.has_role("operator")


def deliveries(
    actor: Actor, *, state: State | None = None, subscriber: str = "", limit: int = MOST_SHOWN
) -> tuple[Delivery, ...]:
    """Deliveries that are not done, or of one state, those given up first; at most `limit`."""
    permit(may_operate(actor), "see deliveries")
    rows = OutboxDelivery.objects.select_related("message")
    rows = rows.filter(state=state) if state else rows.exclude(state=State.DONE)
    if subscriber:
        rows = rows.filter(subscriber=subscriber)
    return tuple(_read(row) for row in rows.order_by("state", "due", "id")[:limit])


@transaction.atomic
def retry(*, actor: Actor, delivery_id: UUID, now: datetime) -> None:
    """Have a delivery tried again before all that happened later, with all its tries before it."""
    permit(may_operate(actor), "send deliveries again")
    _again(actor, _free(delivery_id, now), now)


@transaction.atomic
def retry_dead(*, actor: Actor, now: datetime) -> int:
    """Have everything tried again that was given up; returns how many."""
    permit(may_operate(actor), "send deliveries again")
    rows = list(_locked().filter(state=State.DEAD))
    for row in rows:
        _again(actor, row, now)
    return len(rows)


@transaction.atomic
def drop(*, actor: Actor, delivery_id: UUID, reason: str, now: datetime) -> None:
    """Set a delivery aside, with a reason: it is not tried again, and stays to be seen."""
    permit(may_operate(actor), "set deliveries aside")
    if not reason.strip():
        raise Unusable("reason_missing", "Say why this delivery is set aside.")
    row = _free(delivery_id, now)
    row.state, row.why = State.DROPPED, reason.strip()[:1000]
    row.save(update_fields=["state", "why"])
    _note(actor, "drop_delivery", row, now, row.why)


def _again(actor: Actor, row: OutboxDelivery, now: datetime) -> None:
    row.state, row.due, row.tries, row.lease_until, row.why = State.WAITING, row.message.at, 0, None, ""
    row.save(update_fields=["state", "due", "tries", "lease_until", "why"])
    _note(actor, "retry_delivery", row, now)


def _note(actor: Actor, verb: str, row: OutboxDelivery, now: datetime, why: str = "") -> None:
    after = {"subscriber": row.subscriber, "state": row.state}
    audit.record(actor=actor, verb=verb, subject=f"kernel.delivery:{row.id}", now=now, after=after, why=why)


def _free(delivery_id: UUID, now: datetime) -> OutboxDelivery:
    row = _locked().filter(id=delivery_id).first()
    if row is None:
        raise NotFound("delivery_unknown", "There is no such delivery.")
    if row.state == State.DONE:
        raise Refused("delivery_done", "This was delivered already.")
    if row.lease_until is not None and row.lease_until > now:
        raise Refused("delivery_held", "A worker delivers this now. Look again in some minutes.")
    return row


def _locked() -> QuerySet[OutboxDelivery]:
    return OutboxDelivery.objects.select_for_update(of=("self",)).select_related("message")


def _read(row: OutboxDelivery) -> Delivery:
    return Delivery(
        row.id,
        row.message.event,
        row.subscriber,
        Lane(row.lane),
        State(row.state),
        row.message.at,
        row.due,
        row.tries,
        last_line(row.last_error),
        row.why,
    )
