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
class CaseAnswered:
    """The learner said something about their case."""

    learner_id: UUID
    case_id: UUID
    institution: str


@dataclass(frozen=True, slots=True)
class CaseNudged:
    """A case is still open: the registrars are reminded, or it is late; `due` is the day until which it was due."""

    learner_id: UUID
    case_id: UUID
    institution: str
    kind: str
    due: str


@dataclass(frozen=True, slots=True)
class CaseKept:
    """A registrar let the credit of a case stand."""

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


@dataclass(frozen=True, slots=True)
class CreditChanged:
    """A registrar changed credit by hand; `reason` is the one meant for the learner."""

    learner_id: UUID
    application_id: UUID
    institution: str
    verb: str
    title: str
    reason: str


@dataclass(frozen=True, slots=True)
class ExceptionAsked:
    """Credit that no rule gives waits for a second person; `preparer_id` is who may not decide on it."""

    change_id: UUID
    preparer_id: UUID
    institution: str
    title: str
    reason: str


@dataclass(frozen=True, slots=True)
class ExceptionDecided:
    """A second person decided on credit that no rule gives."""

    change_id: UUID
    preparer_id: UUID
    institution: str
    title: str
    accepted: bool
    reason: str


@dataclass(frozen=True, slots=True)
class ExceptionEnded:
    """Who asked for an exception withdrew it, or somebody took back one that a second person had approved."""

    change_id: UUID
    preparer_id: UUID
    second_id: UUID | None
    by_id: UUID
    institution: str
    title: str
    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class ConferralAsked:
    """A list of degrees waits for a second person; `preparer_id` is who may not decide on it."""

    list_id: UUID
    preparer_id: UUID
    institution: str
    title: str
    when: str


@dataclass(frozen=True, slots=True)
class ConferralDecided:
    """A second person decided on a list of degrees."""

    list_id: UUID
    preparer_id: UUID
    institution: str
    title: str
    accepted: bool
    reason: str


@dataclass(frozen=True, slots=True)
class ConferralHeld:
    """On its day a degree was not conferred: something is open; the registrars look at it."""

    conferral_id: UUID
    list_id: UUID
    institution: str
    title: str


@dataclass(frozen=True, slots=True)
class DegreeConferred:
    """A degree was conferred on its day."""

    learner_id: UUID
    conferral_id: UUID
    institution: str
    title: str
    when: str


@dataclass(frozen=True, slots=True)
class RevocationAsked:
    """The revocation of a degree waits for a second person; `preparer_id` and its holder may not decide on it."""

    conferral_id: UUID
    preparer_id: UUID
    holder_id: UUID
    institution: str
    title: str
    reason: str


@dataclass(frozen=True, slots=True)
class RevocationDecided:
    """A second person revoked a degree, or kept it; the learner reads of it with the credential."""

    conferral_id: UUID
    preparer_id: UUID
    institution: str
    title: str
    accepted: bool
    reason: str
