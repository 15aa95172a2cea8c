"""`linkspan platforms`: the learning platforms of institutions, and fetching from them."""

import argparse
import json
import sys
from typing import Any
from uuid import UUID

from linkspan.cli import SILENT, command_line, one_line


def register(verbs: Any) -> None:
    """Add the verbs."""
    named = verbs.add_parser("platforms", help="learning platforms that are asked").add_subparsers(
        required=True, metavar="VERB"
    )
    shown = named.add_parser("list", help="the learning platforms of an institution, with their last fetches")
    shown.add_argument("institution", metavar="INSTITUTION", help="short name of the institution")
    shown.set_defaults(run=run_list)
    check = named.add_parser("check", help="ask a platform for a token")
    check.add_argument("platform", metavar="PLATFORM", type=UUID, help="its id, as listed")
    check.set_defaults(run=run_check)
    fetch = named.add_parser("fetch", help="have the worker fetch enrolments and grades of a run")
    fetch.add_argument("platform", metavar="PLATFORM", type=UUID, help="its id, as listed")
    fetch.add_argument("course_run", metavar="RUN", help="the run's key, such as course-v1:MITx+SC0x+1T2018")
    fetch.set_defaults(run=run_fetch)
    compare = named.add_parser("compare", help="have the worker compare a run with the record")
    compare.add_argument("platform", metavar="PLATFORM", type=UUID, help="its id, as listed")
    compare.add_argument("course_run", metavar="RUN", help="the run's key, such as course-v1:MITx+SC0x+1T2018")
    compare.set_defaults(run=run_compare)
    report = named.add_parser("report", help="the newest comparison of a run with the record")
    report.add_argument("platform", metavar="PLATFORM", type=UUID, help="its id, as listed")
    report.add_argument("course_run", metavar="RUN", help="the run's key, such as course-v1:MITx+SC0x+1T2018")
    report.set_defaults(run=run_report)
    again = named.add_parser("retake", help="take messages of the event bus again that were set aside")
    again.set_defaults(run=run_retake)
    for verb in (shown, check, fetch, compare, report, again):
        verb.add_argument("--json", action="store_true", help="print one JSON object a line")


def _say(arguments: argparse.Namespace, told: Any, words: str) -> int:
    print(json.dumps(told, ensure_ascii=False) if arguments.json else one_line(words))
    return 0


def run_list(arguments: argparse.Namespace) -> int:
    """Exit 0 with every platform and its fetches; 1 if there is none."""
    actor = command_line()
    from linkspan.courseware.queries import fetches_of, platforms_at
    from linkspan.kernel.jsonable import jsonable

    found = platforms_at(actor, arguments.institution)
    for row in found:
        fetches = fetches_of(actor, row.id)
        last = f", last {fetches[0].state} {fetches[0].run_id}, {fetches[0].pages} pages" if fetches else ""
        told = {**jsonable(row), "fetches": jsonable(fetches)}
        _say(arguments, told, f"{row.id} {row.place}, client {row.client_id}{last}")
    return 0 if found else 1


def run_retake(arguments: argparse.Namespace) -> int:
    """Exit 0 with how many messages the worker takes again."""
    actor = command_line()
    from linkspan.courseware.actions import retake_events
    from linkspan.kernel.clock import domain_now

    count = retake_events(actor=actor, now=domain_now())
    return _say(arguments, {"messages": count}, f"{count} messages are taken again.")


def run_check(arguments: argparse.Namespace) -> int:
    """Exit 0 if the platform gives a token, 2 if it refuses, 3 if it does not answer."""
    actor = command_line()
    from linkspan.courseware.actions import check_platform
    from linkspan.kernel.errors import Unusable

    try:
        check_platform(actor=actor, platform_id=arguments.platform)
    except Unusable as error:
        if error.code != "platform_silent":
            raise
        print(f"linkspan platforms: {one_line(error.message)}", file=sys.stderr)
        return SILENT
    return _say(arguments, {"platform": str(arguments.platform), "answers": True}, "It answers and knows the client.")


def run_fetch(arguments: argparse.Namespace) -> int:
    """Exit 0 once the worker is asked."""
    actor = command_line()
    from linkspan.courseware.actions import start_fetch
    from linkspan.kernel.clock import domain_now

    made = start_fetch(actor=actor, platform_id=arguments.platform, run_id=arguments.course_run, now=domain_now())
    return _say(arguments, {"fetch": str(made)}, f"{made}: the worker fetches; the file then waits to be imported.")


def run_compare(arguments: argparse.Namespace) -> int:
    """Exit 0 once the worker is asked."""
    actor = command_line()
    from linkspan.courseware.actions import start_fetch
    from linkspan.kernel.clock import domain_now

    told = {"platform_id": arguments.platform, "run_id": arguments.course_run, "now": domain_now()}
    made = start_fetch(actor=actor, compares=True, **told)
    return _say(arguments, {"fetch": str(made)}, f"{made}: the worker asks; `platforms report` then shows it.")


def run_report(arguments: argparse.Namespace) -> int:
    """Exit 0 if there is nothing to decide, 1 if there is."""
    actor = command_line()
    from linkspan.kernel.jsonable import jsonable
    from linkspan.records.queries import every_line, newest_comparison

    made = newest_comparison(actor, arguments.platform, arguments.course_run)
    counts = ", ".join(f"{state} {count}" for state, count in sorted(made.counts.items()))
    words = (
        f"{made.run_id} at {made.place}, {made.made_at.isoformat()}: {counts}; {made.changed} changed, {made.gone} gone"
    )
    _say(arguments, jsonable(made), words)
    is_open = False
    for row in every_line(actor, made.id):
        is_open |= row.is_open
        if arguments.json or row.is_open:
            sides = [f"{where} {_grade(side)}" for where, side in (("there", row.there), ("here", row.here))]
            who = row.username or row.learner_id
            _say(arguments, jsonable(row), f"{who}: {row.state}, {', '.join(sides)}, since {row.since.date()}")
    return 1 if is_open else 0


def _grade(side: Any) -> str:
    """The grade of a side in a line."""
    if side is None:
        return "unknown"
    return f"{side.percent} %" if side.percent is not None else side.letter or side.track or "unknown"
