"""What is done with notices."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.utils import translation

from linkspan.accounts.queries import person_of
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotPermitted
from linkspan.messages.models import NoticeRow, PreferenceRow
from linkspan.messages.queries import notice
from linkspan.messages.rules import words


@transaction.atomic
def notify(*, recipient_id: UUID, kind: str, context: Mapping[str, str], link: str, key: str, now: datetime) -> None:
    """Notify a person on the site and, unless they do not want it, by e-mail; once per key.

    E-mail is in the recipient's language and names the time in their zone.
    """
    words(kind, context)
    row, created = NoticeRow.objects.get_or_create(
        recipient_id=recipient_id,
        key=key[:120],
        defaults={"kind": kind, "context": dict(context), "link": link, "at": now},
    )
    if not created or PreferenceRow.objects.filter(recipient_id=recipient_id, email=False).exists():
        return
    person = person_of(recipient_id)
    with translation.override(person.locale):
        shown = notice(row)
        local = now.astimezone(ZoneInfo(person.time_zone))
        when = f"{local:%Y-%m-%d %H:%M} {person.time_zone}"
        body = f"{shown.body}\n\n{settings.BASE_URL}{link}\n\n{when}\n"
        send_mail(shown.title, body, settings.DEFAULT_FROM_EMAIL, [person.email])


@transaction.atomic
def mark_read(*, actor: Actor, now: datetime) -> None:
    """Mark all of one's notices as read."""
    if actor.person_id is None:
        raise NotPermitted("not_signed_in", "Sign in first.")
    NoticeRow.objects.filter(recipient_id=actor.person_id, read_at=None).update(read_at=now)


@transaction.atomic
def choose_email(*, actor: Actor, email: bool) -> None:
    """Whether one gets e-mail."""
    if actor.person_id is None:
        raise NotPermitted("not_signed_in", "Sign in first.")
    PreferenceRow.objects.update_or_create(recipient_id=actor.person_id, defaults={"email": email})
