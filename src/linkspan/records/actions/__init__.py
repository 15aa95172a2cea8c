"""What is done to records."""

from linkspan.records.actions.comparing import compare_fetched, leave_difference, take_over
from linkspan.records.actions.facts import (
    check_evidence,
    declare_fact,
    freeze_course_grade,
    freeze_run,
    grade_fact,
    record_fact,
    record_new_facts,
)
from linkspan.records.actions.imports import hand_in_export, hand_in_fetched, import_from_platform, take_export
from linkspan.records.actions.irreversible import PUBLISH_GRADES

__all__ = [
    "PUBLISH_GRADES",
    "check_evidence",
    "compare_fetched",
    "declare_fact",
    "freeze_course_grade",
    "freeze_run",
    "grade_fact",
    "hand_in_export",
    "hand_in_fetched",
    "import_from_platform",
    "leave_difference",
    "record_fact",
    "record_new_facts",
    "take_export",
    "take_over",
]
