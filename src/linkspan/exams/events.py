"""What happened in exams."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class LearnerCheckedIn:
    """A learner waits for a proctor to confirm their identity."""

    learner_id: UUID
    attempt_id: UUID
    institution: str
    title: str


@dataclass(frozen=True, slots=True)
class ExamSubmitted:
    """An attempt was handed in, by the learner or by the clock."""

    learner_id: UUID
    attempt_id: UUID
    title: str
    institution: str


@dataclass(frozen=True, slots=True)
class SecondReviewAsked:
    """A reviewer leaves the verdict to another person."""

    learner_id: UUID
    attempt_id: UUID
    title: str
    institution: str


@dataclass(frozen=True, slots=True)
class RejectionProposed:
    """A reviewer proposes to reject an attempt; the learner may answer until then."""

    learner_id: UUID
    attempt_id: UUID
    title: str
    institution: str
    until: datetime


@dataclass(frozen=True, slots=True)
class RejectionAnswered:
    """A learner answered a rejection that is proposed: a second person may decide."""

    learner_id: UUID
    attempt_id: UUID
    title: str
    institution: str


@dataclass(frozen=True, slots=True)
class LateAnswersCame:
    """Answers of an attempt came after its end; they wait for a person."""

    learner_id: UUID
    attempt_id: UUID
    title: str
    institution: str


@dataclass(frozen=True, slots=True)
class AttemptCancelled:
    """Staff ended an attempt; it does not count."""

    learner_id: UUID
    attempt_id: UUID
    title: str
    reason: str


@dataclass(frozen=True, slots=True)
class AccommodationDecided:
    """Staff granted or refused extra time; the event tells no ground."""

    learner_id: UUID
    title: str
    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class AppealFiled:
    """A learner appealed against a rejection."""

    learner_id: UUID
    attempt_id: UUID
    title: str
    institution: str
    appeal_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class AppealDecided:
    """Another person upheld or dismissed an appeal."""

    learner_id: UUID
    attempt_id: UUID
    title: str
    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class ExamResultReleased:
    """A result was released; `outcome` is passed, not_passed or rejected."""

    learner_id: UUID
    attempt_id: UUID
    exam_code: str
    program_key: str
    title: str
    outcome: str


@dataclass(frozen=True, slots=True)
class MarksWait:
    """So many answers of an exam wait for one person's marks, which are due when results come out."""

    marker_id: UUID
    exam_code: str
    title: str
    count: int
    due: datetime


@dataclass(frozen=True, slots=True)
class AnalysisAsked:
    """The models of a version are to be worked out."""

    version_id: UUID
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class RulingAdopted:
    """A ruling on a version counts from now on: its attempts are to be worked out again."""

    ruling_id: UUID


@dataclass(frozen=True, slots=True)
class ResultChanged:
    """A result that its learner knew was worked out again, and is another; `outcome` is passed or not_passed."""

    learner_id: UUID
    attempt_id: UUID
    exam_code: str
    program_key: str
    title: str
    outcome: str
    reason: str


@dataclass(frozen=True, slots=True)
class SittingMoved:
    """A sitting opens or closes at other times; the times are words."""

    sitting_id: UUID
    exam_code: str
    title: str
    opens: str
    closes: str


@dataclass(frozen=True, slots=True)
class SittingCancelled:
    """A sitting that was to come, or was open, is cancelled."""

    sitting_id: UUID
    exam_code: str
    title: str
    opens: str
    reason: str


@dataclass(frozen=True, slots=True)
class AppointmentBooked:
    """A learner holds a seat at a time: `how` is booked, moved, or seat_freed for who waited.

    The times say from when to when one checks in, and until when the booking is changed; `zone` is the institution's.
    """

    learner_id: UUID
    booking_id: UUID
    exam_code: str
    title: str
    how: str
    starts_at: datetime
    comes_from: datetime
    comes_until: datetime
    changes_until: datetime
    zone: str


@dataclass(frozen=True, slots=True)
class AppointmentNear:
    """A booked time comes near; `number` counts the reminders."""

    learner_id: UUID
    booking_id: UUID
    exam_code: str
    title: str
    number: int
    starts_at: datetime
    comes_from: datetime
    comes_until: datetime
    zone: str


@dataclass(frozen=True, slots=True)
class BookingEnded:
    """A booking came to an end without an attempt: `state` is cancelled, dropped by staff with a reason, or missed."""

    learner_id: UUID
    booking_id: UUID
    exam_code: str
    title: str
    state: str
    starts_at: datetime
    zone: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class WaitEnded:
    """A learner waits no longer for a seat: the time is near, or staff cancelled it."""

    learner_id: UUID
    exam_code: str
    title: str
    starts_at: datetime
    zone: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SessionChanged:
    """A service is to be told something about a session, or to learn of it."""

    learner_id: UUID
    session_id: UUID


@dataclass(frozen=True, slots=True)
class ServiceFails:
    """A service does not answer about an attempt; it is asked again, and proctors may decide another way."""

    learner_id: UUID
    attempt_id: UUID
    title: str
    institution: str
    service: str


@dataclass(frozen=True, slots=True)
class ServiceReviewed:
    """A service said what it saw of an attempt (clear, doubt, unseen); named people give the verdict."""

    learner_id: UUID
    attempt_id: UUID
    title: str
    institution: str
    opinion: str


@dataclass(frozen=True, slots=True)
class ReviewOverdue:
    """A service takes long for a review of an attempt."""

    learner_id: UUID
    attempt_id: UUID
    title: str
    institution: str


@dataclass(frozen=True, slots=True)
class RecordingDeleted:
    """A service deleted what it had recorded of an attempt, as the learner had been told that it would."""

    learner_id: UUID
    session_id: UUID
    title: str
    service: str


@dataclass(frozen=True, slots=True)
class HelpAsked:
    """A candidate asks for the proctor, and nobody answered yet."""

    learner_id: UUID
    attempt_id: UUID
    title: str
    institution: str


@dataclass(frozen=True, slots=True)
class WayAsked:
    """A learner asks to sit an exam without the camera of its service; the event tells no grounds."""

    learner_id: UUID
    way_id: UUID
    title: str
    institution: str


@dataclass(frozen=True, slots=True)
class WayDecided:
    """Staff let a learner sit an exam without its service, or not: `state` is approved or refused."""

    learner_id: UUID
    title: str
    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class SeriesInvited:
    """A learner is invited to a series of exams."""

    learner_id: UUID
    code: str
    title: str


@dataclass(frozen=True, slots=True)
class SeriesUninvited:
    """An invitation to a series was taken back."""

    learner_id: UUID
    code: str
    title: str
    reason: str
