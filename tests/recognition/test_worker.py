"""A revoked credential opens the recognition case by itself: by the worker, a process of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.db import connection
from tests.factories.tables import copy_tables
from tests.recognition.test_actions import LATER
from tests.site.running import PATIENCE

ROOT = Path(__file__).resolve().parents[2]


def database_url(home: Path) -> str:
    """Of the test database where it is a server's, else of a file."""
    if connection.vendor == "sqlite":
        return f"sqlite:///{home}/linkspan.sqlite3"
    server = urlsplit(os.environ["LINKSPAN_DATABASE_URL"])
    return urlunsplit(server._replace(path=f"/{connection.settings_dict['NAME']}"))


@pytest.mark.timeout(2 * PATIENCE)
@pytest.mark.django_db(transaction=True)
def test_the_worker_opens_the_case_and_tells_both_sides(tmp_path) -> None:
    environment = {
        **os.environ,
        "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}",
        "DJANGO_SETTINGS_MODULE": "linkspan.site.settings",
        "LINKSPAN_HOME": str(tmp_path),
        "LINKSPAN_DATABASE_URL": database_url(tmp_path),
        # The day of the story: at a later one, the worker removes its notices as kept long enough.
        "LINKSPAN_ON": LATER.isoformat(),
    }

    def story(step: str) -> dict:
        command = [sys.executable, "-m", "tests.recognition.worker_story", step]
        ran = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE, cwd=ROOT)
        assert ran.returncode == 0, ran.stderr[-2000:]
        return json.loads(ran.stdout)

    copy_tables(tmp_path / "linkspan.sqlite3")
    assert story("prepare") == {"cases": [], "notices": []}
    with (tmp_path / "worker.log").open("w") as log:
        command = [sys.executable, "-m", "linkspan.site.command", "worker"]
        worker = subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=ROOT)
        try:
            found = story("told")
        finally:
            worker.terminate()
            worker.wait(timeout=PATIENCE)
    assert found == {"cases": ["Issued in error."], "notices": ["case_opened", "case_waits"]}, (
        tmp_path / "worker.log"
    ).read_text()
