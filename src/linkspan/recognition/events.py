"""What happened to credit."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class CaseOpened:
    """The ground of awarded credit is gone: a registrar must look at it."""

    learner_id: UUID
    application_id: UUID
    institution: str
    reason: str


@dataclass(frozen=True, slots=True)
class CreditReversed:
    """A registrar reversed the credit of an application."""

    learner_id: UUID
    application_id: UUID
    institution: str
    reason: str
