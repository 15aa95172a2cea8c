"""`linkspan demo`: the sample world on this machine, with one sign-in link for each person of the story."""

import argparse
import os
import shutil
import sys
import tempfile
from datetime import date
from pathlib import Path
from typing import Any


def register(verbs: Any) -> None:
    """Add the verb."""
    parser = verbs.add_parser("demo", help="serve the sample world; a second run keeps its data")
    parser.add_argument("--reset", action="store_true", help="start the world over")
    parser.add_argument("--no-serve", action="store_true", help="only make the world")
    parser.add_argument("--port", type=int, default=8000)
    parser.set_defaults(run=run, on=None, no_worker=False)


def run(arguments: argparse.Namespace) -> int:
    """Make the world if there is none, print the links, serve."""
    home = Path(os.environ.get("LINKSPAN_HOME", "var")).resolve() / "demo"
    if arguments.reset:
        shutil.rmtree(home, ignore_errors=True)
    os.environ["LINKSPAN_HOME"] = str(home)
    os.environ["LINKSPAN_DEMO"] = "1"
    os.environ.setdefault("LINKSPAN_BASE_URL", f"http://127.0.0.1:{arguments.port}")
    import django

    django.setup()
    _make_world(home)
    if arguments.no_serve:
        return 0
    _print_links()
    from linkspan.site.serve import run_serve

    return run_serve(arguments)


def _make_world(home: Path) -> None:
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    made = home / "made"
    if made.exists():
        return
    print("Making the sample world; this takes about half a minute.", file=sys.stderr)
    from linkspan.site.journey import play

    with tempfile.TemporaryDirectory() as out:
        for step in play(Path(out), date(2018, 10, 3)):
            print(f"  {step.number} of 7: {step.name}", file=sys.stderr)
    _fill_joint_round()
    made.touch()


def _fill_joint_round() -> None:
    """The joint round of three schools, ready for its matching."""
    from linkspan.site.sample import joint
    from linkspan.site.sample.load import cast, world

    people, data = cast(), world()
    joint.put_records(people, data)
    joint.apply_all(people, data)
    joint.certify_partners(people, data)


def _print_links() -> None:
    from django.conf import settings

    from linkspan.site.demo import link_for
    from linkspan.site.sample.load import email_of, world

    print(f"\nLinkspan is at {settings.BASE_URL}/ ; sign in as")
    for persona, row in world()["people"].items():
        print(f"  {row['name']:38} {settings.BASE_URL}{link_for(email_of(persona))}")
    print("\nThe learner's story is played to its end; the newcomer starts it. Stop with Ctrl-C.\n", flush=True)
