"""The `linkspan` command: each face module of `cli` registers its verbs; `site` adds serve, worker, tick and journey.

Contract: with --json, stdout is one JSON object on one line (journey: one line a step); logs go to stderr; exit 0
fine, 1 a "no" or unknown, 2 unusable input with one line that says why.
"""

import argparse
import os
import pkgutil
import sys
from importlib import import_module

import linkspan.cli
from linkspan.kernel.errors import LinkspanError, NotPermitted, Refused

SITE_MODULES = ("linkspan.site.serve", "linkspan.site.journey_command", "linkspan.site.demo_command")


def parser() -> argparse.ArgumentParser:
    """The parser with every verb."""
    top = argparse.ArgumentParser(prog="linkspan", description="Stackable credentials and pathways to degrees.")
    verbs = top.add_subparsers(title="commands", required=True, metavar="COMMAND")
    names = [f"linkspan.cli.{module.name}" for module in pkgutil.iter_modules(linkspan.cli.__path__)]
    for name in [*sorted(names), *SITE_MODULES]:
        import_module(name).register(verbs)
    return top


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linkspan.site.settings")
    arguments = parser().parse_args(argv)
    try:
        return int(arguments.run(arguments))
    except (NotPermitted, Refused) as no:
        print(f"linkspan: {no.message}", file=sys.stderr)
        return 1
    except LinkspanError as unusable:
        print(f"linkspan: {unusable.message}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        return 0


if __name__ == "__main__":
    sys.exit(main())
