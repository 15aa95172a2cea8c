"""What cannot be undone with enrolments: looked at first, then confirmed (`kernel.acts`)."""

from uuid import UUID

from linkspan.catalog.queries import course_run
from linkspan.enrolment.actions.enrolments import withdraw, withdraw_learner
from linkspan.enrolment.models import EnrolmentRow
from linkspan.enrolment.rules import Enrolment, may_enrol_others
from linkspan.finance.queries import standing_for
from linkspan.kernel.acts import Act, Asked, Line
from linkspan.kernel.each import Each, each
from linkspan.kernel.errors import Unusable, permit

#: As many as a page of the roster chooses, and more by the API.
MOST_WITHDRAWN = 500


def _leave(asked: Asked) -> None:
    withdraw(actor=asked.actor, learner_id=asked.actor.own_id, run_id=asked.subject, now=asked.now)


def _lines(asked: Asked) -> dict[str, Line]:
    rows = EnrolmentRow.objects.filter(learner_id=asked.actor.own_id, run_id=asked.subject)
    title = course_run(asked.subject).title
    return {str(row.id): Line(row.learner_id, title, row.state) for row in rows}


def _school(subject: str) -> str:
    return course_run(subject).course.institution


def _chosen(asked: Asked) -> list[EnrolmentRow]:
    """The enrolments that are named, of this run; Unusable if none is."""
    permit(may_enrol_others(asked.actor, _school(asked.subject)), "withdraw learners here")
    try:
        ids = {UUID(one) for one in asked.fields["enrolments"]}
    except (KeyError, TypeError, ValueError, AttributeError):
        ids = set()
    rows = list(EnrolmentRow.objects.filter(run_id=asked.subject, id__in=ids).order_by("id")) if ids else []
    if not rows or len(ids) > MOST_WITHDRAWN:
        raise Unusable("learners_unchosen", "Choose 1 to {most} learners of this run.", most=MOST_WITHDRAWN)
    return rows


def _withdraw(asked: Asked) -> Each[UUID, Enrolment]:
    back = asked.word("money") == "back"
    return each(
        [row.id for row in _chosen(asked)],
        lambda one: withdraw_learner(
            actor=asked.actor, enrolment_id=one, reason=asked.reason, now=asked.now, give_back=back
        ),
    )


def _standing(asked: Asked) -> dict[str, Line]:
    rows, title = _chosen(asked), course_run(asked.subject).title
    found = {str(row.id): Line(row.learner_id, title, row.state) for row in rows}
    charges = standing_for(f"course-run:{asked.subject}", {row.learner_id for row in rows})
    return found | {f"charge {one}": Line(who, "charge", state, coded=True) for one, (who, state) in charges.items()}


LEAVE = Act(name="leave_course", do=_leave, lines=_lines, school=_school, own=True, takes_reason=False)
WITHDRAW = Act(
    name="withdraw_learners",
    do=_withdraw,
    lines=_standing,
    school=_school,
    tells=("enrolment.LearnerWithdrew", "finance.RefundTold", "finance.ChargeClosed"),
    roles=frozenset({"program_staff", "registrar"}),
)
