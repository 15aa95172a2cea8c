"""Check a course before learners meet it: read it, show every block, answer every problem with its own answer.

What shows and grades here is what shows and grades on the page; nothing is stored.
"""

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from linkspan.courseware.actions.imports import findings_of
from linkspan.courseware.actions.parts import view_of
from linkspan.courseware.actions.states import problem_of, runtime_of
from linkspan.courseware.actions.units import needs_sandbox, show_blocks
from linkspan.courseware.engines import archives, olx
from linkspan.courseware.engines.olx import Course
from linkspan.courseware.queries import State
from linkspan.courseware.rules import CONTAINERS, Block, Finding, Viewer

VIEWER = Viewer("course check")


class Marked(StrEnum):
    """What came of answering a problem with its own reference answer."""

    FULL = "full_marks"
    NO_REFERENCE = "no_reference"
    CLOSED = "closed"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class CourseCheck:
    """Counts of a course's leaves and problems, what is wrong (`errors`) and what cannot be taught here (`warnings`).

    `rendered`: leaves that the page shows. `full_marks`: problems whose own answer earns all points; the others have
    no answer that can be handed in, or never take one (`closed`).
    """

    run_id: str
    title: str
    blocks: int
    rendered: int
    problems: int
    full_marks: int
    no_reference: int
    closed: int
    errors: tuple[Finding, ...]
    warnings: tuple[Finding, ...]


def check_course(path: Path, now: datetime) -> CourseCheck:
    """Return what is wrong with a course in a folder or an archive; Unusable if it cannot be read at all."""
    if path.is_dir():
        return check_read(olx.read_course(archives.find_course(path)), now)
    with tempfile.TemporaryDirectory() as scratch:
        return check_read(olx.read_course(archives.unpack(path, Path(scratch))), now)


def leaves_of(course: Course) -> list[Block]:
    """Everything of a course that a page shows, each once."""
    return list({block.id: block for block in course.root.walk() if block.type not in CONTAINERS}.values())


def check_read(course: Course, now: datetime, tell: Callable[[], None] = lambda: None) -> CourseCheck:
    """Return what is wrong with a course that was read; `tell` is called after each leaf."""
    leaves = leaves_of(course)
    findings = list(findings_of(course))
    if not leaves:
        findings.append(Finding(course.root.id, "course", "empty", "There is nothing in this course."))
    rendered, marked = 0, dict.fromkeys(Marked, 0)
    for leaf in leaves:
        found = _shown(course, leaf, now)
        rendered += found is None
        if found is not None and found.code != "not_available":
            findings.append(found)
        elif found is None and leaf.type == "video":
            findings += _lacking(course, leaf, now)
        elif found is None and leaf.type == "problem":
            mark = _answered(course, leaf, now)
            marked[mark] += 1
            if mark is Marked.WRONG:
                findings.append(_finding(leaf, "reference_fails", "Its own answer does not earn full marks."))
        tell()
    return CourseCheck(
        course.run_id,
        course.title,
        len(leaves),
        rendered,
        sum(leaf.type == "problem" for leaf in leaves),
        marked[Marked.FULL],
        marked[Marked.NO_REFERENCE],
        marked[Marked.CLOSED],
        tuple(finding for finding in findings if finding.error),
        tuple(finding for finding in findings if not finding.error),
    )


def _shown(course: Course, leaf: Block, now: datetime) -> Finding | None:
    """What is wrong with the way a leaf shows; None if it shows."""
    (block,) = show_blocks(course, (leaf,), VIEWER, {}, now)
    match block.note:
        case "" if block.has_frame and view_of(runtime_of(course, VIEWER, {}, now), leaf) is None:
            return _finding(leaf, "not_shown", f"{leaf.id} cannot be shown; the log of this command says why.")
        case "":
            return None
        case "unsupported":
            return _finding(leaf, "not_available", f"Blocks of the kind {leaf.type} cannot be taught here.")
        case "python":
            return _finding(leaf, "no_sandbox", "Its script cannot run here: bubblewrap or libseccomp is missing.")
    return _finding(leaf, "not_shown", f"{leaf.id} cannot be shown; the log of this command says why.")


def _lacking(course: Course, leaf: Block, now: datetime) -> list[Finding]:
    """What learners will miss at a video: itself, or its words."""
    (block,) = show_blocks(course, (leaf,), VIEWER, {}, now)
    if block.video is None:
        return []
    said, missing = block.video, []
    if not said.sources and not said.video.youtube:
        missing.append(("video_missing", "It names no video that a browser reaches: a file of the course, or https."))
    elif not said.cues:
        missing.append(("transcript_missing", "It has no transcript, so who cannot hear it learns nothing from it."))
    return [Finding(leaf.id, leaf.type, code, message, error=False) for code, message in missing]


def _answered(course: Course, leaf: Block, now: datetime) -> Marked:
    """What the problem's own answer earns while the problem is open."""
    try:
        state: State = {}
        problem = problem_of(runtime_of(course, VIEWER, state, now), leaf)
        shown = problem.shown()
        if shown.closed and shown.closes is not None:
            problem = problem_of(runtime_of(course, VIEWER, state, min(now, shown.closes)), leaf)
            shown = problem.shown()
        if not shown.submit:
            return Marked.CLOSED
        answers: Mapping[str, Any] = problem.reference()
        if not answers or problem.is_blank(answers):
            return Marked.NO_REFERENCE
        published = problem.submit(answers).published
    except Exception:  # noqa: BLE001 - an author's problem may fail in any way; that it shows was found before
        published = None
    if published is not None and published.earned == published.possible > 0:
        return Marked.FULL
    return Marked.WRONG if problem.is_simple and not needs_sandbox(leaf) else Marked.NO_REFERENCE


def _finding(leaf: Block, code: str, message: str) -> Finding:
    return Finding(leaf.id, leaf.type, code, message)
