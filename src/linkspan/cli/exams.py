"""`linkspan exams`: statistics, states and keys from files; packages of QTI checked, taken into a draft, written."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from linkspan.cli import command_line, one_line, parse_json, read_bytes, read_json, unusable
from linkspan.kernel.errors import LinkspanError, Unusable

if TYPE_CHECKING:
    from linkspan.exams.engines.qti.reader import Line


def register(verbs: Any) -> None:
    """Add the verbs."""
    exams = verbs.add_parser("exams", help="statistics of exams; keys of Safe Exam Browser").add_subparsers(
        required=True, metavar="VERB"
    )
    statistics = exams.add_parser("statistics", help="work out item analysis, reliability, fairness, pass marks")
    statistics.add_argument("file", metavar="FILE", help="cases as JSON, or - for standard input")
    statistics.add_argument("--json", action="store_true", help="print one JSON object")
    statistics.set_defaults(run=run_statistics)
    states = exams.add_parser("states", help="the table of an attempt's states: who moves it, by what act, to where")
    states.add_argument("--json", action="store_true", help="print one JSON object")
    states.set_defaults(run=run_states)
    check = exams.add_parser("qti-check", help="what of a QTI package exams here take, item by item")
    check.add_argument("file", metavar="FILE", help="a package of QTI 3.0 or 2.2; - for standard input")
    check.add_argument("--json", action="store_true", help="print one JSON object")
    check.set_defaults(run=run_qti_check)
    take = exams.add_parser("qti-take", help="exchange the questions of a draft for those of a QTI package")
    take.add_argument("code", metavar="CODE", help="the exam, which has a draft")
    take.add_argument("file", metavar="FILE", help="a package of QTI 3.0 or 2.2; - for standard input")
    take.add_argument("--json", action="store_true", help="print one JSON object")
    take.set_defaults(run=run_qti_take)
    out = exams.add_parser("qti-write", help="write the questions of an exam as a package of QTI 3.0")
    out.add_argument("code", metavar="CODE", help="the exam")
    out.add_argument("file", metavar="FILE", help="the file to be written")
    out.set_defaults(run=run_qti_write)
    seb = exams.add_parser("seb-key", help="the Config Key of a .seb file, and the header it gives for a page")
    seb.add_argument("file", metavar="FILE", help="a .seb file, or its settings as JSON; - for standard input")
    seb.add_argument("--url", help="the page for which the header is wanted")
    seb.add_argument("--json", action="store_true", help="print one JSON object")
    seb.set_defaults(run=run_seb_key)


def run_statistics(arguments: argparse.Namespace) -> int:
    """Exit 0 with a result for each case, the ones that cannot be worked out by name; 2 if the file is unusable."""
    from linkspan.exams.engines.statistics.worked import CaseError, work_out

    try:
        results = work_out(read_json(arguments.file))
    except (Unusable, CaseError) as error:
        return unusable("exams statistics", error)
    if arguments.json:
        print(json.dumps({"results": results}, ensure_ascii=False))
        return 0
    for result in results:
        told = "; ".join(f"{name} {json.dumps(value)}" for name, value in result.items() if name != "id")
        print(one_line(f"{result['id']}: {told}"))
    return 0


def run_seb_key(arguments: argparse.Namespace) -> int:
    """Exit 0 with the key, 2 if the file cannot be read or is read differently by different clients."""
    from linkspan.exams.engines import seb

    try:
        raw = read_bytes(arguments.file)
        settings = seb.from_json(parse_json(raw)) if raw.lstrip()[:1] == b"{" else seb.read_settings(raw)
        keys = seb.keys_of(settings, arguments.url)
    except seb.SettingsRefused as error:
        return unusable("exams seb-key", f"{error.code}: {error}")
    except Unusable as error:
        return unusable("exams seb-key", error.message)
    if arguments.json:
        print(json.dumps({"config_key": keys.config_key, "header": keys.header}))
    else:
        print(f"Config Key  {keys.config_key}")
        if keys.header:
            print(f"Header      {keys.header}")
    return 0


def run_states(arguments: argparse.Namespace) -> int:
    """Exit 0 with every move of the state table, and the states that are final."""
    from linkspan.exams.rules import FINAL, MOVES

    moves = [[move.start.value, move.act.value, move.who.value, move.end.value] for move in MOVES]
    if arguments.json:
        print(json.dumps({"moves": moves, "final": [state.value for state in FINAL]}))
        return 0
    for start, act, who, end in moves:
        print(f"{start:20} {act:18} {who:18} {end}")
    print(f"final: {', '.join(state.value for state in FINAL)}")
    return 0


def run_qti_check(arguments: argparse.Namespace) -> int:
    """Exit 0 if every item can be taken, 1 with why for each that cannot, 2 if the file is no such package."""
    from linkspan.exams.engines.qti.reader import read_package
    from linkspan.exams.engines.qti.usable import usable_of

    try:
        _, _, lines = usable_of(read_package(read_bytes(arguments.file)))
    except Unusable as error:
        return unusable("exams qti-check", error.message)
    return _told(lines, arguments.json)


def run_qti_take(arguments: argparse.Namespace) -> int:
    """Exit 0 with the questions of the draft exchanged, 1 if some items were not taken, 2 if nothing was."""
    actor = command_line()
    from linkspan.exams.actions import take_qti
    from linkspan.kernel.clock import domain_now

    try:
        content = read_bytes(arguments.file)
        found = take_qti(actor=actor, code=arguments.code, archive=content, dry_run=False, now=domain_now())
    except LinkspanError as error:
        return unusable("exams qti-take", error.message)
    return _told(found.lines, arguments.json)


def run_qti_write(arguments: argparse.Namespace) -> int:
    """Exit 0 with the newest version of the exam in the file, 2 if there is no such exam or no such place."""
    actor = command_line()
    from linkspan.exams.queries import qti_of, versions

    try:
        newest = versions(actor, arguments.code)[0].exam.version
        Path(arguments.file).write_bytes(qti_of(actor, arguments.code, newest))
    except LinkspanError as error:
        return unusable("exams qti-write", error.message)
    except OSError as error:
        return unusable("exams qti-write", f"{arguments.file}: {error.strerror}")
    return 0


def _told(lines: "tuple[Line, ...]", as_json: bool) -> int:
    refused = sum(bool(line.why) for line in lines)
    if as_json:
        rows = [
            {"place": one.place, "name": one.name, "why": one.why, "line": one.line, "left": one.left} for one in lines
        ]
        print(json.dumps({"taken": len(lines) - refused, "items": rows}, ensure_ascii=False))
        return int(refused > 0)
    for one in lines:
        at = f"{one.place}, line {one.line}" if one.line else one.place
        left = f"; left out: {', '.join(one.left)}" if one.left else ""
        told = f"not taken, {one.why} ({at})" if one.why else f"taken{left}"
        print(one_line(f"{one.name or one.place}: {told}"))
    return int(refused > 0)
