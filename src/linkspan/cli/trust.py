"""`linkspan trust`: whom an institution relies on beside itself, decided, asked and ended by an operator."""

import argparse
import json
from pathlib import Path
from typing import Any
from uuid import UUID

from linkspan.cli import command_line, one_line
from linkspan.kernel.errors import Unusable

LARGEST_FILE = 30_000


def register(verbs: Any) -> None:
    """Add the verbs."""
    named = verbs.add_parser("trust", help="whom an institution relies on beside itself").add_subparsers(
        required=True, metavar="VERB"
    )
    shown = named.add_parser("list", help="issuers and registries, and what they last answered")
    shown.add_argument("institution", metavar="INSTITUTION", help="short name of the institution")
    shown.set_defaults(run=run_list)
    adding = named.add_parser("add", help="rely on an issuer or on a registry")
    adding.add_argument("institution", metavar="INSTITUTION", help="short name of the institution")
    kinds = ["issuer", "dcc", "linkspan", "root", "federation"]
    adding.add_argument("kind", choices=kinds, help="an issuer, the form of a registry, a root, or an anchor")
    told = "the issuer's DID or https address, the registry's address, or the file of the root certificate (PEM)"
    adding.add_argument("address", metavar="ADDRESS|FILE", help=told)
    adding.add_argument("--name", required=True, help="the name that verdicts show")
    adding.set_defaults(run=run_add)
    asking = named.add_parser("ask", help="ask a registry now")
    asking.add_argument("source", metavar="ID", type=UUID, help="its id, as listed")
    asking.set_defaults(run=run_ask)
    accepting = named.add_parser("accept", help="rely on the keys that an issuer shows now")
    accepting.add_argument("issuer", metavar="ID", type=UUID, help="the issuer's id, as listed")
    accepting.set_defaults(run=run_accept)
    ending = named.add_parser("end", help="rely on an issuer or a registry no more")
    ending.add_argument("source", metavar="ID", type=UUID, help="its id, as listed")
    ending.set_defaults(run=run_end)
    above = named.add_parser("superiors", help="who stands above an institution in federations")
    above.add_argument("institution", metavar="INSTITUTION", help="short name of the institution")
    above.add_argument("superiors", metavar="URL", nargs="*", help="their addresses, in place of those before")
    above.set_defaults(run=run_superiors)
    for verb in (adding, accepting, ending):
        verb.add_argument("--reason", required=True, help="why; it stands with the decision")
    for verb in (shown, adding, asking, accepting, ending, above):
        verb.add_argument("--json", action="store_true", help="print one JSON object a line")


def _say(arguments: argparse.Namespace, told: Any, words: str) -> int:
    print(json.dumps(told, ensure_ascii=False) if arguments.json else one_line(words))
    return 0


def run_list(arguments: argparse.Namespace) -> int:
    """Exit 0 with all that is relied on; 1 if there is nothing."""
    actor = command_line()
    from linkspan.institutions.queries import trust_sources, trusted_issuers
    from linkspan.kernel.jsonable import jsonable

    found = trust_sources(actor, arguments.institution)
    for row in found:
        waiting = [one for one in trusted_issuers(actor, row.id) if one.new_key]
        state = "ended" if row.ended_at else row.error or f"{row.issuers} issuers"
        told = {**jsonable(row), "new_keys": jsonable(waiting)}
        new = "".join(f", new key of {one.name}: {one.id}" for one in waiting)
        _say(arguments, told, f"{row.id} {row.kind} {row.address} ({row.name}), {state}{new}")
    return 0 if found else 1


def run_add(arguments: argparse.Namespace) -> int:
    """Exit 0 with the id."""
    actor = command_line()
    from linkspan.institutions.actions import trust
    from linkspan.institutions.rules import TrustKind
    from linkspan.kernel.clock import domain_now

    kind = TrustKind(arguments.kind)
    is_root = kind is TrustKind.ROOT
    made = trust(
        actor=actor,
        institution=arguments.institution,
        kind=kind,
        address="" if is_root else arguments.address,
        certificate=_text_of(arguments.address) if is_root else "",
        name=arguments.name,
        reason=arguments.reason,
        now=domain_now(),
    )
    return _say(arguments, {"source": str(made)}, f"{made}: {arguments.institution} relies on it from now on.")


def _text_of(name: str) -> str:
    """What a file holds; Unusable if it cannot be read."""
    try:
        return Path(name).read_text(encoding="ascii", errors="replace")[:LARGEST_FILE]
    except OSError as error:
        raise Unusable("file_unreadable", "{name} cannot be read.", name=name) from error


def run_ask(arguments: argparse.Namespace) -> int:
    """Exit 0 with what it lists; 1 if it could not be read."""
    actor = command_line()
    from linkspan.institutions.actions import ask_registry_again, refresh_source
    from linkspan.institutions.queries import trust_source
    from linkspan.kernel.clock import domain_now

    now = domain_now()
    ask_registry_again(actor=actor, source_id=arguments.source, now=now)
    refresh_source(arguments.source, now)
    row = trust_source(actor, arguments.source)
    told = {"source": str(row.id), "issuers": row.issuers, "unreadable": row.unreadable, "error": row.error}
    _say(arguments, told, f"It could not be read: {row.error}" if row.error else f"It lists {row.issuers} issuers.")
    return 1 if row.error else 0


def run_accept(arguments: argparse.Namespace) -> int:
    """Exit 0 once the new keys count."""
    actor = command_line()
    from linkspan.institutions.actions import accept_key
    from linkspan.kernel.clock import domain_now

    accept_key(actor=actor, issuer_id=arguments.issuer, reason=arguments.reason, now=domain_now())
    return _say(arguments, {"issuer": str(arguments.issuer)}, "The new key counts from now on.")


def run_superiors(arguments: argparse.Namespace) -> int:
    """Exit 0 with what its statement says from now on."""
    actor = command_line()
    from linkspan.institutions.actions import set_superiors
    from linkspan.institutions.queries import federation_place
    from linkspan.kernel.clock import domain_now
    from linkspan.kernel.jsonable import jsonable

    now = domain_now()
    set_superiors(actor=actor, institution=arguments.institution, addresses=arguments.superiors, now=now)
    place = federation_place(actor, arguments.institution, now)
    return _say(arguments, jsonable(place), f"{place.entity}: {' '.join(place.superiors) or 'nobody stands above it'}")


def run_end(arguments: argparse.Namespace) -> int:
    """Exit 0 once it counts no more."""
    actor = command_line()
    from linkspan.institutions.actions import end_trust
    from linkspan.kernel.clock import domain_now

    end_trust(actor=actor, source_id=arguments.source, reason=arguments.reason, now=domain_now())
    return _say(arguments, {"source": str(arguments.source)}, "It is relied on no more.")
