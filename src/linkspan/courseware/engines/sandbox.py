"""Course authors' Python, only ever inside bubblewrap with seccomp: no files, no network, no processes, little time.

Plugged into capa by CODE_JAIL_REST_SERVICE_REMOTE_EXEC. Where the sandbox cannot be had, nothing is run: the problem
says that it is not available here.
"""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import threading
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

WALL_SECONDS = 10
LARGEST_OUTPUT = 2_000_000
WORKER = Path(__file__).with_name("sandbox_worker.py")
#: An account without rights, for when the server itself runs as root.
NOBODY = 65534


class SandboxUnavailable(Exception):
    """There is no sandbox here, so nothing was run."""


def command() -> list[str]:
    """The bubblewrap command: a read-only system, an empty home, no network, a process space of its own."""
    bwrap = shutil.which("bwrap")
    if bwrap is None:
        raise SandboxUnavailable("bubblewrap is not installed")
    readable = {
        "/usr",
        "/lib",
        "/lib64",
        "/bin",
        "/sbin",
        "/etc/ld.so.cache",
        sys.base_prefix,
        sysconfig.get_paths()["purelib"],
        str(WORKER),
    }
    binds = [word for place in sorted(readable) if Path(place).exists() for word in ("--ro-bind", place, place)]
    return [
        bwrap,
        "--unshare-all",
        "--unshare-user",
        "--uid",
        str(NOBODY),
        "--gid",
        str(NOBODY),
        "--disable-userns",
        "--die-with-parent",
        "--new-session",
        "--cap-drop",
        "ALL",
        "--clearenv",
        "--proc",
        "/proc",
        "--dev",
        "/dev",
        "--tmpfs",
        "/tmp",  # noqa: S108  the sandbox's own
        *binds,
        "--chdir",
        "/tmp",  # noqa: S108
        "--setenv",
        "PYTHONPATH",
        sysconfig.get_paths()["purelib"],
        "--setenv",
        "OPENBLAS_NUM_THREADS",
        "1",
        os.path.realpath(sys.executable),
        "-S",
        "-B",
        str(WORKER),
    ]


def run(code: str, variables: Mapping[str, Any]) -> tuple[str | None, dict[str, Any]]:
    """Run the code with those global variables; returns (error or None, the variables afterwards).

    Raises SandboxUnavailable if it could not be run safely.
    """
    job = json.dumps({"code": code, "globals": dict(variables)})
    with subprocess.Popen(
        command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        stopper = threading.Timer(WALL_SECONDS, process.kill)
        stopper.start()
        try:
            output, complaint = _talk(process, job)
        finally:
            stopper.cancel()
            process.kill()
    if len(output) > LARGEST_OUTPUT:
        return "The check wrote too much and was stopped.", {}
    try:
        answer = json.loads(output)
        return answer["error"], answer["globals"]
    except (ValueError, KeyError, TypeError):
        if complaint:
            raise SandboxUnavailable(complaint[-300:]) from None
        return "The check used too much time or memory and was stopped.", {}


def _talk(process: "subprocess.Popen[str]", job: str) -> tuple[str, str]:
    """Send the job and read a bounded answer, and what the sandbox itself complained of."""
    assert process.stdin and process.stdout and process.stderr
    try:
        process.stdin.write(job)
        process.stdin.close()
    except BrokenPipeError:
        return "", process.stderr.read(2000).strip()
    output = process.stdout.read(LARGEST_OUTPUT + 1)
    return output, "" if output else process.stderr.read(2000).strip()


@cache
def available() -> bool:
    """Whether the sandbox works here: one small job, tried once."""
    try:
        error, after = run("x = 6 * 7", {})
    except SandboxUnavailable:
        return False
    return error is None and after.get("x") == 42


def remote_exec(data: Mapping[str, Any]) -> tuple[str | None, Exception | None]:
    """What capa calls: runs `data["code"]`, updates `data["globals_dict"]`, answers (message, exception)."""
    from codejail.safe_exec import SafeExecException

    variables = {key: value for key, value in data["globals_dict"].items() if _plain(value)}
    try:
        error, after = run(data["code"], variables)
    except SandboxUnavailable as reason:
        message = f"Python-checked problems are not available here: {reason}"
        return message, SafeExecException(message)
    data["globals_dict"].update(after)
    return (error, SafeExecException(error)) if error else (None, None)


def _plain(value: Any) -> bool:
    try:
        json.dumps(value)
    except (TypeError, ValueError):
        return False
    return True
