"""A child process ends with its parent, however the parent ended: the pipe between them closes."""

import os
import signal
import threading
import time

GRACE_SECONDS = 40


def follow(lifeline: int) -> None:
    """Have this process end as by SIGTERM, and in any case, when the other end of the pipe is closed."""
    threading.Thread(target=_watch, args=(lifeline,), name="lifeline", daemon=True).start()


def _watch(lifeline: int) -> None:
    os.read(lifeline, 1)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    os._exit(1)
