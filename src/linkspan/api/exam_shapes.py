"""What is sent to and answered by the addresses of exams."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from ninja import Field, Schema

from linkspan.api.once import LARGEST, Posted
from linkspan.exams.rules import IncidentKind


class AttemptOut(Schema):
    """An attempt; `score` (percent) and `outcome` are null until the release."""

    id: UUID
    exam: str
    title: str
    sitting_id: UUID
    state: str
    started_at: datetime | None
    deadline: datetime | None
    submitted_at: datetime | None
    release_at: datetime
    score: Decimal | None
    outcome: str | None
    verdict_reason: str


class AuthorisationOut(Schema):
    """Whether the caller may take an exam, each reason against it, and the sittings."""

    authorised: bool
    reasons: list[str]
    sittings: list[dict[str, Any]]


class ExamAnswerIn(Posted):
    """An answer: the numbers of the chosen options from 0, or one text; an empty list clears it.

    `replaces` is the version that you saw: an answer to another one is kept beside and does not count.
    """

    item: str
    given: list[str]
    replaces: int | None = None


class ExamTakenOut(Schema):
    """How a saved answer stands (applied, kept or late), and the answer that counts now."""

    item: str
    seq: int
    standing: str
    version: int | None
    value: list[str]


class ExamPageOut(Schema):
    """A live page: the keys with which it signs its saves and seals its file, and the answers that it begins from."""

    id: UUID
    number: int
    signing_key: str
    file_key: str
    answers: list[dict[str, Any]]


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


class ExamReceiptOut(Schema):
    """What became of a save; a page that is not the newest is read-only."""

    taken: list[ExamTakenOut]
    not_taken: list[dict[str, Any]]
    now: datetime
    deadline: datetime
    newest: bool
    running: bool


class LateAnswersOut(Schema):
    """Answers of one attempt that came after its end and wait for a person."""

    attempt_id: UUID
    title: str
    answers: list[dict[str, Any]]


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
    """A verdict; a rejection needs a reason."""

    accept: bool
    reason: str = ""


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
