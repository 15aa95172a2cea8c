"""No decision before a person has looked: every path to one asks here first."""

from datetime import datetime
from uuid import UUID

from linkspan.admissions.models import ApplicationRow
from linkspan.admissions.rules.acts import check_looked_at
from linkspan.admissions.rules.applications import State, may_admit
from linkspan.kernel.actor import Actor, system_actor
from linkspan.pathways.actions import note_holds
from linkspan.records.queries import learner_record


def wait_for_holds(actor: Actor, application_id: UUID, now: datetime) -> None:
    """Waits while a hold of the record is not released.

    It is called outside of the decision's transaction: the hold is kept for the desk although the decision is not made.
    """
    row = ApplicationRow.objects.select_related("round").filter(id=application_id).first()
    if row is None or not may_admit(actor, row.round.institution) or row.state == State.JOINED:
        return
    record = learner_record(system_actor("admissions"), row.learner_id)
    waiting = note_holds(
        learner_id=row.learner_id, record=record, agreement_id=row.round.agreement_id, on=now.date(), now=now
    )
    check_looked_at(waiting)
