"""The server by itself, over sockets: what comes slowly, too much, or while all threads are busy harms nobody else."""

import json
import socket
import threading
from contextlib import contextmanager

import pytest

from linkspan.site.server import Limits, Server, listen

PATIENCE = 30


class App:
    """Answers at once, but keeps whoever asks for /wait until it is let go."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.held = threading.Semaphore(0)

    def __call__(self, environ, start_response):
        if environ["PATH_INFO"] == "/wait":
            self.held.release()
            self.go.wait(PATIENCE)
        size = 4 * 1024 * 1024 if environ["PATH_INFO"] == "/large" else 0
        told = {
            "scheme": environ["wsgi.url_scheme"],
            "address": environ["REMOTE_ADDR"],
            "forwarded": environ.get("HTTP_X_FORWARDED_FOR"),
            "body": environ["wsgi.input"].read().decode(),
        }
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(told).encode() + b" " * size]


@contextmanager
def serving(**limits):
    """The app, the address where it is served, and an end of it all."""
    app = App()
    with listen("127.0.0.1", 0) as listener:
        server = Server(app, listener, Limits(**limits))
        thread = threading.Thread(target=server.run)
        thread.start()
        try:
            yield app, listener.getsockname(), server
        finally:
            app.go.set()
            server.stop()
            thread.join()


def connect(address) -> socket.socket:
    return socket.create_connection(address, timeout=PATIENCE)


def asked(path: str, *headers: str, body: str = "") -> bytes:
    lines = [f"{'POST' if body else 'GET'} {path} HTTP/1.1", "Host: here", "Connection: close", *headers]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return ("\r\n".join([*lines, "", body])).encode()


def answer(connection: socket.socket) -> tuple[int, bytes]:
    """The status (0 if the connection was just closed) and all else, read to the end."""
    read = b""
    try:
        while data := connection.recv(65536):
            read += data
    except ConnectionResetError:
        pass
    return int(read[9:12] or 0), read


def get(address, path: str, *headers: str, body: str = "") -> tuple[int, bytes]:
    with connect(address) as connection:
        connection.sendall(asked(path, *headers, body=body))
        return answer(connection)


def told(address, *headers: str) -> dict:
    return json.loads(get(address, "/", *headers)[1].partition(b"\r\n\r\n")[2].split(b"\r\n")[-1] or b"{}")


ENDLESS_BODY = b"POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 100000\r\n\r\n{"
ENDLESS_HEADERS = b"GET / HTTP/1.1\r\nHost: here\r\nX-A: "


@pytest.mark.parametrize("begun", [ENDLESS_BODY, ENDLESS_HEADERS])
def test_what_never_arrives_takes_no_thread(begun) -> None:
    with serving(threads=1) as (_, address, _server):
        held = [connect(address) for _ in range(20)]
        for connection in held:
            connection.sendall(begun)
        assert get(address, "/")[0] == 200
        for connection in held:
            connection.close()


@pytest.mark.parametrize(
    "limits, begun", [({"body_seconds": 0.1}, ENDLESS_BODY), ({"header_seconds": 0.1}, ENDLESS_HEADERS)]
)
def test_what_never_arrives_is_ended_however_it_drips(limits, begun) -> None:
    """A byte now and then keeps no connection open: the whole request has its time."""
    with serving(**limits) as (_, address, _server), connect(address) as connection:
        connection.sendall(begun)
        ended = threading.Event()

        def drip() -> None:
            while not ended.wait(0.02):
                try:
                    connection.sendall(b"x")
                except OSError:
                    return

        dripping = threading.Thread(target=drip)
        dripping.start()
        assert answer(connection)[0] in (408, 0)
        ended.set()
        dripping.join()


def test_a_slow_request_is_told_what_is_wrong() -> None:
    with serving(body_seconds=0) as (_, address, _server), connect(address) as connection:
        connection.sendall(ENDLESS_BODY)
        status, read = answer(connection)
    assert (status, b"did not arrive in time" in read) == (408, True)


@pytest.mark.parametrize(
    "age, body_bytes, overdue",
    [(9, None, False), (11, None, True), (29, 0, False), (31, 0, True), (60, 10**6, False), (100, 10**6, True)],
)
def test_a_large_body_has_longer_as_long_as_it_flows(age, body_bytes, overdue) -> None:
    assert Limits().overdue(age, body_bytes) is overdue


def test_an_idle_connection_is_closed() -> None:
    with serving(idle_seconds=0) as (_, address, _server), connect(address) as connection:
        assert answer(connection) == (0, b"")


def test_health_is_answered_while_every_thread_is_busy_and_who_comes_too_late_is_told() -> None:
    with serving(threads=2, waiting=3) as (app, address, _server):
        held = [connect(address) for _ in range(2)]
        for connection in held:
            connection.sendall(asked("/wait"))
        for _ in held:
            assert app.held.acquire(timeout=PATIENCE)
        waiting = [connect(address) for _ in range(3)]
        for connection in waiting:
            connection.sendall(asked("/"))
        status, read = 200, b""
        while status == 200:  # those three have reached the queue once another is refused
            status, read = get(address, "/late") if _queued(_server) == 3 else (200, b"")
        assert (status, b"Retry-After: 5" in read) == (503, True)
        assert get(address, "/health/")[0] == 200
        assert get(address, "/health/live/")[0] == 200
        app.go.set()
        assert [answer(connection)[0] for connection in held + waiting] == [200] * 5


def _queued(server: Server) -> int:
    return len(server.task_dispatcher.ordinary.queue)


def test_the_slowest_connection_makes_room_for_a_new_one() -> None:
    with serving(connections=5) as (_, address, _server):
        held = [connect(address) for _ in range(5)]
        for connection in held:
            connection.sendall(ENDLESS_BODY)
        assert get(address, "/")[0] == 200
        assert answer(held[0])[0] == 0


def test_a_reader_who_takes_nothing_holds_no_thread() -> None:
    with serving(threads=1) as (_, address, _server), connect(address) as connection:
        connection.sendall(asked("/large"))
        assert get(address, "/")[0] == 200


def test_too_large_a_body_is_refused_before_it_is_read() -> None:
    with serving(body_bytes=10) as (_, address, _server):
        assert get(address, "/", body="x" * 11)[0] == 413


def test_bodies_that_fill_the_disk_are_refused() -> None:
    with serving(spool_bytes=100) as (_, address, _server), connect(address) as connection:
        connection.sendall(ENDLESS_BODY + b"x" * 200)
        assert answer(connection)[0] == 503


FORWARDED = ("X-Forwarded-For: 6.6.6.6, 192.0.2.7", "X-Forwarded-Proto: https")


def test_a_proxy_is_believed_only_where_there_is_one() -> None:
    with serving() as (_, address, _server):
        assert told(address, *FORWARDED) == {"scheme": "http", "address": "127.0.0.1", "forwarded": None, "body": ""}
    with serving(proxies=1) as (_, address, _server):
        seen = told(address, *FORWARDED)
        assert (seen["scheme"], seen["address"]) == ("https", "192.0.2.7")


def test_what_is_in_hand_is_finished_at_the_end() -> None:
    with serving(threads=1) as (app, address, server), connect(address) as connection:
        connection.sendall(asked("/wait"))
        assert app.held.acquire(timeout=PATIENCE)
        server.stop()
        app.go.set()
        assert answer(connection)[0] == 200


def test_a_port_in_use_says_so() -> None:
    with listen("127.0.0.1", 0) as taken, pytest.raises(OSError, match="Name another with --port"):
        listen(*taken.getsockname())
