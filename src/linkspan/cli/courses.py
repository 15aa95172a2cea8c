"""`linkspan courses check|import PATH`."""

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from linkspan.cli import unusable
from linkspan.kernel.errors import Unusable


def register(verbs: Any) -> None:
    """Add the verbs."""
    courses = verbs.add_parser("courses", help="read courses in OLX").add_subparsers(required=True, metavar="VERB")
    for name, words in (("check", "read a course and say what is wrong"), ("import", "read a course and keep it")):
        parser = courses.add_parser(name, help=words)
        parser.add_argument("path", metavar="PATH", type=Path, help="a folder, or a .tar.gz")
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        parser.set_defaults(run=run, verb=name)


def run(arguments: argparse.Namespace) -> int:
    """Exit 0, or 2 with one line that names the file."""
    import django

    django.setup()
    from linkspan.courseware.actions import check_course, import_course
    from linkspan.kernel.actor import system_actor
    from linkspan.kernel.clock import domain_now

    try:
        if not arguments.path.exists():
            raise Unusable("path_unknown", f"There is nothing at {arguments.path}.")
        if arguments.verb == "check":
            report = check_course(arguments.path)
        else:
            report = import_course(actor=system_actor("command line"), path=arguments.path, now=domain_now())
    except Unusable as error:
        return unusable("courses", error.message)
    if arguments.json:
        print(json.dumps(asdict(report), ensure_ascii=False))
        return 0
    counts = ", ".join(f"{count} {name}" for name, count in sorted(report.blocks.items()))
    print(f"{report.title} ({report.run_id}): {counts}")
    for warning in report.warnings:
        print(f"  ! {warning}")
    return 0
