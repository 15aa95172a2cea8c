"""Course authors' Python, only ever inside bubblewrap with seccomp: no files, no network, no processes, little time.

A namespaced parent (sandbox_worker.py) is started once and forks one child for each job; a child is never used twice.
Plugged into capa by CODE_JAIL_REST_SERVICE_REMOTE_EXEC. Where the sandbox cannot be had, nothing is run: the problem
says that it is not available here.
"""

import base64
import json
import os
import select
import shutil
import socket
import stat
import subprocess
import sys
import sysconfig
import threading
import time
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from linkspan.kernel.bounded import Door

#: Somewhat more than the worker itself allows.
WALL_SECONDS = 32
STARTING_SECONDS = 60
LARGEST_OUTPUT = 2_000_000
WORKER = Path(__file__).with_name("sandbox_worker.py")
#: What authors' scripts import besides packages: how things that were dragged are graded.
DRAG_AND_DROP = Path(__file__).with_name("sandbox_draganddrop.py")
#: An account without rights.
NOBODY = 65534
#: All that runs in the sandbox at once, where there is a control group for it.
GROUP_LIMITS = {"memory.max": str(3 * 2**30), "memory.swap.max": "0", "pids.max": "64"}
TOO_MUCH = "The check used too much time or memory and was stopped."


class SandboxUnavailable(Exception):
    """There is no sandbox here, so nothing was run."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"Python-checked problems are not available here: {reason}")


def _readable() -> list[str]:
    """What is seen inside, read-only: the system's libraries, Python, its packages, the worker, what grades drags."""
    places = {"/usr", "/lib", "/lib64", "/bin", "/sbin", "/etc/ld.so.cache", sys.base_prefix}
    places |= {str(WORKER), str(DRAG_AND_DROP)}
    return sorted(place for place in {*places, sysconfig.get_paths()["purelib"]} if Path(place).exists())


def command(control: int) -> list[str]:
    """The bubblewrap command: a read-only system without /proc, no network, spaces of its own, an empty environment.

    The parent keeps CAP_SYS_ADMIN in its own user namespace, to give each child its spaces; children give it up.
    """
    bwrap = shutil.which("bwrap")
    if bwrap is None:
        raise SandboxUnavailable("bubblewrap is not installed")
    words = {
        "spaces": "--unshare-all --unshare-user --disable-userns --as-pid-1 --new-session --hostname course",
        "account": f"--uid {NOBODY} --gid {NOBODY} --cap-drop ALL --cap-add CAP_SYS_ADMIN",
        "files": "--size 1048576 --tmpfs /tmp --dev-bind /dev/null /dev/null --dev-bind /dev/urandom /dev/urandom",
        "environment": "--clearenv --setenv OPENBLAS_NUM_THREADS 1 --chdir /",
    }
    options = [word for line in words.values() for word in line.split()]
    binds = [word for place in _readable() for word in ("--ro-bind", place, place)]
    path = ["--setenv", "PYTHONPATH", sysconfig.get_paths()["purelib"]]
    python = [os.path.realpath(sys.executable), "-S", "-B", str(WORKER), str(control)]
    return [bwrap, *options, *path, *binds, "--remount-ro", "/", *python]


def _anybody_reads(place: str) -> bool:
    return all(
        holder.stat().st_mode & stat.S_IXOTH
        for holder in (Path(place).resolve(), *Path(place).resolve().parents)
        if holder.is_dir()
    )


def _account() -> dict[str, Any]:
    """Who starts bubblewrap: nobody, if the server is root and nobody can read Python; else the server's account."""
    if os.geteuid() == 0 and all(map(_anybody_reads, _readable())):
        return {"user": NOBODY, "group": NOBODY, "extra_groups": ()}
    return {}


def _group() -> list[str]:
    """What puts the sandbox into the control group that the operator has given it, with its limits; nothing if none.

    LINKSPAN_SANDBOX_CGROUP names a folder of cgroup v2 that the server's account may write to.
    """
    #: A folder of cgroup v2 that the server may write to; the sandbox runs in it, within its limits.
    place = os.environ.get("LINKSPAN_SANDBOX_CGROUP")
    if not place:
        return []
    try:
        for name, limit in GROUP_LIMITS.items():
            (Path(place) / name).write_text(limit)
    except OSError as error:
        raise SandboxUnavailable(f"its control group cannot be set: {error}") from error
    return ["/bin/sh", "-c", 'echo $$ > "$0/cgroup.procs" && exec "$@"', place]


class _Parent:
    """The sandbox's parent process; a job is handed to it as a socket."""

    def __init__(self) -> None:
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [*_group(), *command(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                env={},
                **_account(),
            )
        ready, _, _ = select.select([self._control], [], [], STARTING_SECONDS)
        if not ready or self._control.recv(16) != b"ready":
            raise SandboxUnavailable(self.end())

    def hand_over(self, job: socket.socket) -> None:
        """Have a child forked for the job; BrokenPipeError if the parent has ended."""
        socket.send_fds(self._control, [b"job"], [job.fileno()])

    def end(self) -> str:
        """End it with all in it, and return what it complained of."""
        self._control.close()
        self._process.kill()
        complaint = self._process.communicate()[1].decode(errors="replace").strip()
        return complaint[-300:] or "bubblewrap did not start"


class _Pool:
    """One parent for this process; a few jobs at once."""

    def __init__(self) -> None:
        self._forget()
        os.register_at_fork(after_in_child=self._forget)

    def _forget(self) -> None:
        self._parent: _Parent | None = None
        self._starting = threading.Lock()
        self.door = Door(max(2, min(4, os.cpu_count() or 2)), waiting=16, patience=WALL_SECONDS)

    def job(self) -> socket.socket:
        """A socket to a child of its own."""
        for _ in range(2):
            ours, theirs = socket.socketpair()
            with self._starting:
                self._parent = self._parent or _Parent()
                parent = self._parent
            try:
                with theirs:
                    parent.hand_over(theirs)
                return ours
            except OSError:  # it has ended since the last job
                ours.close()
                self.close(parent)
        raise SandboxUnavailable("the sandbox ends by itself")

    def close(self, parent: _Parent | None = None) -> None:
        """End the parent, or that one if it is still in use; the next job starts another."""
        with self._starting:
            if self._parent and parent in (None, self._parent):
                self._parent.end()
                self._parent = None


POOL = _Pool()


def run(
    code: str, variables: Mapping[str, Any], files: Mapping[str, bytes] | None = None, path: Iterable[str] = ()
) -> tuple[str | None, dict[str, Any]]:
    """Run the code with those global variables; returns (error or None, the variables afterwards).

    `files` lie in the working folder, and `path` names those that can be imported from. Raises SandboxUnavailable if
    it could not be run safely, Busy if too many run already.
    """
    packed = {name: base64.b64encode(content).decode() for name, content in (files or {}).items()}
    job = json.dumps({"code": code, "globals": dict(variables), "files": packed, "path": list(path)}).encode()
    with POOL.door, POOL.job() as talk:
        output = _talk(talk, job)
    if len(output) > LARGEST_OUTPUT:
        return "The check wrote too much and was stopped.", {}
    return _read(output)


def _talk(talk: socket.socket, job: bytes) -> bytes:
    """Send the job and read a bounded answer; empty if there is none in time."""
    deadline = time.monotonic() + WALL_SECONDS
    output = bytearray()
    talk.settimeout(WALL_SECONDS)
    try:
        talk.sendall(job)
        talk.shutdown(socket.SHUT_WR)
        while len(output) <= LARGEST_OUTPUT:
            talk.settimeout(max(0.001, deadline - time.monotonic()))
            piece = talk.recv(65536)
            if not piece:
                return bytes(output)
            output += piece
    except (TimeoutError, ConnectionError, BrokenPipeError):
        return b""
    return bytes(output)


def _read(output: bytes) -> tuple[str | None, dict[str, Any]]:
    """The answer, of which nothing is believed: the code could have written it itself."""
    try:
        answer = _storable(json.loads(output))
        if "unavailable" in answer:
            raise SandboxUnavailable(str(answer["unavailable"])[:300])
        error, after = answer["error"], answer["globals"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return TOO_MUCH, {}
    if not isinstance(after, dict) or not (error is None or isinstance(error, str)):
        return TOO_MUCH, {}
    return error, after


def _storable(value: Any) -> Any:
    """The value with a mark in place of what no page or database takes: halves of characters, and nothings."""
    if isinstance(value, str):
        return value.encode(errors="replace").decode().replace("\0", "\ufffd")
    if isinstance(value, dict):
        return {_storable(key): _storable(inner) for key, inner in value.items()}
    return [_storable(inner) for inner in value] if isinstance(value, list) else value


@cache
def available() -> bool:
    """Whether the sandbox works here: one small job, tried once."""
    try:
        error, after = run("x = 6 * 7", {})
    except SandboxUnavailable:
        return False
    return error is None and after.get("x") == 42


def remote_exec(data: Mapping[str, Any]) -> tuple[str | None, Exception | None]:
    """What capa calls: runs `data["code"]`, updates `data["globals_dict"]`, answers (message, exception).

    What may be otherwise next time (no sandbox, too busy, too slow) is raised, so that capa does not keep it.
    """
    from codejail.safe_exec import SafeExecException

    variables = {key: value for key, value in data["globals_dict"].items() if _plain(value)}
    files = {name: content for name, content in data.get("extra_files") or ()}
    path = [name for name in data.get("python_path") or () if name in files]
    error, after = run(data["code"], variables, files, path)
    if error == TOO_MUCH:
        raise SafeExecException(error)
    data["globals_dict"].update(after)
    return (error, SafeExecException(error)) if error else (None, None)


def _plain(value: Any) -> bool:
    try:
        json.dumps(value)
    except (TypeError, ValueError):
        return False
    return True
