"""Tables of exams."""

from linkspan.exams.models.attempts import (
    AccommodationRow,
    AppealRow,
    AttemptRow,
    IncidentRow,
    LiftRow,
    PageRow,
    ResponseRow,
    SebWaiverRow,
)
from linkspan.exams.models.bookings import BookingRow, WaitingRow
from linkspan.exams.models.making import (
    AppointmentRow,
    EntitlementRow,
    ExamPolicyRow,
    ExamRow,
    ExamVersionRow,
    SittingRow,
)

__all__ = [
    "AccommodationRow",
    "AppealRow",
    "AppointmentRow",
    "AttemptRow",
    "BookingRow",
    "EntitlementRow",
    "ExamPolicyRow",
    "ExamRow",
    "ExamVersionRow",
    "IncidentRow",
    "LiftRow",
    "PageRow",
    "ResponseRow",
    "SebWaiverRow",
    "SittingRow",
    "WaitingRow",
]
