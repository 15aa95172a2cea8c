"""What is written for containers, systemd and nginx is what our commands and these programs take."""

import http.client
import re
import shlex
import shutil
import socket
import ssl
import subprocess
import threading
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml
from tests.pathways.test_two_servers import free_port, until
from tests.site.running import ROOT, Running
from tests.vc.https_server import authority

from linkspan.site.command import parser
from linkspan.site.configuration import unknown

DEPLOY = ROOT / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
CONTAINER = (DEPLOY / "Containerfile").read_text()
UNITS = sorted((DEPLOY / "systemd").iterdir())
PROGRAM = "/opt/linkspan/bin/linkspan "
#: A name and a version, and no registry.
PINNED = re.compile(r"[a-z]+:\d+\.\d+(\.\d+)?(-[a-z-]+)?")


def commands():
    """Every `linkspan` command that a file starts, in words."""
    listed = re.search(r"^CMD (\[.*\])$", CONTAINER, re.MULTILINE)
    yield yaml.safe_load(listed[1])
    ours = (service for service in COMPOSE["services"].values() if service["image"].startswith("linkspan:"))
    yield from (service["command"] for service in ours if "command" in service)
    for unit in UNITS:
        for line in unit.read_text().splitlines():
            if PROGRAM in line:
                yield shlex.split(line.partition(PROGRAM)[2].strip("'"))


def test_every_command_is_one_of_ours() -> None:
    found = list(commands())
    assert {words[0] for words in found} == {"serve", "worker", "migrate", "backup"}
    for words in found:
        parser().parse_args(words)


def test_images_are_named_with_a_version_and_without_a_registry() -> None:
    images = [service["image"] for service in COMPOSE["services"].values()] + re.findall(
        r"^FROM (\S+)", CONTAINER, re.M
    )
    assert [image for image in images if not PINNED.fullmatch(image)] == []


def test_the_services_hang_together() -> None:
    services = COMPOSE["services"]
    assert set(services) == {"database", "redis", "migrate", "web1", "web2", "worker1", "worker2", "proxy"}
    for service in services.values():
        assert set(service.get("depends_on", ())) <= set(services)
        named = {volume.partition(":")[0] for volume in service.get("volumes", ()) if not volume.startswith(".")}
        assert named <= set(COMPOSE["volumes"])
        local = [volume.partition(":")[0] for volume in service.get("volumes", ()) if volume.startswith("./nginx")]
        assert [place for place in local if not (DEPLOY / place).is_file()] == []
    upstream = (DEPLOY / "nginx" / "upstream-compose.conf").read_text()
    assert re.findall(r"server (\w+):8000", upstream) == ["web1", "web2"]


def test_the_example_names_settings_that_exist() -> None:
    lines = (DEPLOY / "linkspan.env.example").read_text().splitlines()
    told = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    assert len(told) >= 5 and unknown(told) == {}


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not on this machine")
def test_systemd_takes_the_units(tmp_path) -> None:
    for unit in UNITS:
        (tmp_path / unit.name).write_text(unit.read_text().replace(PROGRAM, "/bin/true "))
    names = [unit.name.replace("@.", "@1.") for unit in UNITS]
    ran = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *(str(tmp_path / name) for name in names)],
        capture_output=True,
        text=True,
    )
    assert (ran.returncode, [line for line in ran.stderr.splitlines() if str(tmp_path) in line]) == (0, []), ran.stderr


class Proxy:
    """nginx with our configuration, in a folder and on ports of its own."""

    def __init__(self, folder: Path, upstream: int) -> None:
        self.http, self.https = free_port(), free_port()
        self.authority, held = authority(folder)
        told = (DEPLOY / "nginx" / "linkspan.conf").read_text()
        for was, here in (
            ("/etc/nginx/linkspan-upstream.conf", str(folder / "upstream.conf")),
            ("/etc/linkspan/tls/fullchain.pem", str(held)),
            ("/etc/linkspan/tls/privkey.pem", str(held)),
            ("listen 80;", f"listen 127.0.0.1:{self.http};"),
            ("listen 443 ssl;", f"listen 127.0.0.1:{self.https} ssl;"),
        ):
            assert was in told
            told = told.replace(was, here)
        told = re.sub(r"^ *listen \[::\].*\n", "", told, flags=re.M)
        told = told.replace("server_name linkspan.example.edu", "server_name localhost")
        (folder / "site.conf").write_text(told)
        ours = (DEPLOY / "nginx" / "upstream-systemd.conf").read_text().replace(":8000", f":{upstream}")
        (folder / "upstream.conf").write_text(ours)
        (folder / "nginx.conf").write_text(
            f"daemon off; pid {folder}/pid; error_log stderr; events {{}}\n"
            f"http {{ access_log off; client_body_temp_path {folder}/a; proxy_temp_path {folder}/b;\n"
            f"fastcgi_temp_path {folder}/c; uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;\n"
            f"include {folder}/site.conf; }}\n"
        )
        self.command = ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")]

    def get(self, path: str, *, secure: bool = True, **headers: str) -> http.client.HTTPResponse:
        """Ask through the proxy."""
        trusted = ssl.create_default_context(cadata=self.authority)
        talk = http.client.HTTPSConnection("localhost", self.https, context=trusted)
        if not secure:
            talk = http.client.HTTPConnection("localhost", self.http)
        talk.request("GET", path, headers={"Host": "localhost", **headers})
        return talk.getresponse()


needs_nginx = pytest.mark.skipif(not shutil.which("nginx"), reason="nginx is not on this machine")


@needs_nginx
def test_nginx_takes_its_configuration(tmp_path) -> None:
    ran = subprocess.run([*Proxy(tmp_path, 8000).command, "-t"], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr


class _Busy(BaseHTTPRequestHandler):
    """A server that has no thread for anybody."""

    def do_GET(self) -> None:
        self.send_response(503)
        self.send_header("Retry-After", "5")
        self.end_headers()

    def log_message(self, *told: object) -> None:
        """Keep the output of the tests clean."""


def _listens(port: int) -> bool:
    with socket.socket() as talk:
        return talk.connect_ex(("127.0.0.1", port)) == 0


@needs_nginx
def test_busy_servers_are_not_taken_for_dead_ones(tmp_path) -> None:
    """Whoever asks is told when to come again by a server; nginx itself would say 502 to everybody for seconds."""
    with ExitStack() as ends:
        servers = [ThreadingHTTPServer(("127.0.0.1", 0), _Busy) for _ in range(2)]
        for server in servers:
            threading.Thread(target=server.serve_forever).start()
            ends.callback(server.server_close)
            ends.callback(server.shutdown)
        proxy = Proxy(tmp_path, 8000)
        ours = (DEPLOY / "nginx" / "upstream-compose.conf").read_text()
        for name, server in zip(("web1:8000", "web2:8000"), servers, strict=True):
            assert name in ours
            ours = ours.replace(name, f"127.0.0.1:{server.server_port}")
        (tmp_path / "upstream.conf").write_text(ours)
        nginx = subprocess.Popen(proxy.command, stderr=subprocess.DEVNULL)
        ends.callback(nginx.wait)
        ends.callback(nginx.terminate)
        until(lambda: _listens(proxy.https))
        answers = [proxy.get("/") for _ in range(12)]
    assert {(answer.status, answer.headers["Retry-After"]) for answer in answers} == {(503, "5")}


@needs_nginx
@pytest.mark.drill
def test_behind_nginx_the_site_is_secure(tmp_path) -> None:
    served = free_port()
    proxy = Proxy(tmp_path, served)
    public = {"LINKSPAN_BASE_URL": "https://localhost", "LINKSPAN_HOSTS": "localhost", "LINKSPAN_METRICS_LOOPBACK": "1"}
    words = ("serve", "--proxies", "1")
    nginx = subprocess.Popen(proxy.command, stderr=subprocess.DEVNULL)
    try:
        with Running(tmp_path / "home", served, *words, LINKSPAN_LOG_LEVEL="INFO", **public) as running:
            running.until("/health/ready/", 200)
            plain = proxy.get("/verify/?a=1", secure=False)
            assert (plain.status, plain.headers["Location"]) == (308, "https://localhost/verify/?a=1")
            page = proxy.get(
                "/accounts/login/", **{"X-Forwarded-For": "10.9.8.7", "X-Request-ID": "chosen-by-a-client"}
            )
            assert page.status == 200
            assert page.headers["Strict-Transport-Security"] == "max-age=31536000"
            assert "Secure" in page.headers["Set-Cookie"]
            number = page.headers["X-Request-ID"]
            assert number != "chosen-by-a-client"
            assert number in running.output.read_text()
            assert proxy.get("/metrics").status == 404
            assert b"accounts/login/" in running.get("/metrics").body
    finally:
        nginx.terminate()
        nginx.wait()
