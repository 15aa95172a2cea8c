"""The HTTP server: waitress, which reads a whole request before it takes a thread, with limits of our own around it.

Whoever sends slowly holds a connection, never a thread, and only for a while. Whoever asks while too many wait is
told so at once. The health addresses and these refusals have threads of their own.
"""

import resource
import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import TcpWSGIServer
from waitress.task import ThreadedTaskDispatcher
from waitress.utilities import Error

#: What a monitor asks, which waits for no thread of the pages.
HEALTH = ("/health/", "/metrics")
HEALTH_THREADS = 2
MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """What one server process allows."""

    threads: int = 4
    #: How many proxies stand in front, whose word on the client's address and scheme is taken.
    proxies: int = 0
    connections: int = 512
    #: Whole requests that wait for a thread.
    waiting: int = 128
    header_seconds: float = 10
    body_seconds: float = 30
    #: What a body must bring each second, once its `body_seconds` are over, to be waited for.
    body_rate: int = 16 * 1024
    #: How long a connection without a request, or a reader who takes nothing of an answer, is kept.
    idle_seconds: int = 60
    body_bytes: int = 32 * MEGABYTE
    #: What all bodies that are not whole yet may fill on the disk, about.
    spool_bytes: int = 1024 * MEGABYTE
    #: How long to go on after the order to stop, so that who sends requests here can see it coming.
    drain_seconds: float = 0
    #: How long what is in hand may take then.
    stop_seconds: float = 30

    def overdue(self, age: float, body_bytes: int | None) -> bool:
        """Whether a request of that age should have arrived by now; `body_bytes` is None while headers come."""
        if body_bytes is None:
            return age > self.header_seconds
        return age > self.body_seconds + body_bytes / self.body_rate


class RequestTimeout(Error):
    """A request that did not arrive whole in time."""

    code = 408
    reason = "Request Timeout"


class Busy(Error):
    """A request that came while too many waited."""

    code = 503
    reason = "Service Unavailable"

    def to_response(self, ident: str | None = None) -> tuple[str, list[tuple[str, str]], bytes]:
        """Say when to come again."""
        status, headers, body = super().to_response(ident)
        return status, [*headers, ("Retry-After", "5")], body


class Channel(HTTPChannel):
    """A connection that knows since when its present request has been arriving."""

    since: float | None = None
    request: HTTPRequestParser | None
    #: When the last whole request came, if any has.
    whole: float | None = None

    def received(self, data: bytes) -> bool:
        """Take what came, and note when a request began and when it was whole."""
        taken: bool = super().received(data)
        if self.request is None:
            self.since, self.whole = None, time.time()
        elif self.since is None:
            self.since = time.time()
        return taken

    def body_bytes(self) -> int:
        """How much of a body that is not whole yet is kept here."""
        request = self.request
        return request.body_bytes_received if request else 0

    def refuse_if(self, limits: Limits, now: float) -> None:
        """Answer 408 to a request that takes too long to arrive."""
        if self.request is None or self.since is None:
            return
        if self.requests:
            self.since = now  # nothing is read while another request of this connection is in hand
            return
        body_bytes = self.body_bytes() if self.request.headers_finished else None
        if limits.overdue(now - self.since, body_bytes):
            self.refuse(RequestTimeout("The request did not arrive in time. Send it again."))

    def refuse(self, error: Error) -> None:
        """Answer a request that is not whole, and close."""
        request = self.request
        if request is None:
            return
        with self.requests_lock:
            request.error = error
            self.requests.append(request)
            self.request, self.since = None, None
        self.server.add_task(self)


class Dispatcher:
    """Gives each request to a thread: ordinary ones in turn, health and refusals apart from them."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.ordinary, self.apart = ThreadedTaskDispatcher(), ThreadedTaskDispatcher()
        self.ordinary.set_thread_count(limits.threads)
        self.apart.set_thread_count(HEALTH_THREADS)

    def add_task(self, channel: Channel) -> None:
        """Queue the first request of a channel, or have it refused."""
        request = channel.requests[0]
        if not request.error and not request.path.startswith(HEALTH):
            if len(self.ordinary.queue) < self.limits.waiting:
                self.ordinary.add_task(channel)
                return
            request.error = Busy("Too many requests wait. Try again in a few seconds.")
        self.apart.add_task(channel)

    def shutdown(self) -> None:
        """End the threads; what still runs a second later is left to the end of the process."""
        self.ordinary.shutdown(timeout=1)
        self.apart.shutdown(timeout=1)


class Server(TcpWSGIServer):
    """Accepts connections and reads requests, in one thread."""

    channel_class = Channel

    def __init__(self, application: Callable[..., Any], listener: socket.socket, limits: Limits) -> None:
        self.limits = limits
        self.stopping = threading.Event()
        _allow_files(limits.connections)
        known = (listener.family, listener.type, listener.proto, listener.getsockname())
        super().__init__(
            application,
            _sock=listener,
            bind_socket=False,
            sockinfo=known,
            dispatcher=Dispatcher(limits),
            adj=_adjustments(limits),
        )

    def maintenance(self, now: float) -> None:
        """Each second: end what is idle and what is overdue."""
        super().maintenance(now)
        channels = list(self.active_channels.values())
        for channel in channels:
            channel.refuse_if(self.limits, now)
        if sum(channel.body_bytes() for channel in channels) > self.limits.spool_bytes:
            max(channels, key=Channel.body_bytes).refuse(Busy("Too much is being sent. Try again in a few seconds."))

    def handle_accept(self) -> None:
        """Take a connection; if that makes too many, the one that has been silent or slow for longest goes."""
        super().handle_accept()
        if len(self.active_channels) > self.limits.connections:
            unused = [channel for channel in self.active_channels.values() if not channel.requests]
            min(unused, key=lambda channel: channel.whole or channel.creation_time).handle_close()

    def stop(self) -> None:
        """Have `run` end; may be called from a signal handler or another thread."""
        self.stopping.set()
        with suppress(OSError):  # it has ended already
            self.pull_trigger()

    def run(self) -> None:
        """Serve until `stop` and the time to drain; then take nothing new and finish what is in hand."""
        while not self.stopping.is_set():
            self._turn()
        self._turn_until(time.monotonic() + self.limits.drain_seconds, lambda: True)
        self.accepting = False
        self.del_channel()
        self.socket.close()
        self._turn_until(time.monotonic() + self.limits.stop_seconds, self._in_hand)
        self.task_dispatcher.shutdown()
        wasyncore.close_all(self._map)

    def _turn_until(self, last: float, wanted: Callable[[], bool]) -> None:
        while wanted() and time.monotonic() < last:
            self._turn()

    def _turn(self) -> None:
        wasyncore.loop(timeout=1, use_poll=True, map=self._map, count=1)

    def _in_hand(self) -> bool:
        return any(channel.requests or channel.total_outbufs_len for channel in self.active_channels.values())


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; an OSError says what is in the way."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=1024)
    except OSError as error:
        raise OSError(f"{host} port {port} cannot be served: {error.strerror}. Name another with --port.") from error


def _adjustments(limits: Limits) -> Adjustments:
    trusted = {
        "trusted_proxy": "*",
        "trusted_proxy_count": limits.proxies,
        "trusted_proxy_headers": "x-forwarded-for x-forwarded-proto",
    }
    return Adjustments(
        clear_untrusted_proxy_headers=True,
        connection_limit=2 * limits.connections,  # `handle_accept` keeps it far below
        channel_timeout=limits.idle_seconds,
        cleanup_interval=1,
        max_request_body_size=limits.body_bytes,
        max_request_header_size=64 * 1024,
        # An answer is spooled whole, so that a slow reader holds no thread.
        outbuf_high_watermark=1024 * MEGABYTE,
        asyncore_use_poll=True,
        log_socket_errors=False,
        ident=None,
        **(trusted if limits.proxies else {}),
    )


def _allow_files(connections: int) -> None:
    """Raise the limit of open files, which connections count against, as far as the system lets us."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 4 * connections
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    if soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
