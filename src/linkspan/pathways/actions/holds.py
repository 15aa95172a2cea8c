"""Cases on hold: kept when a record meets a hold clause, released by a person with a reason. A hold refuses nobody."""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from linkspan.kernel import audit as trail
from linkspan.kernel import outbox
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, Unusable, permit
from linkspan.kernel.record import Record
from linkspan.pathways.events import HoldReleased
from linkspan.pathways.models import HoldRow
from linkspan.pathways.queries import AgreementVersion, judged_on
from linkspan.pathways.rules.audit.record import Hold
from linkspan.pathways.rules.life.holds import hold_key, may_release_hold


@transaction.atomic
def note_holds(*, learner_id: UUID, record: Record, agreement_id: str, on: date, now: datetime) -> tuple[str, ...]:
    """Keep a hold for each hold clause that the record meets; the texts of those that nobody has released yet."""
    agreement, found = judged_on(agreement_id, record, on)
    return keep_holds(learner_id=learner_id, agreement=agreement, found=found.holds, now=now)


@transaction.atomic
def keep_holds(
    *, learner_id: UUID, agreement: AgreementVersion, found: Iterable[Hold], now: datetime
) -> tuple[str, ...]:
    """Keep the holds that an audit found; the texts of those that nobody has released yet."""
    waiting = []
    for hold in found:
        clause, have = hold_key(hold)
        row, _ = HoldRow.objects.get_or_create(
            learner_id=learner_id,
            agreement_id=agreement.id,
            clause=clause,
            have=have,
            defaults={"institution": agreement.receiving, "text": hold.text, "held_at": now},
        )
        if row.released_at is None:
            waiting.append(row.text)
    return tuple(waiting)


@transaction.atomic
def release_hold(*, actor: Actor, hold_id: UUID, reason: str, now: datetime) -> None:
    """Let a case go on, with a reason; released once, it stays so unless the record says something else."""
    row = HoldRow.objects.select_for_update().filter(id=hold_id).first()
    if row is None:
        raise NotFound("hold_unknown", "There is no such case.")
    permit(may_release_hold(actor, row.institution, row.learner_id), "release this case")
    if row.released_at is not None:
        return
    if not reason.strip():
        raise Unusable("reason_missing", "Say what you looked at: the reason stays with the case.")
    row.released_at, row.released_by, row.reason = now, actor.name, reason.strip()
    row.save(update_fields=["released_at", "released_by", "reason"])
    after = {"learner": row.learner_id, "agreement": row.agreement_id, "clause": row.clause}
    trail.record(actor=actor, verb="release_hold", subject=f"pathways.hold:{row.id}", now=now, after=after, why=reason)
    outbox.publish(HoldReleased(row.id, row.learner_id, row.agreement_id, row.clause), now=now)
