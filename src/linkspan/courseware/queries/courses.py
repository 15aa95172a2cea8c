"""Reads of courses, learners' places in them, and grades."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog

from linkspan.catalog.queries import schools_of_runs
from linkspan.courseware.engines import olx
from linkspan.courseware.engines.course_files import folder_of
from linkspan.courseware.engines.olx import Course
from linkspan.courseware.engines.told import Learner
from linkspan.courseware.models import CourseVersionRow, ExtensionRow, ScoreRow, SetPointsRow, StateRow
from linkspan.courseware.queries.groups import groups_of
from linkspan.courseware.rules import (
    CHOOSING,
    Block,
    CourseGrade,
    ProblemScore,
    Score,
    Subsection,
    Viewer,
    extended,
    grade_course,
    may_import,
    may_study,
    visible,
)
from linkspan.enrolment.queries import is_enrolled
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, permit
from linkspan.kernel.readers import granted, public

log = structlog.get_logger(__name__)

#: An instant for what does not depend on the time.
NEVER = datetime(9999, 1, 1, tzinfo=UTC)

State = dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Place:
    """A unit in what a viewer sees of a course, with its neighbours by name."""

    course: Course
    chapter: str
    sequential: str
    block: Block
    previous: str | None
    following: str | None
    #: What closed parts of the unit await, as far as the viewer sees it, by id.
    firsts: Mapping[str, Block] = field(default_factory=dict)

    @property
    def leaves(self) -> tuple[Block, ...]:
        """What the unit holds, in reading order; a unit may be a single leaf."""
        return tuple(block for block in self.block.walk() if block.source is not None)


@dataclass(frozen=True, slots=True)
class Outline:
    """A course as one viewer sees it: its chapters with what is open in them; `dues`: the viewer's later due dates."""

    run_id: str
    title: str
    chapters: tuple[Block, ...]
    dues: Mapping[str, datetime]


@lru_cache(maxsize=64)
def read_version(folder: str, run_id: str, institution: str) -> Course:
    """The course in a folder, read once; a version's files never change."""
    return olx.read_course(Path(folder), run_id, institution)


def taught_row(run_id: str) -> CourseVersionRow | None:
    """The version of a run that learners see; None before its first import."""
    return CourseVersionRow.objects.filter(run_id=run_id).order_by("-taught_since", "-id").first()


@granted
def course_of(run_id: str) -> Course:
    """The course as it is taught now; NotFound if none was imported."""
    row = taught_row(run_id)
    if row is None:
        raise NotFound("course_not_imported", "This course has no content yet. Its author imports it first.")
    return version_of(row)


def version_of(row: CourseVersionRow) -> Course:
    """The content of a version."""
    return read_version(str(folder_of(row.sha256)), row.run_id, row.institution)


def owner_of(run_id: str, otherwise: str) -> str:
    """The institution whose run it is in the catalogue, which alone says so; `otherwise` for a run in none."""
    return schools_of_runs([run_id]).get(run_id, otherwise)


@public
def has_content(run_id: str) -> bool:
    """Whether a course was imported for the run."""
    return CourseVersionRow.objects.filter(run_id=run_id).exists()


def course_for(actor: Actor, run_id: str) -> Course:
    """The whole course for somebody who studies or teaches it: for decisions, not for show."""
    course = course_of(run_id)
    enrolled = actor.person_id is not None and is_enrolled(actor.person_id, course.run_id)
    permit(may_study(actor, course.institution, enrolled), "see this course: enrol first")
    return course


def viewer_of(actor: Actor, course: Course) -> Viewer:
    """How somebody sees a course."""
    is_staff = may_import(actor, course.institution)
    if is_staff or actor.person_id is None:
        return Viewer(str(actor.person_id), is_staff)
    return viewer_for(actor.person_id, course)


def viewer_for(learner_id: UUID, course: Course) -> Viewer:
    """How a learner sees a course: with her later due dates and her groups."""
    groups = groups_of([learner_id], course)[learner_id]
    return Viewer(str(learner_id), dues=dues_of(learner_id, course), groups=groups)


def dues_of(learner_id: UUID, course: Course) -> dict[str, datetime]:
    """When the blocks of a course are due for a learner where that is later than for everybody."""
    rows = ExtensionRow.objects.filter(learner_id=learner_id, run_id=course.run_id)
    return extended(course.root, dict(rows.values_list("usage", "due")))


def outline(actor: Actor, run_id: str, now: datetime) -> Outline:
    """The course as somebody who studies or teaches it sees it now."""
    course = course_for(actor, run_id)
    viewer = viewer_of(actor, course)
    root = seen(course, viewer, draws_of(actor.person_id, course), now)
    return Outline(course.run_id, course.title, root.children, viewer.dues)


def unit_place(actor: Actor, run_id: str, name: str, now: datetime) -> Place:
    """Where a unit stands in what the actor sees of a course now."""
    course = course_for(actor, run_id)
    return place(course, seen(course, viewer_of(actor, course), draws_of(actor.person_id, course), now), name)


def seen(course: Course, viewer: Viewer, state: State, now: datetime) -> Block:
    """What a viewer sees of a course now; NotFound before it begins."""
    found = visible(course.root, viewer, now, state)
    if found is None:
        raise NotFound("course_closed", "This course is not open yet.")
    return found


@granted
def place(course: Course, root: Block, name: str) -> Place:
    """The unit of that name in what is seen of a course; NotFound if it is not there, or not for this viewer."""
    places = [
        (chapter.title, part.title, unit)
        for chapter in root.children
        for part in chapter.children
        for unit in part.units
    ]
    names = [unit.name for _, _, unit in places]
    if name not in names:
        raise NotFound("unit_unknown", "There is no such unit in this course, or it is not open to you now.")
    here = names.index(name)
    chapter, sequential, unit = places[here]
    previous, following = names[here - 1] if here else None, names[here + 1] if here + 1 < len(names) else None
    awaits = {one for block in unit.walk() for one in block.awaits}
    firsts = {block.id: block for block in root.walk() if block.id in awaits} if awaits else {}
    return Place(course, chapter, sequential, unit, previous, following, firsts)


def draws_of(learner_id: UUID | None, course: Course) -> State:
    """What decides what a learner sees: what was drawn for her, and what she did that conditional blocks ask for."""
    choosing = [block.id for block in course.root.walk() if block.type in CHOOSING]
    conditions = (block.settings.condition for block in course.root.walk() if block.settings.condition is not None)
    choosing += {source for condition in conditions for source in condition.sources}
    return states_of(learner_id, course.run_id, choosing) if learner_id and choosing else {}


def states_of(learner_id: UUID, run_id: str, usages: Iterable[str]) -> State:
    """What some blocks of a run remember of a learner."""
    rows = StateRow.objects.filter(learner_id=learner_id, run_id=run_id, usage__in=list(usages))
    return {row.usage: row.state for row in rows}


@granted
def scores_of(learner_id: UUID, run_id: str) -> Mapping[str, Score]:
    """The score of each problem that was answered: raw points."""
    rows = ScoreRow.objects.filter(learner_id=learner_id, run_id=run_id)
    return {row.usage: Score(row.earned, row.possible, row.at) for row in rows}


@granted
def grade(learner_id: UUID, run_id: str, now: datetime) -> CourseGrade:
    """The learner's grade by the course's own policy, for other domains and the learner's own page."""
    return grades([learner_id], run_id, now)[learner_id]


def grades(learner_ids: Sequence[UUID], run_id: str, now: datetime) -> dict[UUID, CourseGrade]:
    """The grades of many learners of a run, in as many queries as for one."""
    return grades_in(course_of(run_id), learner_ids, now)


def grades_in(course: Course, learner_ids: Sequence[UUID], now: datetime) -> dict[UUID, CourseGrade]:
    """The grades that a version of a run's content gives for the scores of many learners."""
    run_id = course.run_id
    scores: dict[UUID, dict[str, Score]] = {learner_id: {} for learner_id in learner_ids}
    for row in ScoreRow.objects.filter(learner_id__in=learner_ids, run_id=run_id):
        scores[row.learner_id][row.usage] = Score(row.earned, row.possible, row.at)
    draws: dict[UUID, State] = {learner_id: {} for learner_id in learner_ids}
    choosing = [block.id for block in course.root.walk() if block.type in CHOOSING]
    drawn = StateRow.objects.filter(learner_id__in=learner_ids, run_id=run_id, usage__in=choosing) if choosing else ()
    for state in drawn:
        draws[state.learner_id][state.usage] = state.state
    by_hand, groups = set_points_in(run_id, learner_ids), groups_of(learner_ids, course)
    return {
        one: grade_by(course, Viewer(str(one), groups=groups[one]), scores[one], draws[one], now, by_hand.get(one, {}))
        for one in learner_ids
    }


def set_points_in(run_id: str, learner_ids: Sequence[UUID]) -> dict[UUID, dict[str, Decimal]]:
    """The points that staff set for learners of a run, by subsection: the newest of each, if it was not ended."""
    newest: dict[UUID, dict[str, Decimal | None]] = {}
    for row in SetPointsRow.objects.filter(learner_id__in=learner_ids, run_id=run_id).order_by("at", "id"):
        newest.setdefault(row.learner_id, {})[row.usage] = row.earned
    return {
        one: {usage: earned for usage, earned in parts.items() if earned is not None} for one, parts in newest.items()
    }


def grade_by(
    course: Course,
    viewer: Viewer,
    scores: Mapping[str, Score],
    draws: State,
    now: datetime,
    by_hand: Mapping[str, Decimal],
) -> CourseGrade:
    """The grade that a version gives a learner for some scores, with points that are set by hand."""
    mine = visible(course.root, viewer, now, draws, graded=True)
    parts = (part for chapter in mine.children for part in chapter.children) if mine else ()
    return grade_course(course.policy, [_subsection(course, part, scores, by_hand.get(part.id)) for part in parts])


def _subsection(course: Course, part: Block, scores: Mapping[str, Score], by_hand: Decimal | None) -> Subsection:
    from linkspan.courseware.engines.packages import has_score

    scored = (leaf for leaf in part.walk() if leaf.source is not None and has_score(leaf.type))
    problems = {leaf.id: leaf for leaf in scored}.values()
    found = tuple(_problem_score(course, problem, scores.get(problem.id)) for problem in problems)
    earned = None if by_hand is None else float(by_hand)
    return Subsection(part.title, part.format, part.graded, found, earned, usage=part.id)


def _problem_score(course: Course, problem: Block, score: Score | None) -> ProblemScore:
    """Raw points with the problem's weight; what was never answered counts 0 of what it is worth today.

    In a subsection that is graded, a problem is not only if it, or its unit, says so.
    """
    weight, graded = problem.settings.weight, problem.graded
    if score is None:
        return ProblemScore(0.0, max_score(course.folder, course.run_id, problem), weight, graded)
    return ProblemScore(float(score.earned), float(score.possible), weight, graded)


@lru_cache(maxsize=65_536)
def max_score(folder: Path, run_id: str, problem: Block) -> float | None:
    """Return the raw points of a problem, worked out without its script; None if it cannot tell."""
    from linkspan.courseware.engines.runtime import CourseRuntime

    runtime = CourseRuntime(run_id=run_id, folder=folder, learner=Learner("", 0), state={}, now=NEVER)
    try:
        return float(runtime.load_block(problem).max_score())
    except Exception:  # an author's broken problem must not stop the grade of the course
        log.warning("a problem cannot tell what it is worth", run=run_id, usage=problem.id, exc_info=True)
        return None
