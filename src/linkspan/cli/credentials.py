"""`linkspan credentials issue-missing`: everything that is due; `linkspan keys`: signing keys of institutions."""

import argparse
import json
import sys
from dataclasses import asdict
from typing import Any

from linkspan.cli import command_line, group, unusable
from linkspan.kernel.clock import parse_instant, real_now


def register(verbs: Any) -> None:
    """Add the verbs."""
    missing = group(verbs, "credentials", "issue what is due").add_parser(
        "issue-missing", help="find and issue every program credential that is due"
    )
    missing.add_argument("--program", required=True, metavar="INSTITUTION/CODE")
    missing.add_argument("--json", action="store_true", help="print one JSON object")
    missing.set_defaults(run=run_missing)
    keys = group(verbs, "keys", "signing keys of institutions, and the keys of this installation")
    new = keys.add_parser("new", help="give an institution a new key, and end the one before it")
    new.add_argument("institution", metavar="CODE")
    method = new.add_mutually_exclusive_group()
    told = "sign for the institution's did:web: the default of a first key where the site has a public https address"
    method.add_argument("--web", action="store_true", default=None, help=told)
    method.add_argument("--offline", dest="web", action="store_false", help="sign for the key's own did:key")
    new.add_argument("--custody", choices=["file", "process", "token"], default="file", help="where the key lies")
    new.add_argument("--reference", default="", help="the socket of the signer process, or the label in the token")
    new.set_defaults(run=run_new)
    move = keys.add_parser("move", help="have an institution of a did:key sign for its did:web from now on")
    move.add_argument("institution", metavar="CODE")
    move.add_argument("--reason", required=True)
    move.set_defaults(run=run_move)
    lost = keys.add_parser("compromised", help="say that somebody else may have had a key")
    lost.add_argument("institution", metavar="CODE")
    lost.add_argument("key", metavar="KEY", help="the public key in multibase form, as in the registry")
    lost.add_argument("--since", required=True, metavar="TIME", help="from that ISO instant on")
    lost.add_argument("--reason", required=True)
    lost.set_defaults(run=run_compromised)
    keys.add_parser("registry", help="print every issuer with its keys and their history").set_defaults(
        run=run_registry
    )


def run_missing(arguments: argparse.Namespace) -> int:
    """Exit 0 if all that is due is issued or prepared, 1 if some failed; running it again goes on."""
    actor = command_line()
    from linkspan.credentials.actions import Progress, issue_missing
    from linkspan.kernel.jsonable import jsonable

    def report(done: Progress) -> None:
        told = f"{done.looked_at} of {done.learners} looked at, {done.issued} issued, {done.prepared} prepared"
        print(told, file=sys.stderr)

    done = issue_missing(actor=actor, program_key=arguments.program, now=real_now(), report=report)
    if arguments.json:
        print(json.dumps({"program": arguments.program, **jsonable(asdict(done))}, ensure_ascii=False))
    else:
        print(f"{done.issued} issued, {done.prepared} prepared for approval, {len(done.failed)} failed")
        for failure in done.failed:
            print(f"    {failure.learner_id}: {failure.message}")
    return 1 if done.failed else 0


def run_new(arguments: argparse.Namespace) -> int:
    """Print the DID for which the new key signs."""
    actor = command_line()
    from linkspan.institutions.actions import make_signing_key
    from linkspan.institutions.rules import Custody

    did = make_signing_key(
        actor=actor,
        code=arguments.institution,
        now=real_now(),
        web=arguments.web,
        custody=Custody(arguments.custody),
        reference=arguments.reference,
    )
    print(did)
    return 0


def run_move(arguments: argparse.Namespace) -> int:
    """Print the DID for which the institution signs from now on."""
    actor = command_line()
    from linkspan.institutions.actions import move_to_web

    print(move_to_web(actor=actor, code=arguments.institution, reason=arguments.reason, now=real_now()))
    return 0


def run_compromised(arguments: argparse.Namespace) -> int:
    """Say so, and what to do next."""
    actor = command_line()
    from linkspan.institutions.actions import declare_compromised

    try:
        since = parse_instant(arguments.since)
    except ValueError as error:
        return unusable("keys compromised", error)
    declare_compromised(
        actor=actor,
        code=arguments.institution,
        multibase=arguments.key,
        since=since,
        reason=arguments.reason,
        now=real_now(),
    )
    print(f"Recorded. Now run: linkspan keys new {arguments.institution}")
    return 0


def run_registry(arguments: argparse.Namespace) -> int:
    """The file that `linkspan verify --registry` reads."""
    command_line()
    from linkspan.institutions.queries import issuer_registry

    print(json.dumps(issuer_registry(), ensure_ascii=False))
    return 0
