"""Deadlines as an iCalendar feed (RFC 5545), by icalendar: times in the institutions' zones, with their definitions."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from icalendar import Alarm, Calendar, Event

from linkspan.kernel import written
from linkspan.kernel.things import About, Thing, address_of
from linkspan.pathways.rules.life.deadlines import Deadline, What


def feed(deadlines: Iterable[Deadline], words: dict[What, str], *, name: str, base_url: str, now: datetime) -> bytes:
    """The calendar; `words` say what happens, such as «Applications close»."""
    calendar = Calendar()
    calendar.add("prodid", "-//Linkspan//Deadlines//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", timedelta(hours=12), parameters={"VALUE": "DURATION"})
    for deadline in deadlines:
        calendar.add_component(_event(deadline, words[deadline.what], base_url, now))
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())


def _event(deadline: Deadline, words: str, base_url: str, now: datetime) -> Event:
    event = Event()
    said = f"{words}: {deadline.title}, {deadline.institution}"
    event.add("uid", f"{deadline.agreement_id}.{deadline.term.replace(' ', '-')}.{deadline.what}@linkspan")
    event.add("dtstamp", now)
    event.add("dtstart", deadline.at)
    event.add("duration", timedelta(0))
    event.add("summary", said)
    event.add(
        "description", f"{written.term(deadline.term)} {deadline.at:%Y-%m-%d %H:%M} {deadline.at.tzname()}".strip()
    )
    event.add("url", base_url + address_of(About.of(Thing.AGREEMENT, deadline.agreement_id)))
    event.add("transp", "TRANSPARENT")
    if deadline.what == What.CLOSES:
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", said)
        alarm.add("trigger", timedelta(days=-7))
        event.add_component(alarm)
    return event
