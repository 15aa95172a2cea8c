"""Facts about a learner: their kinds and shapes, the record made of them, who may write and read them."""

from linkspan.records.rules.facts import (
    COMPLETE,
    DECLARED_BY_LEARNER,
    EVIDENCE_CHECKERS,
    Fact,
    ImportedLearner,
    Kind,
    NewFact,
    day,
    learner_record,
    may_check,
    may_declare,
    may_read_record,
    may_record,
)
from linkspan.records.rules.imports import CheckedRows, Imported, RefusedRow, check_rows
from linkspan.records.rules.shapes import CourseGrade, ExamResult, Misshapen, Problem, problems_of, shape_of

__all__ = [
    "COMPLETE",
    "DECLARED_BY_LEARNER",
    "EVIDENCE_CHECKERS",
    "CheckedRows",
    "CourseGrade",
    "ExamResult",
    "Fact",
    "Imported",
    "ImportedLearner",
    "Kind",
    "Misshapen",
    "NewFact",
    "Problem",
    "RefusedRow",
    "check_rows",
    "day",
    "learner_record",
    "may_check",
    "may_declare",
    "may_read_record",
    "may_record",
    "problems_of",
    "shape_of",
]
