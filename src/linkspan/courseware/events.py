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
    """A learning platform has told a run's enrolments and grades to the end, perhaps only to be compared."""

    fetch_id: UUID
    institution: str
    compares: bool = False


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


@dataclass(frozen=True, slots=True)
class AnnouncementPublished:
    """Staff tell everybody in a run something."""

    announcement_id: UUID


@dataclass(frozen=True, slots=True)
class AnnouncementMade:
    """One learner of a run is told what staff announced: the course, the title, the beginning of the text."""

    learner_id: UUID
    run_id: str
    title: str
    part: str
    text: str


@dataclass(frozen=True, slots=True)
class PostReported:
    """Somebody reported a post of a run's discussion, and no other report of it waits."""

    post_id: UUID
    run_id: str


@dataclass(frozen=True, slots=True)
class PostHidden:
    """Course staff hid what somebody wrote in the discussion of a run, for a reason."""

    learner_id: UUID
    run_id: str
    thread_id: str
    title: str
    reason: str


@dataclass(frozen=True, slots=True)
class PostShown:
    """Course staff show again what they had hidden."""

    learner_id: UUID
    run_id: str
    thread_id: str
    title: str


@dataclass(frozen=True, slots=True)
class NewsInThreads:
    """Threads that somebody follows have something new: their titles, quoted."""

    learner_id: UUID
    run_id: str
    threads: str


@dataclass(frozen=True, slots=True)
class CohortChanged:
    """Staff had a learner study in another cohort of a run, or in none (an empty name)."""

    learner_id: UUID
    run_id: str
    title: str
    cohort: str


@dataclass(frozen=True, slots=True)
class CohortDraws:
    """A cohort of a run takes learners by chance from now on."""

    run_id: str
