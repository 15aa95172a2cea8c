"""Tables of exams."""

from linkspan.exams.models.analyses import AnalysisRow
from linkspan.exams.models.attempts import (
    AccommodationRow,
    AppealRow,
    AttemptRow,
    IncidentRow,
    LiftRow,
    PageRow,
    RejectionRow,
    ResponseRow,
    SebWaiverRow,
)
from linkspan.exams.models.bookings import BookingRow, WaitingRow
from linkspan.exams.models.files import AnswerFileRow
from linkspan.exams.models.lti import LtiControlRow, LtiSessionRow
from linkspan.exams.models.making import (
    AppointmentRow,
    EntitlementRow,
    ExamPolicyRow,
    ExamRow,
    ExamVersionRow,
    PictureRow,
    SittingRow,
)
from linkspan.exams.models.marking import MarkRow
from linkspan.exams.models.practice import DeviceCheckRow, PracticeRow
from linkspan.exams.models.room import (
    NoticedRow,
    RoomMessageRow,
    RoomReadRow,
    TimelineConsentRow,
    WayRow,
)
from linkspan.exams.models.rulings import JudgementRow, ResultChangeRow, RulingRow
from linkspan.exams.models.series import InvitationRow, SeriesPartRow, SeriesRow, SeriesVersionRow
from linkspan.exams.models.services import ServiceRow
from linkspan.exams.models.watching import (
    AgreementRow,
    OtherWayRow,
    ServiceExamRow,
    ServiceReviewRow,
    SessionRow,
    StrayRow,
    UsedTokenRow,
)

__all__ = [
    "AccommodationRow",
    "AgreementRow",
    "AnalysisRow",
    "AnswerFileRow",
    "AppealRow",
    "AppointmentRow",
    "AttemptRow",
    "BookingRow",
    "DeviceCheckRow",
    "EntitlementRow",
    "ExamPolicyRow",
    "ExamRow",
    "ExamVersionRow",
    "IncidentRow",
    "InvitationRow",
    "JudgementRow",
    "LiftRow",
    "LtiControlRow",
    "LtiSessionRow",
    "MarkRow",
    "NoticedRow",
    "OtherWayRow",
    "PageRow",
    "PictureRow",
    "PracticeRow",
    "RejectionRow",
    "ResponseRow",
    "ResultChangeRow",
    "RoomMessageRow",
    "RoomReadRow",
    "RulingRow",
    "SebWaiverRow",
    "SeriesPartRow",
    "SeriesRow",
    "SeriesVersionRow",
    "ServiceExamRow",
    "ServiceReviewRow",
    "ServiceRow",
    "SessionRow",
    "SittingRow",
    "StrayRow",
    "TimelineConsentRow",
    "UsedTokenRow",
    "WaitingRow",
    "WayRow",
]
