"""`linkspan serve`, `worker` and `migrate` from outside: who holds the database, what is ready, how it ends."""

import fcntl
import json
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from tests.factories.people import person
from tests.pathways.test_two_servers import free_port
from tests.site.running import PATIENCE, Running, environment, linkspan
from tests.site.test_first_hour import empty_database

from linkspan.kernel import heartbeat
from linkspan.kernel.clock import domain_now, real_now
from linkspan.kernel.models import OutboxDelivery, OutboxMessage
from linkspan.kernel.retries import State

pytestmark = pytest.mark.timeout(1800)  # commands by the dozen, on a machine that may be busy
postgres_only = pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL")
embedded_only = pytest.mark.skipif(connection.vendor != "sqlite", reason="of the embedded database")


@pytest.fixture(scope="module")
def migrated(tmp_path_factory):
    """A home whose embedded database has its tables, for copying."""
    made = tmp_path_factory.mktemp("migrated")
    assert linkspan(made, "migrate").returncode == 0
    return made


@pytest.fixture
def empty_home(tmp_path):
    (tmp_path / "home").mkdir()
    return tmp_path / "home"


@pytest.fixture
def home(tmp_path, migrated):
    return shutil.copytree(migrated, tmp_path / "home")


@pytest.fixture
def database():
    with empty_database() as found:
        yield found


@pytest.mark.parametrize("verb", ["worker", "serve", "demo"])
def test_a_second_process_is_refused(empty_home, verb) -> None:
    held_home = empty_home / "demo" if verb == "demo" else empty_home
    held_home.mkdir(exist_ok=True)
    with (held_home / "serving.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        ran = linkspan(empty_home, verb)
    assert (ran.returncode, ran.stdout) == (1, "")
    assert "holds this SQLite database" in ran.stderr


@pytest.mark.parametrize(
    "words, why",
    [
        (("--on", "someday"), "--on"),
        (("--threads", "0"), "--threads"),
        (("--proxies", "-1"), "--proxies"),
        (("--workers", "2"), "--workers"),
        (("--port", "99999999"), "port"),
    ],
)
def test_unusable_options(empty_home, words, why) -> None:
    ran = linkspan(empty_home, "serve", *words)
    assert (ran.returncode, ran.stdout, ran.stderr.count("\n")) == (2, "", 1)
    assert why in ran.stderr


@embedded_only
@pytest.mark.parametrize("emptied", [False, pytest.param(True, marks=pytest.mark.drill)])
def test_a_database_that_is_gone_is_no_new_one(home, emptied) -> None:
    """Neither where the file is missing nor where another process has made an empty one in its place."""
    file = home / "linkspan.sqlite3"
    file.rename(home / "kept")
    if emptied:
        file.touch()
    for verb in ("serve", "worker", "migrate"):
        ran = linkspan(home, verb)
        assert (ran.returncode, "was there and is gone" in ran.stderr) == (1, True), verb
    assert file.exists() is emptied
    for left in home.glob("linkspan.sqlite3*"):
        left.unlink()
    (home / "kept").rename(file)
    assert linkspan(home, "migrate").returncode == 0


FORGET = "import django; django.setup(); from linkspan.site.demo_world import _forget_half_a_world as f; f()"


@embedded_only
def test_half_a_world_is_forgotten_but_no_database_of_somebody_else(home, tmp_path) -> None:
    def forget(file: Path) -> bool:
        shutil.copy(migrated_file, file)
        told = environment(
            home, DJANGO_SETTINGS_MODULE="linkspan.site.settings", LINKSPAN_DATABASE_URL=f"sqlite:///{file}"
        )
        return subprocess.run([sys.executable, "-c", FORGET], env=told, capture_output=True).returncode == 0

    migrated_file = shutil.copy(home / "linkspan.sqlite3", tmp_path)
    assert forget(home / "linkspan.sqlite3") and not (home / "linkspan.sqlite3").exists()
    assert not forget(tmp_path / "theirs.sqlite3") and (tmp_path / "theirs.sqlite3").exists()


@postgres_only
def test_postgresql_is_migrated_only_when_asked(empty_home, database) -> None:
    home = empty_home
    for verb in ("serve", "worker"):
        ran = linkspan(home, verb, **database)
        assert (ran.returncode, "Run linkspan migrate" in ran.stderr) == (1, True)
    missing = linkspan(home, "migrate", "--check", **database)
    assert (missing.returncode, "kernel 0001_initial" in missing.stdout) == (1, True)
    assert linkspan(home, "migrate", **database).returncode == 0
    assert (linkspan(home, "migrate", "--check", **database).returncode) == 0


@pytest.mark.drill
def test_a_full_disk_makes_it_unready_and_nothing_else(home) -> None:
    with Running(home, free_port(), "serve") as running:
        running.until("/health/ready/", 200)
        pid, (_, hard) = running.process.pid, resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (0, hard))  # no file may grow
        told = json.loads(running.until("/health/ready/", 503).body)
        assert (told["ready"], told["database"], told["files"]) == (False, "failed", "failed")
        assert running.get("/health/").status == 503
        assert running.get("/health/live/").status == 200
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, hard))
        running.until("/health/ready/", 200)


@embedded_only
def test_a_writer_who_takes_long_takes_the_site_not_away(home) -> None:
    with Running(home, free_port(), "serve", "--no-worker") as running:
        running.until("/health/ready/", 200)
        with sqlite3.connect(home / "linkspan.sqlite3", isolation_level=None) as writer:
            writer.execute("BEGIN IMMEDIATE")
            time.sleep(1.1)  # the last good answer counts for a second
            answer = running.get("/health/ready/")
            assert (answer.status, json.loads(answer.body)["database"]) == (200, "busy")


@postgres_only
def test_a_read_only_database_makes_it_unready(empty_home, database) -> None:
    import psycopg

    home = empty_home
    linkspan(home, "migrate", **database)
    with Running(home, free_port(), "serve", "--no-worker", **database) as running:
        running.until("/health/ready/", 200)
        with psycopg.connect(database["LINKSPAN_DATABASE_URL"], autocommit=True) as admin:
            admin.execute("DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', "
                          "current_database()); END $$")  # fmt: skip
        told = json.loads(running.until("/health/ready/", 503).body)
        assert (told["database"], told["files"]) == ("failed", "ok")


def test_it_tells_that_it_drains_and_ends_at_a_second_signal(home) -> None:
    with Running(home, free_port(), "serve", "--drain", "3600") as running:
        running.until("/health/ready/", 200)
        running.process.send_signal(signal.SIGTERM)
        assert json.loads(running.until("/health/ready/", 503).body) == {"ready": False, "draining": True}
        assert running.get("/health/live/").status == 200
        assert running.get("/").status == 200
        assert running.stop() == -signal.SIGTERM


def test_it_ends_in_order(home) -> None:
    with Running(home, free_port(), "serve") as running:
        running.until("/health/ready/", 200)
        assert running.stop() == 0


def test_a_host_name_that_is_not_ours_may_ask_for_health_alone(home) -> None:
    """A monitor asks by an address. The log tells of others in one line each, and traces no fault of ours."""
    with Running(home, free_port(), "serve", "--no-worker", LINKSPAN_HOSTS="linkspan.example") as running:
        running.until("/health/ready/", 200)
        assert [running.get(path).status for path in ("/", "/verify/", "/static/none.css")] == [400, 400, 400]
        told = running.output.read_text().splitlines()
        assert ["Invalid HTTP_HOST header" in line for line in told] == [True] * 3


def test_a_server_ends_with_who_holds_its_lifeline(home) -> None:
    ours, theirs = os.pipe()
    os.set_inheritable(ours, True)
    with Running(home, free_port(), "serve", "--lifeline", str(ours), pass_fds=[ours]) as running:
        os.close(ours)
        running.until("/health/ready/", 200)
        os.close(theirs)
        assert running.process.wait(PATIENCE) == 0


@embedded_only
def test_the_note_of_the_database_is_whole_or_not_there(home) -> None:
    note = home / "database.json"
    whole = note.read_bytes()
    for cut in (0, len(whole) // 2):
        note.write_bytes(whole[:cut])
        ran = linkspan(home, "migrate")
        assert (ran.returncode, ran.stderr.count("\n"), "database.json is broken" in ran.stderr) == (1, 1, True)
    note.unlink()
    assert linkspan(home, "migrate").returncode == 0
    assert (note.read_bytes(), sorted(home.glob("database.*"))) == (whole, [note])


@postgres_only
@pytest.mark.parametrize("number", [signal.SIGTERM, pytest.param(signal.SIGKILL, marks=pytest.mark.drill)])
def test_several_processes_serve_one_address_and_end_with_their_parent(empty_home, database, number) -> None:
    home = empty_home
    linkspan(home, "migrate", **database)
    with Running(home, free_port(), "serve", "--workers", "2", LINKSPAN_METRICS_LOOPBACK="1", **database) as running:
        running.until("/health/ready/", 200)
        assert [running.get("/help/").status for _ in range(4)] == [200] * 4
        counted = b'linkspan_requests_total{method="GET",route="help/",status="200"} 4.0'
        assert [counted in running.get("/metrics").body for _ in range(4)] == [True] * 4, "whichever process answers"
        first = children(running.process.pid)
        assert len(first) == 3
        os.kill(first[0], signal.SIGKILL)
        until(lambda: len(children(running.process.pid)) == 3 and first[0] not in children(running.process.pid))
        running.until("/health/ready/", 200)
        until(lambda: not json.loads(running.get("/health/").body)["worker_silent"])
        left = children(running.process.pid)
        running.stop(number)
        until(lambda: not any(alive(pid) for pid in left))


def children(pid: int) -> list[int]:
    with open(f"/proc/{pid}/task/{pid}/children") as file:  # noqa: PTH123
        return [int(word) for word in file.read().split()]


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def until(holds) -> None:
    last = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < last, "it did not come about"
        time.sleep(0.2)


@pytest.mark.django_db
def test_health_shows_what_waits_and_takes_nothing_away(client) -> None:
    told = client.get("/health/").json()
    assert told.pop("worker_seen") is None
    assert told == {
        "healthy": True,
        "ready": True,
        "draining": False,
        "database": "ok",
        "files": "ok",
        "migrations": "ok",
        "deliveries_waiting": 0,
        "deliveries_given_up": 0,
        "job_failures": 0,
        "queue_age_seconds": 0,
        "worker_silent": True,
    }


@pytest.mark.django_db
def test_operators_see_a_worker_at_work_and_one_that_is_silent(client) -> None:
    operator = person("Ola Operator", ("operator", ""))
    client.force_login(get_user_model().objects.get(id=operator.person_id))
    assert "The worker is silent" in client.get("/desk/operations/").content.decode()
    heartbeat.beat(heartbeat.WORKER, now=real_now())
    assert "The worker is silent" not in client.get("/desk/operations/").content.decode()
    heartbeat.beat(heartbeat.WORKER, now=real_now() - timedelta(seconds=heartbeat.SILENT_SECONDS + 1))
    assert "The worker is silent" in client.get("/desk/operations/").content.decode()


@pytest.mark.django_db
@pytest.mark.deliveries_fail
def test_a_failed_delivery_and_an_old_queue_are_shown_and_leave_it_ready(client) -> None:
    long_ago = domain_now() - timedelta(hours=1)
    for state in (State.WAITING, State.DEAD):
        message = OutboxMessage.objects.create(event="kitchen.KettleBoiled", payload={}, at=long_ago)
        OutboxDelivery.objects.create(message=message, subscriber="nobody", state=state, due=long_ago)
    answer = client.get("/health/")
    told = answer.json()
    assert (answer.status_code, told["ready"], told["worker_silent"]) == (200, True, True)
    assert (told["deliveries_waiting"], told["deliveries_given_up"]) == (1, 1)
    assert told["queue_age_seconds"] >= 3600
