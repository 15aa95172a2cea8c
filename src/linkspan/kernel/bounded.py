"""Work that can be expensive runs in a child process that is ended at its limits; the caller's process goes on.

A lane is a few warm children for one kind of work. Decorate a function with `@LANE.bounded` and call it as before: it
runs in a child, and its result comes back, or what it raised, or TooExpensive. Children are started by exec, never by
fork, so that a library with native threads lives only in them: it is imported inside the bounded function.
"""

import importlib
import os
import pickle
import resource
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from functools import wraps
from multiprocessing.connection import Connection
from typing import Any, cast

from linkspan.kernel.errors import Busy, TooExpensive

#: Seconds that a new child may take to load what it runs; they do not count against the work itself.
STARTING = 60
#: Seconds that a child may take to end by itself.
ENDING = 0.2
#: Seconds after which an idle child ends itself.
IDLE = 600
#: Work after which a child is replaced, so that what a library leaks stays small.
MOST_JOBS = 200
#: All that a child takes from the environment: no key and no address of the server is among it.
KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "FONTCONFIG_FILE", "FONTCONFIG_PATH")


@dataclass(frozen=True, slots=True)
class Limits:
    """What one piece of work may use: seconds of the processor, bytes of memory, bytes of answer.

    `patience` is in seconds by the clock, many times its own: on a busy machine work waits for the processor.
    """

    seconds: float
    memory: int = 512 * 2**20
    answer: int = 32 * 2**20
    patience: float = 60


class _Child:
    """A process that works off one job after another, and ends at its limits."""

    def __init__(self, limits: Limits) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-c", "from linkspan.kernel.bounded import serve; serve()", *_words(theirs, limits)],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                env={name: os.environ[name] for name in KEPT if name in os.environ}
                | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONSAFEPATH": "1"},
            )
        self._talk = Connection(ours.detach())
        self._limits = limits
        self.jobs = 0

    def ask(self, job: bytes) -> bytes:
        """The answer to a job; EOFError if the child ended over it."""
        self.jobs += 1
        self._talk.send_bytes(job)
        if not self._talk.poll(STARTING + self._limits.patience):
            raise EOFError
        return self._talk.recv_bytes(self._limits.answer)

    def end(self) -> int:
        """End the process, whatever it does, and return its exit code: negative if a signal ended it."""
        self._talk.close()
        try:
            return self._process.wait(ENDING)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()


def _words(theirs: socket.socket, limits: Limits) -> list[str]:
    return [str(word) for word in (theirs.fileno(), *astuple(limits))]


class Door:
    """At most so many are inside at once; `waiting` more wait for `patience` seconds, and others hear Busy."""

    def __init__(self, inside: int, waiting: int, patience: float) -> None:
        self._inside, self._line = threading.BoundedSemaphore(inside), threading.BoundedSemaphore(inside + waiting)
        self._patience = patience

    def __enter__(self) -> None:
        if not self._line.acquire(blocking=False):
            raise _busy()
        if not self._inside.acquire(timeout=self._patience):
            self._line.release()
            raise _busy()

    def __exit__(self, *_: object) -> None:
        self._inside.release()
        self._line.release()


class Lane:
    """Some children for one kind of work; `waiting` more callers wait for a free one, and others hear Busy."""

    def __init__(self, limits: Limits, *, children: int = 2, waiting: int = 8) -> None:
        self.limits, self._children, self._waiting = limits, children, waiting
        self._forget()
        os.register_at_fork(after_in_child=self._forget)

    def _forget(self) -> None:
        """Start without children: after a fork those of the parent answer the parent alone."""
        self._idle: list[_Child] = []
        self._door = Door(self._children, self._waiting, self.limits.patience)

    def bounded[**P, R](self, function: Callable[P, R]) -> Callable[P, R]:
        """The function of a module, run in a child; inside of one it runs as it is."""

        @wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            if _inside:
                return function(*args, **kwargs)
            return cast(R, self._run(pickle.dumps((function.__module__, function.__qualname__, args, kwargs))))

        return call

    def _run(self, job: bytes) -> Any:
        with self._door:
            worked, answer = pickle.loads(self._answer(job))  # noqa: S301  our own child, our own code
        if worked:
            return answer
        raise answer

    def _answer(self, job: bytes) -> bytes:
        try:
            child = self._idle.pop()
        except IndexError:
            child = _Child(self.limits)
        try:
            answer = child.ask(job)
        except (OSError, EOFError) as error:
            code = child.end()
            if isinstance(error, BrokenPipeError) and child.jobs > 1:  # it had ended before, idle
                return self._answer(job)
            if code > 0:
                raise RuntimeError(f"A child for bounded work ended by itself with {code}.") from None
            raise _too_expensive(self.limits) from None
        except BaseException:
            child.end()
            raise
        if child.jobs < MOST_JOBS:
            self._idle.append(child)
        else:
            child.end()
        return answer

    def close(self) -> None:
        """End the idle children; the next work starts new ones."""
        while self._idle:
            self._idle.pop().end()


def _too_expensive(limits: Limits) -> TooExpensive:
    return TooExpensive(
        "too_expensive",
        "This takes more than {seconds} seconds or {memory} MB, and was stopped. Make it simpler or smaller.",
        seconds=format(limits.seconds, "g"),
        memory=limits.memory // 2**20,
    )


def _busy() -> Busy:
    return Busy("busy", "Too much of this is asked for at the moment. Try again in a minute.")


#: Whether this process is a child.
_inside = False


def serve() -> None:
    """Work as a child: job after job from the socket that the first argument numbers, until it closes."""
    global _inside
    _inside = True
    number, seconds, memory, answer, patience = sys.argv[1:]
    limits = Limits(float(seconds), int(memory), int(answer), float(patience))
    os.dup2(2, 1)  # what a library prints does not stand between the answers
    resource.setrlimit(resource.RLIMIT_DATA, (limits.memory, limits.memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends it
    talk = Connection(int(number))
    while talk.poll(IDLE):
        try:
            talk.send_bytes(_work(talk.recv_bytes(), limits))
        except (EOFError, OSError):
            return


def _work(job: bytes, limits: Limits) -> bytes:
    """The answer to one job. The kernel's alarms end the process, also in the middle of a call into C."""
    try:
        module, name, args, kwargs = pickle.loads(job)  # noqa: S301  from the parent
        function = getattr(importlib.import_module(module), name).__wrapped__
        with _alarms(limits):
            answer = pickle.dumps((True, function(*args, **kwargs)))
    except (MemoryError, RecursionError, TimeoutError):  # a library may have a limit of its own
        return pickle.dumps((False, _too_expensive(limits)))
    except Exception as error:  # noqa: BLE001 - the edge of a worker: it is raised where it was asked
        return pickle.dumps((False, _portable(error)))
    return answer if len(answer) <= limits.answer else pickle.dumps((False, _too_expensive(limits)))


@contextmanager
def _alarms(limits: Limits) -> Iterator[None]:
    """End the process when its threads together have worked for so long, or when it has waited for ever."""
    alarms = ((signal.ITIMER_PROF, limits.seconds), (signal.ITIMER_REAL, limits.patience))
    try:
        for clock, seconds in alarms:
            signal.setitimer(clock, seconds)
        yield
    finally:
        for clock, _ in alarms:
            signal.setitimer(clock, 0)


def _portable(error: Exception) -> Exception:
    """The error as the parent can read it without loading the library that raised it."""
    if type(error).__module__.partition(".")[0] in ("linkspan", "builtins"):
        return error
    return RuntimeError(f"{type(error).__name__}: {error}"[:2000])


#: Certificates, transcripts, pictures, plots, pages of a PDF. V8, in which plots are drawn, asks for much memory.
DOCUMENTS = Lane(Limits(seconds=20, memory=1536 * 2**20, patience=120))
#: What learners answer and authors ask.
ANSWERS = Lane(Limits(seconds=2, answer=2**20))
#: A whole course or another archive that somebody brings.
COURSES = Lane(Limits(seconds=120, memory=1024 * 2**20, patience=600), children=1, waiting=2)
