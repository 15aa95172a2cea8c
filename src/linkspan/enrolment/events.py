"""What happened to enrolments."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class LearnerEnrolled:
    """A learner enrolled in a run."""

    learner_id: UUID
    run_id: str
    title: str
    track: str


@dataclass(frozen=True, slots=True)
class TrackChanged:
    """The verified track was paid for."""

    learner_id: UUID
    run_id: str
    title: str
    track: str


@dataclass(frozen=True, slots=True)
class VerifiedTrackClosed:
    """The charge of the verified track was refunded or cancelled: the learner is on the audit track."""

    learner_id: UUID
    run_id: str
    title: str


@dataclass(frozen=True, slots=True)
class LearnerWithdrew:
    """A learner left a run; with a reason, staff took them out of it."""

    learner_id: UUID
    run_id: str
    title: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class EnrolmentOpened:
    """A run of a course takes enrolments, and a learner wanted to be told; `closes` is told by the run's clocks."""

    learner_id: UUID
    run_id: str
    title: str
    closes: str
