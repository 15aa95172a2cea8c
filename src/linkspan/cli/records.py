"""`linkspan records check FILE` and `linkspan records import FILE`: records from a platform's export."""

import argparse
import json
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from linkspan.cli import command_line, one_line, read_bytes
from linkspan.kernel.actor import Actor


def register(verbs: Any) -> None:
    """Add the verb."""
    group = verbs.add_parser("records", help="records of learners").add_subparsers(required=True, metavar="VERB")
    check = group.add_parser("check", help="say which rows of a platform's export cannot be taken, and why")
    check.add_argument("file", metavar="FILE", type=Path, help="the export as JSON lines")
    check.add_argument("--json", action="store_true", help="print one JSON object")
    check.set_defaults(run=run_check)
    take = group.add_parser("import", help="take in a platform's export row by row; the same again adds nothing")
    take.add_argument("file", metavar="FILE", type=Path, help="an export as JSON lines, or a grade report (.csv)")
    take.add_argument("--institution", required=True, metavar="CODE", help="whose grades and credentials they are")
    take.add_argument(
        "--run", dest="course_run", default="", metavar="RUN", help="of a grade report, unless its name says which run"
    )
    take.add_argument("--platform", default="", metavar="HOST", help="of a grade report: where its usernames are known")
    take.add_argument("--pass-mark", default="", metavar="PERCENT", help="of a grade report: from which one passes")
    take.add_argument("--reason", default="", help="why facts that are on record are corrected")
    take.add_argument("--dry-run", action="store_true", help="say what would be done, and change nothing")
    take.add_argument("--refused", metavar="FILE", type=Path, help="write the refused lines there, to be corrected")
    take.add_argument("--json", action="store_true", help="print one JSON object")
    take.set_defaults(run=run_import)


def run_check(arguments: argparse.Namespace) -> int:
    """Exit 0 if every row can be taken, 1 if some cannot, 2 if the file cannot be read or holds no row."""
    from linkspan.courseware.engines.exports import ExportFile
    from linkspan.kernel.clock import real_now
    from linkspan.kernel.errors import Unusable
    from linkspan.records.rules import check_rows

    if arguments.file.suffix.lower() == ".csv":
        raise Unusable("report_needs_run", "Try a grade report with `records import FILE --dry-run`: it takes the run.")
    checked = check_rows(ExportFile(arguments.file).rows(), real_now().date())
    if not checked.rows and not checked.refused:
        raise Unusable("export_empty", "{file} holds no row.", file=arguments.file)
    if arguments.json:
        told = {"rows": len(checked.rows), "refused": [asdict(row) for row in checked.refused]}
        print(json.dumps(told, ensure_ascii=False))
    else:
        for row in checked.refused:
            print(one_line(row))
        print(f"{len(checked.rows)} rows can be taken, {len({row.row for row in checked.refused})} cannot")
    return 1 if checked.refused else 0


def run_import(arguments: argparse.Namespace) -> int:
    """Exit 0 if every row is taken, 1 if some are refused, 2 if nothing can be read."""
    actor = command_line()
    from linkspan.institutions.queries import institution
    from linkspan.kernel.clock import real_now
    from linkspan.records.actions import import_from_platform

    code, now = institution(arguments.institution).code, real_now()
    export = _opened(arguments, actor, code, now)
    done = import_from_platform(
        actor=actor,
        institution=code,
        platform=export,
        now=now,
        reason=arguments.reason,
        dry_run=arguments.dry_run,
    )
    if arguments.refused:
        arguments.refused.write_bytes(b"".join(export.lines(set(done.refused_rows))))
    if arguments.json:
        print(json.dumps({**done.told(), "dry_run": arguments.dry_run}, ensure_ascii=False))
    else:
        for row in done.refused:
            print(one_line(row))
        told = ", ".join(f"{count} {name}" for name, count in done.counts().items())
        print(f"would be: {told}" if arguments.dry_run else told)
    return 1 if done.refused else 0


def _opened(arguments: argparse.Namespace, actor: Actor, institution: str, now: datetime) -> Any:
    """The file as it is to be read: an export of any length, or a grade report."""
    from linkspan.courseware.engines.exports import ExportFile
    from linkspan.courseware.rules import Form, reading_of
    from linkspan.records.queries import platform_file

    name = arguments.file.name
    reading = reading_of(name, arguments.course_run, arguments.platform, arguments.pass_mark)
    if reading.form is Form.EXPORT:
        return ExportFile(arguments.file)
    return platform_file(actor, institution, name, read_bytes(str(arguments.file)), reading, now)
