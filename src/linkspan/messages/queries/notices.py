"""Reads of notices."""

from collections.abc import Mapping
from uuid import UUID

from django.utils.translation import gettext

from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotPermitted
from linkspan.kernel.things import About, address_of
from linkspan.kernel.waiting import What
from linkspan.kernel.written import in_sentence
from linkspan.messages.models import NoticeRow, PreferenceRow
from linkspan.messages.rules import REMINDERS, Mailing, Notice, Topic, words
from linkspan.messages.rules.waits import KINDS


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
    return NoticeRow.objects.filter(recipient_id=actor.person_id, read_at=None, closed_at=None).count()


def wants_email(actor: Actor, topic: str = "") -> bool:
    """Whether one gets e-mail, about that topic or in general."""
    return actor.person_id is None or email_wanted(actor.person_id, topic)


def email_choices(actor: Actor) -> tuple[tuple[Topic, bool], ...]:
    """Each topic, and whether one gets e-mail about it."""
    return tuple((topic, wants_email(actor, topic)) for topic in Topic)


def mailing_choices(actor: Actor) -> tuple[tuple[Topic, Mailing], ...]:
    """Each topic, and how one gets e-mail about it."""
    return tuple(mailings(actor.own_id).items())


def email_wanted(recipient_id: UUID, topic: str) -> bool:
    """Whether a person wants e-mail about the topic, or in general."""
    return mailing_of(recipient_id, topic) is not Mailing.NONE


def mailing_of(recipient_id: UUID, topic: str) -> Mailing:
    """What a person chose for the topic, else in general, else at once."""
    return _mailing(_chosen(recipient_id), topic)


def mailings(recipient_id: UUID) -> dict[Topic, Mailing]:
    """The same for every topic."""
    chosen = _chosen(recipient_id)
    return {topic: _mailing(chosen, topic) for topic in Topic}


def _chosen(recipient_id: UUID) -> dict[str, Mailing]:
    rows = PreferenceRow.objects.filter(recipient_id=recipient_id).values_list("topic", "email", "daily")
    return {
        topic: Mailing.NONE if not email else Mailing.DAILY if daily else Mailing.AT_ONCE
        for topic, email, daily in rows
    }


def _mailing(chosen: Mapping[str, Mailing], topic: str) -> Mailing:
    return chosen.get(topic, chosen.get("", Mailing.AT_ONCE))


def page_of(row: NoticeRow) -> str:
    """Where the page of what a notice is about lies; notices of before kept the address itself."""
    return row.about if row.about.startswith("/") else address_of(About.read(row.about))


def told_by_row(row: NoticeRow) -> dict[str, str]:
    """What a notice tells, in the active language; a reminder is titled by the words of its wait."""
    told = {name: str(in_sentence(value)) for name, value in row.context.items()}
    if row.kind in REMINDERS:
        kind = KINDS[What(row.wait.partition(":")[0])]
        title = kind.mine if row.kind == "turn_soon" else kind.theirs
        told["title"] = gettext(title).format(title=told["title"])
    return told


def notice(row: NoticeRow) -> Notice:
    """A row as a value, in the active language."""
    title, body = words(row.kind, told_by_row(row), gettext)
    return Notice(row.id, title, body, page_of(row), row.at, row.read_at is not None, row.closed_at is not None)
