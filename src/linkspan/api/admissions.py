"""Applications of the caller."""

from typing import Any
from uuid import UUID

from ninja import Router

from linkspan.admissions import actions, queries
from linkspan.admissions.rules.applications import Application, shown_to
from linkspan.api.once import Posted, idempotent
from linkspan.kernel.jsonable import jsonable
from linkspan.kernel.reasons import stored
from linkspan.kernel.request import Request
from linkspan.kernel.told import told

router = Router()


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


def _out(request: Request, application: Application) -> dict[str, Any]:
    application = shown_to(request.actor, application)
    return {
        "id": str(application.id),
        "round": str(application.round.id),
        "agreement": application.round.agreement_id,
        "intake": str(application.round.intake_id),
        "rank": application.rank,
        "waiting_list_place": application.place,
        "answer_by": application.answer_by.isoformat() if application.answer_by else None,
        "state": application.state.value,
        "reasons": [told(reason) for reason in application.reasons],
        "because": stored(application.reasons),
        "decided_by": application.decided_by,
        "cutoff": application.cutoff,
    }


@router.get("/rounds", response=list[dict[str, Any]], auth=None, operation_id="list_rounds")
def list_rounds(request: Request) -> list[dict[str, Any]]:
    """Rounds with their windows."""
    return [jsonable(round_) for round_ in queries.rounds()]


@router.get("/applications", response=list[dict[str, Any]], operation_id="my_applications")
def my_applications(request: Request) -> list[dict[str, Any]]:
    """The caller's applications with their reasons."""
    return [_out(request, found) for found in queries.applications_of(request.actor, request.actor.own_id)]


@router.post("/rounds/{round_id}/applications", response=dict[str, Any], operation_id="submit_application")
@idempotent
def submit_application(request: Request, round_id: UUID, body: ApplyIn) -> dict[str, Any]:
    """Apply in one's own name."""
    return _out(
        request,
        actions.submit_application(actor=request.actor, round_id=round_id, statement=body.statement, now=request.now),
    )


@router.get("/intakes/{uuid:intake_id}", response=dict[str, Any], auth=None, operation_id="intake")
def intake(request: Request, intake_id: UUID) -> dict[str, Any]:
    """What is matched together: programs, windows, cut-offs, and the hashes of every matching."""
    return {
        **jsonable(queries.intake(intake_id)),
        "matchings": [jsonable(run) for run in queries.match_runs(intake_id)],
    }


@router.post("/intakes/{uuid:intake_id}/order", response=list[dict[str, Any]], operation_id="order_choices")
@idempotent
def order_choices(request: Request, intake_id: UUID, body: OrderIn) -> list[dict[str, Any]]:
    """Put one's applications in an intake in order, first choice first."""
    ordered = actions.order_choices(actor=request.actor, intake_id=intake_id, order=body.applications, now=request.now)
    return [_out(request, found) for found in ordered]


@router.post(
    "/applications/{uuid:application_id}/withdrawal", response=dict[str, Any], operation_id="withdraw_application"
)
@idempotent
def withdraw_application(request: Request, application_id: UUID) -> dict[str, Any]:
    """Withdraw one's own application; a seat that it held is free."""
    return _out(
        request, actions.withdraw_application(actor=request.actor, application_id=application_id, now=request.now)
    )


@router.post("/applications/{application_id}/answer", response=dict[str, Any], operation_id="answer_offer")
@idempotent
def answer_offer(request: Request, application_id: UUID, body: AnswerIn) -> dict[str, Any]:
    """Accept or decline an offer."""
    return _out(
        request,
        actions.answer_offer(actor=request.actor, application_id=application_id, accept=body.accept, now=request.now),
    )


@router.post("/applications/{uuid:application_id}/deferral", response=dict[str, Any], operation_id="defer_joining")
@idempotent
def defer_joining(request: Request, application_id: UUID, body: MonthsIn) -> dict[str, Any]:
    """Join some whole years later than offered, within the agreement's limit."""
    found = actions.defer_joining(
        actor=request.actor, application_id=application_id, months=body.months, now=request.now
    )
    return {**_out(request, found), "first_term": found.first_term}


@router.post("/applications/{uuid:application_id}/waiver", response=dict[str, Any], operation_id="ask_waiver")
@idempotent
def ask_waiver(request: Request, application_id: UUID, body: TextIn) -> dict[str, Any]:
    """Ask not to have to pay the application fee."""
    found = actions.ask_waiver(actor=request.actor, application_id=application_id, reason=body.text, now=request.now)
    return {**_out(request, found), "waiver": found.waiver}


@router.post("/applications/{uuid:application_id}/appeal", response=dict[str, Any], operation_id="file_appeal")
@idempotent
def file_appeal(request: Request, application_id: UUID, body: TextIn) -> dict[str, Any]:
    """Appeal against the decision of one's own application."""
    return jsonable(
        actions.file_appeal(actor=request.actor, application_id=application_id, text=body.text, now=request.now)
    )
