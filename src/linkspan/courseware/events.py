"""What happened in courses."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class ProblemGraded:
    """A learner's submission was graded."""

    learner_id: UUID
    run_id: str
    usage: str
