"""What is sent to and answered by the addresses of exams."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Self
from uuid import UUID

from ninja import Field

from linkspan.api.once import LARGEST, Posted
from linkspan.exams.rules import Attempt, AttemptState, HandedIn, IncidentKind, Rejection


@dataclass(frozen=True, slots=True)
class RejectionTold:
    """A rejection that is proposed: why, until when the learner may answer, and what they answered."""

    ground: IncidentKind
    reason: str
    heard_until: datetime
    statement: str

    @classmethod
    def of(cls, found: Rejection) -> Self:
        """A proposal as it is told; never whose it is."""
        return cls(found.ground, found.reason, found.heard_until, found.statement)


@dataclass(frozen=True, slots=True)
class AttemptTold:
    """An attempt; `score` (percent) and `outcome` are null until the release."""

    id: UUID
    exam: str
    title: str
    sitting_id: UUID
    state: AttemptState
    started_at: datetime | None
    deadline: datetime | None
    submitted_at: datetime | None
    release_at: datetime
    score: Decimal | None
    outcome: str | None
    verdict_reason: str
    rejection: RejectionTold | None
    break_ends_at: datetime | None

    @classmethod
    def of(cls, found: Attempt) -> Self:
        """An attempt as it is told."""
        sitting = found.sitting
        return cls(
            found.id,
            sitting.exam.code,
            sitting.exam.title,
            sitting.id,
            found.state,
            found.started_at,
            found.deadline,
            found.submitted_at,
            sitting.release_at,
            found.score,
            found.outcome,
            found.verdict_reason,
            None if found.rejection is None else RejectionTold.of(found.rejection),
            found.break_ends_at,
        )


@dataclass(frozen=True, slots=True)
class SittingTold:
    """When a sitting opens and closes, and when its results are released."""

    id: UUID
    opens_at: datetime
    closes_at: datetime
    release_at: datetime


@dataclass(frozen=True, slots=True)
class Authorisation:
    """Whether the caller may take an exam, each reason against it, and the sittings."""

    authorised: bool
    reasons: tuple[str, ...]
    sittings: tuple[SittingTold, ...]


@dataclass(frozen=True, slots=True)
class LateAnswerTold:
    """An answer that came after the end, beside the one that counts; `elapsed_ms` by the page's own clock."""

    id: UUID
    item: str
    prompt: str
    given: tuple[str, ...]
    counted: tuple[str, ...]
    at: datetime
    in_order: bool
    without_seb: bool
    files: tuple[HandedIn, ...]
    elapsed: None
    elapsed_ms: int | None


@dataclass(frozen=True, slots=True)
class LateAnswers:
    """Answers of one attempt that came after its end and wait for a person."""

    attempt_id: UUID
    title: str
    answers: tuple[LateAnswerTold, ...]


class ExamAnswerIn(Posted):
    """An answer: the numbers of the chosen options from 0, or one text; an empty list clears it.

    `replaces` is the version that you saw: an answer to another one is kept beside and does not count.
    """

    item: str
    given: list[str]
    replaces: int | None = None


class ExamSaveIn(Posted):
    """A batch of changes: `mac` is the HMAC-SHA256 by the page's key over the RFC 8785 form of the other members.

    Each change has `item`, `seq`, `replaces`, `op` (set with `value`, or clear), `at` and `elapsed_ms`.
    """

    writer: str
    batch: int
    prev: str
    sent_at: str
    changes: list[dict[str, Any]]
    mac: str


class LateDecisionIn(Posted):
    """Which of the late answers that you saw count; the others that you saw are declined."""

    shown: list[UUID]
    accept: list[UUID]
    reason: str


#: A sealed part of a file of answers, in text.
Sealed = Annotated[str, Field(max_length=LARGEST)]


class AnswerFileIn(Posted):
    """The file that a learner's page made without a network, as it is."""

    format: str
    attempt: str
    parts: list[dict[str, Sealed]]


class ExamReviewIn(Posted):
    """A verdict; to propose a rejection needs a reason and its `ground`, to decide on one that is proposed neither."""

    accept: bool
    reason: str = ""
    ground: IncidentKind | None = None


class ExamIncidentIn(Posted):
    """What a proctor saw."""

    kind: IncidentKind
    note: str


class ExamAppealIn(Posted):
    """What the learner says."""

    statement: str


class AppealDecisionIn(Posted):
    """A decision on an appeal, with its reason."""

    uphold: bool
    reason: str


class ExamReasonIn(Posted):
    """Why a proctor or staff intervene."""

    reason: str


class ExamMinutesIn(ExamReasonIn):
    """How many minutes (1 to 240) are added, and why."""

    minutes: int
