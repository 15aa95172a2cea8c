"""What is done in courses: import one, open a unit, act on a problem."""

from linkspan.courseware.actions.checks import CourseCheck, check_course
from linkspan.courseware.actions.imports import ImportReport, import_course
from linkspan.courseware.actions.problems import Act, ProblemResult, act_on_problem, submit_problem
from linkspan.courseware.actions.units import ShownBlock, Unit, open_unit

__all__ = [
    "Act",
    "CourseCheck",
    "ImportReport",
    "ProblemResult",
    "ShownBlock",
    "Unit",
    "act_on_problem",
    "check_course",
    "import_course",
    "open_unit",
    "submit_problem",
]
