"""The words of waits: whose turn it is, what is done, until when."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from linkspan.messages.rules.waits import KINDS, Party, Standing, Wait
from linkspan.web.addresses import address

#: Whose turn it is, where no office is named.
WHO: Mapping[Party, Promise] = {
    Party.YOU: _("Your turn"),
    Party.OFFICE: _("With the office"),
    Party.ELSEWHERE: _("With others"),
    Party.COLLEAGUE: _("With a colleague"),
    Party.DATE: _("A day"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """A wait as a page shows it."""

    wait: Wait
    who: str
    words: str
    act: str
    meanwhile: str
    link: str
    late: bool


def told_to_learner(waits: Iterable[Wait], now: datetime) -> list[Told]:
    """The waits in the words for the learner."""
    return [_told(one, KINDS[one.what].mine, now) for one in waits]


def told_to_office(wait: Wait, now: datetime) -> Told:
    """A wait in the words for who acts on it."""
    return _told(wait, KINDS[wait.what].theirs, now)


def _told(wait: Wait, words: str, now: datetime) -> Told:
    kind = KINDS[wait.what]
    with_office = kind.party is Party.OFFICE and wait.institution
    who = gettext("With {office}").format(office=wait.institution) if with_office else str(WHO[kind.party])
    meanwhile = gettext(kind.meanwhile) if kind.meanwhile else ""
    late = wait.standing(now) is Standing.LATE
    act = gettext(kind.act) if kind.act else ""
    return Told(wait, who, gettext(words).format(title=wait.title), act, meanwhile, address(wait.about), late)
