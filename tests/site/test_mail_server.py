"""Mail leaves by the server that the operator names; one that is away or silent loses nothing and doubles nothing."""

import socket
import socketserver
import subprocess
import sys
import threading
from contextlib import contextmanager

import pytest
from tests.site.running import environment

from linkspan.site.mail_server import mail_settings


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("smtp://localhost", ("localhost", 25, "", "", False, False)),
        ("smtp://127.0.0.1:2525/", ("127.0.0.1", 2525, "", "", False, False)),
        ("smtp+tls://a%40b.example:w%3Aord@mail.example", ("mail.example", 587, "a@b.example", "w:ord", True, False)),
        ("smtps://me:word@[::1]:4650", ("::1", 4650, "me", "word", False, True)),
    ],
)  # fmt: skip
def test_an_address_says_all(url, told) -> None:
    names = ("HOST", "PORT", "HOST_USER", "HOST_PASSWORD", "USE_TLS", "USE_SSL")
    found = mail_settings(url)
    assert tuple(found.pop(f"EMAIL_{name}") for name in names) == told
    assert found == {"EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend"}


@pytest.mark.parametrize("url", ["mail.example.edu", "http://mail.example", "smtp://", "smtp://h:x", "smtp://h/path"])
def test_an_address_that_is_none_is_refused(url) -> None:
    with pytest.raises(ValueError):
        mail_settings(url)


class _Mail(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.wfile.write(b"220 here\r\n")
        while line := self.rfile.readline():
            verb = line[:4].upper()
            self.wfile.write({b"DATA": b"354 go on\r\n", b"QUIT": b"221 bye\r\n"}.get(verb, b"250 ok\r\n"))
            if verb == b"DATA":
                self.server.taken.append(b"".join(iter(self.rfile.readline, b".\r\n")).decode())
                self.wfile.write(b"250 ok\r\n")


@contextmanager
def mail_server():
    """A server on the loopback interface that takes all mail, as its address and what it took."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Mail) as server:
        server.taken = []
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"smtp://127.0.0.1:{server.server_address[1]}", server.taken
        finally:
            server.shutdown()


SEND = """
import django
django.setup()
from linkspan.messages.engines.mail import send
from linkspan.messages.rules import Mail
try:
    send(Mail("a@example.org", "Hello", "Text"), key="one")
except OSError as error:
    print(type(error).__name__)
"""


def sent(home, url: str) -> str:
    told = {
        "LINKSPAN_EMAIL_URL": url,
        "LINKSPAN_EMAIL_TIMEOUT": "1",
        "DJANGO_SETTINGS_MODULE": "linkspan.site.settings",
    }
    done = subprocess.run(
        [sys.executable, "-c", SEND], env=environment(home, **told), capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_mail_goes_to_the_named_server(tmp_path) -> None:
    with mail_server() as (url, taken):
        assert sent(tmp_path, url) == ""
    (mail,) = taken
    assert "To: a@example.org" in mail and "Message-ID: <one@127.0.0.1>" in mail


def test_a_silent_server_is_given_up_in_time(tmp_path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert sent(tmp_path, f"smtp://127.0.0.1:{silent.getsockname()[1]}") == "SMTPServerDisconnected"
