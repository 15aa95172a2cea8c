"""`linkspan journey`: the whole story in a scratch database; needs no server, network or earlier command."""

import argparse
import json
import os
import sys
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

DEFAULT_ON = "2018-10-03"


def register(verbs: Any) -> None:
    """Add the verb."""
    parser = verbs.add_parser("journey", help="play the story from first course to degree, headless")
    parser.add_argument("--json", action="store_true", help="print one JSON object per step")
    parser.add_argument("--on", default=DEFAULT_ON, metavar="DATE", help="the day of step 4's audits")
    parser.add_argument("--out", type=Path, default=Path("out"), metavar="DIR", help="where its files go")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Exit 0 only if every step's facts hold."""
    try:
        on = date.fromisoformat(arguments.on)
    except ValueError:
        print(f"linkspan journey: --on: {arguments.on} is not an ISO date", file=sys.stderr)
        return 2
    out = arguments.out.resolve()
    with tempfile.TemporaryDirectory(prefix="linkspan-journey-") as scratch:
        os.environ["LINKSPAN_HOME"] = scratch
        os.environ["LINKSPAN_DATABASE_URL"] = f"sqlite:///{scratch}/journey.sqlite3"
        os.environ.pop("LINKSPAN_EMAIL_URL", None)
        os.environ["LINKSPAN_EMAIL_BACKEND"] = "django.core.mail.backends.filebased.EmailBackend"
        return _play(out, on, arguments.json)


def _play(out: Path, on: date, as_json: bool) -> int:
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0, stdout=sys.stderr)
    from linkspan.site.journey import play

    held = True
    for step in play(out, on):
        held = held and not step.wrong
        if as_json:
            print(json.dumps({"step": step.number, "name": step.name, "facts": step.facts}), flush=True)
        else:
            print(f"{step.number}. {step.name}")
            for name, value in step.facts.items():
                print(f"     {name}: {json.dumps(value, ensure_ascii=False)}")
        for wrong in step.wrong:
            print(f"linkspan journey: step {step.number}: {wrong}", file=sys.stderr)
    return 0 if held else 1
