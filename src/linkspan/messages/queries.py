"""Reads of notices."""

from django.utils.translation import gettext

from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotPermitted
from linkspan.messages.models import NoticeRow, PreferenceRow
from linkspan.messages.rules import TEMPLATES, Notice


def notices_of(actor: Actor, limit: int = 50) -> tuple[Notice, ...]:
    """One's own notices, newest first, in the language of the page."""
    if actor.person_id is None:
        raise NotPermitted("not_signed_in", "Sign in to see your notices.")
    rows = NoticeRow.objects.filter(recipient_id=actor.person_id).order_by("-at")
    return tuple(notice(row) for row in rows[:limit])


def unread_count(actor: Actor) -> int:
    """How many of one's notices are unread."""
    if actor.person_id is None:
        return 0
    return NoticeRow.objects.filter(recipient_id=actor.person_id, read_at=None).count()


def wants_email(actor: Actor) -> bool:
    """Whether one gets e-mail too."""
    if actor.person_id is None:
        return False
    row = PreferenceRow.objects.filter(recipient_id=actor.person_id).first()
    return row.email if row else True


def notice(row: NoticeRow) -> Notice:
    """A row as a value, in the active language."""
    title, body = (gettext(part).format_map(row.context) for part in TEMPLATES[row.kind])
    return Notice(row.id, title, body, row.link, row.at, row.read_at is not None)
