"""Values and decisions of courses: the tree, access, grades."""

from linkspan.courseware.rules.access import CHOOSING, Viewer, drawing, may_see, visible
from linkspan.courseware.rules.course import CONTAINERS, LEAVES, Block, Finding, Score, Settings, may_import, may_study
from linkspan.courseware.rules.grading import (
    CourseGrade,
    Grader,
    GradingPolicy,
    PolicyError,
    ProblemScore,
    Subsection,
    grade_course,
    read_policy,
)
from linkspan.courseware.rules.grading_file import grade_cases
from linkspan.courseware.rules.platform import LearningPlatform, PlatformLearner, PlatformRow

__all__ = [
    "CHOOSING",
    "CONTAINERS",
    "LEAVES",
    "Block",
    "CourseGrade",
    "Finding",
    "Grader",
    "GradingPolicy",
    "LearningPlatform",
    "PlatformLearner",
    "PlatformRow",
    "PolicyError",
    "ProblemScore",
    "Score",
    "Settings",
    "Subsection",
    "Viewer",
    "drawing",
    "grade_cases",
    "grade_course",
    "may_import",
    "may_see",
    "may_study",
    "read_policy",
    "visible",
]
