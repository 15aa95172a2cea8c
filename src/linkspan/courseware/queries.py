"""Reads of courses, learners' places in them, and grades."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import isfinite
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings

from linkspan.courseware.engines import olx
from linkspan.courseware.engines.olx import Course
from linkspan.courseware.engines.runtime import CLASSES, CourseRuntime
from linkspan.courseware.models import AttemptRow, CourseVersionRow, StateRow
from linkspan.courseware.rules import (
    Block,
    CourseGrade,
    ProblemScore,
    Score,
    Subsection,
    grade_course,
    may_study,
)
from linkspan.enrolment.queries import is_enrolled
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import LinkspanError, NotFound, permit

log = structlog.get_logger(__name__)

#: The picture of a formula preview that only capa's own scripts would fill.
SPINNER = re.compile(r"<img[^>]*spinner[^>]*>")


@dataclass(frozen=True, slots=True)
class ShownBlock:
    """A leaf of a unit as shown: its HTML, or why there is none."""

    id: str
    type: str
    title: str
    html: str
    note: str
    score: Score | None


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit with its neighbours, for one learner."""

    run_id: str
    course_title: str
    chapter: str
    sequential: str
    block: Block
    previous: str | None
    following: str | None
    blocks: tuple[ShownBlock, ...]


@lru_cache(maxsize=64)
def _read(folder: str, run_id: str) -> Course:
    return olx.read_course(Path(folder), run_id)


def course_of(run_id: str) -> Course:
    """The course as imported last; NotFound if none was."""
    row = CourseVersionRow.objects.filter(run_id=run_id).order_by("-imported_at").first()
    if row is None:
        raise NotFound("course_not_imported", "This course has no content yet. Its author imports it first.")
    return _read(str(Path(settings.COURSE_ROOT) / row.sha256), run_id)


def has_content(run_id: str) -> bool:
    """Whether a course was imported for the run."""
    return CourseVersionRow.objects.filter(run_id=run_id).exists()


def outline(actor: Actor, run_id: str) -> Course:
    """The course's tree for somebody who studies or teaches it."""
    course = course_of(run_id)
    _permit(actor, course)
    return course


def _permit(actor: Actor, course: Course) -> None:
    enrolled = actor.person_id is not None and is_enrolled(actor.person_id, course.run_id)
    permit(may_study(actor, course.institution, enrolled), "see this course: enrol first")


def unit(actor: Actor, run_id: str, name: str) -> Unit:
    """One unit (vertical) with its blocks rendered for the learner."""
    course = outline(actor, run_id)
    places = [
        (chapter, sequential, vertical)
        for chapter in course.root.children
        for sequential in chapter.children
        for vertical in sequential.children
    ]
    names = [vertical.name for _, _, vertical in places]
    if name not in names:
        raise NotFound("unit_unknown", "There is no such unit in this course.")
    here = names.index(name)
    chapter, sequential, vertical = places[here]
    states = states_of(actor.person_id, run_id) if actor.person_id else {}
    scores = scores_of(actor.person_id, run_id) if actor.person_id else {}
    leaves = [leaf for leaf in vertical.walk() if not leaf.children and leaf is not vertical]
    return Unit(
        run_id,
        course.title,
        chapter.title,
        sequential.title,
        vertical,
        names[here - 1] if here else None,
        names[here + 1] if here + 1 < len(names) else None,
        tuple(_shown(course, leaf, str(actor.person_id), states, scores.get(leaf.id)) for leaf in leaves),
    )


def _shown(
    course: Course, leaf: Block, learner: str, states: dict[str, dict[str, Any]], score: Score | None
) -> ShownBlock:
    html, note = "", ""
    if leaf.type in CLASSES:
        html, note = _html(course, leaf, learner, states)
    elif leaf.type == "video":
        note = "video"
    else:
        note = "unsupported"
    return ShownBlock(leaf.id, leaf.type, leaf.title, html, note, score)


def _html(course: Course, leaf: Block, learner: str, states: dict[str, dict[str, Any]]) -> tuple[str, str]:
    try:
        block = runtime_for(course, learner, states).load_block(leaf)
        html = block.lcp.get_html() if leaf.type == "problem" else block.get_html()
    except LinkspanError:
        raise
    except Exception as error:
        reason = "python" if "not available here" in str(error.__context__ or error) else "broken"
        return "", reason
    base = f"/courseware/{course.run_id}/static/"
    html = SPINNER.sub("", html)
    return html.replace('"/static/', f'"{base}').replace("'/static/", f"'{base}"), ""


def runtime_for(course: Course, learner: str, states: dict[str, dict[str, Any]], on_grade: Any = None) -> CourseRuntime:
    """A runtime on the course's content and that learner's state."""
    return CourseRuntime(
        run_id=course.run_id,
        folder=course.folder,
        learner=learner,
        state=states,
        on_grade=on_grade or (lambda usage, earned, possible: None),
    )


def states_of(learner_id: UUID, run_id: str) -> dict[str, dict[str, Any]]:
    """What the blocks of a run remember of a learner."""
    rows = StateRow.objects.filter(learner_id=learner_id, run_id=run_id)
    return {row.usage: row.state for row in rows}


def scores_of(learner_id: UUID, run_id: str) -> Mapping[str, Score]:
    """The newest graded submission of each problem."""
    rows = AttemptRow.objects.filter(learner_id=learner_id, run_id=run_id).order_by("at", "id")
    return {row.usage: Score(row.earned, row.possible, row.at) for row in rows}


def grade(learner_id: UUID, run_id: str) -> CourseGrade:
    """The learner's grade by the course's own policy, for other domains and the learner's own page."""
    course = course_of(run_id)
    scores = scores_of(learner_id, run_id)
    return grade_course(course.policy, [_subsection(course, part, scores) for part in _parts(course.root)])


def _parts(root: Block) -> Iterable[Block]:
    """Every child of a chapter: each counts as a subsection."""
    return (part for chapter in root.children for part in chapter.children)


def _subsection(course: Course, part: Block, scores: Mapping[str, Score]) -> Subsection:
    problems = (leaf for leaf in part.walk() if leaf.type == "problem")
    found = tuple(_problem_score(course, problem, scores.get(problem.id)) for problem in problems)
    return Subsection(part.title, part.format, part.graded, found)


def _problem_score(course: Course, problem: Block, score: Score | None) -> ProblemScore:
    """Raw points with the problem's weight; what was never answered counts 0 of what it is worth today."""
    graded = problem.attributes.get("graded", "true").strip('"').lower() != "false"
    weight = _weight(problem)
    if score is None:
        return ProblemScore(0.0, max_score(course.folder, course.run_id, problem), weight, graded)
    return ProblemScore(float(score.earned), float(score.possible), weight, graded)


def _weight(problem: Block) -> float | None:
    """The weight as an export writes it (`2`, `"2.0"`, `null`); None if it is not set or no number."""
    try:
        weight = float(problem.attributes.get("weight", "").strip('"'))
    except ValueError:
        return None
    return weight if isfinite(weight) and weight >= 0 else None


@lru_cache(maxsize=65_536)
def max_score(folder: Path, run_id: str, problem: Block) -> float | None:
    """Return the raw points of a problem, worked out without its script; None if it cannot tell."""
    runtime = CourseRuntime(run_id=run_id, folder=folder, learner="", state={}, on_grade=lambda *_: None)
    try:
        return float(runtime.load_block(problem).max_score())
    except Exception:  # an author's broken problem must not stop the grade of the course
        log.warning("a problem cannot tell what it is worth", run=run_id, usage=problem.id, exc_info=True)
        return None


def asset(actor: Actor, run_id: str, name: str) -> Path:
    """A file of the course's static folder; NotFound outside it."""
    course = outline(actor, run_id)
    root = (course.folder / "static").resolve()
    place = (root / name).resolve()
    if root not in place.parents or not place.is_file():
        raise NotFound("asset_unknown", "There is no such file in this course.")
    return place
