"""Filters of the pages: days, moments, money, grades and outcomes; how they are written says `kernel.written`."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from django import template
from django.http import QueryDict
from django.utils.crypto import salted_hmac
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext, gettext_noop, ngettext

from linkspan.catalog.rules import Change
from linkspan.courseware.rules import TOPICS
from linkspan.kernel import written
from linkspan.kernel.bands import Band
from linkspan.kernel.money import Money
from linkspan.kernel.request import Request
from linkspan.kernel.things import About, Thing
from linkspan.kernel.told import told as in_words
from linkspan.messages.queries import waits_about
from linkspan.messages.rules.waits import Wait
from linkspan.pathways.rules import Line
from linkspan.recognition.rules import WHOLE
from linkspan.vc import Verdict
from linkspan.web import verdicts
from linkspan.web.accommodation_words import arranged_words
from linkspan.web.addresses import address
from linkspan.web.catalog_forms import line_of
from linkspan.web.catalog_trees import drawn
from linkspan.web.wait_words import told_to_learner
from linkspan.web.waits import waits_for

register = template.Library()
register.filter("drawn", drawn)
register.filter("told", in_words)
register.filter("in_sentence", written.in_sentence)
register.filter("said", verdicts.said)
register.filter("seen", verdicts.seen)
register.filter("led_to", verdicts.led_to)
register.filter("own_picture", verdicts.own_picture)
register.filter("stated_day", verdicts.stated_day)
register.filter("day", lambda value: written.day(value) if value else "")
register.filter("day_in", lambda value, zone: written.day_in(value, zone) if value else "")
register.filter("grade", lambda value: "" if value is None else written.grade(value))
register.filter("term", lambda value: "" if value is None else written.term(value))
register.filter("territory", written.territory)
register.filter("tongue", written.tongue)
register.filter("listed", lambda values: written.listed(values) if values else "")
register.filter("number", lambda value: "" if value is None else written.number(value))

#: For whom and which page the names under which the script keeps what is typed are made.
KEPT = "linkspan.web.keep"
OUTCOMES = {
    "active": ("✓", "active"),
    "suspended": ("‖", "suspended"),
    "in_qualification": ("…", "in qualification"),
    "met": ("✓", "met"),
    "not_met": ("✗", "not met"),
    "unknown": ("?", gettext_noop("unknown: evidence is needed")),
    "passed": ("✓", "passed"),
    "failed": ("✗", "failed"),
    "not_applicable": ("–", gettext_noop("does not apply")),
}


@register.inclusion_tag("keep.html", takes_context=True)
def keep(context: dict[str, Any]) -> dict[str, object]:
    """The script that keeps what is typed: under names that tell neither the person nor the page."""
    request = context.get("request")
    person = getattr(getattr(request, "actor", None), "person_id", None) or ""
    path = getattr(request, "path", "")
    return {
        "person": salted_hmac(KEPT, str(person)).hexdigest()[:24] if person else "",
        "page": salted_hmac(KEPT, f"{person} {path}").hexdigest()[:24],
        "posted": getattr(request, "method", "GET") == "POST",
    }


@register.inclusion_tag("waits.html", takes_context=True)
def waits(context: dict[str, Any]) -> dict[str, list[str]]:
    """What still waits to be done for the reader."""
    return {"waits": waits_for(context["request"].actor)}


@register.inclusion_tag("turns.html", takes_context=True)
def turn(context: dict[str, Any], thing: str, *keys: object) -> dict[str, Any]:
    """What of the reader's own waits is about the thing of this page: whose turn it is, since when, until when."""
    request = context["request"]
    found = waits_about(request.actor, About.of(Thing(thing), *keys), request.now)
    return _turns(request, found, here=True)


@register.inclusion_tag("turns.html", takes_context=True)
def turns(context: dict[str, Any], waits: tuple[Wait, ...]) -> dict[str, Any]:
    """Waits of the reader, each with a link to its page."""
    return _turns(context["request"], waits, here=False)


def _turns(request: Request, waits: tuple[Wait, ...], *, here: bool) -> dict[str, Any]:
    zone = getattr(request.user, "time_zone", "") or "UTC"
    return {"request": request, "turns": told_to_learner(waits, request.now), "here": here, "zone": zone}


@register.simple_tag(takes_context=True)
def moment(context: dict[str, Any], value: datetime | None) -> SafeString | str:
    """A date and time in the reader's zone and language, with the zone's distance from UTC; `title` names the zone."""
    if value is None:
        return ""
    user = context["request"].user if "request" in context else None
    zone = getattr(user, "time_zone", "") or "UTC"
    local = value.astimezone(ZoneInfo(zone))
    told = (value.isoformat(), zone, written.day(local.date()), f"{local:%H:%M}", _from_utc(local))
    return format_html('<time datetime="{}" title="{}">{}, {} {}</time>', *told)


def _from_utc(local: datetime) -> str:
    """`UTC`, `UTC+3`, `UTC−4:30`."""
    minutes = round((local.utcoffset() or timedelta()).total_seconds() / 60)
    hours, rest = divmod(abs(minutes), 60)
    if not minutes:
        return "UTC"
    return f"UTC{'+' if minutes > 0 else '−'}{hours}" + (f":{rest:02}" if rest else "")


@register.simple_tag
def zoned(value: datetime | None, zone: str) -> SafeString | str:
    """A date and time in a given zone, such as that of the institution whose deadline it is, with the zone named."""
    if value is None:
        return ""
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), written.moment(value, zone or "UTC"))


@register.filter
def local_time(value: datetime) -> str:
    """An instant in the zone that it carries, with the zone named."""
    return written.moment(value, zone_of_instant(value))


def zone_of_instant(value: datetime) -> str:
    """The zone that an instant carries; UTC of one that has only a distance from it."""
    return getattr(value.tzinfo, "key", "UTC")


@register.filter
def span(value: timedelta) -> str:
    """How long something takes: `2 hours, 30 minutes`."""
    minutes = int(value.total_seconds()) // 60
    hours, rest = divmod(minutes, 60)
    parts = [ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours}] if hours else []
    if rest or not hours:
        parts.append(ngettext("%(n)d minute", "%(n)d minutes", rest) % {"n": rest})
    return written.listed(parts)


register.filter("arranged", lambda one: arranged_words(one, span))


@register.filter
def typed(value: object) -> str:
    """A number or a day as a field of a form takes it, in no language: `0.5`, `2026-12-20`."""
    return "" if value is None else str(value)


@register.filter
def money(value: Money | None) -> str:
    """An amount in the reader's language."""
    return written.amount(value) if value else ""


@register.filter
def words(value: str) -> str:
    """A code as words: `in_qualification` becomes «in qualification»."""
    return gettext(str(value).replace("_", " "))


@register.filter
def ground(key: str) -> str:
    """What of a record is recognised: a course by its code, or a credential as a whole."""
    issuer, _, course = key.partition("/")
    if course.startswith(WHOLE):
        return gettext("{issuer}: the whole credential {program}").format(
            issuer=issuer, program=course.removeprefix(WHOLE)
        )
    return key


@register.filter
def topic(value: str) -> str:
    """A topic of a discussion: in the reader's language if it is one that is there without staff naming it."""
    return gettext(value) if value in TOPICS else value


#: Where a fact on record comes from, by how its source begins; the rest of it is for the trail.
SOURCES = {
    "course run": gettext_noop("A course here"),
    "exam attempt": gettext_noop("An exam here"),
    "credential": gettext_noop("A credential of the issuer"),
    "grades of": gettext_noop("A learning platform of the school"),
    "export": gettext_noop("A learning platform of the school"),
    "server of": gettext_noop("Another school, which sent it"),
    "learner": gettext_noop("You"),
}
ADDRESS = re.compile(r"https?://([^/\s]+)\S*")


@register.filter
def source_words(source: str) -> str:
    """Where a fact comes from, in words."""
    return gettext(next((told for begins, told in SOURCES.items() if source.startswith(begins)), "A school"))


@register.filter
def hosts(sentence: str) -> str:
    """A sentence in which each address is only the name of its server."""
    return ADDRESS.sub(r"\1", sentence)


@register.filter
def who(name: str | None) -> str:
    """The name of whoever acted, as people call them: a job is the system, a command is who gave it."""
    job = (name or "").removeprefix("system:")
    return job if job == (name or "") or job.startswith("command line") else gettext("the system")


@register.filter
def thing(kind: str) -> str:
    """A kind of thing in the trail as words: `finance.need_request` becomes «need request»."""
    return words(kind.rpartition(".")[2])


def _reader() -> Locale:
    return written.locale_of(written.language())


@register.filter
def entry_line(change: Change) -> str:
    """A catalogue entry that waits, in one line."""
    return line_of(change.kind, change.content)


@register.filter
def look(mapping: Mapping[str, Any], key: str) -> Any:
    """The value at a key, the key itself where there is none: codes that may have a name."""
    return mapping.get(key, key)


@register.filter
def sign(outcome: str) -> str:
    """The sign of an outcome, as in its pill."""
    return OUTCOMES.get(str(outcome), ("•", ""))[0]


@register.filter
def words_of(value: str) -> list[str]:
    """The words of a text, for a loop."""
    return value.split()


@register.filter
def page(about: About) -> str:
    """The address of a thing's page."""
    return address(about)


@register.filter
def sent(posted: QueryDict, name: str) -> list[str]:
    """All values of a posted field."""
    return posted.getlist(name)


@register.filter
def at(values: list[str], position: int | str) -> str:
    """One of a list of values; empty past its end."""
    return values[int(position)] if int(position) < len(values) else ""


@register.simple_tag
def pill(outcome: str) -> SafeString:
    """An outcome as a sign and words, never by colour alone."""
    sign, name = OUTCOMES.get(str(outcome), ("•", str(outcome).replace("_", " ")))
    shape = '<span class="pill pill-{}"><span aria-hidden="true">{}</span> {}</span>'
    return format_html(shape, str(outcome), sign, gettext(name))


@register.simple_tag
def told(line: Line) -> str:
    """A statement of an agreement in the reader's language."""
    return in_words(line.in_words())


@register.filter
def people(count: Band | dict[str, int] | int | None) -> str:
    """How many people: a number, a band, or «withheld» where a report of earlier told neither."""
    low, high = (count.get("low"), count.get("high")) if isinstance(count, dict) else _ends(count)
    if low is None or high is None:
        return gettext("withheld")
    if low == high:
        return f"{low}"
    return gettext("fewer than %(n)s") % {"n": high + 1} if low == 0 else f"{low}–{high}"


def _ends(count: Band | int | None) -> tuple[int | None, int | None]:
    return (count.low, count.high) if isinstance(count, Band) else (count, count)


@register.simple_tag
def sums(amounts: dict[str, int] | None) -> str:
    """Minor units by currency in words; a dash for none, «withheld» where they are not shown."""
    if amounts is None:
        return gettext("withheld")
    return written.listed(money(Money(minor, currency)) for currency, minor in amounts.items()) or "–"


@register.filter
def for_key[Value](values: Mapping[str, Value], key: str) -> Value | tuple[()]:
    """What a mapping holds under a key; empty if nothing."""
    return values.get(key, ())


@register.filter
def percent(value: str) -> str:
    """A result's value, with the sign if it is a number of percent."""
    return written.grade(value)


@register.simple_tag
def lookup[Key](names: Mapping[Key, str], key: Key) -> str:
    """The name under a key, empty if there is none."""
    return names.get(key, "")


@register.simple_tag
def question(name: str) -> str:
    """What a check of a verdict asks."""
    return str(verdicts.QUESTIONS.get(name, name))


@register.simple_tag
def in_short(verdict: Verdict) -> str:
    """Why a verdict is not `valid`, in one sentence."""
    return verdicts.in_short(verdict)


@register.simple_tag
def next_step(verdict: Verdict) -> str:
    """What the reader of a verdict does next."""
    return verdicts.next_step(verdict)
