"""What an Open edX publishes on its event bus is kept once, and has the run compared; nothing on record moves."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from linkspan.catalog.queries import course_run
from linkspan.courseware.engines import event_bus, event_codec
from linkspan.courseware.engines.event_bus import Message
from linkspan.courseware.models import BusMessageRow, PlatformRow
from linkspan.courseware.rules import place_of
from linkspan.courseware.rules.events import (
    LARGEST_EVENT,
    SIGNALS,
    TOLD_DAYS,
    MessageState,
    header_of,
    sha256_of,
    told_in,
)
from linkspan.kernel import audit, heartbeat
from linkspan.kernel.actor import Actor
from linkspan.kernel.clock import real_now
from linkspan.kernel.each import each_due
from linkspan.kernel.errors import NotFound, Unusable, permit
from linkspan.kernel.outbox.letters import may_operate
from linkspan.kernel.reasons import as_told, stored

BUS = "event bus"
#: Batches of a stream at one round of the worker, messages that are taken, and those of which operators are told.
MOST_BATCHES, MOST_TAKEN, MOST_ASIDE = 20, 2_000, 100
LONGEST_FIELD, MOST_FIELDS = 200, 20


def read_events(now: datetime) -> None:
    """Keep what came on each stream of the bus; one is acknowledged once it is kept, and comes again until then."""
    streams = sorted(set(settings.EVENT_BUS_STREAMS)) if settings.EVENT_BUS_URL else []
    each_due("courseware.read_events", streams, lambda one: _read(one, now), now=now, calls_out=True)


def take_events(now: datetime) -> None:
    """Take what waits, each by itself, and tell operators of what was set aside in the last days."""
    waiting = BusMessageRow.objects.filter(state=MessageState.WAITING).order_by("received_at", "id")
    each_due("courseware.take_events", list(waiting[:MOST_TAKEN]), _take, now=now, named=_name)
    last = now - timedelta(days=TOLD_DAYS)
    aside = BusMessageRow.objects.filter(state=MessageState.SET_ASIDE, received_at__gt=last).order_by("-received_at")
    each_due("courseware.events_set_aside", list(aside[:MOST_ASIDE]), _tell, now=now, named=_name)


@transaction.atomic
def retake_events(*, actor: Actor, now: datetime) -> int:
    """Have every message that was set aside taken once more, the oldest first; returns how many.

    For when its cause is mended: a platform that was not entered yet, a reader that knows more. What still cannot be
    read is set aside again, with what is wrong then.
    """
    permit(may_operate(actor), "take messages of the event bus again")
    aside = BusMessageRow.objects.filter(state=MessageState.SET_ASIDE).order_by("received_at", "id")
    ids = list(aside.values_list("id", flat=True)[:MOST_TAKEN])
    count = BusMessageRow.objects.filter(id__in=ids, state=MessageState.SET_ASIDE).update(
        state=MessageState.WAITING, problem=[]
    )
    if count:
        subject = "courseware.bus_messages:set_aside"
        audit.record(actor=actor, verb="retake_events", subject=subject, now=now, after={"messages": count})
    return count


def _read(stream: str, now: datetime) -> None:
    with event_bus.opened(settings.EVENT_BUS_URL) as bus:
        for messages in bus.batches(stream, MOST_BATCHES):
            _keep(stream, messages, now)
            bus.acknowledge(stream, messages)
    heartbeat.beat(BUS, now=real_now())


@transaction.atomic
def _keep(stream: str, messages: Sequence[Message], now: datetime) -> None:
    place = place_of(settings.EVENT_BUS_PLATFORM)
    rows = [_row(place, stream, message, now) for message in messages if message[1]]
    BusMessageRow.objects.bulk_create(rows, ignore_conflicts=True, batch_size=100)


def _row(place: str, stream: str, message: Message, now: datetime) -> BusMessageRow:
    number, told = message
    body = told.get(b"event_data", b"")
    fields = {_text(name): _text(value) for name, value in list(told.items())[:MOST_FIELDS] if name != b"event_data"}
    row = BusMessageRow(stream=stream[:200], number=number[:64], place=place, received_at=now, fields=fields)
    row.state, row.sha256, row.body = MessageState.WAITING, sha256_of(body), body[: LARGEST_EVENT + 1]
    return row


def _text(told: bytes) -> str:
    """The first characters of a field, without what cannot be kept."""
    return "".join(one for one in told[:LONGEST_FIELD].decode("utf-8", "replace") if one.isprintable())


def _take(row: BusMessageRow) -> None:
    """Read a message: it is kept, was kept before, is none for us, or is set aside with what is wrong."""
    try:
        row.state = _read_as(row)
        row.body = b""
    except Unusable as error:
        row.state, row.problem = MessageState.SET_ASIDE, stored([error.message])
    row.save()


def _read_as(row: BusMessageRow) -> MessageState:
    header = header_of(row.fields)
    row.event_id, row.event_type, row.told_at = header.event_id, header.event_type, header.at
    if header.event_type not in SIGNALS:
        return MessageState.PASSED_BY
    told = told_in(header.event_type, event_codec.event_of(header.event_type, bytes(row.body)))
    try:
        school = course_run(told.run_id).course.institution
    except NotFound:
        return MessageState.PASSED_BY
    if not PlatformRow.objects.filter(institution=school, place=row.place).exists():
        return MessageState.PASSED_BY
    held = BusMessageRow.objects.filter(place=row.place, event_id=row.event_id, state=MessageState.KEPT)
    if held.exists():
        return MessageState.REPEATED
    row.institution, row.run_id, row.username, row.data = school, told.run_id, told.username, dict(told.data)
    return MessageState.KEPT


def _tell(row: BusMessageRow) -> None:
    """Say why a message was set aside."""
    raise Unusable("event_set_aside", "{why}", why=next(iter(as_told(row.problem)), ""))


def _name(row: BusMessageRow) -> str:
    return f"{row.stream} {row.number} {row.event_type}".strip()
