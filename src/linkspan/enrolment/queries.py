"""Reads of enrolments."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from django.db.models import Count

from linkspan.accounts.queries import called, name_of
from linkspan.accounts.rules import Tie
from linkspan.catalog.queries import course_run, price_in_force, runs_by_id, schools_of_runs
from linkspan.catalog.rules import CourseRun
from linkspan.enrolment.models import EnrolmentRow, WishRow
from linkspan.enrolment.rules import (
    Enrolment,
    EnrolmentState,
    Track,
    may_enrol_others,
    may_list_learners,
    may_see_enrolments,
    price_day,
)
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import permit
from linkspan.kernel.lists import Ask, Shape, found, values_of
from linkspan.kernel.money import Money
from linkspan.kernel.paging import Page
from linkspan.kernel.readers import public
from linkspan.kernel.waiting import Open, What, Whose, part, together


def is_enrolled(learner_id: UUID, run_id: str) -> bool:
    """Whether the learner may study in that run."""
    rows = EnrolmentRow.objects.filter(learner_id=learner_id, run_id=run_id)
    return rows.exclude(state=EnrolmentState.WITHDRAWN).exists()


def is_verified(learner_id: UUID, run_id: str) -> bool:
    """Whether the learner is on the paid track of that run."""
    rows = EnrolmentRow.objects.filter(learner_id=learner_id, run_id=run_id, track=Track.VERIFIED)
    return rows.filter(state=EnrolmentState.ACTIVE).exists()


def verified_learners(run_id: str) -> tuple[UUID, ...]:
    """Who is on the paid track of a run, for actions that have decided who may ask."""
    rows = EnrolmentRow.objects.filter(run_id=run_id, track=Track.VERIFIED, state=EnrolmentState.ACTIVE)
    return tuple(rows.order_by("learner_id").values_list("learner_id", flat=True))


@public
def verified_price(run: CourseRun, now: datetime) -> Money | None:
    """What the verified track of a run costs now, on pages and when it is charged; None while it is not on sale.

    A run's own price goes before that of its course.
    """
    day = price_day(run, now)
    return price_in_force(f"course-run:{run.id}", day) or price_in_force(f"course:{run.course.key}", day)


def enrolments_of(actor: Actor, learner_id: UUID) -> tuple[Enrolment, ...]:
    """A learner's enrolments, oldest first; program staff see those at their own institutions."""
    mine = actor.institutions_as("program_staff")
    everything = may_see_enrolments(actor, learner_id)
    permit(everything or bool(mine), "see these enrolments")
    rows = EnrolmentRow.objects.filter(learner_id=learner_id).order_by("at", "run_id")
    if not everything:
        schools = schools_of_runs(rows.values_list("run_id", flat=True))
        rows = rows.filter(run_id__in=[run_id for run_id, school in schools.items() if school in mine])
    return tuple(enrolment(row) for row in rows)


def learners_of_run(actor: Actor, run_id: str) -> tuple[UUID, ...]:
    """Who studies in a run, for those who teach at its institution and the system."""
    permit(may_list_learners(actor, course_run(run_id).course.institution), "list learners")
    rows = EnrolmentRow.objects.filter(run_id=run_id).exclude(state=EnrolmentState.WITHDRAWN)
    return tuple(rows.values_list("learner_id", flat=True))


ROSTER = Shape(
    search=called,
    filters={"track": values_of(Track, "track"), "state": values_of(EnrolmentState, "state")},
    sorts={"name": (name_of(),), "track": ("track",), "state": ("state",), "since": ("at",)},
    first="-since",
    day="at",
)


def roster(actor: Actor, run_id: str, ask: Ask) -> Page[Enrolment]:
    """Who is or was enrolled in a run, newest first or as they ask, for the staff that enrols there."""
    permit(may_enrol_others(actor, course_run(run_id).course.institution), "list learners")
    return found(EnrolmentRow.objects.filter(run_id=run_id), ask, ROSTER, enrolment)


def ties(ids: Collection[UUID]) -> Iterable[tuple[UUID, Tie, str]]:
    """Where those people study or studied."""
    rows = EnrolmentRow.objects.filter(learner_id__in=ids).exclude(state=EnrolmentState.WITHDRAWN)
    found = list(rows.values_list("learner_id", "run_id"))
    schools = schools_of_runs({run_id for _, run_id in found}) if found else {}
    return [(learner, Tie.STUDIES, schools[run_id]) for learner, run_id in found if run_id in schools]


def awaiting_payment() -> tuple[UUID, ...]:
    """Enrolments whose verified track is not paid yet, for the clock."""
    return tuple(EnrolmentRow.objects.filter(state=EnrolmentState.AWAITING_PAYMENT).values_list("id", flat=True))


def enrolment(row: EnrolmentRow) -> Enrolment:
    """A row as a value."""
    return Enrolment(
        row.id, row.learner_id, row.run_id, Track(row.track), EnrolmentState(row.state), row.charge_id, row.at
    )


def verified_runs_of(learner_id: UUID) -> tuple[str, ...]:
    """The runs in which a learner is on the verified track now."""
    rows = EnrolmentRow.objects.filter(learner_id=learner_id, track=Track.VERIFIED, state=EnrolmentState.ACTIVE)
    return tuple(rows.values_list("run_id", flat=True))


def counts_of_verified(schools: Collection[str] | None) -> dict[str, int]:
    """How many learners are on the verified track of each run, of some institutions or of all."""
    rows = EnrolmentRow.objects.filter(track=Track.VERIFIED, state=EnrolmentState.ACTIVE).order_by()
    found = dict(rows.values_list("run_id").annotate(Count("id")))
    if schools is None:
        return found
    at = schools_of_runs(found)
    return {run_id: count for run_id, count in found.items() if at.get(run_id) in schools}


def waits(whose: Whose, now: datetime) -> Iterator[Open]:
    """Runs in which somebody is enrolled and that have not begun."""
    rows = whose.of(EnrolmentRow.objects.filter(state=EnrolmentState.ACTIVE), school="")
    told = {"title": "run_id", "institution": "", "keys": "run_id", "since": "at"}
    found = together(whose, part(What.RUN_OPENS, rows, **told))
    runs = runs_by_id({one.title for one in found}) if found else {}
    for one in found:
        run = runs.get(one.title)
        if run and run.starts > now:
            yield replace(one, title=run.title, institution=run.course.institution, until=run.starts)


def wishes_of(actor: Actor) -> tuple[str, ...]:
    """The courses of which one wants to be told when they take enrolments, the newest first."""
    rows = WishRow.objects.filter(learner_id=actor.own_id).order_by("-at", "-id")
    return tuple(rows.values_list("course_key", flat=True))


def wished_courses() -> tuple[str, ...]:
    """The courses for which somebody waits, for the clock."""
    return tuple(WishRow.objects.order_by("course_key").values_list("course_key", flat=True).distinct())
