"""What cannot be undone with enrolments: looked at first, then confirmed (`kernel.acts`)."""

from linkspan.catalog.queries import course_run
from linkspan.enrolment.actions.enrolments import withdraw
from linkspan.enrolment.models import EnrolmentRow
from linkspan.kernel.acts import Act, Asked, Line


def _leave(asked: Asked) -> None:
    withdraw(actor=asked.actor, learner_id=asked.actor.own_id, run_id=asked.subject, now=asked.now)


def _lines(asked: Asked) -> dict[str, Line]:
    rows = EnrolmentRow.objects.filter(learner_id=asked.actor.own_id, run_id=asked.subject)
    title = course_run(asked.subject).title
    return {str(row.id): Line(row.learner_id, title, row.state) for row in rows}


LEAVE = Act(
    name="leave_course",
    do=_leave,
    lines=_lines,
    school=lambda subject: course_run(subject).course.institution,
    own=True,
    takes_reason=False,
)
