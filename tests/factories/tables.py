"""The tables of the test's own database for processes that begin with a database in a file."""

import sqlite3
from contextlib import closing
from pathlib import Path

from django.db import connection


def copy_tables(file: Path) -> None:
    """Copy what the test's database has into a new file; where it is a server's, processes use it itself."""
    if connection.vendor == "sqlite":
        connection.ensure_connection()
        with closing(sqlite3.connect(file)) as made:
            connection.connection.backup(made)
