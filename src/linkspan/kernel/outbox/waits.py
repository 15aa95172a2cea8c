"""What is still to be done about somebody: so that a page can say that it waits, not that nothing is there."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Q, QuerySet

from linkspan.kernel.models import OutboxDelivery
from linkspan.kernel.retries import State


@dataclass(frozen=True, slots=True)
class Wait:
    """A subscriber that has not acted on an event yet, and what the event says."""

    subscriber: str
    told: Mapping[str, Any]


def waits_of(learner_id: UUID, subscribers: Collection[str]) -> tuple[Wait, ...]:
    """Return what those subscribers have still to do about a learner, or about nobody by name, as of a batch.

    What was given up waits for an operator.
    """
    about = Q(message__payload__learner_id=str(learner_id)) | Q(message__payload__learner_id__isnull=True)
    rows = _to_do(subscribers).filter(about).order_by("due", "id")
    return tuple(Wait(*row) for row in rows.values_list("subscriber", "message__payload"))


def waits_by_key(subscriber: str, keys: Collection[str]) -> dict[str, int]:
    """Return how many events about each of those keys a subscriber has still to act on."""
    rows = _to_do([subscriber]).filter(message__payload__key__in=list(keys))
    return dict(rows.values_list(F("message__payload__key")).annotate(Count("id")))


def states_by(subscriber: str, member: str, values: Collection[str]) -> dict[str, State]:
    """Where those deliveries of a subscriber stand that are not done, by what their event says under `member`."""
    rows = OutboxDelivery.objects.exclude(state=State.DONE).filter(
        subscriber=subscriber, **{f"message__payload__{member}__in": list(values)}
    )
    return {told[member]: State(state) for told, state in rows.values_list("message__payload", "state")}


def _to_do(subscribers: Collection[str]) -> QuerySet[OutboxDelivery]:
    return OutboxDelivery.objects.filter(state__in=[State.WAITING, State.DEAD], subscriber__in=list(subscribers))
