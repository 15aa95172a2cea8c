"""Who asks for the head of an answer gets no body, which the connection would read as the next answer."""

import socket
import threading

import pytest
from django.core.signals import request_finished
from django.core.wsgi import get_wsgi_application

from linkspan.site.server import Limits, Server, listen

pytestmark = pytest.mark.django_db(transaction=True)
PATHS = ["/", "/nothing", "/api/v1/openapi.json", "/exams/", "/pay/x/", "/health/live/", "/oauth2/access_token"]
STREAMED = "/static/linkspan/mark.svg"


def answered(address, lines: str) -> bytes:
    with socket.create_connection(address, timeout=30) as connection:
        connection.sendall(lines.encode())
        return b"".join(iter(lambda: connection.recv(65536), b""))


@pytest.mark.parametrize("path", [*PATHS, STREAMED])
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


@pytest.mark.parametrize("path", ["/", STREAMED])
def test_an_answer_to_it_is_closed_once(path, db, client) -> None:
    """A middleware that closed it would end the connection to the database while others still answer."""
    ended: list[object] = []

    def noted(**told: object) -> None:
        ended.append(told["signal"])

    request_finished.connect(noted)
    try:
        whole, once = client.get(path), len(ended)
        head = client.head(path)
    finally:
        request_finished.disconnect(noted)
    assert len(ended) == 2 * once, "as often as an answer with its body"
    assert (head.status_code, head.getvalue()) == (whole.status_code, b"")
    assert int(head["Content-Length"]) == len(whole.getvalue())
