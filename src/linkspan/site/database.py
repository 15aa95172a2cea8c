"""The database of this installation: held by one process where it is a file, and never made anew in silence."""

import fcntl
import json
import os
from functools import cache
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from linkspan.kernel.errors import Refused, Unusable
from linkspan.site.secrets import private_home

NO_DATABASE = "there is no database that can be used. Run linkspan serve first; the demo's is at LINKSPAN_HOME=var/demo"


def is_embedded() -> bool:
    """Whether the database is a file of this machine."""
    return connection.vendor == "sqlite"


def hold() -> IO[str] | None:
    """The lock that says one process holds the embedded database, or None on PostgreSQL; Refused if it is taken."""
    if not is_embedded():
        return None
    lock = (private_home(settings.HOME) / "serving.lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.close()
        raise Refused(
            "database_held",
            "a server holds this SQLite database and runs its jobs itself; "
            "use PostgreSQL to run a separate worker or more than one process.",
        ) from error
    return lock


def open_database(*, migrate: bool = False) -> None:
    """Have the tables of this version, or be Refused.

    The embedded database migrates itself; PostgreSQL is migrated only where that was asked for. A database that was
    here once and is gone is an error: an empty one would be taken for the truth. The installation's keys are made with
    the first, so that the folder holds whatever a backup needs.
    """
    private_home(settings.HOME)
    for kept in (settings.SECRET_KEY, settings.DOCUMENT_KEY, settings.PDF_SEAL):
        str(kept)
    if _was_here() and not _is_here():
        raise Refused(
            "database_gone",
            "the database {name} was there and is gone. Bring it back, from a backup if need be; to "
            "begin anew, delete {marker}.",
            name=_identity()["name"],
            marker=_marker(),
        )
    if migrate or is_embedded():
        call_command("migrate", verbosity=0)
    elif missing := missing_migrations():
        raise Refused(
            "migrations_missing", "the database lacks {count} migrations. Run linkspan migrate.", count=len(missing)
        )
    _mark()


def check_database() -> None:
    """Be Unusable where there are no tables, and Refused where they are of another version."""
    if not _is_here():
        raise Unusable("database_missing", NO_DATABASE)
    if missing := missing_migrations():
        raise Refused(
            "migrations_missing", "the database lacks {count} migrations. Run linkspan migrate.", count=len(missing)
        )


def missing_migrations() -> list[tuple[str, str]]:
    """The migrations of this version that the database does not have."""
    return sorted(known_migrations() - MigrationRecorder(connection).applied_migrations().keys())


@cache
def known_migrations() -> frozenset[tuple[str, str]]:
    """The migrations of this version."""
    return frozenset(MigrationLoader(None).disk_migrations)


def _marker() -> Path:
    return settings.HOME / "database.json"


def _was_here() -> bool:
    """Whether this installation has used this database before."""
    try:
        return bool(json.loads(_marker().read_text()) == _identity())
    except FileNotFoundError:
        return False
    except ValueError as error:
        raise Refused(
            "marker_broken",
            "{marker} is broken: it names the database that is used here. If that one is right, delete the file.",
            marker=_marker(),
        ) from error


def _mark() -> None:
    """Note which database is used here, so that the note is whole whenever this process or the machine ends."""
    if _was_here():
        return
    partial = _marker().with_suffix(".part")
    with partial.open("w") as file:
        file.write(json.dumps(_identity()))
        file.flush()
        os.fsync(file.fileno())
    partial.replace(_marker())


def _is_here() -> bool:
    if is_embedded() and not Path(connection.settings_dict["NAME"]).exists():
        return False
    return MigrationRecorder(connection).has_table()


def _identity() -> dict[str, Any]:
    """Which database this is; a file in the home folder moves with it."""
    known = connection.settings_dict
    name = str(known["NAME"])
    if is_embedded() and Path(name).is_relative_to(settings.HOME):
        name = str(Path(name).relative_to(settings.HOME))
    return {"vendor": connection.vendor, "name": name, "host": known["HOST"], "port": str(known["PORT"])}
