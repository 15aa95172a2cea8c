"""Who was told what: asserted by equality, so that nobody else was told either."""

from datetime import datetime
from uuid import UUID

from linkspan.accounts.models import User
from linkspan.kernel import outbox
from linkspan.messages.actions import close_done
from linkspan.messages.models import NoticeRow


def still_open(kind: str, now: datetime) -> set[str]:
    """Who still has a notice of that kind to act on, by name, once what is over was closed."""
    outbox.drain(now=now)
    close_done(now)
    rows = NoticeRow.objects.filter(kind=kind, closed_at=None).values_list("recipient_id", flat=True)
    return set(User.objects.filter(id__in=list(rows)).values_list("name", flat=True))


class News:
    """Delivers, and tells what came since it was asked last."""

    def __init__(self) -> None:
        self._seen: set[UUID] = set()

    def __call__(self, now: datetime) -> list[tuple[str, str]]:
        """Every new notice as (name, kind), sorted."""
        outbox.drain(now=now)
        new = NoticeRow.objects.exclude(id__in=self._seen)
        names = dict(User.objects.values_list("id", "name"))
        found = {row.id: (names[row.recipient_id], row.kind) for row in new}
        self._seen |= found.keys()
        return sorted(found.values())
