"""What the outbox holds after a test, and who was told of what."""

from django.db.models import Max, Q

from linkspan.kernel import outbox
from linkspan.kernel.models import OutboxDelivery
from linkspan.kernel.retries import State

MOST = 2_000
FAILED = Q(state=State.DEAD) | Q(state=State.WAITING, tries__gt=0)


def undelivered() -> list[str]:
    """Deliver what waits, when it is due; everything that failed before or fails now, with its error.

    Of more than `MOST` deliveries, the rest may wait: a race of hundreds would spend minutes on its mail.
    """
    failed = _told(FAILED)
    latest = OutboxDelivery.objects.filter(state=State.WAITING).aggregate(due=Max("due"))["due"]
    if latest is not None and not failed:
        all_tried = outbox.drain(now=latest, most=MOST) < MOST
        failed = _told(Q(state__in=[State.DEAD, State.WAITING]) if all_tried else FAILED)
    return failed


def _told(which: Q) -> list[str]:
    rows = OutboxDelivery.objects.filter(which).select_related("message")
    return [f"{row.message.event} for {row.subscriber}: {row.last_error.strip()}" for row in rows]
