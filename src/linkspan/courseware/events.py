"""What happened in courses."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class ProblemGraded:
    """A learner's submission was graded."""

    learner_id: UUID
    run_id: str
    usage: str


@dataclass(frozen=True, slots=True)
class CourseHandedIn:
    """Somebody handed in a course, or chose an earlier version, to be tried."""

    trial_id: UUID


@dataclass(frozen=True, slots=True)
class PlatformFetched:
    """A learning platform has told a run's enrolments and grades to the end."""

    fetch_id: UUID
    institution: str


@dataclass(frozen=True, slots=True)
class UsernameLinked:
    """A username of a learning platform was linked with a person, by proof."""

    learner_id: UUID
    institution: str
    place: str
    username: str


@dataclass(frozen=True, slots=True)
class ExtensionGranted:
    """A subsection is due later for one learner; `due` is told by the clocks of the run."""

    learner_id: UUID
    run_id: str
    title: str
    part: str
    due: str
