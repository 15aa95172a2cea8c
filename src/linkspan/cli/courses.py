"""`linkspan courses check|import PATH`, `linkspan courses grade FILE`."""

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from linkspan.cli import one_line, read_json, unusable
from linkspan.kernel.errors import Unusable


def register(verbs: Any) -> None:
    """Add the verbs."""
    courses = verbs.add_parser("courses", help="read courses in OLX").add_subparsers(required=True, metavar="VERB")
    for name, words in (("check", "read a course and say what is wrong"), ("import", "read a course and keep it")):
        parser = courses.add_parser(name, help=words)
        parser.add_argument("path", metavar="PATH", type=Path, help="a folder, or a .tar.gz")
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        parser.set_defaults(run=run, verb=name)
    grade = courses.add_parser("grade", help="work out what grading policies give for the scores in a file")
    grade.add_argument("file", metavar="FILE", help="cases of policies and scores as JSON, or - for standard input")
    grade.add_argument("--json", action="store_true", help="print one JSON object")
    grade.set_defaults(run=run_grade)


def run_grade(arguments: argparse.Namespace) -> int:
    """Exit 0 with a result for each case, the ones that cannot be graded by name; 2 if the file cannot be used."""
    from linkspan.courseware.rules.grading import PolicyError
    from linkspan.courseware.rules.grading_file import grade_cases

    try:
        results = grade_cases(read_json(arguments.file))
    except (Unusable, PolicyError) as error:
        return unusable("courses grade", error)
    if arguments.json:
        print(json.dumps({"results": results}, ensure_ascii=False))
    else:
        for result in results:
            print(one_line(_grade_line(result)))
    return 0


def _grade_line(result: dict[str, Any]) -> str:
    if "error" in result:
        return f"{result['id']}: cannot be graded: {result['message']}"
    letter = f", {result['letter']}" if result["letter"] else ""
    return f"{result['id']}: {result['percent']:.0%}{letter}, {'passed' if result['passed'] else 'not passed'}"


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
