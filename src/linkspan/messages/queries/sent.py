"""Reads of what was sent to a person about the things of an office."""

from collections.abc import Collection
from uuid import UUID

from django.utils.translation import gettext

from linkspan.accounts.rules import READERS, holds_any
from linkspan.kernel import outbox
from linkspan.kernel.actor import Actor
from linkspan.kernel.retries import State
from linkspan.kernel.things import About
from linkspan.messages.models import NoticeRow
from linkspan.messages.queries.notices import told_by_row
from linkspan.messages.rules import TEMPLATES, Sent, Topic, Way, words

#: How many of a person's notices are looked at, and how many an office is shown.
MOST_LOOKED_AT, MOST_SENT = 300, 50
#: Who sends notices by mail, as deliveries name it.
MAILER = "messages.on_notice_written"


def sent_about(actor: Actor, person_id: UUID, things: Collection[str]) -> tuple[Sent, ...]:
    """The notices that a person got about those things, the newest first, in the language of the page.

    A notice is about a thing that its page or its event names by id; which things are the reader's was decided before.
    Nothing to who works with nobody, and nothing about oneself.
    """
    if not things or actor.is_person(person_id) or not holds_any(actor, READERS):
        return ()
    rows = NoticeRow.objects.filter(recipient_id=person_id).order_by("-at", "id")[:MOST_LOOKED_AT]
    found = [row for row in rows if _named(row) & set(things) and TEMPLATES[row.kind].topic is not Topic.DESK][
        :MOST_SENT
    ]
    unsent = [str(row.id) for row in found if row.mailed_at is None]
    states = outbox.states_by(MAILER, "notice_id", unsent) if unsent else {}
    return tuple(_sent(row, states.get(str(row.id))) for row in found)


def _named(row: NoticeRow) -> set[str]:
    """The ids that a notice names; those of before kept an address, which names none."""
    about = () if row.about.startswith("/") else About.read(row.about).keys
    return {*about, *(value for value in row.context.values() if isinstance(value, str))}


def _sent(row: NoticeRow, state: State | None) -> Sent:
    subject, _ = words(row.kind, told_by_row(row), gettext)
    if row.mailed_at is not None:
        return Sent(subject, row.at, Way.DELIVERED, row.mailed_at)
    if row.daily and state is None:
        return Sent(subject, row.at, Way.DAILY, None)
    if state is None:
        return Sent(subject, row.at, Way.NOTICE_ONLY, None)
    return Sent(subject, row.at, Way.WAITING if state is State.WAITING else Way.REFUSED, None)
