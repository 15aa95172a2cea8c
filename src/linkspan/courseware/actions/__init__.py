"""What is done in courses: import one, open a unit, act on a problem."""

from linkspan.courseware.actions.checks import CourseCheck, check_course
from linkspan.courseware.actions.extensions import due_of, end_extension, grant_extension, take_extensions
from linkspan.courseware.actions.imports import ImportReport, import_course
from linkspan.courseware.actions.previews import preview_unit
from linkspan.courseware.actions.problems import Act, ProblemResult, act_on_problem, submit_problem
from linkspan.courseware.actions.trials import (
    LARGEST,
    discard_trial,
    hand_in_course,
    take_course,
    try_course,
    try_version,
)
from linkspan.courseware.actions.units import ShownBlock, Unit, open_unit

__all__ = [
    "LARGEST",
    "Act",
    "CourseCheck",
    "ImportReport",
    "ProblemResult",
    "ShownBlock",
    "Unit",
    "act_on_problem",
    "check_course",
    "discard_trial",
    "due_of",
    "end_extension",
    "grant_extension",
    "hand_in_course",
    "import_course",
    "open_unit",
    "preview_unit",
    "submit_problem",
    "take_course",
    "take_extensions",
    "try_course",
    "try_version",
]
