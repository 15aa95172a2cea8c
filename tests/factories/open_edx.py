"""A stand-in for an Open edX on the loopback interface, over https, that can misbehave as a test says."""

import json
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.factories.https import serving_https

CLIENT, SECRET = "linkspan-worker", "a secret of the client"


@dataclass
class Peer:
    """What the platform holds: (username, mode, percent or None); how its pages are cut; what it says before that."""

    place: str
    people: list[tuple[str, str, str | None]] = field(default_factory=list)
    size: int = 3
    numbered: bool = False
    #: By the path without its query: answers (status, headers, body) that come first, each once.
    first: dict[str, list[tuple[int, dict[str, str], Any]]] = field(default_factory=dict)
    #: Tokens are good for so many pages.
    token_life: int = 1_000
    #: Every page repeats so many rows of the page before, and tells its rows backwards.
    overlap: int = 0
    #: Certificates by username, and sittings of exams, as the platform tells them.
    certificates: dict[str, dict[str, Any]] = field(default_factory=dict)
    sittings: list[dict[str, Any]] = field(default_factory=list)
    #: What its clock shows, where it is not that of this machine.
    clock: datetime | None = None
    asked: list[str] = field(default_factory=list)
    tokens: dict[str, int] = field(default_factory=dict)

    def token(self, form: dict[str, str]) -> tuple[int, dict[str, str], Any]:
        wanted = {"client_id": CLIENT, "client_secret": SECRET, "grant_type": "client_credentials", "token_type": "jwt"}
        if form != wanted:
            return 401, {}, {"error": "invalid_client"}
        made = f"token-{len(self.tokens)}"
        self.tokens[made] = self.token_life
        return 200, {}, {"access_token": made, "token_type": "JWT", "expires_in": 3600}

    def page(self, path: str, query: dict[str, str]) -> tuple[int, dict[str, str], Any]:
        course = "course-v1:MITx+SC0x+1T2018"
        if path.startswith("/api/certificates/"):
            found = self.certificates.get(unquote(path.split("/")[5]))
            return (200, {}, found) if found else (404, {}, {"error_code": "no_certificate_for_user"})
        if path.startswith("/api/edx_proctoring/"):
            number, last = int(query["page"]), max(1, -(-len(self.sittings) // self.size))
            shown = self.sittings[(number - 1) * self.size : number * self.size]
            pages = {"current_page": number, "total_pages": last, "has_next": number < last, "has_previous": number > 1}
            return 200, {}, {"proctored_exam_attempts": shown, "pagination_info": pages, "attempt_url": "/x"}
        if path.startswith("/api/enrollment/"):
            rows = [{"user": name, "mode": mode, "is_active": True} for name, mode, _ in self.people]
        else:
            rows = [
                {
                    "username": name,
                    "email": "",
                    "percent": float(told),
                    "passed": float(told) >= 0.6,
                    "letter_grade": None,
                }
                for name, _, told in self.people
                if told is not None
            ]
        number = int(query.get("page", "1") if self.numbered else query.get("cursor", "1"))
        start = (number - 1) * self.size
        last = max(1, -(-len(rows) // self.size))
        shown = rows[max(0, start - self.overlap) : start + self.size][:: -1 if self.overlap else 1]
        told: dict[str, Any] = {"results": shown, "course": course}
        if self.numbered:
            return 200, {}, told | {"next": None, "num_pages": last, "current_page": number}
        following = f"https://{self.place}{path}?cursor={number + 1}" if number < last else None
        return 200, {}, told | {"next": following}


def _handler(peer: Peer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            peer.asked.append(self.path)
            token = self.headers.get("Authorization", "").removeprefix("JWT ")
            if waiting := peer.first.get(parts.path):
                self._answer(*waiting.pop(0))
            elif peer.tokens.get(token, 0) <= 0:
                self._answer(401, {}, {"detail": "token expired"})
            else:
                peer.tokens[token] -= 1
                self._answer(*peer.page(parts.path, {name: one[0] for name, one in parse_qs(parts.query).items()}))

        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
            if waiting := peer.first.get(self.path):
                self._answer(*waiting.pop(0))
            else:
                self._answer(*peer.token({name: one[0] for name, one in parse_qs(sent).items()}))

        def _answer(self, status: int, headers: dict[str, str], told: Any) -> None:
            body = told if isinstance(told, bytes) else json.dumps(told).encode()
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def date_time_string(self, timestamp: float | None = None) -> str:
            return format_datetime(peer.clock, usegmt=True) if peer.clock else super().date_time_string(timestamp)

        def log_message(self, *_: Any) -> None:
            pass

    return Handler


def serving(folder: Path) -> AbstractContextManager[Peer]:
    """Serve a platform under the authority that it leaves in `ca.pem` of the folder."""
    return serving_https(folder, Peer, _handler)
