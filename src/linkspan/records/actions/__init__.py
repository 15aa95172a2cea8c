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
from linkspan.records.actions.imports import hand_in_export, import_from_platform, take_export

__all__ = [
    "check_evidence",
    "declare_fact",
    "freeze_course_grade",
    "freeze_run",
    "grade_fact",
    "hand_in_export",
    "import_from_platform",
    "record_fact",
    "record_new_facts",
    "take_export",
]
