"""What is done with notices."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import batched
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext

from linkspan.accounts.queries import people_with_role, person_of
from linkspan.accounts.rules import is_nobody
from linkspan.kernel import outbox
from linkspan.kernel.actor import Actor
from linkspan.kernel.each import each_due
from linkspan.kernel.errors import NotFound, Unusable
from linkspan.kernel.lines import OneLine
from linkspan.kernel.things import About, Thing, address_of
from linkspan.kernel.waiting import What, Whose, open_waits
from linkspan.kernel.written import day, kept, moment
from linkspan.messages.engines import mail
from linkspan.messages.events import DigestTaken, MailWritten, NoticeWritten
from linkspan.messages.models import DigestRow, MailRow, NoticeRow, PreferenceRow
from linkspan.messages.queries import mailing_of, mailings, page_of, told_by_row
from linkspan.messages.rules import (
    ANNOUNCES,
    REMINDERS,
    TEMPLATES,
    DigestGroup,
    Mail,
    Mailing,
    Topic,
    digest_mail,
    is_same_day,
    next_digest,
    words,
    zone_of,
)
from linkspan.messages.rules.waits import BY_ITSELF, KINDS, Kind, Party, Standing, Wait, as_wait

#: Nobody is told of what has been late for longer: at the first round after an upgrade that would be all at once.
TOLD_WITHIN = timedelta(days=60)


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
    what: What | None = None,
) -> None:
    """Notify a person on the site and, as they chose, by e-mail: at once, in the mail of the day, or not; once per key.

    `of` names the wait that a kind of notice announces (`ANNOUNCES`, or `what`): with its end the notice is done.
    The e-mail leaves by a delivery of its own: a mail server that is down undoes nothing and holds nobody up.
    """
    words(kind, context)
    announced = what or ANNOUNCES.get(kind)
    wait = f"{announced}:{of}" if of and announced else ""
    row, created = NoticeRow.objects.get_or_create(
        recipient_id=recipient_id,
        key=key[:120],
        defaults={"kind": kind, "context": dict(context), "about": str(about), "at": now, "wait": wait},
    )
    mailing = mailing_of(recipient_id, TEMPLATES[kind].topic) if created else Mailing.NONE
    if mailing is Mailing.AT_ONCE:
        outbox.publish(NoticeWritten(recipient_id, row.id), now=now)
    elif mailing is Mailing.DAILY:
        NoticeRow.objects.filter(id=row.id).update(daily=True)
        _await_digest(recipient_id, now)


def _await_digest(recipient_id: UUID, now: datetime) -> None:
    """Have the mail of a day due; whoever takes one up meanwhile is waited for, so that no notice is left behind."""
    if not DigestRow.objects.select_for_update().filter(recipient_id=recipient_id, taken_at=None).exists():
        due = next_digest(now, zone_of(person_of(recipient_id).time_zone))
        DigestRow.objects.create(recipient_id=recipient_id, due_at=due)


def take_up_digests(now: datetime) -> None:
    """Take up each mail of a day that is due, with the notices that it tells: once, and one a day."""
    due = DigestRow.objects.filter(taken_at=None, due_at__lte=now).order_by("due_at", "id")
    each_due(
        "messages.take_up_digests", due.values_list("id", flat=True)[:1000], lambda one: _take_up(one, now), now=now
    )


def _take_up(digest_id: UUID, now: datetime) -> None:
    row = DigestRow.objects.select_for_update().filter(id=digest_id, taken_at=None).first()
    if row is None:
        return
    zone = zone_of(person_of(row.recipient_id).time_zone)
    last = DigestRow.objects.filter(recipient_id=row.recipient_id, told__gt=0).order_by("-taken_at").first()
    if last and last.taken_at and is_same_day(last.taken_at, now, zone):
        row.due_at = next_digest(now, zone)
        row.save(update_fields=["due_at"])
        return
    waiting = NoticeRow.objects.filter(recipient_id=row.recipient_id, daily=True, digest_id=None, mailed_at=None)
    row.told, row.taken_at = waiting.update(digest_id=row.id), now
    row.save(update_fields=["told", "taken_at"])
    outbox.publish(DigestTaken(row.recipient_id, row.id), now=now)


def send_digest(*, digest_id: UUID, key: str, now: datetime) -> None:
    """Send the mail of a day in the reader's language and zone, by thing; without what is done or read, or not at all.

    Who calls holds the delivery of that key; no lock is held while the mail server is waited for.
    """
    row = DigestRow.objects.filter(id=digest_id, done_at=None).first()
    if row is None:
        return
    wanted = mailings(row.recipient_id)
    open_ = NoticeRow.objects.filter(digest_id=row.id, mailed_at=None, closed_at=None, read_at=None).order_by(
        "at", "id"
    )
    told = [one for one in open_ if wanted[TEMPLATES[one.kind].topic] is not Mailing.NONE]
    person = person_of(row.recipient_id)
    if told and not is_nobody(person.email):
        zone = zone_of(person.time_zone)
        with translation.override(person.locale):
            day_ = day(now.astimezone(zone).date())
            here = f"{settings.BASE_URL}{address_of(About(Thing.ACCOUNT))}"
            message = digest_mail(person.email, day_, _groups(told, zone), here, gettext)
        mail.send(message, key=key)
    NoticeRow.objects.filter(id__in=[one.id for one in told]).update(mailed_at=now)
    DigestRow.objects.filter(id=row.id).update(done_at=now, told=len(told))


def _groups(told: Iterable[NoticeRow], zone: ZoneInfo) -> list[DigestGroup]:
    """What is told, by the thing that it is about."""
    by_thing: dict[str, list[NoticeRow]] = {}
    for one in told:
        by_thing.setdefault(page_of(one), []).append(one)
    return [
        DigestGroup([_lines(one, zone) for one in rows], f"{settings.BASE_URL}{link}")
        for link, rows in by_thing.items()
    ]


def _lines(row: NoticeRow, zone: ZoneInfo) -> tuple[str, str, str]:
    given = {name: str(OneLine.of(value)) for name, value in told_by_row(row).items()}
    title, body = words(row.kind, given, gettext)
    return title, " ".join(body.split()), moment(row.at, zone)


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
            {name: OneLine.of(value) for name, value in told_by_row(row).items()},
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
def choose_email(*, actor: Actor, email: bool, topic: str = "", daily: bool = False) -> None:
    """Whether one gets e-mail about a topic, or `daily` in one mail a day; without a topic, about anything.

    Notices on the site always come.
    """
    person_id = actor.own_id
    if topic and topic not in set(Topic):
        raise Unusable("topic_unknown", "There are no notices about {topic}.", topic=repr(topic))
    if not topic:
        PreferenceRow.objects.filter(recipient_id=person_id).delete()
    PreferenceRow.objects.update_or_create(
        recipient_id=person_id, topic=topic, defaults={"email": email, "daily": daily}
    )


def remind(now: datetime) -> None:
    """Remind who acts at three quarters of a wait's time, once; of what is late tell those above them, once.

    What names no institution is not reminded of, but for operators: whose work it is depends on the person it is about.
    """
    due = {wait.key: (wait, kind) for wait, kind in _due(now)}
    each_due("messages.remind_of_waits", due, lambda key: _remind(*due[key], now), now=now)


def _due(now: datetime) -> Iterator[tuple[Wait, Kind]]:
    """The waits of which somebody is to be told now and was not; of what has been late for long nobody is."""
    told = NoticeRow.objects.filter(kind__in=REMINDERS, closed_at=None).exclude(wait="").order_by()
    known = set(told.values_list("kind", "wait").distinct())
    for found in open_waits(Whose(), now):
        kind = KINDS[found.what]
        at = kind.own if kind.party is Party.YOU else kind.desk
        if at is None or found.what in BY_ITSELF:
            continue
        wait = as_wait(found, kind, at)
        late = wait.standing(now) is Standing.LATE
        if late and kind.party is Party.YOU:
            continue  # the learner was to be told in time, or not at all
        name = _reminder(kind, late)
        old = wait.late_after is not None and now > wait.late_after + TOLD_WITHIN
        if wait.standing(now) is not Standing.ON_TIME and (name, wait.key) not in known and not old:
            yield wait, kind


def _reminder(kind: Kind, late: bool) -> str:
    if kind.party is Party.YOU:
        return "turn_soon"
    return "wait_late" if late else "wait_soon"


def _remind(wait: Wait, kind: Kind, now: datetime) -> None:
    late = wait.standing(now) is Standing.LATE
    name = _reminder(kind, late)
    told = _told(wait, kind, late) - {None, wait.but_not, wait.nor}
    if wait.until is None:
        return
    key = f"{name}:{wait.key}:{wait.since:%Y%m%d}"
    for who in sorted(one for one in told if one is not None):
        due = kept(wait.until, zone_of(person_of(who).time_zone).key)
        notify(
            recipient_id=who,
            kind=name,
            context={"title": wait.title, "due": due},
            about=wait.about,
            key=key,
            now=now,
            of=wait.id,
            what=wait.what,
        )


def _told(wait: Wait, kind: Kind, late: bool) -> set[UUID | None]:
    """Who is told: the learner in time, who is named to act or may by role, and of what is late those above."""
    if kind.party is Party.YOU:
        return {wait.learner_id}
    if wait.person_id and not late:
        return {wait.person_id}
    return _people(kind.leads if late else kind.roles, wait.institution) - {wait.learner_id}


def _people(roles: Collection[str], institution: str) -> set[UUID | None]:
    asked = roles if institution else {"operator"} & set(roles)
    return {who for role in asked for who in people_with_role(role, institution)}
