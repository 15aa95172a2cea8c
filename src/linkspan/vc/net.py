"""Fetching under a network policy: https only, public addresses only, no redirects, bounded in size and time.

The address is resolved once, checked, and the connection goes to that very address (no second look-up that could
answer otherwise). Nothing turns this off; a test names exact host and port pairs on the loopback interface, and the
certificate authority that it made for them.
"""

import http.client
import ipaddress
import queue
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from urllib.parse import SplitResult, urlsplit

from linkspan.vc.errors import VcError
from linkspan.vc.said import Said

LARGEST = 2_000_000
LONGEST_URL = 2_000
WHOLE_SECONDS = 5.0
#: How long all that is asked for one verdict may take together, however many a credential names.
VERDICT_SECONDS = 2.0
OWN_HEADERS = {"Accept-Encoding": "identity", "User-Agent": "linkspan"}


@dataclass(frozen=True, slots=True)
class NetworkPolicy:
    """What may be fetched. `seconds` bound one whole fetch, `largest` the bytes of its answer; after `until`, on the
    clock `time.monotonic`, nobody is asked any more.

    `loopback` are (host, port) pairs that may, and must, stand on the loopback interface, under the certificate
    authority `loopback_ca` (PEM): what tests use. All else must stand at a public address, under the system's
    authorities.
    """

    seconds: float = WHOLE_SECONDS
    largest: int = LARGEST
    loopback: frozenset[tuple[str, int]] = frozenset()
    loopback_ca: str | None = None
    until: float | None = None

    def for_one_verdict(self) -> "NetworkPolicy":
        """The policy for all that is asked for one verdict, from now on."""
        seconds = min(self.seconds, VERDICT_SECONDS)
        return replace(self, seconds=seconds, until=time.monotonic() + VERDICT_SECONDS)

    def left(self, begun: float) -> float:
        """How many seconds a fetch that began then has left; VcError `too_many_addresses` if none, as others took them
        all."""
        now, ends = time.monotonic(), begun + self.seconds
        if self.until is not None and self.until <= now:
            raise VcError("too_many_addresses", "It leads to more addresses, or slower ones, than are asked here.")
        return max(0.001, (ends if self.until is None else min(ends, self.until)) - now)


def leaving() -> None:
    """Called before anybody is asked; the application around this library may forbid it at a bad moment."""


def fetch(url: str, policy: NetworkPolicy, *, accept: str = "application/json") -> bytes:
    """The body of a 200 answer. VcError: `url_refused`, `address_refused`, `redirect_refused`, `answer_refused`,
    `answer_too_large`, `gone` (410), `too_slow`, `unreachable`."""
    status, body = ask("GET", url, policy, {"Accept": accept})
    if status == 410:
        raise VcError("gone", Said("{url} was taken away for good.", url=url))
    if status != 200:
        raise VcError("answer_refused", Said("{url} answered with status {status}.", url=url, status=status))
    return body


def post(url: str, content: bytes, policy: NetworkPolicy) -> tuple[int, bytes]:
    """Send JSON; the status, which is never a redirect, and the body of the answer. VcError as `fetch`."""
    return ask("POST", url, policy, {"Accept": "application/json", "Content-Type": "application/json"}, content)


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered: the status, which is never a redirect, the headers by lower name, the body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def ask(
    method: str, url: str, policy: NetworkPolicy, headers: Mapping[str, str], content: bytes | None = None
) -> tuple[int, bytes]:
    """Ask with these headers; the status, which is never a redirect, and the body of the answer. VcError as `fetch`."""
    answer = asked(method, url, policy, headers, content)
    return answer.status, answer.body


def asked(
    method: str, url: str, policy: NetworkPolicy, headers: Mapping[str, str], content: bytes | None = None
) -> Answer:
    """The same with the headers of the answer."""
    leaving()
    parts = _parts(url)
    host, port, begun = str(parts.hostname), parts.port or 443, time.monotonic()
    addresses = _addresses(host, port, replace(policy, seconds=policy.left(begun)))
    connection = _Pinned(host, port, addresses, replace(policy, seconds=policy.left(begun)))
    overdue = threading.Event()
    watch = threading.Timer(policy.left(begun), _cut, (connection, overdue))
    watch.daemon = True
    watch.start()
    try:
        path = parts.path or "/"
        target = f"{path}?{parts.query}" if parts.query else path
        connection.request(method, target, content, {**headers, **OWN_HEADERS})
        answer = _answer(connection.getresponse(), url, policy)
        if overdue.is_set():
            raise TimeoutError  # cut off in the middle, which reads like an end
        return answer
    except (OSError, http.client.HTTPException) as error:
        if overdue.is_set() or isinstance(error, TimeoutError):
            raise VcError(
                "too_slow",
                Said(
                    "{host} did not answer within {seconds} s.",
                    host=host,
                    seconds=_short(policy.seconds),
                ),
            ) from error
        raise VcError(
            "unreachable", Said("{host} could not be reached: {error}", host=host, error=_first_line(error))
        ) from error
    finally:
        watch.cancel()
        connection.close()


def looked_up(url: str, policy: NetworkPolicy) -> tuple[str, int, tuple[str, ...]]:
    """Host, port and addresses under the policy, for a program that is bound to them. VcError as `fetch`."""
    leaving()
    parts = _parts(url)
    host, port = str(parts.hostname), parts.port or 443
    return host, port, tuple(dict.fromkeys(_addresses(host, port, policy)))


def _parts(url: str) -> SplitResult:
    if len(url) > LONGEST_URL or not url.isascii() or any(ord(letter) <= 32 for letter in url):
        raise VcError("url_refused", "The address is too long or holds unusual characters.")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise VcError("url_refused", Said("The address is broken: {error}", error=_first_line(error))) from error
    if parts.scheme != "https":
        raise VcError("url_refused", "Only https addresses are asked.")
    if not parts.hostname or "@" in parts.netloc or port == 0:
        raise VcError("url_refused", "The address names no host, or a user.")
    return parts


def _addresses(host: str, port: int, policy: NetworkPolicy) -> list[str]:
    found = _resolve(host, port, policy.seconds)
    if (host, port) in policy.loopback:
        if not all(_plain(address).is_loopback for address in found):
            raise VcError("address_refused", Said("{host} was expected on the loopback interface.", host=host))
    elif not all(is_public(address) for address in found):
        raise VcError(
            "address_refused", Said("{host} stands at an address that is not public; it is not asked.", host=host)
        )
    return found


def is_public(address: str) -> bool:
    """Whether anybody on the internet would reach that address, also where IPv6 wraps an IPv4 one."""
    plain = _plain(address)
    return plain.is_global and not (plain.is_multicast or plain.is_reserved or plain.is_unspecified)


def _plain(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv4Address):
        return found
    nat64 = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF) if found in ipaddress.ip_network("64:ff9b::/96") else None
    old_form = ipaddress.IPv4Address(int(found)) if 1 < int(found) < 2**32 else None
    teredo = found.teredo[1] if found.teredo else None
    return found.ipv4_mapped or found.sixtofour or teredo or nat64 or old_form or found


def _resolve(host: str, port: int, seconds: float) -> list[str]:
    """All addresses of a name, asked on a thread that nothing waits for: a look-up cannot be cut short."""
    answers: queue.Queue[list[str] | Exception] = queue.Queue()

    def ask() -> None:
        try:
            rows = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answers.put([str(row[4][0]) for row in rows])
        except (OSError, UnicodeError) as error:
            answers.put(error)

    threading.Thread(target=ask, daemon=True).start()
    try:
        found = answers.get(timeout=seconds)
    except queue.Empty as error:
        raise VcError(
            "too_slow",
            Said(
                "The name {host} was not resolved within {seconds} s.",
                host=host,
                seconds=_short(seconds),
            ),
        ) from error
    if isinstance(found, Exception):
        raise VcError("unreachable", Said("The name {host} could not be resolved.", host=host)) from found
    return found


class _Pinned(http.client.HTTPSConnection):
    """A connection to one of the addresses already checked, under the host's name and certificate."""

    def __init__(self, host: str, port: int, addresses: list[str], policy: NetworkPolicy) -> None:
        on_loopback = (host, port) in policy.loopback
        context = ssl.create_default_context(cadata=policy.loopback_ca if on_loopback else None)
        super().__init__(host, port, timeout=policy.seconds, context=context)
        self._addresses = addresses
        self._tls = context
        #: What the watch cuts: the library forgets its own where an answer ends with the connection.
        self.held: socket.socket | None = None

    def connect(self) -> None:
        self.held = plain = self._first_open()  # so that the watch can cut a handshake that never ends
        self.held = self.sock = self._tls.wrap_socket(plain, server_hostname=self.host)

    def _first_open(self) -> socket.socket:
        *others, last = self._addresses
        for address in others:
            try:
                return socket.create_connection((address, self.port), timeout=self.timeout)
            except OSError:
                continue
        return socket.create_connection((last, self.port), timeout=self.timeout)


def _cut(connection: _Pinned, overdue: threading.Event) -> None:
    overdue.set()
    if connection.held is not None:
        with suppress(OSError):
            # Not TLS's own, which takes away from the reader what it reads with.
            socket.socket.shutdown(connection.held, socket.SHUT_RDWR)


def _answer(response: http.client.HTTPResponse, url: str, policy: NetworkPolicy) -> Answer:
    if 300 <= response.status < 400:
        raise VcError("redirect_refused", Said("{url} points elsewhere; that is not followed.", url=url))
    if response.headers.get("Content-Encoding", "identity") != "identity":
        raise VcError(
            "answer_refused", Said("{url} answered with status {status}, encoded.", url=url, status=response.status)
        )
    body = response.read(policy.largest + 1)
    if len(body) > policy.largest:
        raise VcError(
            "answer_too_large", Said("{url} answered with more than {largest} bytes.", url=url, largest=policy.largest)
        )
    return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, body)


def _first_line(error: BaseException) -> str:
    return next(iter(str(error).splitlines()), "")[:200]


def _short(seconds: float) -> str:
    return format(round(seconds, 1), "g")
