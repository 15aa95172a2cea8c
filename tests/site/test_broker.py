"""Jobs over a broker: who is woken, what is sent when, what is said when it is away, and a worker that is killed."""

import json
import os
import subprocess
import sys
import time
from contextlib import nullcontext, suppress
from queue import Empty
from uuid import uuid4

import pytest
from django.db import connection, transaction
from environs import EnvError
from tests.factories.people import NOW
from tests.factories.servers import needs_redis, store
from tests.kernel.broker_story import COUNT, FATAL
from tests.pathways.test_two_servers import free_port
from tests.site.running import PATIENCE, ROOT, environment
from tests.site.test_first_hour import empty_database

from linkspan.kernel import locks, outbox
from linkspan.kernel.errors import LinkspanError
from linkspan.kernel.models import OutboxDelivery
from linkspan.kernel.outbox import waking
from linkspan.kernel.retries import LEASES, LIMITS, Lane, State
from linkspan.messages.events import MailWritten
from linkspan.site import broker, database, engine, health
from linkspan.site.broker_address import broker_url
from linkspan.site.checks import Verdict
from linkspan.site.checks import broker as check_broker
from linkspan.site.tick import Jobs

postgres_only = pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL")


def use(settings, url: str) -> None:
    """Have the engine of this process use another broker, from its beginning."""
    settings.BROKER_URL = engine.app.conf.broker_url = url
    engine.app.close()
    engine.app.__dict__.pop("amqp", None)


@pytest.fixture
def named(settings, monkeypatch):
    """A broker within this process, by which workers are woken."""
    before = engine.app.conf.broker_url
    use(settings, "memory://")
    monkeypatch.setattr(broker, "bell", bell := broker.Bell())
    monkeypatch.setattr(waking, "_wake", [bell.ring])
    taken()
    yield
    use(settings, "memory://")
    taken()
    use(settings, before)


def taken() -> list[tuple[str, list[str]]]:
    """Every message that waits in the broker, with its queue."""
    found = []
    with engine.app.connection_for_read() as held:
        for name in (*Lane, *Jobs):
            with held.SimpleQueue(engine.queue_of(name)) as queue, suppress(Empty):
                while True:
                    message = queue.get_nowait()
                    found.append((engine.queue_of(name), message.payload[0]))
                    message.ack()
    return found


@pytest.mark.parametrize(
    ("told", "read"),
    [
        ("", ""),
        ("redis://127.0.0.1:6379/0", "redis://127.0.0.1:6379/0"),
        ("valkey://:word@cache.example.edu/1", "redis://:word@cache.example.edu/1"),
        ("amqps://me:word@mq.example.edu/linkspan", "amqps://me:word@mq.example.edu/linkspan"),
    ],
)
def test_addresses_of_brokers(told, read) -> None:
    assert broker_url(told) == read


@pytest.mark.parametrize(
    "told", ["sqs://", "redis://", "redis://h:port", "http://me:word@h", "127.0.0.1:6379", "redis:///0"]
)
def test_what_is_no_broker_is_refused_without_its_password(told, tmp_path) -> None:
    with pytest.raises(EnvError) as refused:
        broker_url(told)
    assert "LINKSPAN_BROKER_URL" in str(refused.value) and "word@" not in str(refused.value)


@pytest.mark.parametrize(("embedded", "installed"), [(True, True), (False, False), (False, True)])
def test_what_jobs_over_a_broker_need(embedded, installed, monkeypatch) -> None:
    monkeypatch.setattr(database, "is_embedded", lambda: embedded)
    monkeypatch.setattr(broker, "find_spec", lambda name: installed or None)
    with nullcontext() if installed and not embedded else pytest.raises(LinkspanError) as refused:
        broker.check_named()
    if refused:
        assert refused.value.code == ("broker_needs_server" if embedded else "engine_missing")


def test_a_delivery_ends_before_its_lease_does() -> None:
    assert set(LIMITS) == set(Lane)
    assert all(LIMITS[lane].total_seconds() + engine.GRACE_SECONDS < LEASES[lane].total_seconds() for lane in LEASES)


def test_every_lane_and_list_of_jobs_is_looked_at_by_the_clock() -> None:
    told = {(one["task"], *one["args"], one["options"]["queue"]) for one in engine.schedule().values()}
    looks = {(engine.DELIVER, lane.value, f"linkspan.{lane}") for lane in Lane}
    assert told == looks | {(engine.DO_JOBS, jobs.value, f"linkspan.{jobs.lower()}") for jobs in Jobs}
    assert all(one["options"]["expires"] == one["schedule"] for one in engine.schedule().values())
    assert {engine.DELIVER, engine.DO_JOBS} <= set(engine.app.tasks)


@pytest.mark.django_db(transaction=True)
def test_workers_are_woken_once_the_data_can_be_seen_and_by_no_more_words_than_help(named, monkeypatch) -> None:
    with transaction.atomic():
        outbox.publish_all([MailWritten(uuid4()) for _ in range(7)], now=NOW)
        assert taken() == []
    assert taken() == [("linkspan.mail", ["mail"])] * waking.MOST_WOKEN
    with transaction.atomic():
        outbox.publish(MailWritten(uuid4()), now=NOW)
        transaction.set_rollback(True)
    assert taken() == []


def test_words_that_nobody_takes_do_not_fill_the_broker(named) -> None:
    for _ in range(engine.MOST_WORDS + 5):
        engine.send(Lane.MAIL)
    assert len(taken()) == engine.MOST_WORDS
    clock = engine.clock().scheduler
    for entry in clock.schedule.values():
        clock.apply_entry(entry)
    assert sorted(taken()) == sorted((one["options"]["queue"], one["args"]) for one in engine.schedule().values())


@pytest.mark.django_db(transaction=True)
def test_a_word_delivers_what_is_due_and_wakes_who_goes_on(named) -> None:
    """Who finds something wakes the next one; a word too many, or twice, does nothing."""
    outbox.publish(MailWritten(uuid4()), now=NOW)
    assert taken() == [("linkspan.mail", ["mail"])]
    for went_on in (True, False, False):
        engine.deliver("mail")
        assert taken() == ([("linkspan.mail", ["mail"])] if went_on else [])
    engine.deliver("fast")
    assert list(OutboxDelivery.objects.values_list("state", "tries")) == [(State.DONE, 1)]


@pytest.mark.deliveries_fail
@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_away_stops_nobody_and_is_left_alone_for_a_while(settings, named, monkeypatch, caplog) -> None:
    use(settings, f"redis://127.0.0.1:{free_port()}/0")
    rung = []
    monkeypatch.setattr(engine, "send", lambda lane, send=engine.send: (rung.append(lane), send(lane)))
    for _ in range(3):
        outbox.publish(MailWritten(uuid4()), now=NOW)
    assert OutboxDelivery.objects.filter(state=State.WAITING).count() == 3
    assert (rung, [one.levelname for one in caplog.records]) == ([Lane.MAIL], ["WARNING"])
    engine.deliver("mail")
    assert OutboxDelivery.objects.filter(state=State.WAITING).count() == 2, "who looks finds it without a word"


@pytest.mark.django_db
def test_check_and_health_ask_the_broker_and_a_silent_one_takes_no_requests_away(settings, named, monkeypatch) -> None:
    monkeypatch.setattr("linkspan.site.database.is_embedded", lambda: False)
    settings.HOME.mkdir(parents=True, exist_ok=True)
    assert [one.verdict for one in check_broker()] == [Verdict.OK]
    assert health._look()["broker"] == "ok"
    use(settings, f"redis://:word@127.0.0.1:{free_port()}/0")
    (told,) = check_broker()
    assert (told.verdict, "word" in told.told) == (Verdict.SILENT, False)
    assert "Start it" in told.remedy
    found = health._look()
    assert (found["ready"], found["broker"]) == (True, "silent")
    settings.BROKER_URL = ""
    assert "broker" not in health._look()
    assert [one.verdict for one in check_broker()] == [Verdict.OK]


@postgres_only
@pytest.mark.django_db(transaction=True)
def test_of_two_machines_one_has_the_clock_and_does_the_jobs() -> None:
    import psycopg

    with psycopg.connect(os.environ["LINKSPAN_DATABASE_URL"], dbname=connection.settings_dict["NAME"]) as other:
        ask = "SELECT pg_try_advisory_lock(hashtextextended('linkspan.TICKS', 0))"
        assert other.execute(ask).fetchone() == (True,)
        with locks.only_here("linkspan.TICKS") as here:
            assert not here
        assert not locks.hold("linkspan.TICKS")
    for _ in range(100):  # the server ends a connection a moment after its client
        with locks.only_here("linkspan.TICKS") as here:
            if here:
                break
        time.sleep(0.05)
    assert here, "it ended with the other's connection"
    assert locks.hold("linkspan.clock")
    connection.close()


STEP = "import sys, django; django.setup(); from tests.kernel.broker_story import main; main(sys.argv[1])"


class Installation:
    """Workers over a broker, with the story's listeners, on a database of their own."""

    def __init__(self, home, url: str, database: dict[str, str]) -> None:
        more = {"DJANGO_SETTINGS_MODULE": "tests.kernel.broker_story", "DJANGO_PROJECT_DIR": str(ROOT)}
        named = {"PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}", "LINKSPAN_BROKER_URL": url, **database}
        self.home, self.environment = home, environment(home, **more) | named
        self.python("-m", "django", "migrate", "kernel", "-v0")

    def python(self, *words: str) -> str:
        ran = subprocess.run(
            [sys.executable, *words], env=self.environment, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE
        )
        assert ran.returncode == 0, ran.stderr[-2000:]
        return ran.stdout

    def step(self, name: str) -> dict:
        return json.loads(self.python("-c", STEP, name).splitlines()[-1])  # the log stands before it

    def worker(self) -> subprocess.Popen:
        command = [sys.executable, "-m", "linkspan.site.command", "worker", "--processes", str(len(Lane))]
        with (self.home / "worker.log").open("ab") as log:
            return subprocess.Popen(command, env=self.environment, cwd=ROOT, stdout=log, stderr=log)

    def until(self, found) -> dict:
        last = time.monotonic() + PATIENCE
        while not found(state := self.step("state")):
            assert time.monotonic() < last, (state, (self.home / "worker.log").read_text()[-3000:])
            time.sleep(0.5)
        return state

    def hung(self, _state: dict) -> bool:
        return len([*(self.home / "story").glob("hung-*")]) == len(Lane)


def all_done(state: dict) -> bool:
    return state["states"] == sorted([lane.value, "done", COUNT] for lane in Lane)


@needs_redis
@postgres_only
@pytest.mark.drill
@pytest.mark.servers
@pytest.mark.timeout(2 * PATIENCE)
def test_a_worker_killed_in_every_lane_at_once_and_a_broker_that_comes_back_empty_lose_nothing(tmp_path) -> None:
    """Each lane hangs in the middle of one delivery; then the worker is killed, and the broker with all its words."""
    with empty_database() as database, store() as server:
        here = Installation(tmp_path, server.url, database)
        worker = here.worker()
        try:
            here.step("publish")
            here.until(here.hung)
            worker.kill()
            worker.wait(60)
            server.stop()
            assert here.step("publish")["states"] != [], "who publishes does not need the broker"
            worker = here.worker()
            time.sleep(2)
            server.start()
            here.step("end leases")
            state = here.until(lambda found: all(row[1] == "done" for row in found["states"]))
        finally:
            worker.terminate()
            worker.wait(60)
    twice = sorted([*range(COUNT)] * 2)
    assert state["states"] == sorted([lane.value, "done", 2 * COUNT] for lane in Lane)
    assert state["done"] == {lane.value: twice for lane in Lane}, "once for each bell that rang"
    asked = [[number, 3 if number == FATAL else 2] for number in range(COUNT)]
    assert state["asked"] == {lane.value: asked for lane in Lane if lane is not Lane.FAST}, "again under the same key"
