"""What courseware does later: try a course that was handed in, tell learners and staff of what concerns them."""

from linkspan.accounts.queries import people_with_role
from linkspan.catalog.queries import course_run
from linkspan.courseware.actions import (
    collect_texts,
    compare_due,
    count_rescore,
    draw_cohort,
    draw_cohorts,
    fetch_due,
    publish_due,
    read_events,
    send_announcement,
    send_digests,
    take_events,
    try_course,
    try_rescore,
)
from linkspan.courseware.events import (
    AnnouncementMade,
    AnnouncementPublished,
    CohortChanged,
    CohortDraws,
    CourseHandedIn,
    ExtensionGranted,
    NewsInThreads,
    PointsChanged,
    PostHidden,
    PostReported,
    PostShown,
    RescoreAsked,
    RescoreTaken,
    UsernameLinked,
)
from linkspan.courseware.rules import MODERATORS
from linkspan.enrolment.events import LearnerEnrolled
from linkspan.kernel.outbox import Delivered, Subscription
from linkspan.kernel.retries import Lane
from linkspan.kernel.things import About, Thing
from linkspan.messages.actions import notify
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


def on_announcement_published(delivered: Delivered[AnnouncementPublished]) -> None:
    """Have everybody in the run told."""
    send_announcement(announcement_id=delivered.event.announcement_id, now=delivered.at)


def on_announcement_made(delivered: Delivered[AnnouncementMade]) -> None:
    """Tell one learner what staff announced."""
    tell(delivered, "announcement", About.of(Thing.ANNOUNCEMENTS, delivered.event.run_id))


def on_post_reported(delivered: Delivered[PostReported]) -> None:
    """Tell those who look after the discussion that a post waits for them."""
    run = course_run(delivered.event.run_id)
    for who in {one for role in MODERATORS for one in people_with_role(role, run.course.institution)}:
        notify(
            recipient_id=who,
            kind="post_reported",
            context={"title": run.title},
            about=About.of(Thing.DISCUSSION_DESK, run.id),
            key=f"post_reported:{delivered.id}",
            now=delivered.at,
        )


def on_post_hidden(delivered: Delivered[PostHidden]) -> None:
    """Tell its author, with the reason."""
    tell(delivered, "post_hidden", About.of(Thing.THREAD, delivered.event.run_id, delivered.event.thread_id))


def on_post_shown(delivered: Delivered[PostShown]) -> None:
    """Tell its author."""
    tell(delivered, "post_shown", About.of(Thing.THREAD, delivered.event.run_id, delivered.event.thread_id))


def on_news_in_threads(delivered: Delivered[NewsInThreads]) -> None:
    """Tell who follows them."""
    tell(delivered, "discussion_digest", About.of(Thing.DISCUSSION, delivered.event.run_id))


def on_cohort_changed(delivered: Delivered[CohortChanged]) -> None:
    """Tell the learner with whom they study now."""
    kind = "cohort_changed" if delivered.event.cohort else "cohort_left"
    tell(delivered, kind, About.of(Thing.COURSEWARE, delivered.event.run_id))


def on_cohort_draws(delivered: Delivered[CohortDraws]) -> None:
    """Have everybody in the run who is in no cohort come into an automatic one."""
    draw_cohorts(run_id=delivered.event.run_id, now=delivered.now)


def on_learner_enrolled(delivered: Delivered[LearnerEnrolled]) -> None:
    """Have the learner come into an automatic cohort of the run, if it has one."""
    draw_cohort(learner_id=delivered.event.learner_id, run_id=delivered.event.run_id, now=delivered.now)


SUBSCRIPTIONS = (
    Subscription(CohortChanged, on_cohort_changed),
    Subscription(CohortDraws, on_cohort_draws, lane=Lane.HEAVY),
    Subscription(LearnerEnrolled, on_learner_enrolled),
    Subscription(CourseHandedIn, on_course_handed_in, lane=Lane.HEAVY),
    Subscription(ExtensionGranted, on_extension_granted),
    Subscription(RescoreAsked, on_rescore_asked, lane=Lane.HEAVY),
    Subscription(RescoreTaken, on_rescore_taken, lane=Lane.HEAVY),
    Subscription(PointsChanged, on_points_changed),
    Subscription(UsernameLinked, on_username_linked),
    Subscription(AnnouncementPublished, on_announcement_published, lane=Lane.HEAVY),
    Subscription(AnnouncementMade, on_announcement_made),
    Subscription(PostReported, on_post_reported),
    Subscription(PostHidden, on_post_hidden),
    Subscription(PostShown, on_post_shown),
    Subscription(NewsInThreads, on_news_in_threads),
)
TICKS = (send_digests, publish_due, compare_due, take_events)
CALLS = (fetch_due, collect_texts, read_events)
