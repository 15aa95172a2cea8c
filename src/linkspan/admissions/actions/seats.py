"""Seats are taken, given back and passed on; always inside the caller's transaction, with the intake locked.

A rolling round that offers places by itself serves who waits in the moment in which a seat comes free: first come,
first served, and nobody new before them.
"""

from datetime import datetime
from itertools import takewhile
from uuid import UUID

from django.db.models import F, Q, QuerySet

from linkspan.admissions.actions.judging import judge_anew
from linkspan.admissions.events import ApplicationDecided
from linkspan.admissions.models import ApplicationRow, RoundRow
from linkspan.admissions.queries import as_application, owes_fee
from linkspan.admissions.rules.applications import HOLDING, Application, State, answer_deadline, next_state
from linkspan.kernel import audit, outbox
from linkspan.kernel.actor import Actor, system_actor
from linkspan.kernel.each import each
from linkspan.kernel.errors import Refused
from linkspan.kernel.reasons import Phrase, Sentence, stored
from linkspan.pathways.actions import note_holds
from linkspan.pathways.queries import held_back
from linkspan.pathways.rules import Outcome
from linkspan.records.queries import learner_record

SYSTEM = system_actor("admissions")
FREE = Q(seats=None) | Q(seats_taken__lt=F("seats"))


def take_seat(round_id: UUID) -> None:
    """Take a seat by a conditional update, so that concurrent decisions never take more than there are."""
    if not RoundRow.objects.filter(FREE, id=round_id).update(seats_taken=F("seats_taken") + 1):
        raise Refused("no_seat_left", "All seats of this round are taken.")


def release_seat(round_id: UUID, now: datetime) -> None:
    """Give a seat back; whoever waits for it gets it at once where the round offers places by itself."""
    RoundRow.objects.filter(id=round_id, seats_taken__gt=0).update(seats_taken=F("seats_taken") - 1)
    serve_waiting(round_id, now)


def moved(actor: Actor, row: ApplicationRow, to: State, verb: str, now: datetime) -> Application:
    """Move an application by the table; who gives up an offer gives the seat back. The same state changes nothing."""
    if row.state != to:
        before, row.state = row.state, next_state(State(row.state), to)
        row.save(update_fields=["state"])
        subject = f"admissions.application:{row.id}"
        audit.record(actor=actor, verb=verb, subject=subject, now=now, before={"state": before}, after={"state": to})
        if before in HOLDING and to not in HOLDING:
            release_seat(row.round_id, now)
    return as_application(row)


def in_line() -> QuerySet[ApplicationRow]:
    """Who waits for a place of a round that offers places by itself, first come first."""
    waits = ApplicationRow.objects.filter(round__automatic=True, state__in=[State.SUBMITTED, State.NO_SEAT])
    return waits.filter(eligibility="met").order_by("submitted_at", "id")


def serve_waiting(round_id: UUID, now: datetime, before: ApplicationRow | None = None) -> None:
    """Offer the free seats to who waits, before an application that is new.

    Cases that wait for a person, or for a fee, are passed over, and so is one that fails: they are asked again by
    `offer_freed_seats`, which keeps who failed.
    """
    free = RoundRow.objects.filter(FREE, id=round_id, automatic=True)
    agreement_id = free.values_list("agreement_id", flat=True).first()
    if agreement_id is None:
        return
    line = in_line().filter(round_id=round_id).exclude(learner_id__in=held_back(agreement_id))
    line = line.exclude(id=before.id) if before else line
    rows = ApplicationRow.objects.select_for_update(of=("self",)).select_related("round__intake")
    waiting = takewhile(lambda _: free.exists(), list(line.values_list("id", flat=True)))
    each(waiting, lambda application_id: offer_at_once(rows.get(id=application_id), now))


def offer_at_once(row: ApplicationRow, now: datetime) -> None:
    """Offer a place if the audit met every clause, no fee is owed and no case is on hold; else wait for a person.

    Inside the caller's transaction, with the row locked or new. Who waited is judged anew at this moment. Without a
    free seat it goes on the waiting list. It is done in the name of who opened the round so.
    """
    if row.eligibility != "met" or owes_fee(row) or _on_hold(row, now):
        return
    if row.submitted_at != now and not _still_met(row, now):
        return
    round_ = row.round
    try:
        take_seat(round_.id)
    except Refused:
        words = Phrase("Every clause of the agreement is met; all seats went to those who applied before.")
        to, reason = State.NO_SEAT, Sentence("all_met_no_seat", words)
    else:
        words = Phrase("Every clause of the agreement is met, and a seat was free.")
        to, reason = State.OFFERED, Sentence("all_met_seat_free", words)
    if row.state == to:
        return
    row.state, row.reasons = next_state(State(row.state), to), stored([reason])
    row.decided_by, row.decider_id, row.decided_at = round_.opened_by, round_.opener_id, now
    row.answer_by = answer_deadline(round_.intake.answer_by, now) if to == State.OFFERED else None
    row.save()
    subject, after = f"admissions.application:{row.id}", {"state": to, "audit": row.audit_id, "seats": round_.seats}
    audit.record(actor=SYSTEM, verb="offer_at_once", subject=subject, now=now, after=after)
    outbox.publish(ApplicationDecided(row.learner_id, row.id, round_.title, to), now=now)


def _still_met(row: ApplicationRow, now: datetime) -> bool:
    """Judge who waited anew; who does not meet every clause any more leaves the line, with the reasons."""
    _, reasons, found = judge_anew(row, now)
    if found.outcome == Outcome.MET:
        row.save(update_fields=["audit_id", "eligibility"])
        return True
    words = Phrase("Judged anew when a seat came free, on {day}:")
    told = [Sentence("judged_anew", words, day=now.date()), *reasons]
    row.reasons = stored(told)
    row.save(update_fields=["audit_id", "eligibility", "reasons"])
    subject, after = f"admissions.application:{row.id}", {"audit": row.audit_id, "eligibility": row.eligibility}
    audit.record(actor=SYSTEM, verb="judge_anew", subject=subject, now=now, after=after, why=" ".join(told))
    return False


def _on_hold(row: ApplicationRow, now: datetime) -> bool:
    record = learner_record(SYSTEM, row.learner_id)
    agreement_id = row.round.agreement_id
    held = note_holds(learner_id=row.learner_id, record=record, agreement_id=agreement_id, on=now.date(), now=now)
    return bool(held)
