"""`linkspan mail test`: send a message by the way that all mail goes, and say what the mail server answers."""

import argparse
import json
from typing import Any

from linkspan.cli import SILENT, one_line


def register(verbs: Any) -> None:
    """Add the verb."""
    named = verbs.add_parser("mail", help="try the mail server").add_subparsers(required=True, metavar="VERB")
    test = named.add_parser("test", help="send a test message now, and say what the mail server answers")
    test.add_argument("address", metavar="ADDRESS")
    test.add_argument("--json", action="store_true", help="print one JSON object a line")
    test.set_defaults(run=run_test)


def run_test(arguments: argparse.Namespace) -> int:
    """Exit 0 if the server took the message, 2 for an address that is none, 3 if it did not take it."""
    import django

    django.setup()
    from django.conf import settings

    from linkspan.kernel.addresses import address
    from linkspan.kernel.ids import new_id
    from linkspan.messages.engines.mail import send
    from linkspan.messages.rules import Mail

    to = address(arguments.address)
    where = settings.EMAIL_HOST
    if settings.EMAIL_BACKEND.endswith("filebased.EmailBackend"):
        where = str(settings.EMAIL_FILE_PATH)
    text = f"This is a test of the mail of {settings.BASE_URL}. Nobody needs to answer it."
    refusal = ""
    try:
        send(Mail(to, f"Test of {settings.BASE_URL}", text), key=str(new_id()))
    except OSError as error:
        refusal = one_line(f"{type(error).__name__}: {error}")
    told = f"{where} did not take it: {refusal}" if refusal else f"{where} took the message to {to}."
    print(json.dumps({"to": to, "by": where, "error": refusal}) if arguments.json else one_line(told))
    return SILENT if refusal else 0
