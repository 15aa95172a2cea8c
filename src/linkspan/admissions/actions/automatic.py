"""Rolling rounds that offer places by themselves go on: fees paid and cases released since."""

from datetime import datetime
from uuid import UUID

from linkspan.admissions.actions.rows import application_row
from linkspan.admissions.actions.seats import FREE, in_line, offer_at_once
from linkspan.admissions.models import RoundRow
from linkspan.admissions.rules.applications import State
from linkspan.kernel.actor import Actor
from linkspan.kernel.each import each_due
from linkspan.kernel.errors import permit

MOST_AT_ONCE = 500


def offer_freed_seats(*, actor: Actor, now: datetime) -> int:
    """Offer the seats that came free in automatic rounds, first come, first served; and to who has paid the fee since.

    For the system. Returns how many applications changed.
    """
    permit(actor.is_system, "let rounds go on")
    due = in_line().filter(round__in=RoundRow.objects.filter(FREE)).values_list("id", flat=True)[:MOST_AT_ONCE]
    return sum(each_due("admissions.offer_freed_seats", list(due), lambda one: _go_on(one, now), now=now).done)


def _go_on(application_id: UUID, now: datetime) -> bool:
    row = application_row(application_id)
    before = row.state
    if before in (State.SUBMITTED, State.NO_SEAT):
        offer_at_once(row, now)
    return row.state != before
