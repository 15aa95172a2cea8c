"""Accommodations in words: what each kind is called, and one as people read it."""

from collections.abc import Callable, Mapping
from datetime import timedelta

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext

from linkspan.exams.rules import Accommodation, AccommodationKind
from linkspan.kernel import written

KINDS: Mapping[AccommodationKind, Promise] = {
    AccommodationKind.PERCENT: lazy("Extra time in percent of the exam's time"),
    AccommodationKind.MINUTES: lazy("Extra minutes"),
    AccommodationKind.BREAKS: lazy("Breaks without the clock"),
    AccommodationKind.READER: lazy("A reader, or software that reads aloud"),
    AccommodationKind.PAPER: lazy("The exam on paper"),
    AccommodationKind.ROOM: lazy("A separate room"),
    AccommodationKind.EXEMPTION: lazy("Exemption from this exam"),
    AccommodationKind.OTHER: lazy("Something else"),
}


def arranged_words(one: Accommodation, span: Callable[[timedelta], str]) -> str:
    """One accommodation, with its number and words."""
    told = str(KINDS[one.kind])
    if one.kind is AccommodationKind.OTHER:
        return one.words
    if one.kind is AccommodationKind.PERCENT:
        told = _("%(percent)s more time") % {"percent": written.grade(one.amount)}
    if one.kind is AccommodationKind.MINUTES:
        told = ngettext("{n} more minute", "{n} more minutes", one.amount).format(n=written.number(one.amount))
    if one.kind is AccommodationKind.BREAKS:
        time = span(timedelta(minutes=one.amount))
        each = _("Breaks without the clock: {times}, each of {time}")
        whole = _("Breaks without the clock: {time} in all")
        told = (each if one.times else whole).format(times=written.number(one.times), time=time)
    return f"{told}: {one.words}" if one.words else told
