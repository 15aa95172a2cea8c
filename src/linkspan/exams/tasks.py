"""What the clock does in exams."""

from datetime import datetime

from linkspan.exams.actions import release_result, submit_attempt
from linkspan.exams.queries import due_releases, overdue
from linkspan.kernel.actor import system_actor
from linkspan.kernel.outbox import Delivered, Subscriber
from linkspan.messages.tasks import tell


def close_overdue_attempts(now: datetime) -> None:
    """Hand in what was saved when the time is over."""
    for attempt_id in overdue(now):
        submit_attempt(actor=system_actor("exam clock"), attempt_id=attempt_id, now=now)


def release_due_results(now: datetime) -> None:
    """Release results whose date has come."""
    for attempt_id in due_releases(now):
        release_result(attempt_id=attempt_id, now=now)


def on_submitted(delivered: Delivered) -> None:
    """Tell the learner that the exam is in."""
    tell(delivered, "exam_submitted", "/exams/")


def on_released(delivered: Delivered) -> None:
    """Tell the learner that the result is out."""
    tell(delivered, "exam_released", "/exams/")


SUBSCRIPTIONS: dict[str, Subscriber] = {"ExamSubmitted": on_submitted, "ExamResultReleased": on_released}
TICKS = (close_overdue_attempts, release_due_results)
