"""Problems out of their OLX, for one learner, without a database."""

from pathlib import Path

from lxml import etree
from tests.factories.people import NOW

from linkspan.courseware.engines.fields import settings_of
from linkspan.courseware.engines.problems import Problem
from linkspan.courseware.engines.runtime import CourseRuntime
from linkspan.courseware.engines.told import Learner, Outcome
from linkspan.courseware.rules import Block


def meet(source: str, folder: Path, learner: str = "learner", name: str = "p") -> Problem:
    """The problem as a learner meets it for the first time."""
    node = etree.fromstring(source)
    node.set("url_name", name)
    settings = settings_of({str(key): str(value) for key, value in node.attrib.items()})
    runtime = CourseRuntime(
        run_id=f"course-v1:Test+{folder.name}+r", folder=folder, learner=Learner.of(learner), state={}, now=NOW
    )
    block = Block(f"problem/{name}", "problem", name, "", settings, (), etree.tostring(node))
    return Problem(runtime, block)


def said(outcome: Outcome) -> str:
    """What the learner hears: the result, or the message where nothing was graded."""
    return outcome.message or outcome.result.value
