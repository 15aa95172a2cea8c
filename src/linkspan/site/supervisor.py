"""One process that holds the listening socket and keeps others alive, which serve from it and do the jobs."""

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from tempfile import TemporaryDirectory

from linkspan.site.lifeline import follow

#: Where processes that serve together write what they count, as prometheus_client wants to be told.
SHARED = "PROMETHEUS_MULTIPROC_DIR"

#: How long to wait before a process that ended by itself is started again.
PAUSE_SECONDS = 1.0
STOP_SECONDS = 40


def supervise(
    commands: Sequence[Sequence[str]], own_lifeline: int | None = None, listener: socket.socket | None = None
) -> int:
    """Run each `linkspan` command in a process until SIGTERM or SIGINT; they end with this one, however it ends."""
    import structlog

    log = structlog.get_logger(__name__)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    if own_lifeline is not None:
        follow(own_lifeline)
    lifeline, held = os.pipe()  # nobody writes: `held` closes when this process ends
    kept = (lifeline, *([listener.fileno()] if listener else ()))
    counted = TemporaryDirectory(prefix="linkspan-counted-")  # what they count for /metrics is added up there
    environment = {**os.environ, SHARED: counted.name}

    def start(command: Sequence[str]) -> subprocess.Popen[bytes]:
        words = [sys.executable, "-m", "linkspan.site.command", *command, "--lifeline", str(lifeline)]
        return subprocess.Popen(words, pass_fds=kept, env=environment)

    running = [start(command) for command in commands]
    while not stop.wait(PAUSE_SECONDS):
        for place, process in enumerate(running):
            if process.poll() is not None:
                log.error("a process ended and is started again", command=commands[place][0], code=process.returncode)
                running[place] = start(commands[place])
    for process in running:
        process.terminate()
    for process in running:
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
    os.close(held)
    counted.cleanup()
    return 0
