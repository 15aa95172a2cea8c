"""Two servers on the loopback interface agree on, amend and end a pathway, and pass a record on; one is killed."""

import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request
from itertools import count
from pathlib import Path

import pytest
from tests.pathways.examples import agreement
from tests.vc.https_server import authority

pytestmark = pytest.mark.drill
ROOT = Path(__file__).resolve().parents[2]
SCRIPT = Path(__file__).with_name("exchange_server.py")
ID = "receiving-from-sending"
PATIENCE = 60


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A server in a process of its own, and what its registrar and dean do on it."""

    keys = count()

    def __init__(self, code: str, port: int, folder: Path, pairs: str) -> None:
        self.code, self.port, self.folder = code, port, folder
        home = folder / code
        home.mkdir()
        self.environment = {
            **os.environ,
            "LINKSPAN_HOME": str(home),
            "LINKSPAN_BASE_URL": f"https://localhost:{port}",
            "LINKSPAN_EXCHANGE_LOOPBACK": pairs,
            "LINKSPAN_EXCHANGE_LOOPBACK_CA": str(folder / "ca.pem"),
            "LINKSPAN_TICK_SECONDS": "0.2",
            "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}",
        }
        for name in ("DJANGO_SETTINGS_MODULE", "LINKSPAN_DATABASE_URL"):
            self.environment.pop(name, None)
        self.tokens: dict[str, str] = {}
        self.trust = ssl.create_default_context(cafile=str(folder / "ca.pem"))
        self.process: subprocess.Popen | None = None

    def run(self, *command: str) -> str:
        asked = [sys.executable, SCRIPT, *command]
        return subprocess.run(asked, env=self.environment, stdout=subprocess.PIPE, text=True, check=True).stdout

    def setup(self, tables: Path) -> None:
        """Begin with empty tables, and the institution's people."""
        shutil.copy(tables, self.folder / self.code)
        self.tokens = json.loads(self.run("setup", self.code).strip().splitlines()[-1])

    def start(self) -> None:
        held = [str(self.folder / name) for name in ("cert.pem", "key.pem")]
        self.process = subprocess.Popen(
            [sys.executable, SCRIPT, "serve", str(self.port), *held],
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=(self.folder / f"{self.code}.log").open("ab"),
            start_new_session=True,
        )

    def answers(self) -> bool:
        return self.get("/health/")[0] in (200, 503)

    def kill(self) -> None:
        if self.process and self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def get(self, path, who="registrar"):
        return self._ask(path, None, who)

    def post(self, path, body, who="registrar"):
        status, answer = self._ask(f"/api/v1/{path}", body, who)
        assert status == 200, (self.code, path, answer)
        return answer

    def _ask(self, path, body, who):
        headers = {"Authorization": f"Bearer {self.tokens[who]}", "Content-Type": "application/json"}
        headers["Idempotency-Key"] = f"{self.code}{next(self.keys)}"
        content = None if body is None else json.dumps(body).encode()
        asked = urllib.request.Request(f"https://localhost:{self.port}{path}", content, headers)
        try:
            with urllib.request.urlopen(asked, timeout=20, context=self.trust) as answer:
                return answer.status, json.loads(answer.read() or b"{}")
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read() or b"{}")
        except OSError as error:
            return 0, {"detail": str(error)}

    def messages(self) -> list[dict]:
        return self.get(f"/api/v1/exchange/{self.code}/messages")[1]

    def status(self, version) -> str:
        return self.get(f"/api/v1/agreements/versions/{ID}/{version}")[1].get("status", "absent")

    def approve(self, version, who="dean"):
        found = self.get(f"/api/v1/agreements/versions/{ID}/{version}")[1]
        return self.post(f"agreements/versions/{ID}/{version}/approval", {"sha256": found["sha256"]}, who)

    def propose(self, document):
        draft = self.post("agreements/drafts", {"owner": self.code, "document": document})
        return self.post(f"agreements/drafts/{draft['id']}/sending", {})["version"]


def until(holds) -> None:
    for _ in range(PATIENCE * 10):
        if holds():
            return
        time.sleep(0.1)
    pytest.fail("it did not come about")


@pytest.fixture
def servers(tmp_path):
    ca, held = authority(tmp_path)
    (tmp_path / "ca.pem").write_text(ca)
    certificate, _, key = held.read_text().partition("-----BEGIN PRIVATE KEY-----")
    (tmp_path / "cert.pem").write_text(certificate)
    (tmp_path / "key.pem").write_text(f"-----BEGIN PRIVATE KEY-----{key}")
    ports = {"Receiving": free_port(), "Sending": free_port()}
    pairs = ",".join(f"localhost:{port}" for port in ports.values())
    made = {code: Server(code, port, tmp_path, pairs) for code, port in ports.items()}
    try:
        made["Sending"].run("migrate")
        tables = (tmp_path / "Sending" / "linkspan.sqlite3").rename(tmp_path / "linkspan.sqlite3")
        for server in made.values():
            server.setup(tables)
            server.start()
        until(lambda: all(server.answers() for server in made.values()))
        yield made["Receiving"], made["Sending"]
    finally:
        for server in made.values():
            server.kill()


def acquainted(one, other):
    dids = {s.code: s.post(f"exchange/{s.code}/identity", {})["did"] for s in (one, other)}
    for own, partner in ((one, other), (other, one)):
        own.post(f"exchange/{own.code}/partners", {"code": partner.code, "did": dids[partner.code]})


def both(one, other, version, status):
    until(lambda: one.status(version) == other.status(version) == status)


def test_agree_amend_and_end(servers) -> None:
    one, other = servers
    acquainted(one, other)
    assert one.propose(agreement()) == 1
    until(lambda: other.status(1) == "partner_review")
    one.approve(1)
    other.approve(1)
    both(one, other, 1, "approved")
    other.post(f"agreements/versions/{ID}/1/status", {"to": "active", "reason": "Both approved."})
    both(one, other, 1, "active")
    snapshots = [s.get(f"/api/v1/exchange/{s.code}/agreements/{ID}")[1] for s in servers]
    assert snapshots[0]["sha256"] == snapshots[1]["sha256"] and len(snapshots[0]["approvals"]) == 2

    one.kill()
    assert other.propose(agreement() | {"caps": [], "valid_from": "2099-01-01"}) == 2
    other.approve(2)
    until(lambda: any(m["tries"] for m in other.messages() if not m["done_at"]))
    assert other.status(2) == "partner_review"
    one.start()
    until(one.answers)
    until(lambda: one.status(2) == "partner_review")
    one.approve(2)
    both(one, other, 2, "approved")
    one.post(f"agreements/versions/{ID}/2/status", {"to": "active", "reason": "Amended."})
    both(one, other, 2, "active")
    both(one, other, 1, "superseded")

    ending = {"to": "closed", "reason": "The program ends.", "until": "2099-06-30"}
    other.post(f"agreements/versions/{ID}/2/status", ending)
    both(one, other, 2, "closed")
    for server in servers:
        messages = server.messages()
        assert all(m["done_at"] and not m["refusal"] for m in messages), messages
    tries = [m["tries"] for m in other.messages() if m["outgoing"]]
    assert max(tries) > 1


def test_threat_23_a_record_goes_across_while_the_recipient_is_down(servers) -> None:
    one, other = servers
    acquainted(one, other)
    one.kill()
    told = {"institution": "Sending", "partner": "Receiving"}
    made = other.post("transfers/", told, who="learner")
    assert other.post("transfers/", told, who="learner") == made

    def sent() -> dict:
        return other.get("/api/v1/transfers/mine", who="learner")[1][0]

    until(lambda: sent()["tries"] > 0)
    assert sent()["receipt"] is None
    one.start()
    until(one.answers)
    until(lambda: sent()["receipt"] is not None)
    assert json.loads(one.run("facts", "learner@sending.example.org").strip().splitlines()[-1]) == ["Sending/T1x"]
    assert other.get("/api/v1/transfers/from/Sending")[1][0]["id"] == made["id"]
    assert one.get("/api/v1/transfers/from/Sending")[0] == 403
