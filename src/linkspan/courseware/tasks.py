"""Long work of courseware: trying a course that an author handed in."""

from linkspan.courseware.actions import try_course
from linkspan.courseware.events import CourseHandedIn
from linkspan.kernel.outbox import Delivered, Subscription
from linkspan.kernel.retries import Lane


def on_course_handed_in(delivered: Delivered[CourseHandedIn]) -> None:
    """Try the course; its author reads the report on its page."""
    try_course(trial_id=delivered.event.trial_id, now=delivered.now)


SUBSCRIPTIONS = (Subscription(CourseHandedIn, on_course_handed_in, lane=Lane.HEAVY),)
