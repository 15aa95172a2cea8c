"""What waits about credit: cases to decide, and exceptions that a second registrar approves or refuses."""

from collections.abc import Iterable
from datetime import datetime

from linkspan.kernel.waiting import Open, What, Whose, part, together
from linkspan.recognition.models import CaseRow, CreditChangeRow
from linkspan.recognition.rules.by_hand import ChangeState


def waits(whose: Whose, _now: datetime) -> Iterable[Open]:
    """Open cases, and changes by hand that wait for somebody else; those the learner is told of when decided."""
    cases = whose.of(CaseRow.objects.filter(closed_at=None))
    changes = whose.of(CreditChangeRow.objects.filter(state=ChangeState.WAITING), "")
    return together(
        whose,
        part(What.DECIDE_CASE, cases, title="", since="opened_at", until="due_at"),
        part(What.APPROVE_EXCEPTION, changes, title="course", but_not="prepared_by_id", since="prepared_at"),
    )
