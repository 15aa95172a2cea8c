"""A course as a learner would see it, for its staff; nothing of it is kept."""

from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from linkspan.courseware.engines.olx import Course
from linkspan.courseware.models import RehearsalRow
from linkspan.courseware.queries.courses import Outline, State, course_of, draws_of, seen, viewer_for
from linkspan.courseware.rules import (
    TRACK_GROUPS,
    TRACKS,
    Block,
    Viewer,
    check_group,
    check_time,
    groups_by_cohort,
    may_preview,
)
from linkspan.enrolment.queries import is_enrolled
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, permit


@dataclass(frozen=True, slots=True)
class Preview:
    """A course with the eyes of a learner, or of a fresh one, at an instant: what is open, and what was drawn."""

    course: Course
    viewer: Viewer
    draws: State
    root: Block


def preview(
    actor: Actor, run_id: str, learner_id: UUID | None, at: datetime, group: str = "", *, on_trial: bool = False
) -> Preview:
    """The course as a learner of the run sees it at an instant; as a fresh learner where none is named.

    `group` has the learner look as a member of that content group (`PARTITION:GROUP`). `on_trial`: in that learner's
    place, with their groups and due dates, but with what the actor answered there and none of the learner's answers.
    """
    check_time(at)
    course = course_of(run_id)
    permit(may_preview(actor, course.institution, as_learner=learner_id is not None), "preview this course so")
    if learner_id is not None and not is_enrolled(learner_id, run_id):
        raise NotFound("learner_unknown", "Nobody with this address studies in this run.")
    viewer = viewer_for(learner_id, course) if learner_id else Viewer("preview", groups={TRACKS: TRACK_GROUPS["audit"]})
    viewer = replace(viewer, groups={**viewer.groups, **groups_by_cohort(check_group(group, course.partitions))})
    draws = rehearsed(actor, run_id, learner_id, group).mine if on_trial else draws_of(learner_id, course)
    return Preview(course, viewer, draws, seen(course, viewer, draws, at))


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What somebody of the staff answered on trial in a learner's place: what blocks remember of it."""

    mine: State
    shared: State


def rehearsed(actor: Actor, run_id: str, learner_id: UUID | None, group: str) -> Rehearsal:
    """What the actor answered on trial in that place; nothing before they began."""
    eyes = eyes_of(learner_id, group)
    row = RehearsalRow.objects.filter(actor_id=actor.own_id, run_id=run_id, eyes=eyes).first()
    return Rehearsal(row.mine, row.shared) if row else Rehearsal({}, {})


def eyes_of(learner_id: UUID | None, group: str) -> str:
    """In whose place somebody answers on trial, without telling who that is."""
    return sha256(f"{learner_id or ''} {group}".encode()).hexdigest()


def preview_outline(
    actor: Actor, run_id: str, learner_id: UUID | None, at: datetime, group: str = "", *, on_trial: bool = False
) -> Outline:
    """What a learner finds in the outline at an instant."""
    found = preview(actor, run_id, learner_id, at, group, on_trial=on_trial)
    return Outline(run_id, found.course.title, found.root.children, found.viewer.dues)
