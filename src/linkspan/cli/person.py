"""`linkspan person`: what an operator does for one person, by their e-mail address."""

import argparse
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from linkspan.cli import command_line, unusable

if TYPE_CHECKING:
    from linkspan.accounts.rules import MergeProspect, Prospect


def register(verbs: Any) -> None:
    """Add the verbs."""
    group = verbs.add_parser("person", help="a copy of all that is held about a person, and the end of an account")
    named = group.add_subparsers(required=True, metavar="VERB")
    export = named.add_parser("export", help="write a ZIP of all that is held about a person, for them")
    export.add_argument("email", metavar="EMAIL")
    export.add_argument("file", metavar="FILE", help="where to write it; it must not be there yet")
    export.add_argument("--json", action="store_true", help="print one JSON object")
    export.set_defaults(run=run_export)
    reset = named.add_parser("reset-second-factor", help="take a second factor away from somebody who lost it")
    reset.add_argument("email", metavar="EMAIL")
    reset.add_argument("--reason", required=True, metavar="REASON", help="who asked, and how you know them")
    reset.add_argument("--json", action="store_true", help="print one JSON object")
    reset.set_defaults(run=run_reset)
    merge = named.add_parser("merge", help="prepare that two accounts of one person become one, or approve it")
    merge.add_argument("ends", metavar="ENDS", help="the address of the account that ends")
    merge.add_argument("stays", metavar="STAYS", help="the address of the account that stays")
    merge.add_argument("--reason", default="", metavar="REASON", help="how you know that both are one person's")
    how = merge.add_mutually_exclusive_group()
    how.add_argument("--dry-run", action="store_true", help="say what would move and what stands in the way")
    how.add_argument("--approve", action="store_true", help="join what somebody prepared on the pages")
    how.add_argument("--withdraw", action="store_true", help="have two accounts stay two")
    merge.add_argument("--json", action="store_true", help="print one JSON object")
    merge.set_defaults(run=run_merge)
    delete = named.add_parser("delete", help="have an account deleted at its holder's request, or keep it")
    delete.add_argument("email", metavar="EMAIL")
    delete.add_argument("--reason", default="", metavar="REASON", help="who asked, and how; needed to delete")
    act = delete.add_mutually_exclusive_group()
    act.add_argument("--dry-run", action="store_true", help="say what would go and stay, and change nothing")
    act.add_argument("--withdraw", action="store_true", help="keep an account that waits to be deleted")
    delete.add_argument("--json", action="store_true", help="print one JSON object")
    delete.set_defaults(run=run_delete)


def run_export(arguments: argparse.Namespace) -> int:
    """Exit 0; 2 if nobody has the address, or the file cannot be made."""
    actor = command_line()
    from linkspan.accounts.actions import export_person
    from linkspan.accounts.queries import person_id_by_email
    from linkspan.kernel.clock import domain_now

    person_id, place = person_id_by_email(arguments.email), Path(arguments.file)
    if person_id is None:
        return unusable("person export", f"Nobody here has the address {arguments.email!r}.")
    # It is the person's alone: nobody else on this machine reads it.
    place.touch(mode=0o600, exist_ok=False)
    with export_person(actor=actor, person_id=person_id, now=domain_now()) as copy, place.open("wb") as file:
        shutil.copyfileobj(copy, file)
    told = {"file": str(place), "bytes": place.stat().st_size}
    print(json.dumps(told) if arguments.json else f"Written to {place}.")
    return 0


def run_reset(arguments: argparse.Namespace) -> int:
    """Exit 0; 1 if there is no second factor; 2 if nobody has the address."""
    actor = command_line()
    from linkspan.accounts.actions import reset_second_factor
    from linkspan.accounts.queries import person_id_by_email
    from linkspan.kernel.clock import domain_now

    person_id = person_id_by_email(arguments.email)
    if person_id is None:
        return unusable("person reset-second-factor", f"Nobody here has the address {arguments.email!r}.")
    reset_second_factor(actor=actor, person_id=person_id, why=arguments.reason, now=domain_now())
    print(json.dumps({"reset": arguments.email}) if arguments.json else "The second factor is gone.")
    return 0


def run_delete(arguments: argparse.Namespace) -> int:
    """Exit 0; 1 with every reason if something stands in the way; 2 if nobody has the address."""
    actor = command_line()
    from linkspan.accounts.actions import ask_deletion, withdraw_deletion
    from linkspan.accounts.queries import person_id_by_email, prospect
    from linkspan.kernel.clock import domain_now

    person_id, now = person_id_by_email(arguments.email), domain_now()
    if person_id is None:
        return unusable("person delete", f"Nobody here has the address {arguments.email!r}.")
    if arguments.withdraw:
        withdraw_deletion(actor=actor, person_id=person_id, now=now)
    elif not arguments.dry_run:
        ask_deletion(actor=actor, person_id=person_id, reason=arguments.reason, now=now)
    _tell_prospect(prospect(actor, person_id), as_json=arguments.json)
    return 0


def run_merge(arguments: argparse.Namespace) -> int:
    """Exit 0; 1 with every reason if something stands in the way or a second person lacks; 2 for unknown addresses."""
    actor = command_line()
    from django.db import transaction

    from linkspan.accounts.actions import approve_merge, propose_merge, withdraw_merge
    from linkspan.accounts.queries import merge_between, merge_prospect, person_id_by_email
    from linkspan.kernel.clock import domain_now

    stays, ends, now = person_id_by_email(arguments.stays), person_id_by_email(arguments.ends), domain_now()
    if stays is None or ends is None:
        lacking = arguments.stays if stays is None else arguments.ends
        return unusable("person merge", f"Nobody here has the address {lacking!r}.")
    held = merge_between(actor, stays=stays, ends=ends)
    with transaction.atomic():
        merge_id = held.id if held else None
        if merge_id is None:
            if arguments.approve or arguments.withdraw:
                return unusable("person merge", "Nobody prepared this. Prepare it first.")
            said = arguments.reason or ("looked at only" if arguments.dry_run else "")
            merge_id = propose_merge(actor=actor, stays=stays, ends=ends, reason=said, now=now)
        found = merge_prospect(actor, merge_id, now)
        transaction.set_rollback(arguments.dry_run)
    if arguments.withdraw:
        withdraw_merge(actor=actor, merge_id=merge_id, now=now)
    if arguments.approve:
        approve_merge(actor=actor, merge_id=merge_id, now=now)
    _tell_merge(found, "joined" if arguments.approve else "", as_json=arguments.json)
    return 1 if found.obstacles else 0


def _tell_merge(found: "MergeProspect", done: str, *, as_json: bool) -> None:
    if as_json:
        told = {
            "moves": dict(found.ends.entries),
            "consents_end": list(found.consents_end),
            "obstacles": list(found.obstacles),
            "joined": bool(done),
        }
        print(json.dumps(told))
        return
    print(f"{'Joined' if done else 'To join'}: {found.ends.email} into {found.stays.email}")
    for domain, number in found.ends.entries.items():
        print(f"moves    {number:6} {domain}")
    for school in found.consents_end:
        print(f"ends     consent to {school}")
    for obstacle in found.obstacles:
        print(f"In the way: {obstacle}")


def _tell_prospect(found: "Prospect", *, as_json: bool) -> None:
    due = found.waiting.due_at.isoformat() if found.waiting else None
    parts = {part.table: (part.entries, part.at_deletion) for part in found.parts}
    if as_json:
        told = {name: {"entries": n, "fate": end.fate, "ground": end.ground} for name, (n, end) in parts.items()}
        print(json.dumps({"due_at": due, "obstacles": list(found.obstacles), "parts": told}))
        return
    print(f"Deleted at {due}." if due else "Nothing waits to be deleted.")
    for obstacle in found.obstacles:
        print(f"In the way: {obstacle}")
    for name, (entries, end) in parts.items():
        print(f"{end.fate:9}{entries:6} {name}{f' ({end.ground})' if end.ground else ''}")
