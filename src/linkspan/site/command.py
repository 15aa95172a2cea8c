"""The `linkspan` command: each face module of `cli` registers its verbs; `site` adds serve, worker, tick and journey.

Contract: with --json, stdout is one JSON object on one line (journey: one line a step); logs go to stderr; exit 0
fine, 1 a "no" or unknown, 2 unusable input with one line that says why, 3 a service that does not answer.
"""

import argparse
import os
import pkgutil
import sys
from importlib import import_module
from importlib.util import find_spec
from typing import NoReturn

import linkspan.cli
from linkspan.cli import SILENT, one_line, unusable
from linkspan.kernel.errors import LinkspanError, NotPermitted, Refused

SITE_MODULES = (
    "linkspan.site.serve",
    "linkspan.site.configuration",
    "linkspan.site.checks",
    "linkspan.site.backup",
    "linkspan.site.rotation",
    "linkspan.site.journey_command",
    "linkspan.site.demo_command",
)


class Parser(argparse.ArgumentParser):
    """A parser that says in one line what is wrong with an argument."""

    def error(self, message: str) -> NoReturn:
        """Exit 2."""
        self.exit(2, f"{self.prog}: {one_line(message)}. See {self.prog} --help\n")


def parser() -> argparse.ArgumentParser:
    """The parser with every verb that is installed: the wheel `linkspan-vc` has few."""
    top = Parser(prog="linkspan", description="Stackable credentials and pathways to degrees.")
    verbs = top.add_subparsers(title="commands", required=True, metavar="COMMAND", dest="command")
    names = [f"linkspan.cli.{module.name}" for module in pkgutil.iter_modules(linkspan.cli.__path__)]
    for name in [*sorted(names), *filter(find_spec, SITE_MODULES)]:
        import_module(name).register(verbs)
    return top


def main(argv: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linkspan.site.settings")
    arguments = parser().parse_args(argv)
    try:
        return int(arguments.run(arguments))
    except (NotPermitted, Refused) as no:
        print(f"linkspan: {one_line(no.message)}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        return 0
    except (LinkspanError, OSError) as error:
        return unusable(_verb(arguments), error)
    except Exception as error:
        if _is(error, "environs", "EnvError"):
            return unusable(_verb(arguments), f"a setting cannot be used: {error}")
        if not _is(error, "django.db.utils", "OperationalError", "ProgrammingError"):
            raise
        from linkspan.site.database import NO_DATABASE, is_embedded

        if _is(error, "django.db.utils", "OperationalError") and not is_embedded():
            unusable(_verb(arguments), f"the database does not answer: {error}")
            return SILENT
        return unusable(_verb(arguments), f"{error}: {NO_DATABASE}")


def _verb(arguments: argparse.Namespace) -> str:
    return str(getattr(arguments, "command", ""))


def _is(error: Exception, module: str, *kinds: str) -> bool:
    """Whether the error is of one of those kinds; a module that was not loaded raised nothing."""
    known = sys.modules.get(module)
    return known is not None and isinstance(error, tuple(getattr(known, kind) for kind in kinds))


if __name__ == "__main__":
    sys.exit(main())
