"""What a course says, part by part, for searches: never an answer, a hint, a solution or a script."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import lxml.html
import structlog
from lxml import etree

from linkspan.courseware.engines.archives import SAFE
from linkspan.courseware.engines.olx import Course
from linkspan.courseware.engines.told import Learner
from linkspan.courseware.rules import Block

log = structlog.get_logger(__name__)

#: An instant for what does not depend on the time.
NEVER = datetime(9999, 1, 1, tzinfo=UTC)
#: Of one part.
LONGEST = 20_000
#: What a problem keeps back, or says to a machine. What is within is not read either.
KEPT_BACK = {
    *("script", "style", "solution", "solutionset", "answer", "additional_answer", "codeparam", "responseparam"),
    *("rubric", "hintgroup", "hintpart", "targetedfeedback", "targetedfeedbackset", "feedback", "explanation"),
}
#: Elements around which words do not run together.
BLOCKS = {
    *("p", "div", "li", "td", "th", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "br", "label", "choice", "option"),
    *("pre", "blockquote", "section"),
}


@dataclass(frozen=True, slots=True)
class Text:
    """What a part of a course says: the block, the unit that holds it, its title."""

    usage: str
    unit: str
    title: str
    text: str


def texts_of(course: Course) -> Iterator[Text]:
    """Every part that says something, in reading order; what cannot be read is left out."""
    from linkspan.courseware.engines.runtime import CourseRuntime

    runtime = CourseRuntime(run_id=course.run_id, folder=course.folder, learner=Learner("", 0), state={}, now=NEVER)
    units = (unit for chapter in course.root.children for part in chapter.children for unit in part.units)
    for unit in units:
        if unit.source is None and unit.title:
            yield Text(unit.id, unit.name, unit.title[:255], "")
        for leaf in (block for block in unit.walk() if block.source is not None):
            try:
                said = _said(runtime, course, leaf)
            except Exception:  # an author's broken block is found by nobody; the rest is
                log.warning("a block could not be read for searches", usage=leaf.id, exc_info=True)
                continue
            if said or leaf.title:
                yield Text(leaf.id, unit.name, leaf.title[:255], said[:LONGEST])


def _said(runtime: Any, course: Course, leaf: Block) -> str:
    if leaf.type == "html":
        html = runtime.html_of(leaf)
        return _plain(lxml.html.fragment_fromstring(html, create_parent="div")) if html.strip() else ""
    if leaf.type == "problem":
        return _plain(etree.fromstring(leaf.source or b"", SAFE))
    if leaf.type == "video":
        from linkspan.courseware.engines.videos import cues_of, video_of

        video = video_of(runtime, leaf)
        cues = (cue for language in video.transcripts for cue in cues_of(course.folder, video, language))
        return " ".join(" ".join(cue.text for cue in cues).split())
    return ""


def _plain(root: Any) -> str:
    return " ".join("".join(_words(root)).split())


def _words(node: Any) -> Iterator[str]:
    """The text of an element without what is kept back, whose names all end or begin alike in Open edX."""
    if isinstance(node.tag, str) and not (node.tag in KEPT_BACK or node.tag.endswith("hint")):
        yield node.text or ""
        for child in node:
            yield from _words(child)
            yield child.tail or ""
    yield " " if node.tag in BLOCKS else ""
