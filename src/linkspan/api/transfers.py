"""Records between servers: sent by consent, taken once, answered with a signed receipt (docs/formats/exchange.md)."""

from typing import Any
from uuid import UUID

from ninja import Router

from linkspan.admissions.actions.transfers import send_record as send
from linkspan.admissions.queries import transfers as queries
from linkspan.api.once import Posted, idempotent
from linkspan.kernel.jsonable import jsonable
from linkspan.kernel.request import Request

router = Router()


class SendIn(Posted):
    """Whose record, from which institution here, to which partner; one's own if `learner_id` is left out."""

    institution: str
    partner: str
    learner_id: UUID | None = None


@router.post("/", response=dict[str, Any], operation_id="send_record")
@idempotent
def send_record(request: Request, body: SendIn) -> dict[str, Any]:
    """Send a record to a partner's server, by the learner's consent that names the partner."""
    learner_id = body.learner_id or request.actor.own_id
    made = send(
        actor=request.actor,
        learner_id=learner_id,
        institution=body.institution,
        partner=body.partner,
        now=request.now,
    )
    return {"id": str(made)}


@router.get("/mine", response=list[dict[str, Any]], operation_id="my_sent_records")
def my_sent_records(request: Request) -> list[dict[str, Any]]:
    """What was sent of one's own record, and what became of it."""
    return [jsonable(sent) for sent in queries.sent_records(request.actor, request.actor.own_id)]


@router.get("/from/{institution}", response=list[dict[str, Any]], operation_id="records_sent_by")
def records_sent_by(request: Request, institution: str) -> list[dict[str, Any]]:
    """What an institution sent to other servers, for its registrars."""
    return [jsonable(sent) for sent in queries.records_sent_by(request.actor, institution)]
