"""`linkspan records check FILE`: what an import would say of each row, before anything is taken in."""

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from linkspan.cli import one_line


def register(verbs: Any) -> None:
    """Add the verb."""
    group = verbs.add_parser("records", help="records of learners").add_subparsers(required=True, metavar="VERB")
    check = group.add_parser("check", help="say which rows of a platform's export cannot be taken, and why")
    check.add_argument("file", metavar="FILE", type=Path, help="the export as JSON lines")
    check.add_argument("--json", action="store_true", help="print one JSON object")
    check.set_defaults(run=run_check)


def run_check(arguments: argparse.Namespace) -> int:
    """Exit 0 if every row can be taken, 1 if some cannot, 2 if the file cannot be read or holds no row."""
    from linkspan.courseware.connector import ExportFile
    from linkspan.kernel.clock import real_now
    from linkspan.kernel.errors import Unusable
    from linkspan.records.rules import check_rows

    checked = check_rows(ExportFile(arguments.file).completers(), real_now().date())
    if not checked.rows and not checked.refused:
        raise Unusable("export_empty", f"{arguments.file} holds no row.")
    if arguments.json:
        told = {"rows": len(checked.rows), "refused": [asdict(row) for row in checked.refused]}
        print(json.dumps(told, ensure_ascii=False))
    else:
        for row in checked.refused:
            print(one_line(row))
        print(f"{len(checked.rows)} rows can be taken, {len({row.row for row in checked.refused})} cannot")
    return 1 if checked.refused else 0
