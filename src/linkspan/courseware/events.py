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
class PointsChanged:
    """Staff decided a learner's points in a part of a run; how many stands in the course, where they may be seen."""

    learner_id: UUID
    run_id: str
    title: str
    part: str
    reason: str


@dataclass(frozen=True, slots=True)
class RescoreAsked:
    """Answers to a problem are to be scored again, on trial."""

    rescore_id: UUID


@dataclass(frozen=True, slots=True)
class RescoreTaken:
    """Another scoring of a problem is to count."""

    rescore_id: UUID


@dataclass(frozen=True, slots=True)
class ExtensionGranted:
    """A subsection is due later for one learner; `due` is told by the clocks of the run."""

    learner_id: UUID
    run_id: str
    title: str
    part: str
    due: str
