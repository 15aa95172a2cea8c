"""Workers that are forked from a test, each on a copy of its database in a file, and killed with -9 on demand.

A fork costs a moment where a process of its own costs seconds, and has the stand-ins that the test put up. The test's
own database stays as it is. What a worker that was killed had committed stands in its copy, and no more.
"""

import os
import signal
import sqlite3
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any


class Copies:
    """Copies of the test's database as it is now, by name, and what workers make of them."""

    def __init__(self, folder: Path) -> None:
        from django.db import connection

        connection.ensure_connection()
        self.folder, self._base = folder, bytes(connection.connection.serialize())

    def work(self, name: str, act: Callable[[], object], fatal: int = 0) -> int:
        """How many changes to rows a worker made that did this on a copy.

        Before the change that is `fatal` it is killed; 0: it is not. An error of the act is an error here.
        """
        file = self.folder / name
        if not file.exists():
            file.write_bytes(self._base)
        told, tell = os.pipe()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that threads do not come along is meant
            child = os.fork()  # noqa: TID251 - it does one thing over a connection of its own, and ends
        if not child:
            _work_and_end(file, act, fatal, tell)
        os.close(tell)
        with os.fdopen(told) as answer:
            said = answer.read()
        ended = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if fatal:
            assert ended == -signal.SIGKILL, f"the worker was not killed: {said}"
            return fatal
        assert ended == 0, said
        return int(said)

    def holds(self, name: str) -> dict[str, Any]:
        """How many rows each table has, what was published and delivered and what stands on the trail, by kind."""
        with closing(sqlite3.connect(self.folder / name)) as base:
            tables = [one for (one,) in base.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            found: dict[str, Any] = {one: base.execute(f'SELECT count(*) FROM "{one}"').fetchone()[0] for one in tables}
            found["events"] = Counter(base.execute("SELECT event FROM kernel_outbox_message"))
            found["deliveries"] = Counter(base.execute("SELECT subscriber, state FROM kernel_outbox_delivery"))
            done = base.execute("SELECT verb, subject FROM kernel_trail_entry")
            found["verbs"] = Counter((verb, subject.partition(":")[0]) for verb, subject in done)
        return found

    def delivery(self, name: str, delivery_id: str) -> str:
        """How a delivery stands in a copy."""
        with closing(sqlite3.connect(self.folder / name)) as base:
            found = base.execute("SELECT state FROM kernel_outbox_delivery WHERE id = ?", [delivery_id]).fetchone()
        return str(found[0]) if found else "gone"

    def differences(self, one: str, other: str) -> dict[str, Any]:
        """What the second copy holds otherwise than the first."""
        wanted, found = self.holds(one), self.holds(other)
        return {key: (wanted[key], found.get(key)) for key in wanted if wanted[key] != found.get(key)}


def _work_and_end(file: Path, act: Callable[[], object], fatal: int, tell: int) -> None:
    """Work in this process, which is a fork, and end it at once: nothing of pytest runs here."""
    signal.alarm(120)  # a lock that a thread of the parent holds is never given back here
    try:
        said, ended = str(_counted(file, act, fatal)), 0
    except BaseException as error:
        said, ended = repr(error), 1
    os.write(tell, said.encode()[:4000])
    os._exit(ended)


def _counted(file: Path, act: Callable[[], object], fatal: int) -> int:
    from django.db import connections

    own = connections.create_connection("default")
    own.settings_dict = {**own.settings_dict, "NAME": str(file)}
    connections["default"] = own
    with own.cursor() as cursor:
        cursor.execute("PRAGMA synchronous = OFF")  # it is the process that dies, not the machine
    with dying(own, fatal) as made:
        act()
    return made[0]


@contextmanager
def dying(connection: Any, fatal: int) -> Iterator[list[int]]:
    """Count the changes to rows over a connection; this process is killed before the one that is `fatal`."""
    made = [0]

    def count(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.lstrip()[:6].upper() in ("INSERT", "UPDATE", "DELETE"):
            made[0] += 1
            if made[0] == fatal:
                os.kill(os.getpid(), signal.SIGKILL)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(count):
        yield made
