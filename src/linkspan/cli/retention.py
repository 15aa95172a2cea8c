"""`linkspan retention`: remove what was kept long enough, as the clock does once a day."""

import argparse
import json
import sys
from typing import Any

from linkspan.cli import command_line, one_line


def register(verbs: Any) -> None:
    """Add the verb."""
    retention = verbs.add_parser(
        "retention", help="remove what was kept long enough, by the days of LINKSPAN_RETENTION"
    )
    retention.add_argument("--dry-run", action="store_true", help="say what is due, and change nothing")
    retention.add_argument("--json", action="store_true", help="print one JSON object")
    retention.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Exit 0; 1 if a kind failed, which harms no other."""
    actor = command_line()
    from linkspan.kernel import retention
    from linkspan.kernel.clock import domain_now

    now = domain_now()
    rows = retention.standing(actor, now)
    failed = () if arguments.dry_run else retention.apply(actor=actor, now=now).failed
    if arguments.json:
        told = {"kinds": [row.as_json() for row in rows], "failed": {no.one.code: no.message for no in failed}}
        print(json.dumps({**told, "dry_run": arguments.dry_run}, default=str))
    else:
        done = "to go" if arguments.dry_run else "gone"
        for row in rows:
            print(f"{row.due:8} {done}, kept for {row.kind.days:4} days: {row.kind.code}: {row.kind.kept.holds}")
    for no in failed:
        print(f"linkspan retention: {no.one.code}: {one_line(no.message)}", file=sys.stderr)
    return 1 if failed else 0
