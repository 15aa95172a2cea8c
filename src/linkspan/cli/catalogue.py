"""`linkspan catalogue export|import INSTITUTION FILE`: the catalogue of an institution as one file."""

import argparse
import json
from pathlib import Path
from typing import Any

from linkspan.cli import command_line, one_line, read_json


def register(verbs: Any) -> None:
    """Add the verb."""
    group = verbs.add_parser("catalogue", help="the catalogue of an institution as a file").add_subparsers(
        required=True, metavar="VERB"
    )
    export = group.add_parser("export", help="write what is public to a file (docs/formats/catalogue.md)")
    _where(export, "the file to write, - for standard output")
    export.set_defaults(run=run_export)
    take = group.add_parser("import", help="prepare what differs from what is public; the same again changes nothing")
    _where(take, "the file to read, - for standard input")
    take.add_argument("--try", dest="trial", action="store_true", help="say what would be done, and change nothing")
    take.add_argument("--publish", action="store_true", help="also publish, unless a second person has to")
    take.add_argument("--json", action="store_true", help="print one JSON object")
    take.set_defaults(run=run_import)


def _where(parser: argparse.ArgumentParser, words: str) -> None:
    parser.add_argument("institution", metavar="INSTITUTION", help="the code of the institution")
    parser.add_argument("file", metavar="FILE", help=words)


def run_export(arguments: argparse.Namespace) -> int:
    """Exit 0 once it is written, 2 if there is no such institution or the file cannot be written."""
    actor = command_line()
    from linkspan.finance.queries import catalogue_file
    from linkspan.institutions.queries import institution

    code = institution(arguments.institution).code
    found = json.dumps(catalogue_file(actor, code), ensure_ascii=False, indent=1)
    if arguments.file == "-":
        print(found)
    else:
        Path(arguments.file).write_text(f"{found}\n", encoding="utf-8")
    return 0


def run_import(arguments: argparse.Namespace) -> int:
    """Exit 0 if every entry is taken or was so already, 1 if some are refused, 2 if the file cannot be used."""
    actor = command_line()
    from linkspan.catalog.rules import Outcome, counted
    from linkspan.finance.actions import import_catalogue
    from linkspan.institutions.queries import institution
    from linkspan.kernel.clock import real_now

    found = import_catalogue(
        actor=actor,
        institution=institution(arguments.institution).code,
        told=read_json(arguments.file),
        now=real_now(),
        trial=arguments.trial,
        publish=arguments.publish,
    )
    counts = counted(found)
    if arguments.json:
        told = {"counts": counts, "entries": [one.told() for one in found], "try": arguments.trial}
        print(json.dumps(told, ensure_ascii=False))
    else:
        for one in found:
            if one.outcome is not Outcome.SAME:
                why = "; ".join(f"{name}: {words}" if name else words for name, words in one.errors)
                print(one_line(f"{one.place} {one.key}: {one.outcome}{f'. {why}' if why else ''}"))
        words = ", ".join(f"{count} {name}" for name, count in counts.items())
        print(f"would be: {words}" if arguments.trial else words)
    return 1 if counts[Outcome.REFUSED] else 0
