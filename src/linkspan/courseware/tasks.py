"""What courseware does later: try a course that was handed in, tell learners of extensions."""

from linkspan.courseware.actions import fetch_due, try_course
from linkspan.courseware.events import CourseHandedIn, ExtensionGranted, UsernameLinked
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


SUBSCRIPTIONS = (
    Subscription(CourseHandedIn, on_course_handed_in, lane=Lane.HEAVY),
    Subscription(ExtensionGranted, on_extension_granted),
    Subscription(UsernameLinked, on_username_linked),
)
CALLS = (fetch_due,)
