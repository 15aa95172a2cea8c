"""`linkspan sign-in`: the identity providers of institutions."""

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from linkspan.cli import SILENT, command_line, one_line, read_bytes
from linkspan.kernel.errors import Unusable

WHY = "Named on the command line"


def register(verbs: Any) -> None:
    """Add the verbs."""
    named = verbs.add_parser("sign-in", help="sign-in by institutions (OpenID Connect, SAML)").add_subparsers(
        required=True, metavar="VERB"
    )
    add = named.add_parser("add", help="enter an identity provider; nobody signs in by it before it is enabled")
    add.add_argument("institution", metavar="INSTITUTION", help="short name of the institution")
    add.add_argument("issuer", metavar="ISSUER", help="https address that the provider calls itself")
    _terms(add)
    add.add_argument("--secret-file", required=True, metavar="FILE", help="file with the client secret, or -")
    add.set_defaults(run=run_add)
    by_saml = named.add_parser("add-saml", help="enter a SAML provider from its metadata; nobody signs in by it yet")
    by_saml.add_argument("institution", metavar="INSTITUTION", help="short name of the institution")
    by_saml.add_argument("metadata", metavar="METADATA", help="https address of its metadata, a file, or -")
    by_saml.add_argument("--entity-id", default="", metavar="ID", help="if the metadata describes several providers")
    _attributes(by_saml)
    by_saml.set_defaults(run=run_add_saml)
    renew = named.add_parser("renew", help="have what a SAML provider publishes now count: its certificates above all")
    renew.add_argument("provider", metavar="PROVIDER", type=UUID, help="its id, as listed")
    renew.add_argument("--metadata", default="", metavar="METADATA", help="another address, a file, or -")
    renew.set_defaults(run=run_renew)
    shown = named.add_parser("list", help="the identity providers of an institution")
    shown.add_argument("institution", metavar="INSTITUTION")
    shown.set_defaults(run=run_list)
    change = named.add_parser("change", help="enter anew what is known of a provider; its issuer stays")
    change.add_argument("provider", metavar="PROVIDER", type=UUID, help="its id, as listed")
    _terms(change, "")
    change.add_argument("--secret-file", metavar="FILE", help="file with a new client secret, or -")
    change.set_defaults(run=run_change)
    enable = named.add_parser("enable", help="have people sign in by a provider, if it answers")
    enable.add_argument("provider", metavar="PROVIDER", type=UUID)
    enable.set_defaults(run=run_enable)
    disable = named.add_parser("disable", help="end the sign-ins that came by a provider, for good")
    disable.add_argument("provider", metavar="PROVIDER", type=UUID)
    disable.add_argument("--why", default=WHY, metavar="REASON", help="for the audit trail")
    disable.set_defaults(run=run_disable)
    for verb in (add, by_saml, renew, shown, change, enable, disable):
        verb.add_argument("--json", action="store_true", help="print one JSON object a line")


def _terms(verb: argparse.ArgumentParser, client_id: str | None = None) -> None:
    given = {"required": True} if client_id is None else {"default": client_id}
    verb.add_argument("--client-id", metavar="ID", help="as the provider gave it; SAML has none", **given)
    _names(verb, {"email": "email", "verified": "email_verified", "name": "name", "subject": ""})


def _attributes(verb: argparse.ArgumentParser) -> None:
    verb.set_defaults(client_id="")
    email, name = "urn:oid:0.9.2342.19200300.100.1.3", "urn:oid:2.16.840.1.113730.3.1.241"
    _names(verb, {"email": email, "verified": "", "name": name, "subject": ""})


def _names(verb: argparse.ArgumentParser, names: Mapping[str, str]) -> None:
    verb.add_argument("--name", required=True, metavar="NAME", help="what the button of the sign-in page says")
    verb.add_argument(
        "--domain", required=True, action="append", metavar="DOMAIN", help="of its e-mail addresses; again"
    )
    for name, usual in names.items():
        said = f"under which it tells this: {usual or 'none'}"
        verb.add_argument(f"--{name}-claim", default=usual, metavar="CLAIM", help=said)


def _told(arguments: argparse.Namespace) -> Any:
    from linkspan.accounts.rules import ClaimNames, ProviderTerms

    told = (arguments.email_claim, arguments.verified_claim, arguments.name_claim, arguments.subject_claim)
    return ProviderTerms(arguments.name, arguments.client_id, tuple(arguments.domain), ClaimNames(*told))


def _source(given: str) -> Any:
    from linkspan.accounts.rules import Source

    if given.startswith(("https:", "http:")) or not given:
        return Source(given)
    try:
        return Source(content=read_bytes(given).decode())
    except UnicodeDecodeError as error:
        raise Unusable("metadata_unusable", "Metadata: {why}.", why="this is no XML in UTF-8") from error


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


def run_add_saml(arguments: argparse.Namespace) -> int:
    """Exit 0 with the id, and the address of our metadata; 3 if the provider's cannot be read."""
    actor, source = command_line(), _source(arguments.metadata)
    from linkspan.accounts.actions import add_saml_provider
    from linkspan.accounts.engines.saml import own_place
    from linkspan.kernel.clock import domain_now

    terms = _told(arguments)

    def work() -> int:
        made = add_saml_provider(
            actor=actor,
            institution=arguments.institution,
            terms=terms,
            source=source,
            entity_id=arguments.entity_id,
            now=domain_now(),
        )
        ours = f"{own_place(made)}metadata/"
        return _say(arguments, {"provider": str(made), "metadata": ours}, f"{made} reads our metadata at {ours}")

    return _or_silent(work)


def run_renew(arguments: argparse.Namespace) -> int:
    """Exit 0 once what it publishes counts, 3 if it cannot be read."""
    actor, source = command_line(), _source(arguments.metadata)
    from linkspan.accounts.actions import renew_metadata
    from linkspan.kernel.clock import domain_now

    def work() -> int:
        renew_metadata(actor=actor, provider_id=arguments.provider, source=source, now=domain_now())
        return _say(arguments, {"renewed": str(arguments.provider)}, "Taken over.")

    return _or_silent(work)


def _or_silent(work: Callable[[], int]) -> int:
    """What the work says; 3 with one line if a provider does not answer."""
    try:
        return work()
    except Unusable as error:
        if error.code != "provider_silent":
            raise
        print(f"linkspan sign-in: {one_line(error.message)}", file=sys.stderr)
        return SILENT


def run_list(arguments: argparse.Namespace) -> int:
    """Exit 0 with every provider; 1 if there is none."""
    actor = command_line()
    from linkspan.accounts.queries import providers_at
    from linkspan.kernel.jsonable import jsonable

    found = providers_at(actor, arguments.institution)
    for row in found:
        state, where = ("enabled" if row.is_enabled else "disabled"), f"{row.kind} {row.issuer}"
        _say(arguments, jsonable(row), f"{row.id} {state} {row.terms.name}, {where}, {row.people} people")
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

    def work() -> int:
        enable_provider(actor=actor, provider_id=arguments.provider, now=domain_now())
        return _say(arguments, {"enabled": str(arguments.provider)}, "People may sign in by it.")

    return _or_silent(work)


def run_disable(arguments: argparse.Namespace) -> int:
    """Exit 0 once nobody signs in by it."""
    actor = command_line()
    from linkspan.accounts.actions import disable_provider
    from linkspan.kernel.clock import domain_now

    ended = disable_provider(actor=actor, provider_id=arguments.provider, why=arguments.why, now=domain_now())
    told = {"disabled": str(arguments.provider), "people": ended}
    return _say(arguments, told, f"Nobody signs in by it any more. Sign-ins and tokens of {ended} people ended.")
