"""Records between servers: sent by consent, taken once, answered with a signed receipt (docs/formats/exchange.md)."""

from uuid import UUID

from linkspan.admissions import queries
from linkspan.admissions.actions import send_record as send
from linkspan.admissions.rules import Sent
from linkspan.api.answers import Made, Router
from linkspan.api.once import Posted, idempotent
from linkspan.kernel.request import Request

router = Router()


class SendIn(Posted):
    """Whose record, from which institution here, to which partner; one's own if `learner_id` is left out."""

    institution: str
    partner: str
    learner_id: UUID | None = None


@router.post("/", operation_id="send_record")
@idempotent
def send_record(request: Request, body: SendIn) -> Made:
    """Send a record to a partner's server, by the learner's consent that names the partner."""
    learner_id = body.learner_id or request.actor.own_id
    made = send(
        actor=request.actor,
        learner_id=learner_id,
        institution=body.institution,
        partner=body.partner,
        now=request.now,
    )
    return Made(made)


@router.get("/mine", operation_id="my_sent_records")
def my_sent_records(request: Request) -> tuple[Sent, ...]:
    """What was sent of one's own record, and what became of it."""
    return queries.sent_records(request.actor, request.actor.own_id)


@router.get("/from/{institution}", operation_id="records_sent_by")
def records_sent_by(request: Request, institution: str) -> tuple[Sent, ...]:
    """What an institution sent to other servers, for its registrars."""
    return queries.records_sent_by(request.actor, institution)
