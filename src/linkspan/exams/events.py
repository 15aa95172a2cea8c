"""What happened in exams."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class ExamSubmitted:
    """An attempt was handed in, by the learner or by the clock."""

    learner_id: UUID
    attempt_id: UUID
    title: str


@dataclass(frozen=True, slots=True)
class ExamResultReleased:
    """A result was released; `outcome` is passed, not_passed or rejected."""

    learner_id: UUID
    attempt_id: UUID
    exam_code: str
    program_key: str
    title: str
    outcome: str
