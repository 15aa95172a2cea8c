"""Ask to be told when a course takes enrolments, take it back, and tell those who asked, once."""

from datetime import datetime

from django.db import transaction

from linkspan.catalog.queries import course, runs_of_courses
from linkspan.catalog.rules import CourseRun
from linkspan.enrolment.events import EnrolmentOpened
from linkspan.enrolment.models import EnrolmentRow, WishRow
from linkspan.enrolment.queries import is_enrolled, wished_courses
from linkspan.enrolment.rules import MOST_WISHES, EnrolmentState, check_wish, in_zone
from linkspan.kernel import outbox
from linkspan.kernel.actor import Actor
from linkspan.kernel.each import each_due
from linkspan.kernel.errors import Refused
from linkspan.kernel.locks import one_at_a_time

AT_ONCE = 500


@transaction.atomic
def wish(*, actor: Actor, course_key: str, now: datetime) -> None:
    """Want to be told when a course takes enrolments; a second time changes nothing.

    Refused while a run takes enrolments, and for who is enrolled in a run that has not ended.
    """
    learner_id, runs = actor.own_id, runs_of_courses([course(course_key).key])
    going_on = [run for run in runs if run.ends > now and is_enrolled(learner_id, run.id)]
    check_wish(runs, now, enrolled=bool(going_on))
    one_at_a_time(f"enrolment.wishes {learner_id}")
    mine = WishRow.objects.filter(learner_id=learner_id)
    if mine.filter(course_key=course_key).exists():
        return
    if mine.count() >= MOST_WISHES:
        raise Refused("wishes_too_many", "You wait for {most} courses. Take one back first.", most=MOST_WISHES)
    WishRow.objects.create(learner_id=learner_id, course_key=course_key, at=now)


@transaction.atomic
def unwish(*, actor: Actor, course_key: str) -> None:
    """Want it no more; a second time changes nothing."""
    WishRow.objects.filter(learner_id=actor.own_id, course_key=course_key).delete()


def tell_wishes(now: datetime) -> None:
    """Have everybody told whose course takes enrolments now, once: whoever is told waits no more."""
    runs = (run for run in runs_of_courses(wished_courses()) if run.takes_enrolments(now))
    opened = {run.course.key: run for run in reversed([*runs])}
    each_due("enrolment.tell_wishes", opened.values(), lambda run: _tell(run, now), now=now, named=lambda run: run.id)


def _tell(run: CourseRun, now: datetime) -> None:
    """The first of several runs that are open is named. Who came into it by another way is told nothing."""
    rows = WishRow.objects.select_for_update().filter(course_key=run.course.key).order_by("at", "id")
    while found := list(rows[:AT_ONCE]):
        people = [row.learner_id for row in found]
        inside = EnrolmentRow.objects.filter(run_id=run.id, learner_id__in=people)
        known = set(inside.exclude(state=EnrolmentState.WITHDRAWN).values_list("learner_id", flat=True))
        closes = in_zone(run, run.enrolment_closes)
        told = [EnrolmentOpened(one, run.id, run.title, closes) for one in people if one not in known]
        outbox.publish_all(told, now=now)
        WishRow.objects.filter(id__in=[row.id for row in found]).delete()
