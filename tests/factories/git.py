"""A git server over https on loopback: git's own program behind it, and places that misbehave."""

import os
import subprocess
import time
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import urlsplit

from tests.factories.https import serving_https

ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    **{f"GIT_{who}_{what}": "sample" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
    **{f"GIT_{who}_DATE": "2018-10-01T00:00:00Z" for who in ("AUTHOR", "COMMITTER")},
}


@dataclass
class GitServer:
    """Repositories below a folder; `asked` are the paths that were asked for."""

    place: str
    root: Path
    asked: list[str] = field(default_factory=list)

    def git(self, *words: str) -> str:
        """Run git in the repository `course`."""
        command = ["git", "-c", "init.defaultBranch=main", *words]
        done = subprocess.run(
            command, cwd=self.root / "course", env=ENVIRONMENT, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    def commit(self, folder: Path) -> str:
        """Commit what a folder holds as the newest of the repository; its name."""
        here = self.root / "course"
        if not here.exists():
            here.mkdir(parents=True)
            self.git("init", "--quiet")
        self.git("--work-tree", str(folder), "add", "--all")
        self.git("--work-tree", str(folder), "commit", "--quiet", "--allow-empty", "-m", "content")
        return self.git("rev-parse", "HEAD")


def _handler(server: GitServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def _answer(self) -> None:
            parts = urlsplit(self.path)
            server.asked.append(parts.path)
            if parts.path.startswith("/moved"):
                self.send_response(302)
                self.send_header("Location", self.path.replace("/moved", ""))
                self.send_header("Content-Length", "0")
                self.end_headers()
            elif parts.path.startswith("/secret"):
                self.send_response(401)
                self.send_header("WWW-Authenticate", 'Basic realm="x"')
                self.send_header("Content-Length", "0")
                self.end_headers()
            elif parts.path.startswith("/slow"):
                time.sleep(3)
            else:
                self._git(parts.path, parts.query)

        def _git(self, path: str, query: str) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            told = ENVIRONMENT | {
                "GIT_PROJECT_ROOT": str(server.root),
                "GIT_HTTP_EXPORT_ALL": "1",
                "REQUEST_METHOD": self.command,
                "PATH_INFO": path,
                "QUERY_STRING": query,
                "CONTENT_TYPE": self.headers.get("Content-Type") or "",
                "CONTENT_LENGTH": str(len(body)),
                "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding") or "",
                "GIT_PROTOCOL": self.headers.get("Git-Protocol") or "",
            }
            made = subprocess.run(["git", "http-backend"], env=told, input=body, capture_output=True, check=False)
            head, _, content = made.stdout.partition(b"\r\n\r\n")
            lines = dict(line.split(": ", 1) for line in head.decode().splitlines())
            self.send_response(int(lines.pop("Status", "200").split()[0]))
            for name, value in lines.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler


def serving_git(folder: Path) -> AbstractContextManager[GitServer]:
    """Serve repositories under the authority that it leaves in `ca.pem` of the folder."""
    return serving_https(folder, lambda place: GitServer(place, folder / "repositories"), _handler)
