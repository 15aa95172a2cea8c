"""A `linkspan` command in a process of its own, as a user starts it."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
#: For a machine that is busy with much else; a process that ends is noticed at once.
PATIENCE = 1500


def environment(home: Path, **more: str) -> dict[str, str]:
    """Of a user who has only a home folder, and what else is named."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("LINKSPAN_", "DJANGO_"))}
    return {**inherited, "PYTHONPATH": str(ROOT / "src"), "LINKSPAN_HOME": str(home), **more}


def linkspan(home: Path, *words: str, **more: str) -> subprocess.CompletedProcess:
    """Run a command to its end."""
    command = [sys.executable, "-m", "linkspan.site.command", *words]
    return subprocess.run(
        command, capture_output=True, text=True, env=environment(home, **more), cwd=home, timeout=PATIENCE
    )


@dataclass(frozen=True)
class Answer:
    """What a server said."""

    status: int
    headers: dict[str, str]
    body: bytes


class Running:
    """A command that serves, until it is stopped."""

    def __init__(
        self,
        home: Path,
        port: int,
        *words: str,
        pass_fds: Sequence[int] = (),
        program: Sequence[str | Path] = (sys.executable, "-m", "linkspan.site.command"),
        **more: str,
    ) -> None:
        self.port, self.output = port, home / "output.log"
        home.mkdir(exist_ok=True)
        command = [*program, *words, "--port", str(port)]
        with self.output.open("ab") as output:
            self.process = subprocess.Popen(
                command, stdout=output, stderr=output, env=environment(home, **more), cwd=home, pass_fds=pass_fds
            )

    def get(self, path: str, *, cookie: str = "", method: str = "GET", timeout: float = 60) -> Answer:
        """Ask once; status 0 if nobody answers."""
        asked = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", method=method)
        if cookie:
            asked.add_header("Cookie", cookie)
        try:
            with _opener.open(asked, timeout=timeout) as answer:
                return Answer(answer.status, dict(answer.headers), answer.read())
        except urllib.error.HTTPError as error:
            return Answer(error.code, dict(error.headers), error.read())
        except OSError:
            return Answer(0, {}, b"")

    def until(self, path: str, status: int) -> Answer:
        """Ask until it answers with that status; an error if the process ends or patience does."""
        last = time.monotonic() + PATIENCE
        while time.monotonic() < last:
            answer = self.get(path)
            if answer.status == status:
                return answer
            assert self.process.poll() is None, self.output.read_text()
            time.sleep(0.2)
        raise AssertionError(f"{path} does not answer {status}: {self.output.read_text()}")

    def stop(self, number: int = signal.SIGTERM) -> int:
        """End it, and wait for its end."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)

    def __enter__(self) -> "Running":
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.stop(signal.SIGKILL)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


_opener = urllib.request.build_opener(_NoRedirect)
