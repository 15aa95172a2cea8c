"""`linkspan bank take INSTITUTION FILE`: what a bank says that came."""

import argparse
import json
from typing import Any

from linkspan.cli import command_line, one_line, read_bytes


def register(verbs: Any) -> None:
    """Add the verb."""
    group = verbs.add_parser("bank", help="statements of a bank").add_subparsers(required=True, metavar="VERB")
    take = group.add_parser("take", help="confirm the payments that a statement holds; the same again changes nothing")
    take.add_argument("institution", metavar="INSTITUTION", help="the code of the institution")
    take.add_argument("file", metavar="FILE", help="camt.053 or CSV (docs/formats/bank-csv.md), - for standard input")
    take.add_argument("--try", dest="trial", action="store_true", help="say what would be done, and change nothing")
    take.add_argument("--json", action="store_true", help="print one JSON object")
    take.set_defaults(run=run_take)


def run_take(arguments: argparse.Namespace) -> int:
    """Exit 0 if every new entry pays a charge, 1 if some wait for a person, 2 if the file cannot be read."""
    actor = command_line()
    from linkspan.finance.actions import take_bank_file
    from linkspan.finance.queries import try_bank_file
    from linkspan.finance.rules import BankOutcome
    from linkspan.institutions.queries import institution
    from linkspan.kernel.clock import real_now
    from linkspan.kernel.jsonable import jsonable

    code, content = institution(arguments.institution).code, read_bytes(arguments.file)
    if arguments.trial:
        found = try_bank_file(actor, code, content)
    else:
        found = take_bank_file(actor=actor, institution=code, content=content, now=real_now())
    left = [one for one in found.entries if one.outcome is not BankOutcome.MATCHED]
    if arguments.json:
        told = {"counts": found.counts, "known": found.known, "skipped": found.skipped, "try": arguments.trial}
        print(json.dumps(told | {"entries": [jsonable(one) for one in found.entries]}, ensure_ascii=False))
    else:
        for one in left:
            said = f"{one.entry.booked_on} {one.entry.amount.in_words()} {one.entry.reference}"
            print(one_line(f"{said}: {one.outcome.replace('_', ' ')} {one.number}"))
        words = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in sorted(found.counts.items()))
        known = f"{found.known} known, {found.skipped} not booked yet"
        print(f"{'would be: ' if arguments.trial else ''}{words or 'nothing new'}; {known}")
    return 1 if left else 0
