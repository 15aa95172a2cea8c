"""`linkspan keys rotate`: new keys of this installation, and all that is stored encrypted with them.

The earlier keys stay beside the new ones until the next rotation: sessions and links that they signed go on. Servers of
the same home use the new ones from their next request on.
"""

import argparse
import fcntl
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from linkspan.cli import command_line, group
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import Refused

#: What a key is called on the command line: the secret in the home, and the variables that may hold it instead.
NAMES = {
    "signing": ("secret_key", "LINKSPAN_SECRET_KEY", "LINKSPAN_EARLIER_SECRET_KEYS"),
    "documents": ("document_key", "LINKSPAN_DOCUMENT_KEY", "LINKSPAN_EARLIER_DOCUMENT_KEYS"),
}
#: After so many documents the command says how far it is.
TOLD_EACH = 1_000


@dataclass(frozen=True, slots=True)
class Rotated:
    """Which keys are new, what was encrypted anew, and what opens with no key that is known."""

    new_keys: list[str]
    documents: int
    secrets: int
    unreadable: list[str]


def register(verbs: Any) -> None:
    """Add the verb."""
    keys = group(verbs, "keys", "signing keys of institutions, and the keys of this installation")
    rotate = keys.add_parser("rotate", help="new keys of this installation; what they encrypt is encrypted anew")
    rotate.add_argument(
        "--only", choices=list(NAMES), help="the key that signs sessions and links, or that of documents"
    )
    rotate.add_argument("--json", action="store_true", help="print one JSON object")
    rotate.set_defaults(run=run_rotate)


def run_rotate(arguments: argparse.Namespace) -> int:
    """Exit 0 if all is under the new keys, 1 if something opens with none; one that was cut short is gone on with."""
    actor = command_line()
    from linkspan.kernel.clock import real_now
    from linkspan.site.database import check_database

    check_database()
    done = rotate([arguments.only] if arguments.only else list(NAMES), actor=actor, now=real_now())
    if arguments.json:
        print(json.dumps(asdict(done)))
        return 1 if done.unreadable else 0
    for name in done.unreadable:
        print(f"opens with no key that is known: {name}")
    print(f"{len(done.new_keys)} new keys; {done.documents} documents and {done.secrets} secrets encrypted anew.")
    print("Make a backup now: an earlier one opens with the earlier keys, which it holds.")
    return 1 if done.unreadable else 0


def rotate(names: Sequence[str], *, actor: Actor, now: datetime) -> Rotated:
    """Make new keys and encrypt anew what is stored; Refused where keys come from variables that name no earlier one.

    What opens with no key is named and left as it is.
    """
    from django.conf import settings

    from linkspan.kernel import audit, sealed
    from linkspan.site import secrets

    here = _kept_here(names)
    with _alone():
        new_keys = secrets.begin_rotation(settings.HOME, here) if here else []
        documents, unreadable = _documents()
        columns = {f"{model._meta.db_table}.{name}": sealed.renew(model, name) for model, name in sealed.columns()}
        if here:
            secrets.end_rotation(settings.HOME)
    unreadable += [f"{count} rows of {column}" for column, (_, count) in columns.items() if count]
    done = Rotated(new_keys, documents, sum(changed for changed, _ in columns.values()), unreadable)
    after = {"new_keys": done.new_keys, "documents": done.documents, "secrets": done.secrets}
    audit.record(actor=actor, verb="rotate_keys", subject="kernel.keys:installation", now=now, after=after)
    return done


def _kept_here(names: Sequence[str]) -> list[str]:
    """The secrets among these that this home holds; Refused if a variable holds one, and none that was before it."""
    for name in names:
        _, variable, earlier = NAMES[name]
        if os.environ.get(variable) and not os.environ.get(earlier):
            raise Refused(
                "key_from_variable",
                "{variable} holds this key. Put a new one there and the one of now into {earlier}, "
                "restart every server, then run this again.",
                variable=variable,
                earlier=earlier,
            )
    return [NAMES[name][0] for name in names if not os.environ.get(NAMES[name][1])]


def _documents() -> tuple[int, list[str]]:
    """How many documents were encrypted anew, and which open with no key."""
    from cryptography.fernet import InvalidToken

    from linkspan.kernel import storage

    changed, unreadable = 0, []
    for number, sha256 in enumerate(storage.kept(), 1):
        try:
            changed += storage.renew(sha256)
        except InvalidToken:
            unreadable.append(f"document {sha256}")
        if number % TOLD_EACH == 0:
            print(f"{number} documents looked at", file=sys.stderr)
    return changed, unreadable


@contextmanager
def _alone() -> Iterator[None]:
    """Refused while another rotation of this home runs."""
    from django.conf import settings

    with (settings.HOME / "rotating.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Refused("rotation_runs", "another rotation of these keys runs. Wait for its end.") from error
        yield
