"""Reads of what an Open edX published on its event bus."""

from linkspan.courseware.models import BusMessageRow
from linkspan.courseware.rules.events import SIGNALS, MessageState, PlatformEvent
from linkspan.kernel.readers import granted, public

MOST_SHOWN = 20


@granted
def events_of(institution: str, place: str, run_id: str, username: str) -> tuple[PlatformEvent, ...]:
    """The newest events about a username in a run, by the platform's clock, for whoever may see a line about them."""
    about = {"institution": institution, "place": place, "run_id": run_id, "username": username}
    rows = BusMessageRow.objects.filter(state=MessageState.KEPT, **about).order_by("-told_at", "-number")
    return tuple(
        PlatformEvent(
            SIGNALS[row.event_type][2],
            row.event_type,
            row.data,
            f"event bus of {row.place}",
            row.told_at or row.received_at,
            row.received_at,
            row.sha256,
        )
        for row in rows[:MOST_SHOWN]
    )


@public
def events_set_aside() -> int:
    """How many messages were set aside, for those who operate."""
    return BusMessageRow.objects.filter(state=MessageState.SET_ASIDE).count()
