"""`linkspan serve`, `linkspan worker`, `linkspan tick`, `linkspan migrate`."""

import argparse
import os
import signal
import socket
import sys
import threading
from typing import Any

from linkspan.kernel.retries import Lane
from linkspan.site.lifeline import follow
from linkspan.site.supervisor import supervise

#: What a worker does: the deliveries of each lane, and the two lists of the clock's jobs.
LANES = (*map(str, Lane), "ticks", "calls")


def register(verbs: Any) -> None:
    """Add the four verbs."""
    serve = verbs.add_parser("serve", help="serve the site, with its jobs unless --no-worker")
    add_serving(serve)
    serve.add_argument("--on", metavar="DATE", help="shift the domain clock to that ISO date or instant")
    serve.add_argument("--no-worker", action="store_true", help="serve only; run `linkspan worker` elsewhere")
    serve.add_argument("--listener", type=int, help=argparse.SUPPRESS)  # inherited from the supervisor
    serve.set_defaults(run=run_serve)
    worker = verbs.add_parser("worker", help="deliver events and run jobs until stopped")
    told = "only these, such as `fast ticks`: the lanes of deliveries, and the clock's jobs; default: all"
    worker.add_argument("--lanes", nargs="+", choices=LANES, default=LANES, metavar="LANE", help=told)
    told = "over a broker: how many jobs at a time, each in a process of some 300 MB; default: 4"
    worker.add_argument("--processes", type=_whole(1, 1000), default=4, metavar="N", help=told)
    worker.add_argument("--engine", action="store_true", help=argparse.SUPPRESS)  # under the one that has the clock
    add_lifeline(worker)
    worker.set_defaults(run=run_worker)
    tick = verbs.add_parser("tick", help="do what the time of day asks for, once")
    tick.set_defaults(run=run_tick)
    migrate = verbs.add_parser("migrate", help="bring the database to this version")
    migrate.add_argument("--check", action="store_true", help="only say whether it is; exit 1 if not")
    migrate.set_defaults(run=run_migrate)


def add_serving(parser: argparse.ArgumentParser) -> None:
    """Add the options of every verb that serves."""
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on")
    parser.add_argument("--port", type=_whole(0, 65535), default=8000)
    for name, least, default, unit, told in (
        ("workers", 1, 1, "N", "processes that serve; more than one need PostgreSQL"),
        ("threads", 1, 4, "N", "requests that a process works on at a time"),
        ("proxies", 0, 0, "N", "trusted proxies in front, whose X-Forwarded-For and -Proto count"),
        ("drain", 0, 0, "SECONDS", "how long to go on after SIGTERM, while /health/ready/ says 503"),
    ):
        parser.add_argument(f"--{name}", type=_whole(least, 10_000), default=default, metavar=unit, help=told)
    add_lifeline(parser)


def add_lifeline(parser: argparse.ArgumentParser) -> None:
    """Add the option of every verb that goes on until it is stopped."""
    told = "end when the other end of this inherited pipe is closed, that is, with the process that holds it"
    parser.add_argument("--lifeline", type=int, metavar="FD", help=told)


def _whole(least: int, most: int) -> Any:
    def read(text: str) -> int:
        if not text.isdecimal() or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"{text} is not a whole number from {least} to {most}")
        return int(text)

    return read


def run_serve(arguments: argparse.Namespace) -> int:
    """Serve until SIGTERM or SIGINT: in this process, or in several under this one."""
    from linkspan.kernel import clock

    if arguments.on:
        try:
            clock.parse_instant(arguments.on)
        except ValueError as error:
            print(f"linkspan: --on: {error}", file=sys.stderr)
            return 2
        os.environ[clock.SHIFT] = arguments.on
    _setup()
    if arguments.listener is not None:
        return _serve_here(arguments, socket.socket(fileno=arguments.listener))
    from linkspan.site import broker, database
    from linkspan.site.server import listen

    lock = database.hold()
    if broker.is_named():
        broker.check_named()
    if lock and arguments.workers > 1:
        print("linkspan serve: --workers: the embedded SQLite database has one process. See --help", file=sys.stderr)
        return 2
    database.open_database()
    with listen(arguments.host, arguments.port) as listener:
        if arguments.workers > 1 or (broker.is_named() and not arguments.no_worker):
            return supervise(_children(arguments, listener.fileno()), arguments.lifeline, listener)
        return _serve_here(arguments, listener)


def _children(arguments: argparse.Namespace, listener: int) -> list[list[str]]:
    """The commands of the processes that serve from one socket, and of the one that does the jobs."""
    web = ["serve", "--no-worker", "--listener", str(listener)]
    for name in ("threads", "proxies", "drain"):
        web += [f"--{name}", str(getattr(arguments, name))]
    return [web] * arguments.workers + ([] if arguments.no_worker else [["worker"]])


def _serve_here(arguments: argparse.Namespace, listener: socket.socket) -> int:
    from django.urls import get_resolver

    from linkspan.site.health import draining
    from linkspan.site.server import Limits, Server
    from linkspan.site.worker import loop
    from linkspan.site.wsgi import application

    get_resolver().url_patterns  # noqa: B018  all pages are loaded before the first is asked for
    limits = Limits(arguments.threads, arguments.proxies, drain_seconds=arguments.drain)
    server = Server(application, listener, limits)

    def end() -> None:
        draining.set()
        server.stop()

    _on_end(end, arguments.lifeline)
    if not arguments.no_worker:
        threading.Thread(target=loop, args=(draining,), name="worker", daemon=True).start()
    server.run()
    return 0


def run_worker(arguments: argparse.Namespace) -> int:
    """Deliver until SIGTERM or SIGINT: in processes of the engine where a broker is named, else in this one.

    Refuses SQLite while a server holds it.
    """
    _setup()
    from linkspan.site import broker, database
    from linkspan.site.worker import loop

    lock = database.hold()
    if broker.is_named():
        return _run_engine(arguments)
    database.open_database()
    stop = threading.Event()
    _on_end(stop.set, arguments.lifeline)
    loop(stop, arguments.lanes)
    if lock:
        lock.close()
    return 0


def _run_engine(arguments: argparse.Namespace) -> int:
    """Deliver over the broker: the schedule is sent from here, and its work done in processes below this one."""
    from linkspan.site import broker, database

    broker.check_named()
    from linkspan.site import engine

    if arguments.engine:
        return engine.run(arguments.lanes, arguments.processes)
    database.open_database()
    threading.Thread(target=engine.clock().start, name="clock", daemon=True).start()
    command = ["worker", "--engine", "--processes", str(arguments.processes), "--lanes", *arguments.lanes]
    return supervise([command], arguments.lifeline)


def run_tick(_: argparse.Namespace) -> int:
    """Once: close what is over, release what is due, deliver what waits."""
    _setup()
    from linkspan.kernel import outbox
    from linkspan.kernel.clock import domain_now
    from linkspan.site import database
    from linkspan.site.tick import tick

    database.check_database()
    failed = tick(now=domain_now())
    outbox.drain(now=domain_now())
    return 1 if failed else 0


def run_migrate(arguments: argparse.Namespace) -> int:
    """Bring the database to this version; with --check, only say what it lacks."""
    _setup()
    from linkspan.site import database

    if not arguments.check:
        database.open_database(migrate=True)
        return 0
    missing = database.missing_migrations()
    for app, name in missing:
        print(f"{app} {name}")
    return 1 if missing else 0


def _setup() -> None:
    import django

    django.setup()


def _on_end(end: Any, lifeline: int | None) -> None:
    """Have `end` called by SIGTERM, by SIGINT, and when the supervisor is gone; a second signal ends at once."""

    def once(number: int, _frame: Any) -> None:
        signal.signal(number, signal.SIG_DFL)
        end()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, once)
    if lifeline is not None:
        follow(lifeline)
