"""What an admissions office does to rounds: open them, take in scores, read reviews, documents and letters."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.http import HttpResponse
from ninja import Field

from linkspan.admissions import actions, queries
from linkspan.admissions import queries as admissions_queries
from linkspan.admissions.rules import Better, Document, Letter, Mode, Review, Round, TakenIn
from linkspan.api.answers import Router, parts
from linkspan.api.once import LARGEST, Posted, idempotent, private_file
from linkspan.kernel.errors import Unusable
from linkspan.kernel.request import Request

router = Router()


@dataclass(frozen=True, slots=True)
class OpenedIntake:
    """A joint round that is open; `commitment` is the hash of the seed of its lottery."""

    id: UUID
    commitment: str


@dataclass(frozen=True, slots=True)
class OpenedRound(Round):
    """A round that is open, with the hash of the seed of its lottery."""

    commitment: str = ""


@dataclass(frozen=True, slots=True)
class Papers:
    """What came with an application."""

    documents: tuple[Document, ...]
    letters: tuple[Letter, ...]


@dataclass(frozen=True, slots=True)
class Rematched:
    """A matching done again, and whether it gives the same people in the same order."""

    number: int
    same: bool


class IntakeIn(Posted):
    """A joint round; `answer_by` with its offset from UTC, or nothing if offers do not lapse."""

    coordinator: str
    title: str
    term: str
    answer_by: datetime | None = None


class RoundIn(Posted):
    """A program's round under an agreement; times with their offset from UTC, `seats` null for no limit.

    `better` says whether higher or lower scores are better.
    """

    agreement: str
    term: str
    mode: Mode
    seats: int | None = None
    opens_at: datetime
    closes_at: datetime
    intake: UUID | None = None
    automatic: bool = False
    better: Better = Better.HIGHER


class RoundChangeIn(Posted):
    """The window and the seats from now on, and why."""

    opens_at: datetime
    closes_at: datetime
    seats: int | None = None
    reason: str


class CancelIn(Posted):
    """Why; everybody who applied reads it."""

    reason: str


class ScoresIn(Posted):
    """A CSV file with the columns application and score, as text; `dry_run` looks it through only."""

    csv: str = Field(max_length=LARGEST)
    dry_run: bool = True


@router.post("/intakes", operation_id="open_intake")
@idempotent
def open_intake(request: Request, body: IntakeIn) -> OpenedIntake:
    """Open a joint round; the seed of its lottery is drawn and published by its hash."""
    intake_id = actions.open_intake(
        actor=request.actor,
        coordinator=body.coordinator,
        title=body.title,
        term=body.term,
        answer_by=None if body.answer_by is None else _aware(body.answer_by),
        now=request.now,
    )
    return OpenedIntake(intake_id, queries.intake(intake_id).commitment)


@router.post("/rounds", operation_id="open_round")
@idempotent
def open_round(request: Request, body: RoundIn) -> OpenedRound:
    """Open a program's round: of its own, or in a joint round that is not decided."""
    round_id = actions.open_round(
        actor=request.actor,
        agreement_id=body.agreement,
        term=body.term,
        mode=body.mode,
        seats=body.seats,
        opens_at=_aware(body.opens_at),
        closes_at=_aware(body.closes_at),
        intake_id=body.intake,
        automatic=body.automatic,
        better=body.better,
        now=request.now,
    )
    opened = queries.round_by_id(round_id)
    return OpenedRound(**parts(opened), commitment=queries.intake(opened.intake_id).commitment)


@router.post("/rounds/{uuid:round_id}/change", operation_id="change_round")
@idempotent
def change_round(request: Request, round_id: UUID, body: RoundChangeIn) -> Round:
    """Change the window and the seats of a round; a closing in the past closes it now. Who applied is told why."""
    return actions.change_round(
        actor=request.actor,
        round_id=round_id,
        opens_at=_aware(body.opens_at),
        closes_at=_aware(body.closes_at),
        seats=body.seats,
        reason=body.reason,
        now=request.now,
    )


@router.post("/rounds/{uuid:round_id}/cancellation", operation_id="cancel_round")
@idempotent
def cancel_round(request: Request, round_id: UUID, body: CancelIn) -> Round:
    """Cancel a round in which nobody has a place: applications end, fees go back, who applied is told why."""
    return actions.cancel_round(actor=request.actor, round_id=round_id, reason=body.reason, now=request.now)


@router.get("/rounds/{uuid:round_id}/replay", operation_id="replay_round")
def replay_round(request: Request, round_id: UUID) -> list[Rematched]:
    """Each matching of a round's intake done again from its stored input; for the schools in it and auditors."""
    return [Rematched(one.number, one.same) for one in queries.replayed_round(request.actor, round_id)]


@router.post("/rounds/{uuid:round_id}/score-file", operation_id="take_in_scores")
@idempotent
def take_in_scores(request: Request, round_id: UUID, body: ScoresIn) -> TakenIn:
    """Take in a file of scores: all rows or, while one is bad, none; each bad row is named."""
    return actions.take_in_scores(
        actor=request.actor,
        round_id=round_id,
        content=body.csv.encode(),
        dry_run=body.dry_run,
        now=request.now,
    )


@router.get("/applications/{uuid:application_id}/reviews", operation_id="reviews_of")
def reviews_of(request: Request, application_id: UUID) -> tuple[Review, ...]:
    """The readings of an application with their notes, for the office."""
    return admissions_queries.reviews_of(request.actor, application_id)


@router.get("/applications/{uuid:application_id}/papers", operation_id="papers_of")
def papers_of(request: Request, application_id: UUID) -> Papers:
    """What came with an application: documents, and letters that were asked for; for the learner and the office."""
    found = queries.application(request.actor, application_id)
    learner, round_id = found.learner_id, found.round.id
    return Papers(
        admissions_queries.documents(request.actor, learner, round_id),
        admissions_queries.letters(request.actor, learner, round_id),
    )


@router.get("/documents/{uuid:document_id}", operation_id="read_document", response={200: bytes})
def read_document(request: Request, document_id: UUID) -> HttpResponse:
    """A document's content, for its learner and the office; each reading by staff is kept."""
    found, content = actions.read_document(actor=request.actor, document_id=document_id, now=request.now)
    return private_file(content, found.media_type)


@router.get("/letters/{uuid:letter_id}", operation_id="read_letter", response={200: bytes})
def read_letter(request: Request, letter_id: UUID) -> HttpResponse:
    """A letter's content, for the office, never for the applicant; each reading is kept."""
    media_type, content = actions.read_letter(actor=request.actor, letter_id=letter_id, now=request.now)
    return private_file(content, media_type)


def _aware(given: datetime) -> datetime:
    if given.tzinfo is None:
        raise Unusable("time_unusable", "Give times with their offset from UTC, such as 2020-03-31T23:59:00-04:00.")
    return given
