"""`linkspan sign-in`: the identity providers of institutions."""

import argparse
import json
import sys
from typing import Any
from uuid import UUID

from linkspan.cli import SILENT, command_line, one_line, read_bytes
from linkspan.kernel.errors import Unusable

WHY = "Named on the command line"


def register(verbs: Any) -> None:
    """Add the verbs."""
    named = verbs.add_parser("sign-in", help="sign-in by institutions (OpenID Connect)").add_subparsers(
        required=True, metavar="VERB"
    )
    add = named.add_parser("add", help="enter an identity provider; nobody signs in by it before it is enabled")
    add.add_argument("institution", metavar="INSTITUTION", help="short name of the institution")
    add.add_argument("issuer", metavar="ISSUER", help="https address that the provider calls itself")
    _terms(add)
    add.add_argument("--secret-file", required=True, metavar="FILE", help="file with the client secret, or -")
    add.set_defaults(run=run_add)
    shown = named.add_parser("list", help="the identity providers of an institution")
    shown.add_argument("institution", metavar="INSTITUTION")
    shown.set_defaults(run=run_list)
    change = named.add_parser("change", help="enter anew what is known of a provider; its issuer stays")
    change.add_argument("provider", metavar="PROVIDER", type=UUID, help="its id, as listed")
    _terms(change)
    change.add_argument("--secret-file", metavar="FILE", help="file with a new client secret, or -")
    change.set_defaults(run=run_change)
    enable = named.add_parser("enable", help="have people sign in by a provider, if it answers")
    enable.add_argument("provider", metavar="PROVIDER", type=UUID)
    enable.set_defaults(run=run_enable)
    disable = named.add_parser("disable", help="end the sign-ins that came by a provider, for good")
    disable.add_argument("provider", metavar="PROVIDER", type=UUID)
    disable.add_argument("--why", default=WHY, metavar="REASON", help="for the audit trail")
    disable.set_defaults(run=run_disable)
    for verb in (add, shown, change, enable, disable):
        verb.add_argument("--json", action="store_true", help="print one JSON object a line")


def _terms(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--name", required=True, metavar="NAME", help="what the button of the sign-in page says")
    verb.add_argument("--client-id", required=True, metavar="ID", help="as the provider gave it")
    verb.add_argument(
        "--domain", required=True, action="append", metavar="DOMAIN", help="of its e-mail addresses; again"
    )
    for name, usual in (("email", "email"), ("verified", "email_verified"), ("name", "name")):
        verb.add_argument(f"--{name}-claim", default=usual, metavar="CLAIM", help=f"under which it tells this: {usual}")


def _told(arguments: argparse.Namespace) -> Any:
    from linkspan.accounts.rules import ClaimNames, ProviderTerms

    claims = ClaimNames(arguments.email_claim, arguments.verified_claim, arguments.name_claim)
    return ProviderTerms(arguments.name, arguments.client_id, tuple(arguments.domain), claims)


def _secret(file: str | None) -> str:
    try:
        return read_bytes(file).decode() if file else ""
    except UnicodeDecodeError as error:
        raise Unusable("secret_missing", "Secret: the file holds no text.") from error


def _say(arguments: argparse.Namespace, told: dict[str, Any], words: str) -> int:
    print(json.dumps(told, ensure_ascii=False) if arguments.json else one_line(words))
    return 0


def run_add(arguments: argparse.Namespace) -> int:
    """Exit 0 with the id, and the address that the provider leads back to."""
    actor, secret = command_line(), _secret(arguments.secret_file)
    from linkspan.accounts.actions import add_provider
    from linkspan.accounts.engines.openid import way_back
    from linkspan.kernel.clock import domain_now

    made = add_provider(
        actor=actor,
        institution=arguments.institution,
        issuer=arguments.issuer,
        terms=_told(arguments),
        secret=secret,
        now=domain_now(),
    )
    back = way_back(made)
    return _say(arguments, {"provider": str(made), "redirect_uri": back}, f"{made} leads back to {back}")


def run_list(arguments: argparse.Namespace) -> int:
    """Exit 0 with every provider; 1 if there is none."""
    actor = command_line()
    from linkspan.accounts.queries import providers_at
    from linkspan.kernel.jsonable import jsonable

    found = providers_at(actor, arguments.institution)
    for row in found:
        state = "enabled" if row.is_enabled else "disabled"
        _say(arguments, jsonable(row), f"{row.id} {state} {row.terms.name}, {row.issuer}, {row.people} people")
    return 0 if found else 1


def run_change(arguments: argparse.Namespace) -> int:
    """Exit 0 once it is changed."""
    actor, secret = command_line(), _secret(arguments.secret_file)
    from linkspan.accounts.actions import change_provider
    from linkspan.kernel.clock import domain_now

    terms = _told(arguments)
    change_provider(actor=actor, provider_id=arguments.provider, terms=terms, secret=secret, now=domain_now())
    return _say(arguments, {"changed": str(arguments.provider)}, "Changed.")


def run_enable(arguments: argparse.Namespace) -> int:
    """Exit 0 once people may sign in by it, 3 if it does not answer."""
    actor = command_line()
    from linkspan.accounts.actions import enable_provider
    from linkspan.kernel.clock import domain_now

    try:
        enable_provider(actor=actor, provider_id=arguments.provider, now=domain_now())
    except Unusable as error:
        if error.code != "provider_silent":
            raise
        print(f"linkspan sign-in: {one_line(error.message)}", file=sys.stderr)
        return SILENT
    return _say(arguments, {"enabled": str(arguments.provider)}, "People may sign in by it.")


def run_disable(arguments: argparse.Namespace) -> int:
    """Exit 0 once nobody signs in by it."""
    actor = command_line()
    from linkspan.accounts.actions import disable_provider
    from linkspan.kernel.clock import domain_now

    ended = disable_provider(actor=actor, provider_id=arguments.provider, why=arguments.why, now=domain_now())
    told = {"disabled": str(arguments.provider), "people": ended}
    return _say(arguments, told, f"Nobody signs in by it any more. Sign-ins and tokens of {ended} people ended.")
