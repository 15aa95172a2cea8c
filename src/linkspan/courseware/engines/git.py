"""Files of a course out of a git repository, by https alone, with the program git.

Nothing is checked out and nothing of the repository runs: one commit is fetched into an empty store without hooks, and
its files come out as an archive. The host is looked up once, under the network policy, and git is bound to the
addresses that were found: it follows no redirect, asks for no password and reads no configuration of this machine.
"""

import gzip
import os
import re
import resource
import shutil
import signal
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from linkspan.courseware.rules import check_repository
from linkspan.kernel.clock import real_now
from linkspan.kernel.errors import Refused, Unusable
from linkspan.vc.errors import VcError
from linkspan.vc.net import NetworkPolicy, looked_up

#: Of each file that git writes, the archive before it is packed among them; of what is kept.
LARGEST_TAR, LARGEST_KEPT = 200 * 2**20, 30 * 2**20
MEMORY, SECONDS = 2**30, 120
SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
#: Of what git says.
MOST_SAID = 2**20
#: Where the fetched commit stands in the empty store.
HERE = "refs/linkspan/course"
#: Slower than this many bytes a second for so many seconds is given up.
SLOWEST, PATIENCE = 500, 20


@dataclass(frozen=True, slots=True)
class FetchedCommit:
    """A commit and its files as a .tar.gz; the same commit gives the same bytes."""

    commit: str
    content: bytes


def fetch_commit(address: str, ref: str, policy: NetworkPolicy, *, seconds: int = SECONDS) -> FetchedCommit:
    """Return the files of a branch or tag (none: what the repository shows first). Refused or Unusable says why not."""
    check_repository(address, ref)
    if shutil.which("git") is None:
        raise Refused("git_missing", "The program git is missing on this server. Its operators install it.")
    try:
        host, port, addresses = looked_up(address, policy)
    except VcError as error:
        raise Unusable("repository_refused", "The repository cannot be asked: {reason}", reason=error.message).at(
            "address"
        ) from error
    with tempfile.TemporaryDirectory() as scratch:
        git = _Git(Path(scratch), f"{host}:{port}:{','.join(map(_plain, addresses))}", policy, seconds)
        told, name = git.names(address, ref)
        content = git.files(address, name, told)
        return FetchedCommit(git.commit(), content)


def _plain(address: str) -> str:
    """An address as curl takes it."""
    return f"[{address}]" if ":" in address else address


class _Git:
    """The program, in an empty store, bound to one host."""

    def __init__(self, scratch: Path, pinned: str, policy: NetworkPolicy, seconds: int) -> None:
        self._store, self._scratch, self._seconds = scratch / "store.git", scratch, seconds
        self._ends = real_now() + timedelta(seconds=seconds)
        settings = {
            "http.curloptResolve": pinned,
            "http.followRedirects": "false",
            "http.proxy": "",
            "http.sslVerify": "true",
            "http.lowSpeedLimit": str(SLOWEST),
            "http.lowSpeedTime": str(PATIENCE),
            "http.cookieFile": "",
            "credential.helper": "",
            "core.hooksPath": os.devnull,
            "core.fsmonitor": "false",
            "protocol.allow": "never",
            "protocol.https.allow": "always",
            "transfer.fsckObjects": "true",
            "transfer.bundleURI": "false",
            "fetch.recurseSubmodules": "false",
            "submodule.recurse": "false",
            "pack.threads": "1",
            "gc.auto": "0",
            "tar.umask": "0022",
        }
        if policy.loopback_ca is not None:
            place = scratch / "ca.pem"
            place.write_text(policy.loopback_ca)
            settings["http.sslCAInfo"] = str(place)
        self._settings = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        self._run("init", "--quiet", "--bare", "--template=", str(self._store))

    def names(self, address: str, ref: str) -> tuple[str, str]:
        """The commit (or tag) and the whole name of a branch or tag, as the repository tells them."""
        wanted = (f"refs/heads/{ref}", f"refs/tags/{ref}") if ref else ("HEAD",)
        told = self._run("ls-remote", "--quiet", address, *wanted, within=True).decode(errors="replace")
        there = dict(line.split("\t", 1)[::-1] for line in told.splitlines() if line.count("\t") == 1)
        for name in wanted:
            if SHA.fullmatch(there.get(name, "")):
                return there[name], name
        raise Unusable("ref_unknown", "The repository has no branch or tag of this name.").at("ref")

    def files(self, address: str, name: str, told: str) -> bytes:
        """The files of what was told, packed; Refused if it moved in between."""
        self._run(
            "fetch",
            "--quiet",
            "--depth=1",
            "--no-tags",
            "--no-recurse-submodules",
            "--no-auto-maintenance",
            "--no-write-fetch-head",
            address,
            f"+{name}:{HERE}",
            within=True,
        )
        if self._run("rev-parse", HERE, within=True).decode().strip() != told:
            raise Refused("repository_moved", "The repository changed while it was fetched. Fetch it again.")
        archive = self._scratch / "course.tar"
        self._run("archive", "--format=tar", f"--output={archive}", HERE, within=True)
        if archive.stat().st_size > LARGEST_TAR:
            raise _too_large()
        packed = gzip.compress(archive.read_bytes(), mtime=0)
        if len(packed) > LARGEST_KEPT:
            raise _too_large()
        return packed

    def commit(self) -> str:
        """The commit that was fetched, where a tag of its own names it."""
        return self._run("rev-parse", f"{HERE}^{{commit}}", within=True).decode().strip()

    def _run(self, *words: str, within: bool = False) -> bytes:
        place = ("--git-dir", str(self._store)) if within else ()
        told, complaint = self._scratch / "told", self._scratch / "complaint"
        with told.open("wb") as out, complaint.open("wb") as trouble:
            process = subprocess.Popen(
                ["git", *place, *self._settings, *words],
                cwd=self._scratch,
                env=_environment(self._scratch),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=trouble,
                start_new_session=True,
                preexec_fn=_bounded,
            )
            try:
                code = process.wait(max(0.0, (self._ends - real_now()).total_seconds()))
            except subprocess.TimeoutExpired:
                raise Refused(
                    "repository_slow", "The repository was not fetched within {seconds} seconds.", seconds=self._seconds
                ) from None
            finally:
                _end(process)
        if code:
            raise _failed(code, _beginning(complaint).decode(errors="replace"))
        return _beginning(told)


def _beginning(place: Path) -> bytes:
    with place.open("rb") as file:
        return file.read(MOST_SAID)


def _environment(home: Path) -> dict[str, str]:
    """All that git takes from its surroundings: no configuration, no password, no other protocol than https."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home),
        "LC_ALL": "C",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_ALLOW_PROTOCOL": "https",
        "GIT_PROTOCOL_FROM_USER": "0",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_ASKPASS": "false",
        "SSH_ASKPASS": "false",
        "GIT_SSH_COMMAND": "false",
    }


def _bounded() -> None:
    """In the child before it becomes git: bounds that its own children keep."""
    for kind, most in (
        (resource.RLIMIT_FSIZE, LARGEST_TAR),
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, SECONDS),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))


def _end(process: "subprocess.Popen[bytes]") -> None:
    """End git and whatever it started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _failed(code: int, complaint: str) -> Refused | Unusable:
    if code < 0 or "file too large" in complaint.casefold() or "out of memory" in complaint.casefold():
        return _too_large()
    line = next((one for one in reversed(complaint.splitlines()) if one.strip()), "")[:200]
    return Unusable("repository_unreachable", "The repository could not be read: {line}", line=line).at("address")


def _too_large() -> Refused:
    return Refused(
        "repository_too_large", "This commit is too large: at most {most} MB packed.", most=LARGEST_KEPT >> 20
    )
