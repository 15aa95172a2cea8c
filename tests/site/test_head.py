"""Who asks for the head of an answer gets no body, which the connection would read as the next answer."""

import socket
import threading

import pytest
from django.core.wsgi import get_wsgi_application

from linkspan.site.server import Limits, Server, listen

pytestmark = pytest.mark.django_db(transaction=True)
PATHS = ["/", "/nothing", "/api/v1/openapi.json", "/exams/", "/pay/x/", "/health/live/", "/oauth2/access_token"]


def answered(address, lines: str) -> bytes:
    with socket.create_connection(address, timeout=30) as connection:
        connection.sendall(lines.encode())
        return b"".join(iter(lambda: connection.recv(65536), b""))


@pytest.mark.parametrize("path", PATHS)
def test_a_question_for_the_head_gets_no_body(path, db) -> None:
    with listen("127.0.0.1", 0) as listener:
        server = Server(get_wsgi_application(), listener, Limits())
        thread = threading.Thread(target=server.run)
        thread.start()
        try:
            asked = f"{path} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            whole = answered(listener.getsockname(), f"GET {asked}Connection: close\r\n\r\n")
            read = answered(listener.getsockname(), f"HEAD {asked}\r\nGET {asked}Connection: close\r\n\r\n")
        finally:
            server.stop()
            thread.join()
    head, _, rest = read.partition(b"\r\n\r\n")
    assert head.split()[1] in (whole.split()[1], b"405")
    assert rest.startswith(b"HTTP/1.1 ") or not rest, rest[:80]
