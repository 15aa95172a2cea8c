"""What is done to records."""

from linkspan.records.actions.facts import (
    check_evidence,
    declare_fact,
    freeze_course_grade,
    freeze_run,
    grade_fact,
    record_fact,
    record_new_facts,
)
from linkspan.records.actions.imports import import_from_platform, import_learners
from linkspan.records.rules import ImportedLearner

__all__ = [
    "ImportedLearner",
    "check_evidence",
    "declare_fact",
    "freeze_course_grade",
    "freeze_run",
    "grade_fact",
    "import_from_platform",
    "import_learners",
    "record_fact",
    "record_new_facts",
]
