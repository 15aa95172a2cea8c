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
