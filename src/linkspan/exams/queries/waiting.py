"""What waits about exams: times that are booked, attempts that are open, and what their offices decide."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from linkspan.exams.models import (
    AccommodationRow,
    AppealRow,
    AttemptRow,
    BookingRow,
    MarkRow,
    RoomMessageRow,
    WaitingRow,
    WayRow,
)
from linkspan.exams.rules import IN_REVIEW, AppealState, AttemptState, BookingState
from linkspan.exams.rules.accommodations import UNDECIDED
from linkspan.exams.rules.conduct import Conduct
from linkspan.exams.rules.room import RoomKind
from linkspan.exams.rules.ways import WayState
from linkspan.kernel.waiting import Open, Part, What, Whose, part, together

UNDER_WAY = (AttemptState.IDENTITY_CONFIRMED, AttemptState.STARTED, AttemptState.PAUSED, AttemptState.ERROR)
#: For so long a rejection is put before the learner as something to answer; an appeal stays possible.
ANSWERED_WITHIN = timedelta(days=14)
HEARD = "rejection__heard_until"
SCHOOL, TITLE = "sitting__exam__institution", "version__title"


def waits(whose: Whose, now: datetime) -> Iterator[Open]:
    """Attempts by their state, and all that people ask about exams and nobody has decided."""
    attempts = whose.of(AttemptRow.objects.all(), school=SCHOOL)
    told = {"title": TITLE, "institution": SCHOOL, "since": "created_at"}
    rejected = attempts.filter(state=AttemptState.REJECTED, appeal=None, released_at__gt=now - ANSWERED_WITHIN)
    decided = Q(state__in=[AttemptState.VERIFIED, AttemptState.REJECTED], released_at=None)
    appeals = AppealRow.objects.filter(state=AppealState.OPEN)
    asked = AccommodationRow.objects.filter(state__in=UNDECIDED)
    found = together(
        whose,
        part(What.CONFIRM_WHO_SITS, attempts.filter(state=AttemptState.CREATED), **told),
        part(What.SIT_EXAM, attempts.filter(state__in=UNDER_WAY), until="deadline", **told),
        part(
            What.REVIEW_EXAM,
            attempts.filter(~_asked(now), state__in=IN_REVIEW, submitted_at__isnull=False),
            until="sitting__release_at",
            **told | {"since": "submitted_at"},
        ),
        part(What.RESULT, attempts.filter(decided), until="sitting__release_at", **told),
        part(What.ANSWER_REJECTION, attempts.filter(_asked(now)), until=HEARD, **told | {"since": "rejection__at"}),
        part(What.ANSWER_INCIDENT, rejected, **told | {"since": "released_at"}),
        part(
            What.DECIDE_EXAM_APPEAL,
            whose.of(appeals, school=f"attempt__{SCHOOL}"),
            title=f"attempt__{TITLE}",
            institution=f"attempt__{SCHOOL}",
            keys="attempt_id",
            but_not="attempt__reviewed_by_id",
            nor="attempt__rejection__proposed_by_id",
            since="at",
        ),
        part(
            What.DECIDE_EXTRA_TIME,
            whose.of(asked, school="exam__institution"),
            title="exam__in_force__title",
            institution="exam__institution",
            since="requested_at",
        ),
        part(
            What.DECIDE_WAY,
            whose.of(WayRow.objects.filter(state=WayState.REQUESTED), school="exam__institution"),
            title="exam__in_force__title",
            institution="exam__institution",
            since="requested_at",
        ),
        _asking(whose),
        _marks(whose),
        _times(whose, now),
        _seats(whose, now),
    )
    early = _early([one.id for one in found if one.what is What.BOOKED_TIME])
    due = _due([one.id for one in found if one.what is What.REVIEW_EXAM])
    for one in found:
        if one.what is What.REVIEW_EXAM:
            yield replace(one, until=due.get(one.id, one.until))
            continue
        comes = one.what is What.BOOKED_TIME and one.until and now >= one.until - early.get(one.id, timedelta())
        yield replace(one, what=What.CHECK_IN) if comes else one


def _asked(now: datetime) -> Q:
    """Attempts of which a rejection is proposed, and whose learner may still answer."""
    return Q(state=AttemptState.REJECTION_PROPOSED, rejection__stated_at=None, rejection__heard_until__gt=now)


def _asking(whose: Whose) -> Part:
    """Candidates whose last word got no answer; what is written to everybody is none."""
    later = RoomMessageRow.objects.filter(attempt=OuterRef("attempt"), number__gt=OuterRef("number"), to_all=False)
    rows = RoomMessageRow.objects.filter(~Exists(later), kind=RoomKind.HELP)
    rows = rows.filter(attempt__state__in=[AttemptState.CREATED, *UNDER_WAY])
    told = {"title": f"attempt__{TITLE}", "institution": f"attempt__{SCHOOL}", "since": "at"}
    return part(What.ANSWER_CANDIDATE, whose.of(rows, school=f"attempt__{SCHOOL}"), id="attempt_id", **told)


def _marks(whose: Whose) -> Part:
    rows = MarkRow.objects.filter(marked_at=None)
    if whose.person is not None:
        rows = rows.filter(marker_id=whose.person)
    return part(
        What.MARK_ANSWER,
        whose.of(rows, "", f"attempt__{SCHOOL}"),
        title=f"attempt__{TITLE}",
        institution=f"attempt__{SCHOOL}",
        learner="",
        person="marker_id",
        since="assigned_at",
    )


def _times(whose: Whose, now: datetime) -> Part:
    rows = BookingRow.objects.filter(state=BookingState.BOOKED, appointment__starts_at__gt=now - timedelta(hours=1))
    return part(
        What.BOOKED_TIME,
        whose.of(rows, school="exam__institution"),
        title="exam__in_force__title",
        institution="exam__institution",
        keys="exam_id",
        since="booked_at",
        until="appointment__starts_at",
    )


def _seats(whose: Whose, now: datetime) -> Part:
    return part(
        What.EXAM_SEAT,
        whose.of(WaitingRow.objects.filter(appointment__starts_at__gt=now), school="exam__institution"),
        title="exam__in_force__title",
        institution="exam__institution",
        keys="exam_id",
        since="since",
        until="appointment__starts_at",
    )


def _due(attempts: list[UUID]) -> dict[UUID, datetime]:
    """When the review of each attempt is due, by its version; after a proposed rejection once the learner was heard."""
    if not attempts:
        return {}
    rows = AttemptRow.objects.filter(id__in=attempts).exclude(version__conduct={})
    told = ("submitted_at", "rejection__stated_at", HEARD, "sitting__release_at", "version__conduct")
    return {
        attempt: Conduct.kept(conduct).review_due(stated or heard or submitted, release)
        for attempt, submitted, stated, heard, release, conduct in rows.values_list("id", *told)
    }


def _early(bookings: list[UUID]) -> dict[UUID, timedelta]:
    """How long before each booked time one checks in."""
    if not bookings:
        return {}
    rows = BookingRow.objects.filter(id__in=bookings).values_list("id", "appointment__sitting__early_minutes")
    return {booking: timedelta(minutes=minutes) for booking, minutes in rows}
