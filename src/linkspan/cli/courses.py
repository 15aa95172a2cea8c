"""`linkspan courses check|import PATH`, `linkspan courses export RUN FILE`, `linkspan courses grade|play FILE`."""

import argparse
import json
import shutil
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

from linkspan.cli import command_line, one_line, read_json, unusable
from linkspan.kernel.errors import NotFound, Unusable


def register(verbs: Any) -> None:
    """Add the verbs."""
    courses = verbs.add_parser("courses", help="read courses in OLX").add_subparsers(required=True, metavar="VERB")
    for name, words, run in (
        ("check", "read a course, show every block, answer every problem; say what is wrong", run_check),
        ("import", "read a course and keep it", run_import),
    ):
        parser = courses.add_parser(name, help=words)
        parser.add_argument("path", metavar="PATH", type=Path, help="a folder, or a .tar.gz")
        parser.add_argument("--json", action="store_true", help="print one JSON object")
        parser.set_defaults(run=run)
    export = courses.add_parser("export", help="write what a run teaches as a .tar.gz that is imported unchanged")
    export.add_argument("run_id", metavar="RUN", help="the id of the run: course-v1:ORG+CODE+RUN")
    export.add_argument("file", metavar="FILE", type=Path, help="the .tar.gz to write; it must not be there yet")
    export.set_defaults(run=run_export)
    play = courses.add_parser("play", help="play lives of problems from a file: open, submit, save, reset, show, hint")
    play.add_argument("file", metavar="FILE", help="problems and cases as JSON, or - for standard input")
    play.add_argument("--json", action="store_true", help="print one JSON object")
    play.set_defaults(run=run_play)
    grade = courses.add_parser("grade", help="work out what grading policies give for the scores in a file")
    grade.add_argument("file", metavar="FILE", help="cases of policies and scores as JSON, or - for standard input")
    grade.add_argument("--json", action="store_true", help="print one JSON object")
    grade.set_defaults(run=run_grade)


def run_grade(arguments: argparse.Namespace) -> int:
    """Exit 0 with a result for each case, the ones that cannot be graded by name; 2 if the file cannot be used."""
    from linkspan.courseware.rules import PolicyError, grade_cases

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


def run_play(arguments: argparse.Namespace) -> int:
    """Exit 0 with a result for each case, the ones that cannot be played by name; 2 if the file cannot be used."""
    import django

    django.setup()
    from linkspan.courseware.engines.plays import PlayError, play

    try:
        with tempfile.TemporaryDirectory() as folder:
            results = play(read_json(arguments.file), Path(folder))
    except (Unusable, PlayError) as error:
        return unusable("courses play", error)
    if arguments.json:
        print(json.dumps({"results": results}, ensure_ascii=False))
        return 0
    for result in results:
        told = result.get("error") or ", ".join(step["result"] for step in result["steps"])
        print(one_line(f"{result['id']}: {told}"))
    return 0


def run_check(arguments: argparse.Namespace) -> int:
    """Exit 0 if nothing is wrong, 1 if something is, 2 if the course cannot be read."""
    import django

    django.setup()
    from linkspan.courseware.actions import check_course
    from linkspan.kernel.clock import domain_now

    try:
        check = check_course(_existing(arguments.path), domain_now())
    except Unusable as error:
        return unusable("courses check", error.message)
    if arguments.json:
        print(json.dumps(asdict(check), ensure_ascii=False))
    else:
        print(f"{check.title} ({check.run_id}): {check.rendered} of {check.blocks} blocks show;")
        print(f"  {check.full_marks} of {check.problems} problems earn full marks with their own answer,")
        print(f"  {check.no_reference} have none that can be handed in, {check.closed} take no answer.")
        for finding in (*check.errors, *check.warnings):
            print(one_line(f"  {'error' if finding.error else 'note '} {finding.block}: {finding.message}"))
    return 1 if check.errors else 0


def run_import(arguments: argparse.Namespace) -> int:
    """Exit 0, or 2 with one line that names the file."""
    actor = command_line()
    from linkspan.courseware.actions import import_course
    from linkspan.kernel.clock import domain_now

    try:
        report = import_course(actor=actor, path=_existing(arguments.path), now=domain_now())
    except Unusable as error:
        return unusable("courses import", error.message)
    if arguments.json:
        print(json.dumps(asdict(report), ensure_ascii=False))
        return 0
    counts = ", ".join(f"{count} {name}" for name, count in sorted(report.blocks.items()))
    print(f"{report.title} ({report.run_id}): {counts}")
    for finding in report.findings:
        print(one_line(f"  ! {finding.message}"))
    return 0


def run_export(arguments: argparse.Namespace) -> int:
    """Exit 0 once the file is written, or 2 with one line that says what is wrong."""
    actor = command_line()
    from linkspan.courseware.actions import export_course
    from linkspan.kernel.clock import domain_now

    try:
        archive = export_course(actor=actor, run_id=arguments.run_id, now=domain_now())
        with archive, arguments.file.open("xb") as to:
            shutil.copyfileobj(archive, to)
    except NotFound as error:
        return unusable("courses export", error.message)
    except OSError as error:
        return unusable("courses export", f"{arguments.file}: {error.strerror}")
    print(one_line(f"{arguments.run_id} is in {arguments.file}"))
    return 0


def _existing(path: Path) -> Path:
    if not path.exists():
        raise Unusable("path_unknown", "There is nothing at {path}.", path=path)
    return path
