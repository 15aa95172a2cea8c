"""Applications of the caller."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema

from linkspan.admissions import actions, queries
from linkspan.admissions.rules.applications import Application
from linkspan.api.once import once
from linkspan.kernel.jsonable import jsonable

router = Router()


class ApplyIn(Schema):
    """An application."""

    statement: str = ""


class AnswerIn(Schema):
    """The answer to an offer."""

    accept: bool


def _out(application: Application) -> dict[str, Any]:
    return {
        "id": str(application.id),
        "round": str(application.round.id),
        "agreement": application.round.agreement_id,
        "state": application.state.value,
        "reasons": list(application.reasons),
        "decided_by": application.decided_by,
        "cutoff": application.cutoff,
    }


@router.get("/rounds", response=list[dict[str, Any]], auth=None, operation_id="list_rounds")
def list_rounds(request: HttpRequest) -> list[dict[str, Any]]:
    """Rounds with their windows."""
    return [jsonable(round_) for round_ in queries.rounds()]


@router.get("/applications", response=list[dict[str, Any]], operation_id="my_applications")
def my_applications(request: HttpRequest) -> list[dict[str, Any]]:
    """The caller's applications with their reasons."""
    return [_out(found) for found in queries.applications_of(request.actor, request.actor.person_id)]


@router.post("/rounds/{round_id}/applications", response=dict[str, Any], operation_id="submit_application")
def submit_application(request: HttpRequest, round_id: UUID, body: ApplyIn) -> dict[str, Any]:
    """Apply in one's own name."""
    return once(
        request,
        body,
        lambda: _out(
            actions.submit_application(
                actor=request.actor, round_id=round_id, statement=body.statement, now=request.now
            )
        ),
    )


@router.post("/applications/{application_id}/answer", response=dict[str, Any], operation_id="answer_offer")
def answer_offer(request: HttpRequest, application_id: UUID, body: AnswerIn) -> dict[str, Any]:
    """Accept or decline an offer."""
    return once(
        request,
        body,
        lambda: _out(
            actions.answer_offer(
                actor=request.actor, application_id=application_id, accept=body.accept, now=request.now
            )
        ),
    )
