"""Records on their way to other servers."""

from uuid import UUID

from linkspan.admissions.models import SentRecordRow
from linkspan.admissions.rules.transfers import Sent
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import permit


def sent_records(actor: Actor, learner_id: UUID) -> tuple[Sent, ...]:
    """What was sent of one's own record to other servers, newest first."""
    permit(actor.is_person(learner_id) or actor.has_role("auditor"), "see what was sent of this record")
    rows = SentRecordRow.objects.filter(learner_id=learner_id).order_by("-asked_at", "-id")[:100]
    return tuple(_sent(row) for row in rows)


def records_sent_by(actor: Actor, institution: str) -> tuple[Sent, ...]:
    """What an institution sent to other servers, newest first, for its registrars."""
    permit(actor.has_role("registrar", institution), "see what is sent from here")
    rows = SentRecordRow.objects.filter(institution=institution).order_by("-asked_at", "-id")[:200]
    return tuple(_sent(row) for row in rows)


def _sent(row: SentRecordRow) -> Sent:
    return Sent(
        row.id,
        row.institution,
        row.partner,
        row.says,
        tuple(row.records),
        row.asked_at,
        row.done_at,
        row.tries,
        row.refusal,
        row.last_error,
        row.receipt,
    )
