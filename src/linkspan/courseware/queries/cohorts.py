"""Reads of cohorts: those of a run, who is in them, how that came, and what moving a learner would change."""

from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q

from linkspan.catalog.queries import course_run
from linkspan.catalog.rules import CourseRun
from linkspan.courseware.models import CohortPlaceRow, CohortRow
from linkspan.courseware.queries.courses import (
    course_of,
    draws_of,
    dues_of,
    grade_by,
    has_content,
    scores_of,
    set_points_in,
)
from linkspan.courseware.queries.groups import groups_of
from linkspan.courseware.queries.versions import authored_run
from linkspan.courseware.rules import (
    Addressed,
    Cohort,
    ContentGroup,
    How,
    Placed,
    PlaceEffect,
    Viewer,
    content_groups,
    groups_by_cohort,
    key_of,
    may_import,
    may_manage_cohorts,
    visible,
)
from linkspan.courseware.rules.cohorts import MOST_NAMED, answered_in, lost, titles
from linkspan.enrolment.queries import is_enrolled
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, Unusable, permit
from linkspan.kernel.paging import Page, page_of
from linkspan.kernel.readers import granted

PAGE = 50
#: Who studies in no cohort.
NOBODY = UUID(int=0)


def cohorts_run(actor: Actor, run_id: str) -> CourseRun:
    """A run whose cohorts the actor looks after."""
    run = course_run(run_id)
    permit(may_manage_cohorts(actor, run.course.institution), "look after cohorts here")
    return run


def cohorts_of(actor: Actor, run_id: str) -> tuple[Cohort, ...]:
    """The cohorts of a run by name, for its staff."""
    cohorts_run(actor, run_id)
    rows = CohortRow.objects.filter(run_id=run_id).order_by("name")
    return tuple(map(_cohort, rows.annotate(learners=Count("places", filter=Q(places__current=True)))))


def content_groups_of(actor: Actor, run_id: str) -> tuple[ContentGroup, ...]:
    """The content groups of a run's course, in its order, for its staff."""
    authored_run(actor, run_id)
    partitions = course_of(run_id).partitions if has_content(run_id) else ()
    found = content_groups(partitions)
    several = len({partition.id for partition, _ in found}) > 1
    return tuple(
        ContentGroup(key_of(partition, group), f"{partition.name}: {group.name}" if several else group.name)
        for partition, group in found
    )


def cohort_row(actor: Actor, cohort_id: UUID) -> CohortRow:
    """A row for its staff; NotFound elsewhere."""
    row = CohortRow.objects.filter(id=cohort_id).first()
    if row is None or not may_manage_cohorts(actor, row.institution):
        raise NotFound("cohort_unknown", "There is no such cohort.")
    return row


def places_of(
    actor: Actor, run_id: str, *, cohort_id: UUID | None = None, current: bool = False, number: int = 1
) -> Page[Placed]:
    """Who came into which cohort of a run, newest first: all that ever was, or what counts now."""
    cohorts_run(actor, run_id)
    rows = CohortPlaceRow.objects.filter(run_id=run_id).order_by("-at", "-id")
    rows = rows.filter(cohort_id=cohort_id) if cohort_id else rows
    rows = rows.filter(current=True) if current else rows
    return page_of(rows, rows.count(), _placed, number=number, size=PAGE)


def effect_of_place(actor: Actor, run_id: str, learner_id: UUID, cohort_id: UUID | None, now: datetime) -> PlaceEffect:
    """What a learner would see no more, and what besides, in another cohort or in none; answers stay."""
    cohorts_run(actor, run_id)
    if not is_enrolled(learner_id, run_id):
        raise Unusable("not_enrolled", "This person does not study in this run.")
    held = CohortPlaceRow.objects.filter(learner_id=learner_id, run_id=run_id, current=True).select_related("cohort")
    before = next((row.cohort for row in held), None)
    after = None
    if cohort_id is not None:
        after = cohort_row(actor, cohort_id)
        if after.run_id != run_id:
            raise NotFound("cohort_unknown", "There is no such cohort.")
    names = (before.name if before else "", after.name if after else "")
    if not has_content(run_id):
        return PlaceEffect(*names, (), (), 0, 0, 0, 0, 0)
    return _effect(names, run_id, learner_id, before, after, now)


def _effect(
    names: tuple[str, str],
    run_id: str,
    learner_id: UUID,
    before: CohortRow | None,
    after: CohortRow | None,
    now: datetime,
) -> PlaceEffect:
    course, draws = course_of(run_id), draws_of(learner_id, course_of(run_id))
    groups, dues = groups_of([learner_id], course)[learner_id], dues_of(learner_id, course)
    by_cohort = groups_by_cohort(before.group) if before else {}
    others = {partition: group for partition, group in groups.items() if partition not in by_cohort}
    moved = others | (groups_by_cohort(after.group) if after else {})
    one, other = (Viewer(str(learner_id), dues=dues, groups=mine) for mine in (groups, moved))
    old, new = (visible(course.root, viewer, now, draws) for viewer in (one, other))
    hidden, shown = lost(old, new), lost(new, old)
    scores = scores_of(learner_id, run_id)
    by_hand = set_points_in(run_id, [learner_id]).get(learner_id, {})
    then, thus = (grade_by(course, viewer, scores, draws, now, by_hand) for viewer in (one, other))
    return PlaceEffect(
        *names,
        titles(hidden[:MOST_NAMED]),
        titles(shown[:MOST_NAMED]),
        len(hidden[MOST_NAMED:]),
        len(shown[MOST_NAMED:]),
        answered_in(hidden, scores),
        int(then.percent),
        int(thus.percent),
    )


@granted
def for_me(learner_id: UUID | None, run_id: str) -> Q:
    """What is for everybody in a run, or for the cohort in which somebody studies now."""
    mine = CohortPlaceRow.objects.filter(learner_id=learner_id or NOBODY, run_id=run_id, current=True)
    return Q(cohort=None) | Q(cohort__in=mine.exclude(cohort=None).values("cohort"))


@granted
def learners_in_cohort(cohort_id: UUID) -> frozenset[UUID]:
    """Who studies in a cohort now, or once did and left the run since."""
    rows = CohortPlaceRow.objects.filter(cohort_id=cohort_id, current=True)
    return frozenset(rows.values_list("learner_id", flat=True))


def cohorts_to_address(actor: Actor, run_id: str) -> tuple[Addressed, ...]:
    """The cohorts to which one may write alone: for staff all of the run, for a learner their own."""
    staff = may_import(actor, course_run(run_id).course.institution)
    rows = CohortRow.objects.filter(run_id=run_id).order_by("name")
    mine = CohortPlaceRow.objects.filter(learner_id=actor.person_id or NOBODY, run_id=run_id, current=True)
    rows = rows if staff else rows.filter(id__in=mine.exclude(cohort=None).values("cohort"))
    return tuple(Addressed(row.id, row.name) for row in rows)


def addressed(actor: Actor, run_id: str, cohort_id: UUID | None) -> UUID | None:
    """The same cohort, if one may write to it alone; NotFound if not."""
    if cohort_id is not None and cohort_id not in {one.id for one in cohorts_to_address(actor, run_id)}:
        raise NotFound("cohort_unknown", "There is no such cohort.").at("cohort")
    return cohort_id


def _cohort(row: CohortRow) -> Cohort:
    return Cohort(
        row.id,
        row.run_id,
        row.name,
        row.automatic,
        row.group,
        getattr(row, "learners", 0),
        row.by,
        row.at,
    )


def _placed(row: CohortPlaceRow) -> Placed:
    return Placed(row.learner_id, row.cohort_id, How(row.how), row.reason, row.by, row.at, row.current)
