"""What the clock does in exams."""

from datetime import datetime

from linkspan.exams.actions import (
    assign_markers,
    close_no_show,
    end_break,
    end_wait,
    let_recording_go,
    miss_booking,
    release_result,
    remind_of_booking,
    submit_attempt,
    tell_marker,
    tell_overdue,
)
from linkspan.exams.queries import (
    attempts_to_assign,
    bookings_missed,
    bookings_to_remind,
    breaks_over,
    due_releases,
    markers_to_tell,
    no_shows,
    overdue,
    recordings_due,
    unreviewed,
    waits_over,
)
from linkspan.kernel.actor import system_actor
from linkspan.kernel.each import each_due

CLOCK = system_actor("exam clock")


def end_breaks(now: datetime) -> None:
    """Let the clock go on where a break's time is over, before attempts whose time is over are handed in."""
    each_due(
        "exams.end_breaks",
        breaks_over(now),
        lambda attempt_id: end_break(actor=CLOCK, attempt_id=attempt_id, now=now),
        now=now,
    )


def close_overdue_attempts(now: datetime) -> None:
    """Hand in what was saved when the time is over."""
    each_due(
        "exams.close_overdue_attempts",
        overdue(now),
        lambda attempt_id: submit_attempt(actor=CLOCK, attempt_id=attempt_id, now=now),
        now=now,
    )


def close_no_shows(now: datetime) -> None:
    """Close attempts that nobody started."""
    each_due(
        "exams.close_no_shows",
        no_shows(now),
        lambda attempt_id: close_no_show(actor=CLOCK, attempt_id=attempt_id, now=now),
        now=now,
    )


def release_due_results(now: datetime) -> None:
    """Release results whose date has come."""
    each_due(
        "exams.release_due_results",
        due_releases(now),
        lambda attempt_id: release_result(attempt_id=attempt_id, now=now),
        now=now,
    )


def name_markers(now: datetime) -> None:
    """Give answers that people mark to markers, and to others what somebody can no longer mark; tell who has some."""
    each_due(
        "exams.name_markers",
        attempts_to_assign(),
        lambda attempt_id: assign_markers(actor=CLOCK, attempt_id=attempt_id, now=now),
        now=now,
    )
    each_due(
        "exams.tell_markers",
        markers_to_tell(now),
        lambda who: tell_marker(actor=CLOCK, marker_id=who[0], code=who[1], now=now),
        now=now,
    )


def miss_bookings(now: datetime) -> None:
    """End bookings to whose time nobody came."""
    each_due(
        "exams.miss_bookings",
        bookings_missed(now),
        lambda booking_id: miss_booking(actor=CLOCK, booking_id=booking_id, now=now),
        now=now,
    )


def remind_of_bookings(now: datetime) -> None:
    """Remind of booked times, a day and an hour before."""
    each_due(
        "exams.remind_of_bookings",
        bookings_to_remind(now),
        lambda booking_id: remind_of_booking(actor=CLOCK, booking_id=booking_id, now=now),
        now=now,
    )


def end_waits(now: datetime) -> None:
    """Tell who waited for a seat that none is given back any more."""
    each_due(
        "exams.end_waits",
        waits_over(now),
        lambda waiting_id: end_wait(actor=CLOCK, waiting_id=waiting_id, now=now),
        now=now,
    )


def let_recordings_go(now: datetime) -> None:
    """Have services delete recordings that were kept for as long as learners had been told."""
    each_due(
        "exams.let_recordings_go",
        recordings_due(now),
        lambda session_id: let_recording_go(session_id=session_id, now=now),
        now=now,
    )


def tell_of_unreviewed(now: datetime) -> None:
    """Have proctors told of attempts for whose review a service takes long."""
    each_due(
        "exams.tell_of_unreviewed",
        unreviewed(now),
        lambda session_id: tell_overdue(session_id=session_id, now=now),
        now=now,
    )


TICKS = (
    end_breaks,
    close_overdue_attempts,
    close_no_shows,
    name_markers,
    release_due_results,
    remind_of_bookings,
    miss_bookings,
    end_waits,
    let_recordings_go,
    tell_of_unreviewed,
)
