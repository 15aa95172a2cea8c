"""Two workers at once deliver each thing once; one that is killed in the middle loses nothing."""

import json
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.db import connection
from tests.factories.people import NOW
from tests.kernel.worker_story import COUNT

from linkspan.kernel.models import OutboxMessage
from linkspan.kernel.retries import LEASES, Lane

ROOT = Path(__file__).resolve().parents[2]
ALL = list(range(COUNT))
#: The number at which a worker hangs and is killed.
FATAL = 7
NEVER = -1

# What is delivered here is another process's: in this one nobody listens.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.deliveries_fail]


class Story:
    """Processes that share one database: that of the test where it is a server's, else a file."""

    def __init__(self, folder: Path, lane: Lane) -> None:
        self.folder, self.lane = folder, lane
        url = f"sqlite:///{folder}/linkspan.sqlite3"
        if connection.vendor != "sqlite":
            server = urlsplit(os.environ["LINKSPAN_DATABASE_URL"])
            url = urlunsplit(server._replace(path=f"/{connection.settings_dict['NAME']}"))
        self.url = url
        self.environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
        self.told(self.begin("prepare"))

    def begin(self, step: str, now=NOW, hang: int = NEVER) -> subprocess.Popen[str]:
        words = [step, str(self.folder), now.isoformat(), self.lane, str(hang), self.url]
        command = [sys.executable, "-m", "tests.kernel.worker_story", *words]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        return subprocess.Popen(command, env=self.environment, cwd=ROOT, **pipes)

    def told(self, process: subprocess.Popen[str]) -> dict:
        out, err = process.communicate(timeout=200)
        assert process.returncode == 0, err[-2000:]
        return json.loads(out.splitlines()[-1])

    def kill_in_the_middle(self) -> None:
        worker = self.begin("work", hang=FATAL)
        try:
            assert worker.stdout.readline() == "in the middle\n"
        finally:
            worker.kill()
            worker.communicate(timeout=60)


@pytest.fixture(params=list(Lane))
def story(request, tmp_path):
    yield Story(tmp_path, request.param)
    OutboxMessage.objects.all().delete()


def test_two_workers_at_once_deliver_each_once(story) -> None:
    for worker in [story.begin("work") for _ in range(2)]:
        story.told(worker)
    found = story.told(story.begin("state"))
    assert found["states"] == [["done", COUNT]]
    assert effects(story.lane, found) == {name: ALL if name == effect(story.lane) else [] for name in EFFECTS}


@pytest.mark.drill
def test_a_worker_killed_in_the_middle_loses_nothing_and_does_nothing_twice(story) -> None:
    """Only a mail that was under way goes out again, under the key by which its reader's server may know it."""
    story.kill_in_the_middle()
    at_once = story.told(story.begin("work"))
    if story.lane == Lane.FAST:
        assert (at_once["states"], at_once["echoes"]) == ([["done", COUNT]], ALL), "the lock died with the worker"
        return
    assert at_once["states"] == [["done", COUNT - 1], ["waiting", 1]], "what may have been done waits for its lease"
    later = story.told(story.begin("work", now=NOW + LEASES[story.lane]))
    assert later["states"] == [["done", COUNT]]
    twice = [[number, 2 if number == FATAL else 1] for number in ALL]
    if story.lane == Lane.MAIL:
        assert (later["sent"], later["keys"]) == (twice, COUNT)
    else:
        assert (later["asked"], later["done"]) == (twice, ALL)


EFFECTS = ("echoes", "sent", "done")


def effect(lane: Lane) -> str:
    """Where a lane's work shows."""
    return {Lane.FAST: "echoes", Lane.MAIL: "sent"}.get(lane, "done")


def effects(lane: Lane, found: dict) -> dict:
    """The numbers of which each kind of work was done, each once."""
    assert all(count == 1 for _, count in [*found["sent"], *found["asked"]])
    return {**{name: found[name] for name in EFFECTS}, "sent": [number for number, _ in found["sent"]]}
