"""`linkspan roster take RUN FILE`: learners enrolled in a run from a file."""

import argparse
import json
from typing import Any

from linkspan.cli import command_line, one_line, read_bytes


def register(verbs: Any) -> None:
    """Add the verb."""
    group = verbs.add_parser("roster", help="learners of a run").add_subparsers(required=True, metavar="VERB")
    take = group.add_parser("take", help="enrol the learners of a file; the same again changes nothing")
    take.add_argument("of", metavar="RUN", help="the run, such as course-v1:MITx+SC0x+1T2018")
    take.add_argument("file", metavar="FILE", help="CSV (email, name, track), - for standard input")
    take.add_argument("--try", dest="trial", action="store_true", help="say what would be done, and change nothing")
    take.add_argument("--json", action="store_true", help="print one JSON object")
    take.set_defaults(run=run_take)


def run_take(arguments: argparse.Namespace) -> int:
    """Exit 0 if every learner is enrolled or was so already, 1 if some are refused, 2 if the file cannot be used."""
    actor = command_line()
    from linkspan.enrolment.actions import take_roster
    from linkspan.enrolment.rules import RosterOutcome, counted
    from linkspan.kernel.clock import real_now

    roster = read_bytes(arguments.file).decode("utf-8-sig", errors="replace")
    found = take_roster(actor=actor, run_id=arguments.of, roster=roster, now=real_now(), trial=arguments.trial)
    counts = counted(found)
    if arguments.json:
        rows = [{"row": one.row, "email": one.cells[0], "outcome": one.outcome, "reason": one.reason} for one in found]
        print(json.dumps({"counts": counts, "rows": rows, "try": arguments.trial}, ensure_ascii=False))
    else:
        for one in found:
            if one.outcome is RosterOutcome.REFUSED:
                print(one_line(f"{one.row} {one.cells[0]}: {one.reason}"))
        words = ", ".join(f"{count} {name}" for name, count in counts.items())
        print(f"would be: {words}" if arguments.trial else words)
    return 1 if counts[RosterOutcome.REFUSED] else 0
