"""`linkspan person`: what an operator does for one person, by their e-mail address."""

import argparse
import json
import shutil
from pathlib import Path
from typing import Any

from linkspan.cli import command_line, unusable


def register(verbs: Any) -> None:
    """Add the verbs."""
    group = verbs.add_parser("person", help="a copy of all that is held about a person")
    named = group.add_subparsers(required=True, metavar="VERB")
    export = named.add_parser("export", help="write a ZIP of all that is held about a person, for them")
    export.add_argument("email", metavar="EMAIL")
    export.add_argument("file", metavar="FILE", help="where to write it; it must not be there yet")
    export.add_argument("--json", action="store_true", help="print one JSON object")
    export.set_defaults(run=run_export)


def run_export(arguments: argparse.Namespace) -> int:
    """Exit 0; 2 if nobody has the address, or the file cannot be made."""
    actor = command_line()
    from linkspan.accounts.actions import export_person
    from linkspan.accounts.queries import person_id_by_email
    from linkspan.kernel.clock import domain_now

    person_id, place = person_id_by_email(arguments.email), Path(arguments.file)
    if person_id is None:
        return unusable("person export", f"Nobody here has the address {arguments.email!r}.")
    # It is the person's alone: nobody else on this machine reads it.
    place.touch(mode=0o600, exist_ok=False)
    with export_person(actor=actor, person_id=person_id, now=domain_now()) as copy, place.open("wb") as file:
        shutil.copyfileobj(copy, file)
    told = {"file": str(place), "bytes": place.stat().st_size}
    print(json.dumps(told) if arguments.json else f"Written to {place}.")
    return 0
