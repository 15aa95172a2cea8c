"""Rolling rounds that offer a place at once to whoever meets every clause, in the name of who opened them so."""

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q

from linkspan.admissions.actions.rows import application_row, take_seat
from linkspan.admissions.events import ApplicationDecided
from linkspan.admissions.models import ApplicationRow, RoundRow
from linkspan.admissions.queries import owes_fee
from linkspan.admissions.rules.applications import State, answer_deadline, next_state
from linkspan.kernel import audit, outbox
from linkspan.kernel.actor import Actor, system_actor
from linkspan.kernel.errors import Refused, permit
from linkspan.pathways.actions.holds import note_holds
from linkspan.records.queries import learner_record

SYSTEM = system_actor("admissions")
MOST_AT_ONCE = 500


def offer_at_once(row: ApplicationRow, now: datetime) -> None:
    """Offer a place if the audit met every clause, no fee is owed and no case is on hold; else wait for a person.

    Inside the caller's transaction, with the row locked or new. Without a free seat it goes on the waiting list.
    """
    if row.eligibility != "met" or owes_fee(row) or _on_hold(row, now):
        return
    round_ = row.round
    try:
        take_seat(round_.id)
    except Refused:
        to, reason = State.NO_SEAT, "Every clause of the agreement is met; all seats went to those who applied before."
    else:
        to, reason = State.OFFERED, "Every clause of the agreement is met, and a seat was free."
    if row.state == to:
        return
    row.state, row.reasons = next_state(State(row.state), to), [reason]
    row.decided_by, row.decider_id, row.decided_at = round_.opened_by, round_.opener_id, now
    row.answer_by = answer_deadline(round_.intake.answer_by, now) if to == State.OFFERED else None
    row.save()
    subject, after = f"admissions.application:{row.id}", {"state": to, "audit": row.audit_id, "seats": round_.seats}
    audit.record(actor=SYSTEM, verb="offer_at_once", subject=subject, now=now, after=after)
    outbox.publish(ApplicationDecided(row.learner_id, row.id, round_.title, to), now=now)


def offer_freed_seats(*, actor: Actor, now: datetime) -> int:
    """Offer the seats that came free in automatic rounds, first come, first served; and to who has paid the fee since.

    For the system. Returns how many applications changed.
    """
    permit(actor.is_system, "let rounds go on")
    free = RoundRow.objects.filter(automatic=True).filter(Q(seats=None) | Q(seats_taken__lt=F("seats")))
    waiting = ApplicationRow.objects.filter(round__in=free, state__in=[State.SUBMITTED, State.NO_SEAT])
    due = waiting.filter(eligibility="met").order_by("submitted_at", "id").values_list("id", flat=True)[:MOST_AT_ONCE]
    return sum(_go_on(application_id, now) for application_id in list(due))


@transaction.atomic
def _go_on(application_id: UUID, now: datetime) -> bool:
    row = application_row(application_id)
    before = row.state
    if before in (State.SUBMITTED, State.NO_SEAT):
        offer_at_once(row, now)
    return row.state != before


def _on_hold(row: ApplicationRow, now: datetime) -> bool:
    record = learner_record(SYSTEM, row.learner_id)
    agreement_id = row.round.agreement_id
    held = note_holds(learner_id=row.learner_id, record=record, agreement_id=agreement_id, on=now.date(), now=now)
    return bool(held)
