"""Rows that several actions load and move; always inside the caller's transaction.

Who changes an application or a round locks the intake first, and reads after that: what happens in an intake happens in
a row, so that no two verbs wait for each other and none decides on what is no longer so.
"""

from datetime import datetime
from uuid import UUID

from django.db.models import F, QuerySet

from linkspan.admissions.models import ApplicationRow, IntakeRow, RoundRow
from linkspan.admissions.queries import as_application
from linkspan.admissions.rules.applications import HOLDING, Application, State, next_state
from linkspan.kernel import audit
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, Refused


def lock_intake(rounds: QuerySet[RoundRow]) -> None:
    """Lock the intake of these rounds, before anything of it is read for changing; nothing if there is none."""
    list(IntakeRow.objects.select_for_update().filter(rounds__in=rounds).order_by("id").values_list("id"))


def locked_round(round_id: UUID) -> RoundRow:
    """The round as it stands once its intake is locked; NotFound if there is none."""
    lock_intake(RoundRow.objects.filter(id=round_id))
    return round_row(round_id)


def round_row(round_id: UUID) -> RoundRow:
    """The round; NotFound if there is none."""
    row = RoundRow.objects.select_related("intake").filter(id=round_id).first()
    if row is None:
        raise NotFound("round_unknown", "There is no such round.")
    return row


def application_row(application_id: UUID) -> ApplicationRow:
    """The application with its round, locked, its intake before it; NotFound if there is none."""
    lock_intake(RoundRow.objects.filter(applications__id=application_id))
    rows = ApplicationRow.objects.select_for_update(of=("self",)).select_related("round__intake")
    row = rows.filter(id=application_id).first()
    if row is None:
        raise NotFound("application_unknown", "There is no such application.")
    return row


def take_seat(round_id: UUID) -> None:
    """Take a seat by a conditional update, so that concurrent decisions never take more than there are."""
    rows = RoundRow.objects.filter(id=round_id)
    taken = rows.filter(seats=None).update(seats_taken=F("seats_taken") + 1) or rows.filter(
        seats_taken__lt=F("seats")
    ).update(seats_taken=F("seats_taken") + 1)
    if not taken:
        raise Refused("no_seat_left", "All seats of this round are taken.")


def release_seat(round_id: UUID) -> None:
    """Give a seat back."""
    RoundRow.objects.filter(id=round_id, seats_taken__gt=0).update(seats_taken=F("seats_taken") - 1)


def moved(actor: Actor, row: ApplicationRow, to: State, verb: str, now: datetime) -> Application:
    """Move an application by the table; who gives up an offer gives the seat back. The same state changes nothing."""
    if row.state != to:
        before, row.state = row.state, next_state(State(row.state), to)
        row.save(update_fields=["state"])
        if before in HOLDING and to not in HOLDING:
            release_seat(row.round_id)
        subject = f"admissions.application:{row.id}"
        audit.record(actor=actor, verb=verb, subject=subject, now=now, before={"state": before}, after={"state": to})
    return as_application(row)
