"""How a problem of a unit reads a formula while it is written."""

from linkspan.courseware.engines.told import Learner
from linkspan.courseware.queries.courses import NEVER, Place
from linkspan.kernel.errors import NotFound
from linkspan.kernel.readers import granted

#: Longer formulas are graded, but not read ahead.
LONGEST = 1000


@granted
def formula_in(here: Place, usage: str, name: str, text: str) -> tuple[str, str]:
    """How an input (`2_1`) of a problem reads a text, as HTML and as TeX; both empty where it reads none.

    Nothing of a learner goes into it: any variant of the problem reads formulas in the same way.
    """
    from linkspan.courseware.engines.problems import Problem
    from linkspan.courseware.engines.runtime import CourseRuntime

    block = next((leaf for leaf in here.leaves if leaf.id == usage and leaf.type == "problem"), None)
    if block is None:
        raise NotFound("problem_unknown", "There is no such problem in this unit.")
    if len(text) > LONGEST:
        return "", ""
    course = here.course
    runtime = CourseRuntime(run_id=course.run_id, folder=course.folder, learner=Learner("", 0), state={}, now=NEVER)
    try:
        return Problem(runtime, block).preview(name, text)
    except Exception:  # noqa: BLE001 - an author's problem may fail in any way; its page says so where it is graded
        return "", ""
