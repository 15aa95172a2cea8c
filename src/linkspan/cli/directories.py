"""`linkspan directory`: tokens by which an institution's directory tells who is on the staff; roles of its groups."""

import argparse
import json
from typing import Any
from uuid import UUID

from linkspan.cli import command_line, one_line


def register(verbs: Any) -> None:
    """Add the verbs."""
    named = verbs.add_parser("directory", help="directories of staff (SCIM 2.0)").add_subparsers(
        required=True, metavar="VERB"
    )
    token = named.add_parser("token", help="make a token for an institution's directory; it is shown once")
    token.add_argument("institution", metavar="INSTITUTION", help="short name of the institution")
    token.add_argument("name", metavar="NAME", help="what the directory is called")
    token.add_argument("--read-only", action="store_true", help="it may read, and change nothing")
    token.set_defaults(run=run_token)
    shown = named.add_parser("list", help="the tokens of an institution's directory, and the roles of its groups")
    shown.add_argument("institution", metavar="INSTITUTION")
    shown.set_defaults(run=run_list)
    revoke = named.add_parser("revoke", help="end a token's access, at once")
    revoke.add_argument("token", metavar="TOKEN", type=UUID, help="its id, as listed")
    revoke.set_defaults(run=run_revoke)
    mapped = named.add_parser("map", help="give the members of a group a role at the institution")
    mapped.add_argument("institution", metavar="INSTITUTION")
    mapped.add_argument("group", metavar="GROUP", help="its name in the directory")
    mapped.add_argument("role", metavar="ROLE", nargs="?", default="", help="left out: none any more")
    mapped.set_defaults(run=run_map)
    for verb in (token, shown, revoke, mapped):
        verb.add_argument("--json", action="store_true", help="print one JSON object a line")


def _say(arguments: argparse.Namespace, told: dict[str, Any], words: str) -> int:
    print(json.dumps(told, ensure_ascii=False) if arguments.json else one_line(words))
    return 0


def run_token(arguments: argparse.Namespace) -> int:
    """Exit 0 with the token."""
    actor = command_line()
    from linkspan.accounts.actions import make_scim_token
    from linkspan.accounts.rules import ScimScope
    from linkspan.kernel.clock import domain_now

    scopes = [ScimScope.READ] if arguments.read_only else list(ScimScope)
    made, token = make_scim_token(
        actor=actor, institution=arguments.institution, name=arguments.name, scopes=scopes, now=domain_now()
    )
    return _say(arguments, {"id": str(made), "token": token}, f"{made} {token}")


def run_list(arguments: argparse.Namespace) -> int:
    """Exit 0 with every token and group; 1 if there is none."""
    actor = command_line()
    from linkspan.accounts.queries import scim_mappings, scim_tokens
    from linkspan.kernel.jsonable import jsonable

    tokens, mappings = scim_tokens(actor, arguments.institution), scim_mappings(actor, arguments.institution)
    for row in tokens:
        state = "revoked" if row.revoked_at else f"until {row.ends_at:%Y-%m-%d}"
        _say(arguments, jsonable(row), f"{row.id} {row.name}, {' '.join(row.scopes)}, {state}")
    for one in mappings:
        _say(arguments, jsonable(one), f"{one.group}: {one.role}")
    return 0 if tokens or mappings else 1


def run_revoke(arguments: argparse.Namespace) -> int:
    """Exit 0 once it lets nobody in."""
    actor = command_line()
    from linkspan.accounts.actions import revoke_scim_token
    from linkspan.kernel.clock import domain_now

    revoke_scim_token(actor=actor, token_id=arguments.token, now=domain_now())
    return _say(arguments, {"revoked": str(arguments.token)}, "Revoked.")


def run_map(arguments: argparse.Namespace) -> int:
    """Exit 0 once the group has the role."""
    actor = command_line()
    from linkspan.accounts.actions import map_group
    from linkspan.kernel.clock import domain_now

    map_group(
        actor=actor,
        institution=arguments.institution,
        group=arguments.group,
        role=arguments.role,
        now=domain_now(),
    )
    return _say(arguments, {"group": arguments.group, "role": arguments.role}, "Saved.")
