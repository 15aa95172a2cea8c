"""A booked time as an iCalendar file (RFC 5545), by icalendar: moved or cancelled, it changes the entry there is."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from icalendar import Alarm, Calendar, Event

from linkspan.exams.rules import Booking
from linkspan.kernel.things import About, Thing, address_of


def booked_time(
    booking: Booking, *, ends_at: datetime, zone: str, told: str, base_url: str, cancelled: bool, now: datetime
) -> bytes:
    """The file: in the institution's zone, with an alarm an hour before; `told` says when one checks in."""
    calendar = Calendar()
    calendar.add("prodid", "-//Linkspan//Exams//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if cancelled else "PUBLISH")
    exam, here = booking.appointment.sitting.exam, ZoneInfo(zone)
    event = Event()
    event.add("uid", f"{booking.id}.booking@linkspan")
    event.add("sequence", booking.changes)
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    event.add("dtstamp", now)
    event.add("dtstart", booking.appointment.starts_at.astimezone(here))
    event.add("dtend", ends_at.astimezone(here))
    event.add("summary", exam.title)
    event.add("description", told)
    event.add("url", base_url + address_of(About.of(Thing.EXAM_TIMES, exam.code)))
    if not cancelled:
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", exam.title)
        alarm.add("trigger", timedelta(hours=-1))
        event.add_component(alarm)
    calendar.add_component(event)
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())
