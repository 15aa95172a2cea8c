"""Exceptions that end: withdrawn by who asked for them, before a second person decides, or taken back later."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from linkspan.kernel import audit, outbox
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, Refused, permit
from linkspan.recognition.actions.by_hand import WHY, reverse_credit
from linkspan.recognition.events import ExceptionEnded
from linkspan.recognition.models import CreditChangeRow
from linkspan.recognition.queries import CreditChange, change
from linkspan.recognition.rules.by_hand import ChangeState, may_change_credit, said


@transaction.atomic
def withdraw_exception(*, actor: Actor, change_id: UUID, reason: str, now: datetime) -> CreditChange:
    """End one's own exception before a second person has decided; the colleagues whom it waited for are told.

    Refused once it was decided. To withdraw it again changes nothing.
    """
    row = _row(actor, change_id, CreditChangeRow.objects.select_for_update())
    if row.prepared_by_id != actor.person_id:
        raise Refused("not_yours", "Who asked for an exception withdraws it. You can refuse it.")
    if row.state == ChangeState.WITHDRAWN:
        return change(row)
    if row.state != ChangeState.WAITING:
        raise Refused("decided_already", "This was decided already.")
    row.state, row.decided_at, row.decided_by, row.decided_by_id = (
        ChangeState.WITHDRAWN,
        now,
        actor.name,
        actor.person_id,
    )
    row.decision = said(reason, WHY)
    row.save()
    _note(actor, "withdraw_exception", row, row.decision, now)
    return change(row)


@transaction.atomic
def take_back_exception(*, actor: Actor, change_id: UUID, why: str, told: str, now: datetime) -> CreditChange:
    """Reverse the credit of an exception that two people gave; they are told why, and the learner what is `told`.

    What it replaced stays reversed: it is posted again if it counts. Refused unless that credit still stands.
    """
    found = _row(actor, change_id, CreditChangeRow.objects.all())
    if not found.beyond:
        raise Refused("no_exception", "A rule gives this. Reverse the credit instead.")
    if found.state != ChangeState.IN_EFFECT or found.award_id is None:
        raise Refused("not_in_effect", "This exception is not in effect. There is nothing to take back.")
    # It takes the lock under which credit changes, and refuses what was reversed meanwhile: nobody else is here then.
    reverse_credit(actor=actor, award_id=found.award_id, why=why, told=told, now=now)
    found.state = ChangeState.TAKEN_BACK
    found.save(update_fields=["state"])
    _note(actor, "take_back_exception", found, said(why, WHY), now)
    return change(found)


def _row(actor: Actor, change_id: UUID, among: QuerySet[CreditChangeRow]) -> CreditChangeRow:
    row = among.filter(id=change_id).first()
    if row is None:
        raise NotFound("change_unknown", "There is no such change of credit.")
    permit(may_change_credit(actor, row.learner_id, row.institution), "decide on this exception")
    return row


def _note(actor: Actor, verb: str, row: CreditChangeRow, why: str, now: datetime) -> None:
    subject = f"recognition.credit_change:{row.id}"
    audit.record(actor=actor, verb=verb, subject=subject, now=now, after={"state": str(row.state)}, why=why)
    second = row.decided_by_id if row.state == ChangeState.TAKEN_BACK else None
    outbox.publish(
        ExceptionEnded(
            change_id=row.id,
            preparer_id=row.prepared_by_id,
            second_id=second,
            by_id=actor.own_id,
            institution=row.institution,
            title=row.course,
            state=str(row.state),
            reason=why,
        ),
        now=now,
    )
