"""Rows that several actions load; always inside the caller's transaction.

Who changes an application or a round locks the intake first, and reads after that: what happens in an intake happens in
a row, so that no two verbs wait for each other and none decides on what is no longer so.
"""

from uuid import UUID

from django.db.models import QuerySet

from linkspan.admissions.models import ApplicationRow, IntakeRow, RoundRow
from linkspan.kernel.errors import NotFound


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
