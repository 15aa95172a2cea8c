"""`linkspan operator`: who runs this installation; the first one gets a link that works once."""

import argparse
import json
from typing import Any

from linkspan.cli import command_line, one_line

WHY = "Named on the command line"


def register(verbs: Any) -> None:
    """Add the verbs."""
    named = verbs.add_parser("operator", help="who runs this installation").add_subparsers(
        required=True, metavar="VERB"
    )
    add = named.add_parser("add", help="invite an operator; prints a link that works once, for 30 minutes")
    add.add_argument("email", metavar="EMAIL")
    add.set_defaults(run=run_add)
    shown = named.add_parser("list", help="the operators of this installation")
    shown.set_defaults(run=run_list)
    remove = named.add_parser("remove", help="end an operator's role, sign-ins and tokens; the last one stays")
    remove.add_argument("email", metavar="EMAIL")
    remove.set_defaults(run=run_remove)
    for verb in (add, remove):
        verb.add_argument("--why", default=WHY, metavar="REASON", help="for the audit trail")
    for verb in (add, shown, remove):
        verb.add_argument("--json", action="store_true", help="print one JSON object a line")


def run_add(arguments: argparse.Namespace) -> int:
    """Exit 0 with the link; who is an operator already is said, and is no error."""
    actor = command_line()
    from django.conf import settings

    from linkspan.accounts.actions import invite
    from linkspan.accounts.queries import offer_to_send, operators
    from linkspan.accounts.rules import OPERATOR_LIFE, Terms, Wanted
    from linkspan.kernel.addresses import address
    from linkspan.kernel.clock import domain_now
    from linkspan.kernel.errors import Refused
    from linkspan.kernel.things import About, Thing, address_of

    email = address(arguments.email)
    if any(row.email == email for row in operators(actor)):
        raise Refused("operator_already", "{email} is an operator already. See linkspan operator list.", email=email)
    wanted = [Wanted(email, "operator", "")]
    terms = Terms(arguments.why, despite_duties=True)
    made = invite(actor=actor, wanted=wanted, terms=terms, now=domain_now(), life=OPERATOR_LIFE)
    for failed in made.failed:
        raise Refused(failed.code, failed.message)
    found = offer_to_send(made.done[0])
    if found is None:
        raise Refused("invitation_over", "The invitation was withdrawn meanwhile. Invite again.")
    link = f"{settings.BASE_URL}{address_of(About.of(Thing.INVITATION, found.token))}"
    if arguments.json:
        print(json.dumps({"email": email, "link": link, "expires_at": found.invitation.expires_at.isoformat()}))
    else:
        print(
            f"Open this link as {email}. It works once, until {found.invitation.expires_at:%Y-%m-%d %H:%M} UTC:\n{link}"
        )
    return 0


def run_list(arguments: argparse.Namespace) -> int:
    """Exit 0 with every operator; 1 if there is none."""
    actor = command_line()
    from linkspan.accounts.queries import operators
    from linkspan.kernel.jsonable import jsonable

    found = operators(actor)
    for row in found:
        told = f"{row.email} {row.name}, since {row.granted_at:%Y-%m-%d}, by {row.granted_by}"
        print(json.dumps(jsonable(row), ensure_ascii=False) if arguments.json else one_line(told))
    return 0 if found else 1


def run_remove(arguments: argparse.Namespace) -> int:
    """Exit 0 if the person is no operator any more, 1 if they were none or are the last."""
    actor = command_line()
    from linkspan.accounts.actions import revoke_role
    from linkspan.accounts.queries import operators
    from linkspan.kernel.addresses import address
    from linkspan.kernel.clock import domain_now
    from linkspan.kernel.errors import Refused

    email = address(arguments.email)
    held = next((row for row in operators(actor) if row.email == email), None)
    if held is None:
        raise Refused("operator_unknown", "{email} is no operator. See linkspan operator list.", email=email)
    who, now = held.person_id, domain_now()
    revoke_role(actor=actor, person_id=who, role="operator", institution=None, now=now, why=arguments.why)
    print(json.dumps({"removed": email}) if arguments.json else f"{email} is no operator any more.")
    return 0
