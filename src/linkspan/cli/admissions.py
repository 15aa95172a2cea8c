"""`linkspan match ROUND.json`: the round engine on a file, no database."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from linkspan.admissions.rules.matching import match_round
from linkspan.kernel.errors import Unusable


def register(verbs: Any) -> None:
    """Add the verb."""
    parser = verbs.add_parser("match", help="match applicants to seats, with reasons")
    parser.add_argument("round", metavar="ROUND.json")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Exit 0, or 2 with one line that names the row."""
    try:
        result = match_round(json.loads(Path(arguments.round).read_text(encoding="utf-8")))
    except (OSError, ValueError, RecursionError, Unusable) as error:
        print(f"linkspan match: {error}".replace("\n", " "), file=sys.stderr)
        return 2
    if arguments.json:
        print(json.dumps(result, ensure_ascii=False))
        return 0
    for applicant, program in result["assignment"].items():
        print(f"{applicant}: {program or 'no seat'}")
        for row in result["explanations"][applicant]:
            print(f"    {row['program']}: {row['outcome'].replace('_', ' ')}. {row['reason']}")
    return 0
