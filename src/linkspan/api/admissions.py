"""Applications of the caller."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from linkspan.admissions import actions, queries
from linkspan.admissions.rules import Appeal, Application, Intake, MatchRun, Round, State, shown_to
from linkspan.api.answers import Router, parts
from linkspan.api.once import Posted, idempotent
from linkspan.kernel.reasons import Reason, Sentence
from linkspan.kernel.request import Request
from linkspan.kernel.told import told

router = Router()


@dataclass(frozen=True, slots=True)
class ApplicationTold:
    """An application of the caller, as far as it is told before a decision is released.

    `because` are the reasons with their codes and values; a text where it was stored without.
    """

    id: UUID
    round: UUID
    agreement: str
    intake: UUID
    rank: int | None
    waiting_list_place: int | None
    answer_by: datetime | None
    state: State
    reasons: tuple[str, ...]
    because: tuple[Reason | str, ...]
    decided_by: str
    cutoff: Decimal | None
    first_term: str
    waiver: str


@dataclass(frozen=True, slots=True)
class MatchedIntake(Intake):
    """A joint round, with the hashes of every matching."""

    matchings: tuple[MatchRun, ...] = ()


class ApplyIn(Posted):
    """An application."""

    statement: str = ""


class AnswerIn(Posted):
    """The answer to an offer."""

    accept: bool


class MonthsIn(Posted):
    """By how many months joining is deferred: whole years."""

    months: int


class TextIn(Posted):
    """What somebody asks for, and why."""

    text: str


class OrderIn(Posted):
    """Applications, first choice first."""

    applications: list[UUID]


def _out(request: Request, application: Application) -> ApplicationTold:
    application = shown_to(request.actor, application)
    return ApplicationTold(
        id=application.id,
        round=application.round.id,
        agreement=application.round.agreement_id,
        intake=application.round.intake_id,
        rank=application.rank,
        waiting_list_place=application.place,
        answer_by=application.answer_by,
        state=application.state,
        reasons=tuple(told(reason) for reason in application.reasons),
        because=tuple(one.reason if isinstance(one, Sentence) else one for one in application.reasons),
        decided_by=application.decided_by,
        cutoff=application.cutoff,
        first_term=application.first_term,
        waiver=application.waiver,
    )


@router.get("/rounds", auth=None, operation_id="list_rounds")
def list_rounds(request: Request) -> tuple[Round, ...]:
    """Rounds with their windows."""
    return queries.rounds()


@router.get("/applications", operation_id="my_applications")
def my_applications(request: Request) -> list[ApplicationTold]:
    """The caller's applications with their reasons."""
    return [_out(request, found) for found in queries.applications_of(request.actor, request.actor.own_id)]


@router.post("/rounds/{round_id}/applications", operation_id="submit_application")
@idempotent
def submit_application(request: Request, round_id: UUID, body: ApplyIn) -> ApplicationTold:
    """Apply in one's own name."""
    return _out(
        request,
        actions.submit_application(actor=request.actor, round_id=round_id, statement=body.statement, now=request.now),
    )


@router.get("/intakes/{uuid:intake_id}", auth=None, operation_id="intake")
def intake(request: Request, intake_id: UUID) -> MatchedIntake:
    """What is matched together: programs, windows, cut-offs, and the hashes of every matching."""
    return MatchedIntake(**parts(queries.intake(intake_id)), matchings=queries.match_runs(intake_id))


@router.post("/intakes/{uuid:intake_id}/order", operation_id="order_choices")
@idempotent
def order_choices(request: Request, intake_id: UUID, body: OrderIn) -> list[ApplicationTold]:
    """Put one's applications in an intake in order, first choice first."""
    ordered = actions.order_choices(actor=request.actor, intake_id=intake_id, order=body.applications, now=request.now)
    return [_out(request, found) for found in ordered]


@router.post("/applications/{uuid:application_id}/withdrawal", operation_id="withdraw_application")
@idempotent
def withdraw_application(request: Request, application_id: UUID) -> ApplicationTold:
    """Withdraw one's own application; a seat that it held is free."""
    return _out(
        request, actions.withdraw_application(actor=request.actor, application_id=application_id, now=request.now)
    )


@router.post("/applications/{application_id}/answer", operation_id="answer_offer")
@idempotent
def answer_offer(request: Request, application_id: UUID, body: AnswerIn) -> ApplicationTold:
    """Accept or decline an offer."""
    return _out(
        request,
        actions.answer_offer(actor=request.actor, application_id=application_id, accept=body.accept, now=request.now),
    )


@router.post("/applications/{uuid:application_id}/deferral", operation_id="defer_joining")
@idempotent
def defer_joining(request: Request, application_id: UUID, body: MonthsIn) -> ApplicationTold:
    """Join some whole years later than offered, within the agreement's limit."""
    return _out(
        request,
        actions.defer_joining(actor=request.actor, application_id=application_id, months=body.months, now=request.now),
    )


@router.post("/applications/{uuid:application_id}/waiver", operation_id="ask_waiver")
@idempotent
def ask_waiver(request: Request, application_id: UUID, body: TextIn) -> ApplicationTold:
    """Ask not to have to pay the application fee."""
    return _out(
        request,
        actions.ask_waiver(actor=request.actor, application_id=application_id, reason=body.text, now=request.now),
    )


@router.post("/applications/{uuid:application_id}/appeal", operation_id="file_appeal")
@idempotent
def file_appeal(request: Request, application_id: UUID, body: TextIn) -> Appeal:
    """Appeal against the decision of one's own application."""
    return actions.file_appeal(actor=request.actor, application_id=application_id, text=body.text, now=request.now)
