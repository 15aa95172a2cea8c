"""`linkspan manage ARGS`: Django's own commands, with the settings of this installation."""

import argparse
from typing import Any

NOTE = "For developers: these commands pass by every permission and the audit trail. On a server use Linkspan's own."


def register(verbs: Any) -> None:
    """Add the verb."""
    manage = verbs.add_parser("manage", help="run a management command of Django, for developers", epilog=NOTE)
    manage.add_argument("arguments", metavar="ARGS", nargs=argparse.REMAINDER, help="such as `help` or `shell`")
    manage.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Exit as the command does; 1, saying why, if it fails."""
    from django.core.management import ManagementUtility

    ManagementUtility(["linkspan manage", *arguments.arguments]).execute()
    return 0
