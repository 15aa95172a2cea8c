"""Rows that actions work on, locked where they change."""

from uuid import UUID

from linkspan.exams.models import AttemptRow, ExamRow
from linkspan.exams.queries import attempt_rows, shares_by
from linkspan.exams.rules import Client, percent
from linkspan.exams.rules.rulings import corrections_of
from linkspan.kernel.actor import Actor, system_actor
from linkspan.kernel.errors import NotFound, Unusable

SYSTEM = system_actor("exams")
LONGEST_REASON = 1000


def exam_row(code: str) -> ExamRow:
    """The exam; NotFound if there is none."""
    row = ExamRow.objects.filter(code=code).first()
    if row is None:
        raise NotFound("exam_unknown", "There is no such exam.")
    return row


def attempt_row(attempt_id: UUID) -> AttemptRow:
    """The attempt, locked; NotFound if there is none."""
    row = attempt_rows().select_for_update(of=("self",)).filter(id=attempt_id).first()
    if row is None:
        raise NotFound("attempt_unknown", "There is no such attempt.")
    return row


def own_attempt_row(actor: Actor, attempt_id: UUID) -> AttemptRow:
    """The actor's own attempt, locked; NotFound for anybody else."""
    row = attempt_row(attempt_id)
    if not actor.is_person(row.learner_id):
        raise NotFound("attempt_unknown", "There is no such attempt, or it is not yours.")
    return row


def bind_device(row: AttemptRow, client: Client) -> None:
    """Have an attempt without a device stay on this one."""
    if client.device and not row.device:
        row.device = client.device
        row.save(update_fields=["device"])


def needed(reason: str) -> str:
    """The reason, as long as it is kept; Unusable if none is given."""
    if not reason.strip():
        raise Unusable("reason_missing", "Say why: it is kept with the attempt.")
    return reason.strip()[:LONGEST_REASON]


def mark(row: AttemptRow) -> None:
    """Mark the form by the answers that count, by what people gave and by what was ruled, and save the score."""
    shares, row.to_mark = shares_by(row, corrections_of(row.version.corrections))
    row.score = percent(list(shares.values()))
    row.shares = {name: str(share) for name, share in shares.items()}
    row.save(update_fields=["score", "shares", "to_mark"])
