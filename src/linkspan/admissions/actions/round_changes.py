"""A round that is under way is changed, prolonged, closed early or cancelled, with a reason; who applied is told."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from linkspan.admissions.actions.rows import locked_round
from linkspan.admissions.events import RoundCancelled, RoundChanged
from linkspan.admissions.models import ApplicationRow, DraftRow, RoundRow
from linkspan.admissions.queries import as_round
from linkspan.admissions.rules.applications import WAITING, Mode, Round, State, may_open_round
from linkspan.admissions.rules.intakes import check_changeable, check_round, check_seats_given
from linkspan.finance.actions import refund
from linkspan.kernel import audit, outbox
from linkspan.kernel.actor import Actor, system_actor
from linkspan.kernel.errors import Refused, Unusable, permit
from linkspan.kernel.reasons import Phrase, Sentence, stored

SYSTEM = system_actor("admissions")


@transaction.atomic
def change_round(
    *,
    actor: Actor,
    round_id: UUID,
    opens_at: datetime,
    closes_at: datetime,
    seats: int | None,
    reason: str,
    now: datetime,
) -> Round:
    """Change the window and the seats of a round that is neither certified nor decided; the same again does nothing.

    A round that has opened stays opened. A closing in the past closes it now. Seats are never fewer than are taken.
    Everybody with an application that stands or a draft in it is told, with the reason.
    """
    row = _changeable(actor, round_id, reason)
    if row.opens_at <= now and opens_at != row.opens_at:
        raise Refused("round_opened", "This round has opened already: its opening stays as it is.")
    closes_at = max(closes_at, now) if row.closes_at > now else closes_at
    if closes_at != row.closes_at and closes_at < now:
        raise Unusable("round_unusable", "Choose a closing that is still to come.")
    joint = RoundRow.objects.filter(intake=row.intake).count() > 1
    check_round(Mode(row.mode), seats, opens_at, closes_at, automatic=row.automatic, joint=joint and row.automatic)
    check_seats_given(seats, row.seats_taken)
    before = _terms(row)
    row.opens_at, row.closes_at, row.seats = opens_at, closes_at, seats
    if _terms(row) == before:
        return as_round(row)
    row.save(update_fields=["opens_at", "closes_at", "seats"])
    subject = f"admissions.round:{row.id}"
    audit.record(
        actor=actor, verb="change_round", subject=subject, now=now, before=before, after=_terms(row), why=reason.strip()
    )
    told = [RoundChanged(one, row.id, row.title, row.closes_at, reason.strip()) for one in concerned(row)]
    outbox.publish_all(told, now=now)
    return as_round(row)


@transaction.atomic
def cancel_round(*, actor: Actor, round_id: UUID, reason: str, now: datetime) -> Round:
    """Cancel a round in which nobody has a place: applications end, fees go back, who applied is told the reason.

    A second time changes nothing. The same term can be opened anew.
    """
    row = locked_round(round_id)
    permit(may_open_round(actor, row.institution), "cancel this round")
    if row.cancelled_at is not None:
        return as_round(row)
    row = _changeable(actor, round_id, reason)
    if row.seats_taken:
        raise Refused("round_has_places", "Places in this round are given. Close it instead, and keep them.")
    told = list(concerned(row))
    words = Phrase("The round was cancelled: {reason}")
    ended = ApplicationRow.objects.select_for_update(of=("self",)).filter(round=row, state__in=WAITING)
    for one in list(ended.order_by("id")):
        one.state, one.place = State.CANCELLED, None
        one.reasons = stored([Sentence("round_cancelled", words, reason=reason.strip())])
        one.decided_by, one.decider_id, one.decided_at = actor.name, actor.person_id, now
        one.save(update_fields=["state", "place", "reasons", "decided_by", "decider_id", "decided_at"])
        if one.fee_charge_id is not None:
            refund(actor=SYSTEM, charge_id=one.fee_charge_id, reason="The round was cancelled.", now=now)
    row.cancelled_at, row.cancel_reason, row.closes_at = now, reason.strip(), min(row.closes_at, now)
    row.save(update_fields=["cancelled_at", "cancel_reason", "closes_at"])
    DraftRow.objects.filter(round=row).delete()
    subject, after = f"admissions.round:{row.id}", {"applications": len(told)}
    audit.record(actor=actor, verb="cancel_round", subject=subject, now=now, after=after, why=reason.strip())
    outbox.publish_all([RoundCancelled(one, row.id, row.title, reason.strip()) for one in told], now=now)
    return as_round(row)


def concerned(row: RoundRow) -> list[UUID]:
    """Who is told of a change: everybody with an application that stands, or a draft; each once."""
    live = WAITING | {State.OFFERED, State.PROVISIONAL}
    sent = ApplicationRow.objects.filter(round=row, state__in=live).values_list("learner_id", flat=True)
    begun = DraftRow.objects.filter(round=row).values_list("learner_id", flat=True)
    return sorted({*sent, *begun})


def _changeable(actor: Actor, round_id: UUID, reason: str) -> RoundRow:
    row = locked_round(round_id)
    permit(may_open_round(actor, row.institution), "change this round")
    check_changeable(as_round(row))
    if not reason.strip():
        raise Unusable("reason_missing", "Say why: everybody who applied reads it.")
    return row


def _terms(row: RoundRow) -> dict[str, Any]:
    return {"opens_at": row.opens_at, "closes_at": row.closes_at, "seats": row.seats}
