"""`linkspan trail`: check the audit trail, note its heads, and erase a person's words and name from it."""

import argparse
import json
from typing import Any
from uuid import UUID

from linkspan.cli import command_line, one_line, unusable


def register(verbs: Any) -> None:
    """Add the verbs."""
    group = verbs.add_parser("trail", help="check the audit trail, note its heads, erase a person from it")
    named = group.add_subparsers(required=True, metavar="VERB")
    check = named.add_parser("verify", help="name every entry that was changed, removed, reordered or cut")
    which = check.add_mutually_exclusive_group()
    which.add_argument("--institution", metavar="CODE", help="only this institution's chain")
    which.add_argument("--platform", action="store_true", help="only the chain of what belongs to no institution")
    check.set_defaults(run=run_verify)
    note = named.add_parser("note", help="append the heads of all chains to the file of notes now")
    note.set_defaults(run=run_note)
    erase = named.add_parser("erase", help="erase a person's name and words; the chains still hold")
    erase.add_argument("person", metavar="ID")
    erase.add_argument("--why", required=True, metavar="GROUND")
    erase.add_argument("--dry-run", action="store_true", help="only say what would go")
    erase.set_defaults(run=run_erase)
    for verb in (check, note, erase):
        verb.add_argument("--json", action="store_true", help="print one JSON object a line")


def run_verify(arguments: argparse.Namespace) -> int:
    """Exit 0 if every chain holds, 1 if one does not, 2 for an institution without entries or unreadable notes."""
    command_line()
    from linkspan.kernel import audit
    from linkspan.kernel.jsonable import jsonable

    chain = audit.PLATFORM if arguments.platform else arguments.institution
    if chain and chain not in audit.chains():
        return unusable("trail verify", f"{chain} has no entries. Those that have: {', '.join(audit.chains())}")
    found = tuple(audit.broken_links(chain))
    for finding in found:
        told = f"{finding.institution or 'the platform'}: entry {finding.number} was {finding.fault}"
        print(json.dumps(jsonable(finding)) if arguments.json else one_line(told))
    if not found and not arguments.json:
        print("Every entry is as it was written.")
    return 1 if found else 0


def run_note(arguments: argparse.Namespace) -> int:
    """Exit 0; the heads stand in the file."""
    command_line()
    from linkspan.kernel import audit
    from linkspan.kernel.clock import domain_now

    noted = audit.note_heads(now=domain_now())
    told = {"chains": len(noted.heads), "sha256": noted.sha256}
    print(json.dumps(told) if arguments.json else f"Noted the heads of {len(noted.heads)} chains: {noted.sha256}")
    return 0


def run_erase(arguments: argparse.Namespace) -> int:
    """Exit 0, also if nothing was left to erase."""
    try:
        person_id = UUID(arguments.person)
    except ValueError:
        return unusable("trail erase", f"{arguments.person!r} is not the ID of a person.")
    actor = command_line()
    from linkspan.accounts.actions import erase_from_trail
    from linkspan.accounts.rules import why_kept
    from linkspan.kernel.clock import domain_now

    dry = arguments.dry_run
    gone = erase_from_trail(actor=actor, person_id=person_id, ground=arguments.why, now=domain_now(), dry_run=dry)
    kept = {kind: {"entries": count, "why": why_kept(kind)} for kind, count in gone.kept.items()}
    told = {"names": gone.names, "words": gone.words, "gone": gone.gone, "kept": kept, "dry_run": dry}
    lines = [f"{'Would erase' if dry else 'Erased'}: the name in {gone.names} entries, the words of {gone.words}."]
    lines += [f"    words stay: {kind}, {row['entries']} ({row['why']})" for kind, row in kept.items()]
    print(json.dumps(told) if arguments.json else "\n".join(lines))
    return 0
