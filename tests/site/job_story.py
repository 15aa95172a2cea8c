"""A worker as a process: it does one job of the clock, and is killed with -9 before the change that it is told."""

import os
import signal
import sys
from datetime import datetime
from importlib import import_module
from typing import Any


def main(name: str, now: datetime, fatal: int) -> None:
    """Do the job; tell how many changes to rows it made. Before the one that is `fatal` the process dies."""
    from django.db import connection

    domain, _, job = name.partition(".")
    made = 0

    def count(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        nonlocal made
        if sql.lstrip()[:6].upper() in ("INSERT", "UPDATE", "DELETE"):
            made += 1
            if made == fatal:
                os.kill(os.getpid(), signal.SIGKILL)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(count):
        getattr(import_module(f"linkspan.{domain}.tasks"), job)(now)
    print(made)


if __name__ == "__main__":
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "linkspan.site.settings"
    django.setup()
    main(sys.argv[1], datetime.fromisoformat(sys.argv[2]), int(sys.argv[3]))
