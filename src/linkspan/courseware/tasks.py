"""What courseware does later: try a course that was handed in, tell learners of extensions."""

from linkspan.courseware.actions import count_rescore, fetch_due, try_course, try_rescore
from linkspan.courseware.events import (
    CourseHandedIn,
    ExtensionGranted,
    PointsChanged,
    RescoreAsked,
    RescoreTaken,
    UsernameLinked,
)
from linkspan.kernel.outbox import Delivered, Subscription
from linkspan.kernel.retries import Lane
from linkspan.kernel.things import About, Thing
from linkspan.messages.tasks import tell


def on_course_handed_in(delivered: Delivered[CourseHandedIn]) -> None:
    """Try the course; its author reads the report on its page."""
    try_course(trial_id=delivered.event.trial_id, now=delivered.now)


def on_extension_granted(delivered: Delivered[ExtensionGranted]) -> None:
    """Tell the learner of the later due date."""
    tell(delivered, "extension", About.of(Thing.COURSEWARE, delivered.event.run_id))


def on_username_linked(delivered: Delivered[UsernameLinked]) -> None:
    """Tell the person: somebody else may have said so."""
    tell(delivered, "username_linked", About(Thing.USERNAMES))


def on_rescore_asked(delivered: Delivered[RescoreAsked]) -> None:
    """Score everybody's answers on trial; staff read whose points change."""
    try_rescore(rescore_id=delivered.event.rescore_id, now=delivered.now)


def on_rescore_taken(delivered: Delivered[RescoreTaken]) -> None:
    """Have the scoring count."""
    count_rescore(rescore_id=delivered.event.rescore_id, now=delivered.now)


def on_points_changed(delivered: Delivered[PointsChanged]) -> None:
    """Tell the learner that staff decided their points, and why."""
    tell(delivered, "points_changed", About.of(Thing.COURSEWARE, delivered.event.run_id))


SUBSCRIPTIONS = (
    Subscription(CourseHandedIn, on_course_handed_in, lane=Lane.HEAVY),
    Subscription(ExtensionGranted, on_extension_granted),
    Subscription(RescoreAsked, on_rescore_asked, lane=Lane.HEAVY),
    Subscription(RescoreTaken, on_rescore_taken, lane=Lane.HEAVY),
    Subscription(PointsChanged, on_points_changed),
    Subscription(UsernameLinked, on_username_linked),
)
CALLS = (fetch_due,)
