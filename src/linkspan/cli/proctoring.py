"""`linkspan proctoring`: the proctoring services of institutions."""

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
    named = verbs.add_parser("proctoring", help="proctoring services of institutions").add_subparsers(
        required=True, metavar="VERB"
    )
    add = named.add_parser("add", help="enter a proctoring service; no exam uses it before it is enabled")
    add.add_argument("institution", metavar="INSTITUTION", help="short name of the institution")
    _terms(add, is_new=True)
    add.set_defaults(run=run_add)
    shown = named.add_parser("list", help="the proctoring services of an institution")
    shown.add_argument("institution", metavar="INSTITUTION")
    shown.set_defaults(run=run_list)
    change = named.add_parser("change", help="enter anew what is known of a service")
    change.add_argument("service", metavar="SERVICE", type=UUID, help="its id, as listed")
    _terms(change, is_new=False)
    change.set_defaults(run=run_change)
    secret = named.add_parser("callback-secret", help="a new secret for the callbacks of a service, printed this once")
    tried = named.add_parser("try", help="ask a service what it offers")
    enable = named.add_parser("enable", help="let exams be proctored by a service, if it answers")
    disable = named.add_parser("disable", help="ask a service nothing and take nothing from it any more")
    for verb, run in ((secret, run_secret), (tried, run_try), (enable, run_enable), (disable, run_disable)):
        verb.add_argument("service", metavar="SERVICE", type=UUID)
        verb.set_defaults(run=run)
    disable.add_argument("--why", default=WHY, metavar="REASON", help="for the audit trail")
    for verb in (add, shown, change, secret, tried, enable, disable):
        verb.add_argument("--json", action="store_true", help="print one JSON object a line")


def _terms(verb: argparse.ArgumentParser, *, is_new: bool) -> None:
    verb.add_argument("--name", required=True, metavar="NAME", help="what learners read")
    verb.add_argument("--address", required=True, metavar="URL", help="https address, up to where /api/v1 begins")
    verb.add_argument("--client-id", required=True, metavar="ID", help="as the service gave it")
    verb.add_argument("--secret-file", metavar="FILE", help="file with the client secret, or -; LTI tools have none")
    if is_new:
        kinds = ["edx_proctoring", "lti"]
        verb.add_argument("--kind", choices=kinds, default=kinds[0], help="the contract by which it is spoken to")
    verb.add_argument("--launch-url", default="", metavar="URL", help="of an LTI tool: where it takes messages")
    verb.add_argument("--jwks-url", default="", metavar="URL", help="of an LTI tool: its public keys")


def _told(arguments: argparse.Namespace) -> Any:
    from linkspan.exams.rules import ServiceKind, ServiceTerms

    kind = ServiceKind(getattr(arguments, "kind", ServiceKind.EDX_PROCTORING))
    plain = (arguments.name, arguments.address, arguments.client_id)
    return ServiceTerms(*plain, kind, arguments.launch_url, arguments.jwks_url)


def _secret(file: str | None) -> str:
    try:
        return read_bytes(file).decode() if file else ""
    except UnicodeDecodeError as error:
        raise Unusable("secret_missing", "Secret: the file holds no text.") from error


def _say(arguments: argparse.Namespace, told: dict[str, Any], words: str) -> int:
    print(json.dumps(told, ensure_ascii=False) if arguments.json else one_line(words))
    return 0


def run_add(arguments: argparse.Namespace) -> int:
    """Exit 0 with the id."""
    actor, secret = command_line(), _secret(arguments.secret_file)
    from linkspan.exams.actions import add_service
    from linkspan.kernel.clock import domain_now

    terms = _told(arguments)
    made = add_service(actor=actor, institution=arguments.institution, terms=terms, secret=secret, now=domain_now())
    return _say(arguments, {"service": str(made)}, str(made))


def run_list(arguments: argparse.Namespace) -> int:
    """Exit 0 with every service; 1 if there is none."""
    actor = command_line()
    from linkspan.exams.queries import services_at
    from linkspan.kernel.jsonable import jsonable

    found = services_at(actor, arguments.institution)
    for row in found:
        state = "enabled" if row.is_enabled else "disabled"
        _say(arguments, jsonable(row), f"{row.id} {state} {row.terms.name}, {row.terms.base_url}")
    return 0 if found else 1


def run_change(arguments: argparse.Namespace) -> int:
    """Exit 0 once it is changed."""
    actor, secret = command_line(), _secret(arguments.secret_file)
    from linkspan.exams.actions import change_service
    from linkspan.kernel.clock import domain_now

    terms = _told(arguments)
    change_service(actor=actor, service_id=arguments.service, terms=terms, secret=secret, now=domain_now())
    return _say(arguments, {"changed": str(arguments.service)}, "Changed.")


def run_secret(arguments: argparse.Namespace) -> int:
    """Exit 0 with the client id and the secret that the service takes tokens with."""
    actor = command_line()
    from linkspan.exams.actions import give_callback_secret
    from linkspan.kernel.clock import domain_now

    made = give_callback_secret(actor=actor, service_id=arguments.service, now=domain_now())
    return _say(arguments, {"client_id": str(arguments.service), "client_secret": made}, f"{arguments.service} {made}")


def run_try(arguments: argparse.Namespace) -> int:
    """Exit 0 with what the service offers, 3 if it does not answer."""
    actor = command_line()
    from linkspan.exams.actions import try_service
    from linkspan.kernel.clock import domain_now
    from linkspan.kernel.jsonable import jsonable

    try:
        found = try_service(actor=actor, service_id=arguments.service, now=domain_now())
    except Unusable as error:
        return _silent(error)
    return _say(arguments, jsonable(found), f"{found.name or arguments.service} answers.")


def run_enable(arguments: argparse.Namespace) -> int:
    """Exit 0 once exams can be proctored by it, 3 if it does not answer."""
    actor = command_line()
    from linkspan.exams.actions import enable_service
    from linkspan.kernel.clock import domain_now

    try:
        enable_service(actor=actor, service_id=arguments.service, now=domain_now())
    except Unusable as error:
        return _silent(error)
    return _say(arguments, {"enabled": str(arguments.service)}, "Exams can be proctored by it.")


def run_disable(arguments: argparse.Namespace) -> int:
    """Exit 0 once it is asked nothing more."""
    actor = command_line()
    from linkspan.exams.actions import disable_service
    from linkspan.kernel.clock import domain_now

    disable_service(actor=actor, service_id=arguments.service, why=arguments.why, now=domain_now())
    return _say(arguments, {"disabled": str(arguments.service)}, "It is switched off.")


def _silent(error: Unusable) -> int:
    """Exit 3 for a service that does not answer; any other error is raised on."""
    if error.code != "service_silent":
        raise error
    print(f"linkspan proctoring: {one_line(error.message)}", file=sys.stderr)
    return SILENT
