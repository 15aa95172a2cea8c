"""A proctoring service that speaks edx-proctoring's contract for backends: a stand-in on the loopback interface.

It takes tokens, exams and attempts, keeps what it was told, and lets a test have it be away, slow, or say nonsense.
"""

import json
import time
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.factories.https import serving_https

CLIENT, SECRET = "linkspan-at-watchful", "a secret of the client at the service"
CONFIG = {
    "rules": {"allow_notes": "Paper notes", "allow_multiple": "Several monitors"},
    "name": "Watchful",
    "download_url": "https://w.example/get",
    "instructions": ["Install the software", "Show the room"],
}


@dataclass
class Vendor:
    """What the service knows: exams and attempts by its own ids, and every call as it came."""

    base_url: str
    exams: dict[str, dict[str, Any]] = field(default_factory=dict)
    attempts: dict[str, dict[str, Any]] = field(default_factory=dict)
    retired: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    #: Statuses that it answers instead, by what is asked ("POST attempt"); `away` for everything.
    fails: dict[str, int] = field(default_factory=dict)
    #: What it answers instead, or of what onboarding lacks.
    says: dict[str, Any] = field(default_factory=dict)
    away: bool = False
    slow: float = 0
    #: Learners that have to be set up first, by their id there; who is set up is none of them.
    onboarding: str = ""
    tokens: int = 0

    def reset(self) -> None:
        """Forget everything, as a fresh service."""
        self.__dict__.update(Vendor(self.base_url).__dict__)

    def counted(self) -> Counter[str]:
        """How often each thing was asked."""
        return Counter(self.calls)

    def answer(self, method: str, path: str, body: Any, headers: Any) -> tuple[int, Any]:
        """The answer to a call."""
        parts = [part for part in urlsplit(path).path.split("/") if part]
        what = f"{method} {'token' if parts[0] == 'oauth2' else _kind(parts[2:])}"
        self.calls.append(what)
        if self.away:
            return 503, {"error": "away"}
        if what in self.fails:
            return self.fails[what], {"error": "no"}
        if what in self.says:
            return 200, self.says[what]
        if what == "POST token":
            return self._token(body)
        if headers.get("Authorization") != f"JWT token-{self.tokens}":
            return 401, {"error": "no token"}
        return self._asked(what, parts[3:], body)

    def _token(self, form: dict[str, list[str]]) -> tuple[int, Any]:
        told = {name: values[0] for name, values in form.items()}
        wanted = {"grant_type": "client_credentials", "client_id": CLIENT, "token_type": "jwt"}
        if told != wanted | {"client_secret": SECRET}:
            return 401, {"error": "invalid_client"}
        self.tokens += 1
        return 200, {"access_token": f"token-{self.tokens}", "expires_in": 3600}

    def _asked(self, what: str, ids: list[str], body: Any) -> tuple[int, Any]:
        answers: dict[str, Callable[[], Any]] = {
            "GET config": lambda: CONFIG,
            "POST exam": lambda: self._exam(ids, body),
            "POST attempt": lambda: self._register(ids[0], body),
            "GET attempt": lambda: {**CONFIG, "status": self.attempts[ids[2]]["told"][-1]},
            "PATCH attempt": lambda: self._tell(ids[2], body["status"]),
            "DELETE attempt": lambda: self._tell(ids[2], "deleted"),
            "DELETE user": lambda: self.retired.append(ids[0]) or True,
            "GET onboarding": lambda: {"user_id": "u", "status": "pending", "expiration_date": None},
        }
        if "attempt" in what and len(ids) > 2 and ids[2] not in self.attempts:
            return 404, {"error": "unknown"}
        return 200, answers[what]()

    def _exam(self, ids: list[str], body: dict[str, Any]) -> dict[str, str]:
        name = ids[0] if ids else f"wx-{len(self.exams) + 1}"
        self.exams[name] = body
        return {"id": name}

    def _register(self, exam: str, body: dict[str, Any]) -> dict[str, str]:
        assert exam in self.exams
        if self.onboarding and not body["is_sample_attempt"]:
            return {"status": self.onboarding}
        name = f"wa-{len(self.attempts) + 1}"
        self.attempts[name] = {**body, "exam": exam, "told": ["created"]}
        return {"id": name}

    def _tell(self, name: str, status: str) -> dict[str, str]:
        self.attempts[name]["told"].append(status)
        return {"status": status}


def _kind(parts: list[str]) -> str:
    if parts[-1] == "onboarding_statuses":
        return "onboarding"
    return "attempt" if "attempt" in parts else parts[0]


def _handler(vendor: Vendor) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_any(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            form = self.headers.get("Content-Type") == "application/x-www-form-urlencoded"
            body = parse_qs(sent) if form else json.loads(sent) if sent else None
            time.sleep(vendor.slow)
            status, told = vendor.answer(self.command, self.path, body, self.headers)
            content = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PATCH = do_DELETE = do_any

        def log_message(self, *_: Any) -> None:
            pass

    return Handler


def serving(folder: Path) -> AbstractContextManager[Vendor]:
    """Serve a service under the authority that it leaves in `ca.pem` of the folder."""
    return serving_https(folder, lambda at: Vendor(f"https://{at}"), _handler)
