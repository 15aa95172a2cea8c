"""An Open edX publishes on its event bus: kept once, whatever comes and however often; nothing on record moves."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import settings as so
from hypothesis import strategies as st
from opaque_keys.edx.keys import CourseKey
from openedx_events.event_bus.avro.serializer import serialize_event_data_to_bytes
from openedx_events.learning import data as learning
from openedx_events.learning import signals
from redis import Redis
from tests.api.test_verbs import call
from tests.factories.people import NOW, SYSTEM, browser, person
from tests.factories.runs import RUN, put_run
from tests.factories.servers import needs_redis, store

from linkspan.courseware import actions, queries
from linkspan.courseware.engines.event_bus import CONSUMER, GROUP
from linkspan.courseware.engines.event_codec import event_of, of_kafka
from linkspan.courseware.models import BusMessageRow, FetchRow
from linkspan.courseware.rules.events import LARGEST_EVENT, SIGNALS, told_in
from linkspan.kernel.each import standing_failures
from linkspan.kernel.errors import NotPermitted, Unusable
from linkspan.records.models import FactRow
from linkspan.site.command import main

STREAM, PLACE = "learning-certificate-lifecycle", "courses.example.edu"
DAY = timedelta(days=1)


def user(name: str = "ada"):
    return learning.UserData(id=7, is_active=True, pii=learning.UserPersonalData(username=name, email="x", name="A"))


def course(run: str = RUN):
    return learning.CourseData(course_key=CourseKey.from_string(run), display_name="A course")


def certificate(signal=signals.CERTIFICATE_CREATED, status="downloadable", name="ada", run=RUN):
    told = {"mode": "verified", "grade": "0.61", "download_url": "", "name": "A", "current_status": status}
    return signal, {"certificate": learning.CertificateData(user=user(name), course=course(run), **told)}


def enrolled(signal=signals.COURSE_ENROLLMENT_CREATED, active=True):
    told = {"mode": "verified", "is_active": active, "creation_date": NOW}
    return signal, {"enrollment": learning.CourseEnrollmentData(user=user(), course=course(), **told)}


def passing(is_passing=True):
    told = learning.CoursePassingStatusData(is_passing=is_passing, course=course(), user=user())
    return signals.COURSE_PASSING_STATUS_UPDATED, {"course_passing_status": told}


def message(event, at=NOW, event_id=None) -> dict:
    """A message as the Redis event bus writes it."""
    signal, data = event
    return {
        "type": signal.event_type,
        "id": str(event_id or uuid.uuid4()),
        "source": "openedx/lms/web",
        "time": at.isoformat(),
        "minorversion": "0",
        "sourcehost": "lms",
        "sourcelib": "11.2.0",
        "event_data": serialize_event_data_to_bytes(data, signal),
    }


EVENTS = [
    (certificate(), {"mode": "verified", "grade": "0.61", "current_status": "downloadable"}),
    (certificate(signals.CERTIFICATE_REVOKED, "unavailable"), {"mode": "verified", "grade": "0.61"}),
    (enrolled(), {"mode": "verified", "is_active": True}),
    (enrolled(signals.COURSE_ENROLLMENT_CHANGED, active=False), {"mode": "verified", "is_active": False}),
    (passing(False), {"is_passing": False}),
]


@pytest.mark.parametrize("number", range(len(EVENTS)))
@pytest.mark.parametrize("bus", ["redis", "kafka"])
def test_an_event_as_it_is_published_is_read(number, bus) -> None:
    (signal, data), wanted = EVENTS[number]
    body = serialize_event_data_to_bytes(data, signal)
    if bus == "kafka":
        body = of_kafka(b"\0\0\0\0\x2a" + body)
    told = told_in(signal.event_type, event_of(signal.event_type, body))
    assert (told.username, told.run_id) == ("ada", RUN) and wanted.items() <= told.data.items()


def test_every_signal_has_the_schema_that_is_published_and_an_earlier_release_is_read() -> None:
    for event_type, (name, _, _) in SIGNALS.items():
        assert getattr(signals, name).event_type == event_type
    signal, data = enrolled()
    body = serialize_event_data_to_bytes(data, signal)
    assert body.endswith(b"\0"), "who made it, which earlier releases do not tell, is null"
    assert event_of(signal.event_type, body[:-1])["enrollment"]["mode"] == "verified"


@so(max_examples=150, deadline=None)
@given(st.binary(max_size=300), st.sampled_from(sorted(SIGNALS)), st.integers(0, 300))
def test_what_is_no_event_is_refused_in_words(noise, event_type, cut) -> None:
    whole = serialize_event_data_to_bytes(*reversed(certificate()))
    for body in (noise, whole[:cut] + noise, b"\xff" * 9 + noise):
        try:
            told_in(event_type, event_of(event_type, body))
        except Unusable as error:
            assert error.code in ("event_unreadable", "event_nobody")
    with pytest.raises(Unusable):
        event_of(event_type, b"\0" * (LARGEST_EVENT + 1))
    for short in (b"", b"\0\0", b"\1\0\0\0\0x"):
        with pytest.raises(Unusable):
            of_kafka(short)


@pytest.fixture(scope="module")
def server():
    with store() as found:
        yield found


@pytest.fixture
def bus(server, settings, db):
    settings.EVENT_BUS_URL, settings.EVENT_BUS_PLATFORM, settings.EVENT_BUS_STREAMS = server.url, PLACE, [STREAM]
    put_run()
    told = {"institution": "MITx", "place": PLACE, "client_id": "x", "secret": "x"}
    actions.enter_platform(actor=SYSTEM, now=NOW, **told)
    with Redis(port=server.port) as client:
        client.flushall()
        yield client


def work(now=NOW) -> None:
    """A round of the worker."""
    actions.read_events(now)
    actions.take_events(now)


def states() -> list[str]:
    return list(BusMessageRow.objects.order_by("number").values_list("state", flat=True))


def waiting(bus) -> int:
    return bus.xpending(STREAM, GROUP)["pending"]


@needs_redis
def test_each_event_is_kept_once_with_source_time_and_hash_and_moves_nothing(bus) -> None:
    twice = uuid.uuid4()
    sent = [message(certificate(), event_id=twice), message(passing()), message(certificate(), event_id=twice)]
    for one in sent:
        bus.xadd(STREAM, one)
    work()
    work()
    assert states() == ["kept", "kept", "repeated"] and waiting(bus) == 0
    newest, oldest = queries.events_of("MITx", PLACE, RUN, "ada")
    assert {newest.kind, oldest.kind} == {"certificate", "passing"} and len(newest.sha256) == 64
    assert newest.source == f"event bus of {PLACE}" and newest.at == NOW
    assert not FactRow.objects.exists() and not FetchRow.objects.exists() and standing_failures(SYSTEM) == ()
    assert not BusMessageRow.objects.exclude(body=b"").exists()


@needs_redis
def test_out_of_order_and_from_the_future_each_stands_by_the_platforms_clock(bus) -> None:
    late = datetime(2118, 1, 1, tzinfo=UTC)
    for event, at in ((certificate(signals.CERTIFICATE_REVOKED, "unavailable"), NOW), (certificate(), NOW - DAY)):
        bus.xadd(STREAM, message(event, at))
    work()
    newest, before = queries.events_of("MITx", PLACE, RUN, "ada")
    assert (newest.data["current_status"], before.data["current_status"]) == ("unavailable", "downloadable")
    bus.xadd(STREAM, message(passing(), late))
    work()
    first = queries.events_of("MITx", PLACE, RUN, "ada")[0]
    assert (first.at, first.received_at) == (late, NOW)


@needs_redis
def test_what_is_not_for_us_passes_by_and_an_unknown_user_is_kept(bus) -> None:
    put_run("course-v1:HESx+A+1", institution="HES")
    for one in (
        message(certificate(run="course-v1:HESx+A+1")),
        message(certificate(run="course-v1:Else+A+1")),
        message(certificate()) | {"type": "org.openedx.learning.student.registration.completed.v1"},
        message(certificate(name="nobody-here")),
    ):
        bus.xadd(STREAM, one)
    work()
    assert states() == ["passed_by", "passed_by", "passed_by", "kept"] and waiting(bus) == 0


@needs_redis
def test_what_cannot_be_read_is_set_aside_by_name_and_told_to_operators(bus) -> None:
    good = message(certificate())
    poison = [
        good | {"event_data": b"\xff" * 40},
        good | {"event_data": b"\0" * (LARGEST_EVENT + 5)},
        good | {"id": "no id"},
        good | {"time": "\0\x01 never"},
        good | {"type": signals.COURSE_PASSING_STATUS_UPDATED.event_type},
        {"x": b"\xff\0"},
    ]
    numbers = [bus.xadd(STREAM, one).decode() for one in poison]
    bus.xadd(STREAM, good)
    work()
    assert states() == ["set_aside"] * 6 + ["kept"] and waiting(bus) == 0
    told = standing_failures(SYSTEM)
    assert {one.subject.split()[1] for one in told} == set(numbers) and queries.events_set_aside() == 6
    assert {one.job for one in told} == {"courseware.events_set_aside"} and all("vent" in one.error for one in told)
    work(NOW + 15 * DAY)
    assert standing_failures(SYSTEM) == ()


def test_what_was_set_aside_is_taken_again_by_hand_once_its_cause_is_mended(client, db) -> None:
    """Here a run that was entered later; what still cannot be read is set aside again, and nothing is kept twice."""
    put_run()
    operator = person("Op Erator", ("operator", None))
    told = {"stream": STREAM, "place": PLACE, "received_at": NOW, "state": "set_aside", "problem": ["x"]}
    good = message(passing())
    fields = {name: value for name, value in good.items() if name != "event_data"}
    rows = [
        BusMessageRow.objects.create(**told, number="1-0", sha256="a", fields=fields, body=good["event_data"]),
        BusMessageRow.objects.create(**told, number="2-0", sha256="b", fields={}, body=b"junk"),
    ]
    for who in (person("Stef Staff", ("registrar", "MITx")), person("Nobody")):
        with pytest.raises(NotPermitted):
            actions.retake_events(actor=who, now=NOW)
        assert call(client, who, "platforms/events/retake", {}, key="a").status_code == 403
        assert browser(who).post("/desk/operations/retake/").status_code == 403
    assert "2 messages could not be read" in browser(operator).get("/desk/operations/").content.decode()
    assert call(client, operator, "platforms/events/retake", {}, key="b").json() == {"messages": 2}
    assert call(client, operator, "platforms/events/retake", {}, key="c").json() == {"messages": 0}
    actions.take_events(NOW)
    assert [BusMessageRow.objects.get(id=row.id).state for row in rows] == ["passed_by", "set_aside"]
    done = browser(operator).post("/desk/operations/retake/", follow=True).content.decode()
    assert "1 message is taken again." in done and main(["platforms", "retake"]) == 0


@needs_redis
def test_a_worker_that_ended_before_it_kept_them_gets_them_again(bus) -> None:
    bus.xgroup_create(STREAM, GROUP, id="0", mkstream=True)
    for _ in range(3):
        bus.xadd(STREAM, message(passing()))
    bus.xreadgroup(GROUP, CONSUMER, {STREAM: ">"}, count=2)
    assert waiting(bus) == 2
    bus.xdel(STREAM, bus.xrange(STREAM)[0][0])
    work()
    assert states() == ["kept", "kept"] and waiting(bus) == 0


@needs_redis
def test_a_bus_that_is_away_or_is_none_is_told_and_read_when_it_is_back(bus, settings, server) -> None:
    bus.xadd(STREAM, message(passing()))
    bus.set("other", "no stream")
    settings.EVENT_BUS_STREAMS = ["other", STREAM]
    work()
    (told,) = standing_failures(SYSTEM)
    assert (told.job, told.subject) == ("courseware.read_events", "other") and states() == ["kept"]
    settings.EVENT_BUS_STREAMS, settings.EVENT_BUS_URL = [STREAM], "redis://:secret-word@127.0.0.1:9/0"
    work()
    (told,) = standing_failures(SYSTEM)
    assert "does not answer" in told.error and "secret-word" not in told.error
    settings.EVENT_BUS_URL = server.url
    work()
    assert standing_failures(SYSTEM) == ()


@needs_redis
def test_news_of_a_run_has_it_compared_after_an_hour(bus) -> None:
    platform = queries.platforms_at(SYSTEM, "MITx")[0].id
    day = datetime(2018, 4, 1, tzinfo=UTC)
    made = actions.start_fetch(actor=SYSTEM, platform_id=platform, run_id=RUN, now=day)
    FetchRow.objects.filter(id=made).update(state="fetched", ended_at=day)
    bus.xadd(STREAM, message(certificate(signals.CERTIFICATE_REVOKED, "unavailable")))
    work(day + timedelta(minutes=10))
    actions.compare_due(day + timedelta(minutes=59))
    assert FetchRow.objects.count() == 1
    actions.compare_due(day + timedelta(hours=1))
    row = FetchRow.objects.get(state="running")
    assert (row.compares, row.platform_id) == (True, platform)
    FetchRow.objects.filter(id=row.id).update(state="fetched")
    actions.compare_due(day + timedelta(hours=3))
    assert not FetchRow.objects.filter(state="running").exists(), "there was no news since"


@needs_redis
def test_only_who_may_see_a_line_sees_its_events_and_none_is_read_without_an_address(bus, settings) -> None:
    settings.EVENT_BUS_URL = ""
    bus.xadd(STREAM, message(passing()))
    work()
    assert not BusMessageRow.objects.exists()
    assert queries.events_of("HES", PLACE, RUN, "ada") == () and person("Ada")
