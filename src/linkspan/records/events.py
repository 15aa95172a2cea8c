"""What happened to records."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class FactRecorded:
    """A fact was recorded or corrected."""

    learner_id: UUID
    kind: str
    key: str
    corrected: bool


@dataclass(frozen=True, slots=True)
class GradesImported:
    """An import put grades on record that were not there before: those of that source, recorded at that instant."""

    source: str
    at: datetime


@dataclass(frozen=True, slots=True)
class EvidenceChecked:
    """Staff accepted or refused the evidence of a fact that a learner declared."""

    learner_id: UUID
    fact_id: UUID
    kind: str
    accepted: bool
    reason: str
