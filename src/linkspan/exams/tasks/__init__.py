"""What the clock does in exams, and who is told of what."""

from linkspan.exams.tasks.clock import (
    TICKS,
    close_no_shows,
    close_overdue_attempts,
    end_waits,
    let_recordings_go,
    miss_bookings,
    name_markers,
    release_due_results,
    remind_of_bookings,
    tell_of_unreviewed,
)
from linkspan.exams.tasks.told import SUBSCRIPTIONS, in_zone

__all__ = [
    "SUBSCRIPTIONS",
    "TICKS",
    "close_no_shows",
    "close_overdue_attempts",
    "end_waits",
    "in_zone",
    "let_recordings_go",
    "miss_bookings",
    "name_markers",
    "release_due_results",
    "remind_of_bookings",
    "tell_of_unreviewed",
]
