"""The database as one file, as it was at one moment while people went on writing; and back from it."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from django.db import connection, transaction

from linkspan.cli import one_line
from linkspan.kernel.errors import Unusable
from linkspan.site.database import is_embedded

#: What PostgreSQL's own programs read, by the name of the same value in Django.
VARIABLES = {
    "dbname": "PGDATABASE",
    "user": "PGUSER",
    "password": "PGPASSWORD",
    "host": "PGHOST",
    "port": "PGPORT",
    "sslmode": "PGSSLMODE",
    "sslrootcert": "PGSSLROOTCERT",
}

type Rows = dict[str, int]


def dump_name() -> str:
    """The name of the dump's file, which says of which database it is."""
    return "database.sqlite3" if is_embedded() else "database.pgdump"


def dump(folder: Path) -> Rows:
    """Write the dump into a folder, and return how many rows of which table are in it."""
    place = folder / dump_name()
    return _dump_file(place) if is_embedded() else _dump_server(place)


def load(folder: Path) -> Rows:
    """Fill the database, which is empty, from the dump of a folder; returns how many rows of which table there are."""
    place = folder / dump_name()
    if is_embedded():
        shutil.copyfile(place, _file())
    else:
        _program("pg_restore", "--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction",
                 f"--dbname={connection.settings_dict['NAME']}", str(place))  # fmt: skip
    return rows_here()


def is_empty() -> bool:
    """Whether there is no table yet."""
    if is_embedded():
        return not _file().exists()
    return not connection.introspection.table_names()


def rows_here() -> Rows:
    """How many rows each table of the database has."""
    with connection.cursor() as cursor:
        return _count(connection.introspection.table_names(cursor), cursor.execute, cursor.fetchone)


def files_of_the_database() -> set[Path]:
    """The files of the embedded database, which are copied by a dump alone."""
    return {_file(), *(Path(f"{_file()}-{part}") for part in ("wal", "shm", "journal"))} if is_embedded() else set()


def _file() -> Path:
    return Path(str(connection.settings_dict["NAME"]))


def _dump_file(place: Path) -> Rows:
    with closing(sqlite3.connect(_file(), timeout=20, isolation_level=None)) as here:
        here.execute("VACUUM INTO ?", (str(place),))
    with closing(sqlite3.connect(place)) as kept:
        found = kept.cursor()
        found.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        return _count([name for (name,) in found.fetchall()], found.execute, found.fetchone)


def _dump_server(place: Path) -> Rows:
    """The rows are counted in the very snapshot that is dumped."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        (snapshot,) = cursor.fetchone()
        _program("pg_dump", "--format=custom", f"--snapshot={snapshot}", f"--file={place}")
        return rows_here()


def _count(tables: list[str], execute: Callable[[str], object], fetchone: Callable[[], tuple[int, ...]]) -> Rows:
    found: Rows = {}
    for table in sorted(tables):
        execute(f'SELECT count(*) FROM "{table}"')  # noqa: S608 - names of our own tables
        (found[table],) = fetchone()
    return found


def _program(name: str, *arguments: str) -> None:
    """Run one of PostgreSQL's programs on this database; the password is in its environment, not in its arguments."""
    program = shutil.which(name)
    if program is None:
        raise Unusable(
            "program_missing", "{name} is not on this machine. Install PostgreSQL's client programs.", name=name
        )
    known = connection.get_connection_params()
    told = {variable: str(known[key]) for key, variable in VARIABLES.items() if known.get(key)}
    done = subprocess.run(
        [program, *arguments], env=os.environ | told, stdin=subprocess.DEVNULL, capture_output=True, text=True
    )
    if done.returncode:
        why = one_line(done.stderr.strip() or done.returncode)
        raise Unusable("program_failed", "{name}: {why}", name=name, why=why)
