"""A worker that is killed while the signer works leaves a claim; the next one has it signed, and all of it is once."""

import json
import os
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from tests.factories.people import NOW
from tests.factories.tables import copy_tables
from tests.recognition.test_worker import ROOT, database_url

from linkspan.cli.signer import _key
from linkspan.kernel.retries import LEASES, Lane
from linkspan.site.command import main
from linkspan.vc.gate import Policy
from linkspan.vc.signer_process import SignerServer

ONCE = {
    "claims": 0,
    "credentials": {"program": 1},
    "logged": 1,
    "facts": 1,
    "told": 1,
    "trail": 1,
    "notices": 1,
}
PATIENCE = 300


@contextmanager
def signer(place: Path, file: Path, said):
    """A signer process that says what it did before it answers."""
    server = SignerServer(place, dict([_key(file)]), Policy(four_eyes=False), said)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.drill
@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_while_the_signer_works_loses_nothing_and_signs_nothing_twice(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("LINKSPAN_SIGNER_PASSPHRASE", "a long enough phrase")
    assert main(["signer", "new-key", "--keys", str(tmp_path / "keys")]) == 0
    (file,) = (tmp_path / "keys").glob("*.pem")
    place = tmp_path / "signer"
    environment = {
        **os.environ,
        "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}",
        "DJANGO_SETTINGS_MODULE": "linkspan.site.settings",
        "LINKSPAN_HOME": str(tmp_path),
        "LINKSPAN_DATABASE_URL": database_url(tmp_path),
    }

    def story(*words: str) -> dict:
        command = [sys.executable, "-m", "tests.credentials.signing_story", *words]
        ran = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE, cwd=ROOT)
        assert ran.returncode == 0, ran.stderr[-2000:]
        return json.loads(ran.stdout)

    @contextmanager
    def worker(now):
        told = {**environment, "LINKSPAN_ON": now.isoformat(), "LINKSPAN_TICK_SECONDS": "3600"}
        command = [sys.executable, "-m", "linkspan.site.command", "worker"]
        with (tmp_path / "worker.log").open("a") as log:
            process = subprocess.Popen(command, env=told, stdout=log, stderr=log, cwd=ROOT)
        try:
            yield process
        finally:
            process.kill()
            process.wait(PATIENCE)

    copy_tables(tmp_path / "linkspan.sqlite3")
    with signer(place, file, lambda _: None):
        assert story("prepare", str(place))["claims"] == 1
    in_the_middle, go_on = threading.Event(), threading.Event()

    def hold(_: str) -> None:
        in_the_middle.set()
        go_on.wait(PATIENCE)

    with signer(place, file, hold), worker(NOW):
        assert in_the_middle.wait(PATIENCE)
    go_on.set()
    left = story("state")
    assert (left["claims"], left["credentials"], left["logged"]) == (1, {}, 0)
    with signer(place, file, lambda _: None), worker(NOW + LEASES[Lane.SIGNING] + timedelta(minutes=1)):
        last = time.monotonic() + PATIENCE
        while (found := story("state")) != ONCE and time.monotonic() < last:
            time.sleep(0.5)
    assert found == ONCE, (tmp_path / "worker.log").read_text()
