"""Programs, courses, runs and prices as values; requirement trees and their check."""

from linkspan.catalog.rules.programs import (
    Course,
    CourseRun,
    PricePeriod,
    Program,
    courses_of,
    exams_of,
    may_manage_catalog,
    price_on,
    programs_of,
)
from linkspan.catalog.rules.trees import check_tree

__all__ = [
    "Course",
    "CourseRun",
    "PricePeriod",
    "Program",
    "check_tree",
    "courses_of",
    "exams_of",
    "may_manage_catalog",
    "price_on",
    "programs_of",
]
