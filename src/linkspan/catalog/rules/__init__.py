"""Programs, courses, runs and prices as values; requirement trees and their check."""

from linkspan.catalog.rules.entries import (
    Change,
    Invalid,
    Kind,
    may_edit_catalog,
    may_publish_catalog,
    may_publish_change,
    may_publish_kind,
    may_set_catalog_policy,
)
from linkspan.catalog.rules.plans import Filed, Outcome, Planned, counted, differing, repeated
from linkspan.catalog.rules.programs import (
    CalendarTerm,
    Course,
    CourseRun,
    PricePeriod,
    Program,
    courses_of,
    exams_of,
    names_of,
    price_on,
    programs_of,
)
from linkspan.catalog.rules.trees import LETTERS, check_tree

__all__ = [
    "LETTERS",
    "CalendarTerm",
    "Change",
    "Course",
    "CourseRun",
    "Filed",
    "Invalid",
    "Kind",
    "Outcome",
    "Planned",
    "PricePeriod",
    "Program",
    "check_tree",
    "counted",
    "courses_of",
    "differing",
    "exams_of",
    "may_edit_catalog",
    "may_publish_catalog",
    "may_publish_change",
    "may_publish_kind",
    "may_set_catalog_policy",
    "names_of",
    "price_on",
    "programs_of",
    "repeated",
]
