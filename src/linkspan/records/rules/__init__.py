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
from linkspan.records.rules.importing import Change, Export, Held, Imported, Meets, Plan, Planned, imported, plan_import
from linkspan.records.rules.imports import CheckedRows, RefusedRow, check_rows
from linkspan.records.rules.shapes import CourseGrade, ExamResult, Misshapen, Problem, problems_of, shape_of

__all__ = [
    "COMPLETE",
    "DECLARED_BY_LEARNER",
    "EVIDENCE_CHECKERS",
    "Change",
    "CheckedRows",
    "CourseGrade",
    "ExamResult",
    "Export",
    "Fact",
    "Held",
    "Imported",
    "ImportedLearner",
    "Kind",
    "Meets",
    "Misshapen",
    "NewFact",
    "Plan",
    "Planned",
    "Problem",
    "RefusedRow",
    "check_rows",
    "day",
    "imported",
    "learner_record",
    "may_check",
    "may_declare",
    "may_read_record",
    "may_record",
    "plan_import",
    "problems_of",
    "shape_of",
]
