"""`linkspan serve`, `linkspan worker`, `linkspan tick`."""

import argparse
import fcntl
import os
import signal
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Any


def register(verbs: Any) -> None:
    """Add the three verbs."""
    serve = verbs.add_parser("serve", help="serve the site; with --worker, jobs and ticks in the same process")
    serve.add_argument("--port", type=int, default=8000)
    serve.add_argument("--on", metavar="DATE", help="shift the domain clock to that ISO date or instant")
    serve.add_argument("--no-worker", action="store_true", help="serve only; run `linkspan worker` elsewhere")
    serve.set_defaults(run=run_serve)
    worker = verbs.add_parser("worker", help="deliver events and run jobs until stopped")
    worker.set_defaults(run=run_worker)
    tick = verbs.add_parser("tick", help="do what the time of day asks for, once")
    tick.set_defaults(run=run_tick)


def _setup() -> None:
    import django

    django.setup()


def _embedded_lock() -> Any:
    """The lock that says one process holds the embedded database, or None on PostgreSQL; exits 1 if it is taken."""
    from django.conf import settings

    if not settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        return None
    lock = (Path(settings.HOME) / "serving.lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print(
            "linkspan: a server holds this SQLite database and runs its jobs itself; "
            "use PostgreSQL to run a separate worker.",
            file=sys.stderr,
        )
        sys.exit(1)
    return lock


def run_serve(arguments: argparse.Namespace) -> int:
    """Serve on the loopback address; the worker and the ticker are threads of the one web process."""
    from linkspan.kernel import clock

    if arguments.on:
        try:
            clock.parse_instant(arguments.on)
        except ValueError as error:
            print(f"linkspan: --on: {error}", file=sys.stderr)
            return 2
        os.environ[clock.SHIFT] = arguments.on
    _setup()
    lock = _embedded_lock()
    if lock:
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
    from granian import Granian
    from granian.constants import Interfaces

    target = "linkspan.site.wsgi:application" if arguments.no_worker else "linkspan.site.embedded:application"
    Granian(
        target,
        address="127.0.0.1",
        port=arguments.port,
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=4,
        log_access=False,
    ).serve()
    if lock:
        lock.close()
    return 0


def run_worker(_: argparse.Namespace) -> int:
    """Deliver until SIGTERM or SIGINT; refuses SQLite while a server holds it."""
    _setup()
    from linkspan.site.worker import loop

    lock = _embedded_lock()
    stop = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    loop(stop)
    if lock:
        lock.close()
    return 0


def run_tick(_: argparse.Namespace) -> int:
    """Once: close what is over, release what is due, deliver what waits."""
    _setup()
    from linkspan.kernel import outbox
    from linkspan.kernel.clock import domain_now
    from linkspan.site.tick import tick

    tick(now=domain_now())
    outbox.drain(now=domain_now())
    return 0
