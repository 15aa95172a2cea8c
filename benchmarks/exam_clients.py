"""Learners of an exam over HTTP, many in one process, for `exam_load.py`: each keeps what it did until it is told.

A change is one answer under the next number of its page. It is signed, sent and, while no answer comes, sent again as
it was: so a server that stored it and died before it said so stores it once. Reads a plan, writes a report; its
processor time is its own.
"""

import asyncio
import hashlib
import hmac
import json
import random
import resource
import ssl
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import rfc8785

CSRF = "benchmark0benchmark0benchmark0be"
#: No answer within this many seconds is none.
PATIENCE = 30
#: How long a learner goes on sending what is left after the last answer was given.
AFTERWARDS = 240


@dataclass
class Talk:
    """One browser: a kept connection through the proxy, its cookies, and what came of each request."""

    port: int
    trust: ssl.SSLContext
    cookies: dict[str, str]
    reader: asyncio.StreamReader | None = None
    writer: asyncio.StreamWriter | None = None

    async def ask(self, method: str, path: str, body: bytes = b"", kind: str = "") -> tuple[int, bytes]:
        """Status and content; 0 where no whole answer came."""
        try:
            return await asyncio.wait_for(self._ask(method, path, body, kind), PATIENCE)
        except (OSError, ValueError, asyncio.IncompleteReadError, TimeoutError):
            self.close()
            return 0, b""

    def close(self) -> None:
        """Let the connection go; the next request opens another."""
        if self.writer is not None:
            self.writer.close()
        self.reader = self.writer = None

    async def _ask(self, method: str, path: str, body: bytes, kind: str) -> tuple[int, bytes]:
        if self.reader is None or self.writer is None or self.reader.at_eof():
            self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port, ssl=self.trust)
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        head = [f"{method} {path} HTTP/1.1", "Host: localhost", "Referer: https://localhost/", f"Cookie: {cookies}"]
        head += [f"X-CSRFToken: {CSRF}", f"Content-Length: {len(body)}", *([f"Content-Type: {kind}"] if kind else [])]
        self.writer.write(("\r\n".join(head) + "\r\n\r\n").encode() + body)
        await self.writer.drain()
        return await self._answer()

    async def _answer(self) -> tuple[int, bytes]:
        assert self.reader is not None
        lines = (await self.reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        headers = [line.split(": ", 1) for line in lines[1:] if ": " in line]
        told = {name.lower(): value for name, value in headers}
        for name, value in headers:
            if name.lower() == "set-cookie":
                key, _, rest = value.partition("=")
                self.cookies[key] = rest.partition(";")[0]
        if told.get("transfer-encoding") == "chunked":
            content = b""
            while size := int(await self.reader.readline(), 16):
                content += (await self.reader.readexactly(size + 2))[:-2]
            await self.reader.readline()
        else:
            content = await self.reader.readexactly(int(told.get("content-length", "0")))
        if told.get("connection") == "close":
            self.close()
        return int(lines[0].split(" ")[1]), content


@dataclass
class Report:
    """What the learners saw: seconds of each kind of request, statuses, and every change that was made."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    statuses: dict[str, int] = field(default_factory=dict)
    made: list[tuple[str, int, str, str]] = field(default_factory=list)
    unsent: int = 0
    refused: list[str] = field(default_factory=list)
    #: When each part of the run began, by the machine's monotonic clock, which others read too.
    begun: dict[str, float] = field(default_factory=dict)

    async def timed(self, talk: Talk, what: str, *asked: Any) -> tuple[int, bytes]:
        """Ask, and note how long it took and what came."""
        begun = time.perf_counter()
        status, content = await talk.ask(*asked)
        self.seconds.setdefault(what, []).append(round(time.perf_counter() - begun, 4))
        self.statuses[f"{what} {status}"] = self.statuses.get(f"{what} {status}", 0) + 1
        return status, content


class Learner:
    """One learner with a session or a password, and an attempt."""

    def __init__(self, told: dict[str, Any], plan: dict[str, Any], trust: ssl.SSLContext, report: Report) -> None:
        cookies = {"csrftoken": CSRF, **({"sessionid": told["session"]} if told.get("session") else {})}
        self.talk, self.told, self.plan, self.report = Talk(plan["port"], trust, cookies), told, plan, report
        self.here = f"/exams/attempts/{told['attempt']}/"
        self.page: dict[str, Any] = {}
        self.changes = self.batches = 0
        self.head = ""

    async def until(self, what: str, wanted: int, *asked: Any) -> bytes | None:
        """Ask until that status comes; None where the server refuses, or nothing came for too long."""
        last, pause = time.monotonic() + AFTERWARDS, 1.0
        while time.monotonic() < last:
            status, content = await self.report.timed(self.talk, what, *asked)
            if status == wanted:
                return content
            if 400 <= status < 500 and status != 429:
                self.report.refused.append(f"{what} {status} {content[:120].decode('utf-8', 'replace')}")
                return None
            await asyncio.sleep(pause + random.random() * pause)  # noqa: S311 - spreads what is sent again
            pause = min(2 * pause, 10)
        return None

    async def sign_in_and_start(self) -> None:
        """By the form, then start the clock."""
        self.talk.cookies["csrftoken"] = CSRF
        await self.until("sign-in page", 200, "GET", "/accounts/login/")
        self.talk.cookies["csrftoken"] = CSRF
        fields = {"login": self.told["email"], "password": self.plan["password"], "csrfmiddlewaretoken": CSRF}
        await self.until("sign-in", 302, "POST", "/accounts/login/", *_form(fields))
        self.talk.cookies["csrftoken"] = CSRF
        await self.until("start", 302, "POST", self.here + "start/", *_form({"csrfmiddlewaretoken": CSRF}))
        await self.until("exam page", 200, "GET", self.here)

    async def open(self) -> None:
        """Open the page, and register it as the one that writes."""
        await self.until("exam page", 200, "GET", self.here)
        opened = await self.until("page", 200, "POST", self.here + "pages/", b"{}", "application/json")
        if opened is not None:
            self.page = json.loads(opened)

    async def answer_all(self, seconds: float, every: float, away: tuple[float, float] | None) -> None:
        """Give an answer `every` so many seconds; while away, keep what is given."""
        if not self.page:
            return
        begun = time.monotonic()
        waiting: list[bytes] = []
        due = begun + every * random.random()  # noqa: S311 - learners do not answer in step
        while due < begun + seconds:
            await asyncio.sleep(max(due - time.monotonic(), 0))
            waiting.append(self._change())
            if away is None or not away[0] <= due - begun < away[1]:
                await self._send(waiting)
            due += every
        await self._send(waiting)
        self.report.unsent += len(waiting)

    async def hand_in(self) -> None:
        """Submit, naming the page and how many changes it made."""
        fields = {"do": "submit", "page": self.page.get("id", ""), "changes": str(self.changes)}
        await self.until("submit", 302, "POST", self.here + "save/", *_form(fields | {"csrfmiddlewaretoken": CSRF}))

    async def _send(self, waiting: list[bytes]) -> None:
        while waiting:
            if await self.until("save", 200, "POST", self.here + "answers/", waiting[0], "application/json") is None:
                return
            waiting.pop(0)

    def _change(self) -> bytes:
        self.changes += 1
        self.batches += 1
        items = self.told["items"]
        item, value = items[self.changes % len(items)], str(random.randrange(10**6))  # noqa: S311 - an answer
        self.report.made.append((self.page["id"], self.changes, item, value))
        change = {"item": item, "seq": self.changes, "replaces": None, "at": "", "op": "set", "value": [value]}
        body = {"writer": self.page["id"], "batch": self.batches, "prev": self.head, "sent_at": ""}
        body["changes"] = [change | {"elapsed_ms": 1000 * self.changes}]
        signed = rfc8785.dumps(body)
        self.head = hashlib.sha256(signed).hexdigest()
        key = bytes.fromhex(self.page["signing_key"])
        return json.dumps(body | {"mac": hmac.new(key, signed, "sha256").hexdigest()}).encode()


def _form(fields: dict[str, str]) -> tuple[bytes, str]:
    return urlencode(fields).encode(), "application/x-www-form-urlencoded"


async def run(plan: dict[str, Any]) -> Report:
    """Have all learners do what the plan says; the report is whole when each has done."""
    report, trust = Report(), ssl.create_default_context(cadata=plan["authority"])
    trust.check_hostname = False
    learners = [Learner(told, plan, trust, report) for told in plan["learners"]]
    away = int(len(learners) * plan.get("away_percent", 0) / 100)

    async def one(number: int, learner: Learner) -> None:
        gone = tuple(plan["away"]) if number < away else None
        if plan["what"] == "sign-in":
            await asyncio.sleep(plan["seconds"] * number / len(learners))
            await learner.sign_in_and_start()
            return
        await asyncio.sleep(plan["opening"] * number / len(learners))
        await learner.open()
        await everyone.wait()
        report.begun.setdefault("saves", time.monotonic())
        await asyncio.sleep(plan["every"] * number / len(learners))
        await learner.answer_all(plan["seconds"], plan["every"], gone)
        await everyone.wait()
        report.begun.setdefault("submits", time.monotonic())
        await asyncio.sleep(plan["submits"] * number / len(learners))
        await learner.hand_in()

    everyone = asyncio.Barrier(len(learners))
    report.begun["sign-in" if plan["what"] == "sign-in" else "opening"] = time.monotonic()
    await asyncio.gather(*(one(number, learner) for number, learner in enumerate(learners)))
    return report


def main() -> None:
    """`python -m benchmarks.exam_clients PLAN REPORT`."""
    plan = json.loads(Path(sys.argv[1]).read_text())
    report = asyncio.run(run(plan))
    used = resource.getrusage(resource.RUSAGE_SELF)
    told = vars(report) | {"processor": used.ru_utime + used.ru_stime}
    Path(sys.argv[2]).write_text(json.dumps(told))


if __name__ == "__main__":
    main()
