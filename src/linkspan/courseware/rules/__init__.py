"""Values and decisions of courses: the tree, access, grades."""

from linkspan.courseware.rules.course import CONTAINERS, LEAVES, Block, Score, may_import, may_study
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

__all__ = [
    "CONTAINERS",
    "LEAVES",
    "Block",
    "CourseGrade",
    "Grader",
    "GradingPolicy",
    "PolicyError",
    "ProblemScore",
    "Score",
    "Subsection",
    "grade_course",
    "may_import",
    "may_study",
    "read_policy",
]
