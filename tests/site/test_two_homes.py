"""Two servers with homes of their own behind nginx: one is killed with -9, and people go on."""

import http.client
import json
import shutil
import signal
import ssl
import subprocess
import sys
import threading
import time
from http.cookies import SimpleCookie
from urllib.parse import urlencode

import boto3
import pytest
from cryptography.fernet import Fernet
from django.db import connection
from moto.server import ThreadedMotoServer
from tests.factories.servers import needs_redis, store
from tests.pathways.test_two_servers import free_port
from tests.site.running import PATIENCE, ROOT, Running, environment, linkspan
from tests.site.test_deploy import Proxy, needs_nginx
from tests.site.test_first_hour import empty_database

postgres_only = pytest.mark.skipif(connection.vendor != "postgresql", reason="needs PostgreSQL")
PASSWORD = "long enough for a learner"
MAKE = f"""
import django; django.setup()
from django.contrib.auth import get_user_model
one = get_user_model().objects.create_user("amara@example.edu", password="{PASSWORD}", name="Amara Sample")
one.emailaddress_set.create(email=one.email, verified=True, primary=True)
"""
#: What was handed in, as this machine reads it.
READ = """
import json, django; django.setup()
from linkspan.kernel import storage
print(json.dumps(sorted(storage.read(sha256).decode("latin-1")[:80] for sha256 in storage.kept())))
"""


class Browser:
    """Somebody with cookies, who asks through the proxy and notes what went wrong."""

    def __init__(self, proxy: Proxy) -> None:
        self.proxy, self.cookies = proxy, SimpleCookie()
        self.trusted = ssl.create_default_context(cadata=proxy.authority)

    def ask(self, path: str, body: bytes | None = None, kind: str = "") -> tuple[int, bytes]:
        """Status and content; 0 where nobody answered."""
        talk = http.client.HTTPSConnection("localhost", self.proxy.https, context=self.trusted, timeout=120)
        headers = {
            "Host": "localhost",
            "Cookie": "; ".join(f"{name}={one.value}" for name, one in self.cookies.items()),
            "Referer": "https://localhost/",
            **({"Content-Type": kind} if kind else {}),
        }
        try:
            talk.request("GET" if body is None else "POST", path, body=body, headers=headers)
            answer = talk.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException):
            return 0, b""
        finally:
            talk.close()
        for told in answer.headers.get_all("Set-Cookie", []):
            self.cookies.load(told)
        return answer.status, content

    def sign_in(self) -> int:
        self.ask("/accounts/login/")
        told = {"login": "amara@example.edu", "password": PASSWORD, "csrfmiddlewaretoken": self._token()}
        return self.ask("/accounts/login/", urlencode(told).encode(), "application/x-www-form-urlencoded")[0]

    def hand_in(self, name: str) -> int:
        """Hand in evidence of a legal name."""
        pdf = b"%PDF-1.4\n% of " + name.encode() + b"\n%%EOF\n"
        fields = {"legal_name": name, "csrfmiddlewaretoken": self._token()}
        parts = [
            f'--x\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{told}\r\n' for key, told in fields.items()
        ]
        file = '--x\r\nContent-Disposition: form-data; name="document"; filename="p.pdf"\r\n'
        body = (
            "".join(parts).encode() + file.encode() + b"Content-Type: application/pdf\r\n\r\n" + pdf + b"\r\n--x--\r\n"
        )
        return self.ask("/account/identity/", body, "multipart/form-data; boundary=x")[0]

    def _token(self) -> str:
        return self.cookies["csrftoken"].value


class Reader(threading.Thread):
    """Reads pages without a break until told to stop; every status that it got."""

    def __init__(self, browser: Browser) -> None:
        super().__init__(daemon=True)
        self.browser, self.stopped, self.statuses = browser, threading.Event(), []

    def run(self) -> None:
        while not self.stopped.is_set():
            self.statuses.append(self.browser.ask("/account/identity/")[0])


@needs_redis
@needs_nginx
@postgres_only
@pytest.mark.drill
@pytest.mark.servers
@pytest.mark.timeout(2 * PATIENCE)
def test_people_go_on_when_one_of_two_servers_is_killed(tmp_path) -> None:
    objects = ThreadedMotoServer(ip_address="127.0.0.1", port=free_port(), verbose=False)
    objects.start()
    host, port = objects.get_host_and_port()
    keys = {"aws_access_key_id": "us", "aws_secret_access_key": "word", "region_name": "us-east-1"}
    boto3.client("s3", endpoint_url=f"http://{host}:{port}", **keys).create_bucket(Bucket="two-homes")
    ports = {"one": free_port(), "two": free_port()}
    (tmp_path / "proxy").mkdir()
    proxy = Proxy(tmp_path / "proxy", ports["one"])
    servers = "\n".join(f"  server 127.0.0.1:{one} max_fails=1 fail_timeout=5s;" for one in ports.values())
    (tmp_path / "proxy" / "upstream.conf").write_text(f"upstream linkspan {{\n{servers}\n}}\n")
    with empty_database() as database, store() as cache:
        shared = {
            **database,
            "LINKSPAN_CACHE_URL": cache.url,
            "LINKSPAN_STORE_URL": f"s3+http://us:word@{host}:{port}/two-homes",
            "LINKSPAN_SECRET_KEY": "of both machines, and long enough to sign sessions with it",
            "LINKSPAN_DOCUMENT_KEY": Fernet.generate_key().decode(),
            "LINKSPAN_BASE_URL": "https://localhost",
            "LINKSPAN_HOSTS": "localhost",
        }
        homes = {name: tmp_path / name for name in ports}
        for home in homes.values():
            home.mkdir(mode=0o700)
        assert linkspan(homes["one"], "migrate", **shared).returncode == 0

        def python(name: str, code: str) -> str:
            told = environment(homes[name], **shared, DJANGO_SETTINGS_MODULE="linkspan.site.settings")
            ran = subprocess.run([sys.executable, "-c", code], env=told, capture_output=True, text=True, cwd=ROOT)
            assert ran.returncode == 0, ran.stderr[-2000:]
            return ran.stdout

        def serve(name: str) -> Running:
            return Running(homes[name], ports[name], "serve", "--no-worker", "--proxies", "1", **shared)

        python("one", MAKE)
        nginx = subprocess.Popen(proxy.command, stderr=subprocess.DEVNULL)
        try:
            with serve("one") as one, serve("two") as two:
                for each in (one, two):
                    each.until("/health/ready/", 200)
                person = Browser(proxy)
                assert person.sign_in() == 302
                assert [person.ask("/account/identity/")[0] for _ in range(4)] == [200] * 4, "by each in turn"
                assert person.hand_in("Amara Sample One") == 302
                reader = Reader(person)
                reader.start()
                time.sleep(2)
                one.stop(signal.SIGKILL)
                time.sleep(3)
                assert person.hand_in("Amara Sample Two") == 302
                reader.stopped.set()
                reader.join(60)
                assert len(reader.statuses) > 5
                assert set(reader.statuses) == {200}, "a page that was asked of the one is asked of the other"
                handed_in = ["%PDF-1.4\n% of Amara Sample One\n%%EOF\n", "%PDF-1.4\n% of Amara Sample Two\n%%EOF\n"]
                assert json.loads(python("two", READ)) == handed_in
                two.stop(signal.SIGKILL)
                with serve("one") as again:
                    again.until("/health/ready/", 200)
                    assert person.ask("/account/identity/")[0] == 200, "still signed in"
                    assert json.loads(python("one", READ)) == handed_in
        finally:
            nginx.terminate()
            nginx.wait()
            objects.stop()
    shutil.rmtree(tmp_path / "proxy")
