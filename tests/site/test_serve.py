"""The embedded profile: one process writes; a worker beside a server is refused."""

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def linkspan(home: Path, *words: str) -> subprocess.CompletedProcess:
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT / "src"),
        "LINKSPAN_HOME": str(home),
        "LINKSPAN_DATABASE_URL": f"sqlite:///{home}/linkspan.sqlite3",
    }
    command = [sys.executable, "-m", "linkspan.site.command", *words]
    return subprocess.run(command, capture_output=True, text=True, env=environment, timeout=60)


@pytest.mark.parametrize("verb", ["worker", "serve"])
def test_a_second_process_is_refused(tmp_path, verb) -> None:
    with (tmp_path / "serving.lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        ran = linkspan(tmp_path, verb)
    assert ran.returncode == 1
    assert "holds this SQLite database" in ran.stderr


def test_an_unusable_clock(tmp_path) -> None:
    ran = linkspan(tmp_path, "serve", "--on", "someday")
    assert (ran.returncode, ran.stdout) == (2, "")


@pytest.mark.django_db
def test_health(client) -> None:
    assert client.get("/health/").json() == {"healthy": True, "deliveries_waiting": 0, "deliveries_given_up": 0}
