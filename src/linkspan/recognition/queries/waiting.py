"""What waits for registrars: cases about credit, and what a second one decides on: exceptions and degrees."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import DateTimeField, F
from django.db.models.functions import Cast, Greatest

from linkspan.kernel.waiting import Open, What, Whose, part, together
from linkspan.recognition.models import CaseRow, ConferralListRow, ConferralRow, CreditChangeRow
from linkspan.recognition.rules.by_hand import ChangeState
from linkspan.recognition.rules.conferral import ConferralState, ListState

#: A list is decided on before its day begins, and never less than this after it was prepared.
LEAST = timedelta(days=1)


def waits(whose: Whose, _now: datetime) -> Iterable[Open]:
    """Open cases, and what waits for a second registrar; of that the learner is told when it is decided."""
    cases = whose.of(CaseRow.objects.filter(closed_at=None))
    changes = whose.of(CreditChangeRow.objects.filter(state=ChangeState.WAITING), "")
    lists = whose.of(ConferralListRow.objects.filter(state=ListState.WAITING), "")
    asked = whose.of(ConferralRow.objects.filter(state=ConferralState.CONFERRED, asked_at__isnull=False), "")
    day = Greatest(Cast("day", DateTimeField()), F("prepared_at") + LEAST, output_field=DateTimeField())
    return together(
        whose,
        part(What.DECIDE_CASE, cases, title="", since="opened_at", until="due_at"),
        part(What.APPROVE_EXCEPTION, changes, title="course", but_not="prepared_by_id", since="prepared_at"),
        part(
            What.DECIDE_CONFERRAL,
            lists,
            title="title",
            learner="",
            but_not="prepared_by_id",
            since="prepared_at",
            until=day,
        ),
        part(What.DECIDE_REVOCATION, asked, title="title", but_not="asked_by_id", since="asked_at"),
    )
