"""What is done with notices."""

from collections.abc import Mapping
from datetime import datetime
from itertools import batched
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext

from linkspan.accounts.queries import person_of
from linkspan.accounts.rules import is_nobody
from linkspan.kernel import outbox
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, Unusable
from linkspan.kernel.lines import OneLine
from linkspan.kernel.things import About
from linkspan.kernel.waiting import What, Whose, open_waits
from linkspan.kernel.written import in_sentence, moment
from linkspan.messages.engines import mail
from linkspan.messages.events import MailWritten, NoticeWritten
from linkspan.messages.models import MailRow, NoticeRow, PreferenceRow
from linkspan.messages.queries import email_wanted, page_of
from linkspan.messages.rules import ANNOUNCES, TEMPLATES, Mail, Topic, words, zone_of


@transaction.atomic
def notify(
    *,
    recipient_id: UUID,
    kind: str,
    context: Mapping[str, str],
    about: About,
    key: str,
    now: datetime,
    of: UUID | None = None,
) -> None:
    """Notify a person on the site and, unless they do not want it, by e-mail; once per key.

    `of` names the wait that a kind of notice announces (`ANNOUNCES`): with the end of the wait the notice is done.
    The e-mail leaves by a delivery of its own: a mail server that is down undoes nothing and holds nobody up.
    """
    words(kind, context)
    wait = f"{ANNOUNCES[kind]}:{of}" if of and kind in ANNOUNCES else ""
    row, created = NoticeRow.objects.get_or_create(
        recipient_id=recipient_id,
        key=key[:120],
        defaults={"kind": kind, "context": dict(context), "about": str(about), "at": now, "wait": wait},
    )
    if created and email_wanted(recipient_id, TEMPLATES[kind].topic):
        outbox.publish(NoticeWritten(recipient_id, row.id), now=now)


def send_email(*, notice_id: UUID, key: str, now: datetime) -> None:
    """Send a notice by e-mail, in the recipient's language and with the time in their zone; once.

    Who calls holds the delivery of that key; no lock is held while the mail server is waited for.
    """
    row = NoticeRow.objects.filter(id=notice_id, mailed_at=None).first()
    if row is None:
        return
    person = person_of(row.recipient_id)
    if is_nobody(person.email):
        return
    zone, template = zone_of(person.time_zone), TEMPLATES[row.kind]
    with translation.override(person.locale):
        message = Mail.of(
            person.email,
            gettext(template.title),
            (gettext(template.body), "{link}", "{when}"),
            {name: OneLine.of(str(in_sentence(value))) for name, value in row.context.items()},
            link=f"{settings.BASE_URL}{page_of(row)}",
            when=moment(row.at, zone),
        )
    mail.send(message, key=key)
    NoticeRow.objects.filter(id=notice_id).update(mailed_at=now)


@transaction.atomic
def post_mail(*, message: Mail, now: datetime) -> None:
    """Have a message delivered that is no notice: the mail server is asked later, and again if it refuses."""
    row = MailRow.objects.create(to=message.to, subject=message.subject, body=message.body, at=now)
    outbox.publish(MailWritten(row.id), now=now)


def send_posted(*, mail_id: UUID, key: str, now: datetime) -> None:
    """Send a message, once; its text, which may hold a code or a link, and its address are then forgotten."""
    row = MailRow.objects.filter(id=mail_id, mailed_at=None).first()
    if row is None:
        return
    mail.send(Mail(row.to, row.subject, row.body), key=key)
    MailRow.objects.filter(id=mail_id).update(mailed_at=now, to="", subject="", body="")


@transaction.atomic
def mark_read(*, actor: Actor, now: datetime) -> None:
    """Mark all of one's notices as read."""
    NoticeRow.objects.filter(recipient_id=actor.own_id, read_at=None).update(read_at=now)


@transaction.atomic
def read_notice(*, actor: Actor, notice_id: UUID, now: datetime) -> str:
    """Mark a notice of one's own as read, with the others about the same thing; the page that it leads to."""
    mine = NoticeRow.objects.filter(recipient_id=actor.own_id)
    row = mine.filter(id=notice_id).first()
    if row is None:
        raise NotFound("notice_unknown", "There is no such notice, or it is not yours.")
    mine.filter(about=row.about, read_at=None).update(read_at=now)
    return page_of(row)


def close_done(now: datetime) -> None:
    """Close the notices of waits that are over, for everybody who was told, whoever ended the wait and by what act."""
    told = NoticeRow.objects.filter(closed_at=None).exclude(wait="")
    kinds = {wait.partition(":")[0] for wait in told.order_by().values_list("wait", flat=True).distinct()}
    if not kinds:
        return
    whose = Whose(only=frozenset(map(What, kinds)))
    still = {f"{one.what}:{one.id}" for one in open_waits(whose, now)}
    over = {wait for wait in told.values_list("wait", flat=True) if wait not in still}
    for some in batched(sorted(over), 500):
        told.filter(wait__in=some).update(closed_at=now)


@transaction.atomic
def choose_email(*, actor: Actor, email: bool, topic: str = "") -> None:
    """Whether one gets e-mail about a topic; without one, about anything. Notices on the site always come."""
    person_id = actor.own_id
    if topic and topic not in set(Topic):
        raise Unusable("topic_unknown", "There are no notices about {topic}.", topic=repr(topic))
    if not topic:
        PreferenceRow.objects.filter(recipient_id=person_id).delete()
    PreferenceRow.objects.update_or_create(recipient_id=person_id, topic=topic, defaults={"email": email})
