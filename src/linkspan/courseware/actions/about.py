"""Say what a course is to whom may want to study it."""

from datetime import datetime

from django.db import transaction

from linkspan.courseware.models import AboutRow
from linkspan.courseware.queries import authored_run, said_of
from linkspan.courseware.rules import Said, check_said
from linkspan.kernel import audit
from linkspan.kernel.actor import Actor


@transaction.atomic
def say_of_course(*, actor: Actor, run_id: str, said: Said, now: datetime) -> None:
    """Have everybody read this on the course's page; what is empty leaves it to the course's own files."""
    run = authored_run(actor, run_id)
    said, before = check_said(said), said_of(actor, run_id)
    if said == before:
        return
    told = {"overview": said.overview, "effort": said.effort, "staff": said.staff, "syllabus": said.syllabus}
    AboutRow.objects.update_or_create(run_id=run_id, defaults={**told, "by": actor.name, "at": now})
    audit.record(
        actor=actor,
        verb="say_of_course",
        subject=f"courseware.course:{run_id}",
        now=now,
        before={"run": run_id, "effort": before.effort, "syllabus": before.syllabus},
        after={"run": run_id, "effort": said.effort, "syllabus": said.syllabus},
        institution=run.course.institution,
    )
