"""A worker that is killed with -9 in the middle of any kind of job loses nothing and does nothing twice.

The lanes of the outbox have theirs in tests/kernel/test_workers.py, a signer that answers late in
tests/credentials/test_killed_signing.py.
"""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections import Counter
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from tests.factories.tables import copy_tables
from tests.factories.world import load_world
from tests.kernel import test_workers as lanes
from tests.site.test_each_by_itself import CALLS, LATE, TICKS, WHOLE, jobs

from linkspan.kernel.retries import Lane

ROOT = Path(__file__).resolve().parents[2]
KINDS = sorted({*TICKS, *CALLS, *WHOLE})
#: When the second worker comes to what called out: what was in hand is free again.
LATER = LATE + timedelta(hours=2)
PATIENCE = 300


def test_every_kind_of_job_is_killed_somewhere() -> None:
    """A new job of the clock or a new lane without a kill fails here, not in a drill that runs once a week."""
    registered = {name for kind in ("TICKS", "CALLS") for name, _ in jobs(kind)}
    assert registered == set(KINDS)
    killed = lanes.test_a_worker_killed_in_the_middle_loses_nothing_and_does_nothing_twice
    assert "story" in killed.__code__.co_varnames and list(Lane) == list(lanes.story._fixture_function_marker.params)


class Machine:
    """A copy of the database and of the home of a test, on which workers run as processes."""

    def __init__(self, folder: Path) -> None:
        shutil.copytree(settings.HOME, folder)
        self.file, self.folder = folder / "linkspan.sqlite3", folder
        self.file.unlink(missing_ok=True)
        copy_tables(self.file)

    def work(self, name: str, now: datetime, fatal: int = 0) -> int:
        environment = {
            **os.environ,
            "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}",
            "LINKSPAN_HOME": str(self.folder),
            "LINKSPAN_DATABASE_URL": f"sqlite:///{self.file}",
        }
        command = [sys.executable, "-m", "tests.site.job_story", name, now.isoformat(), str(fatal)]
        ran = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE, cwd=ROOT)
        if fatal:
            assert ran.returncode == -signal.SIGKILL, ran.stderr[-2000:]
            return fatal
        assert ran.returncode == 0, ran.stderr[-2000:]
        return int(ran.stdout.split()[-1])

    def holds(self) -> dict[str, object]:
        """How many rows each table has, what was published and what stands on the trail, by kind."""
        with closing(sqlite3.connect(self.file)) as base:
            tables = [name for (name,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            found: dict[str, object] = {
                one: base.execute(f'SELECT count(*) FROM "{one}"').fetchone()[0] for one in tables
            }
            found["events"] = Counter(base.execute("SELECT event FROM kernel_outbox_message"))
            found["verbs"] = Counter(base.execute("SELECT verb, subject FROM kernel_trail_entry"))
        return found


@pytest.mark.drill
@pytest.mark.timeout(900)
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", KINDS)
def test_a_second_worker_finishes_what_a_killed_one_began(name, tmp_path) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("each machine has a copy of the database, which is a file")
    cast = load_world()
    scenario = {**TICKS, **CALLS}.get(name)
    if scenario is not None:
        scenario[0](cast)
    whole, killed = Machine(tmp_path / "whole"), Machine(tmp_path / "killed")
    again = LATER if name in CALLS else LATE
    changes = whole.work(name, LATE)
    assert changes or name in WHOLE, "the scenario leaves this job nothing to do"
    whole.work(name, again)
    if changes:
        killed.work(name, LATE, fatal=changes // 2 + 1)
    killed.work(name, again)
    killed.work(name, again)
    assert killed.holds() == whole.holds()
