"""`linkspan partitions`: which large tables lie in parts on PostgreSQL; `make` parts them."""

import argparse
import json
from typing import Any

from linkspan.cli import command_line


def register(verbs: Any) -> None:
    """Add the verb."""
    partitions = verbs.add_parser("partitions", help="large tables in parts by time, on PostgreSQL")
    partitions.add_argument("act", nargs="?", choices=("list", "make"), default="list", help="list (default), or make")
    partitions.add_argument(
        "tables", nargs="*", metavar="TABLE", help="the tables to part; without one, all that may be"
    )
    partitions.add_argument("--json", action="store_true", help="print one JSON object")
    partitions.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Exit 0; 1 where tables cannot be parted, 2 for a table that may not be."""
    actor = command_line()
    from linkspan.kernel.clock import domain_now
    from linkspan.kernel.partitions import make_partitions, partitions

    made: tuple[str, ...] = ()
    found = partitions(actor)
    if arguments.act == "make":
        made = make_partitions(actor=actor, tables=tuple(arguments.tables), now=domain_now())
        found = partitions(actor)
    if arguments.json:
        print(json.dumps({"made": made, "tables": [one.as_json() for one in found]}))
        return 0
    lines = [f"parted: {table}" for table in made]
    for one in found:
        lines.append(f"{one.table}: {f'{len(one.parts)} parts by {one.column}' if one.parts else 'one table'}")
        lines += [f"  {part.name}: about {part.rows} rows, {part.bytes // 1024} kB" for part in one.parts]
    print("\n".join(lines))
    return 0
