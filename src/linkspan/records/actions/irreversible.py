"""What cannot be undone on records: looked at first, then confirmed (`kernel.acts`)."""

from linkspan.catalog.queries import course_run
from linkspan.enrolment.queries import verified_learners
from linkspan.kernel.acts import Act, Asked, Line
from linkspan.records.actions.facts import freeze_run
from linkspan.records.models import FactRow
from linkspan.records.rules import Kind


def _publish(asked: Asked) -> object:
    return freeze_run(actor=asked.actor, run_id=asked.subject, now=asked.now, reason=asked.reason)


def _lines(asked: Asked) -> dict[str, Line]:
    """The grade on record of every verified learner of the run."""
    title = course_run(asked.subject).title
    learners = verified_learners(asked.subject)
    facts = FactRow.objects.filter(kind=Kind.COURSE_GRADE, key=asked.subject, learner_id__in=learners)
    return {str(one.learner_id): Line(one.learner_id, title, _grade(one)) for one in facts.order_by("version")}


def _grade(row: FactRow) -> str:
    grade = row.data.get("grade") or {}
    return f"{grade.get('value')}%" if grade.get("scale") == "percent" else str(grade.get("value", ""))


PUBLISH_GRADES = Act(
    name="publish_grades",
    do=_publish,
    lines=_lines,
    school=lambda subject: course_run(subject).course.institution,
    tells=("records.FactRecorded",),
    roles=frozenset({"program_staff", "registrar"}),
)
