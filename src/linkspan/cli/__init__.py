"""The command-line face: one module per domain."""

import getpass
import json
import sys
from pathlib import Path
from typing import Any, NoReturn

from linkspan.kernel.actor import Actor, system_actor
from linkspan.kernel.errors import Unusable

UNUSABLE = 2
#: A service that was asked does not answer.
SILENT = 3
LONGEST = 500
LARGEST_FILE = 50_000_000


def unusable(verb: str, why: object) -> int:
    """Say on standard error, in one line, why the input of a verb cannot be used; the exit code for it."""
    print(f"linkspan {verb}: {one_line(why)}", file=sys.stderr)
    return UNUSABLE


def group(verbs: Any, word: str, about: str) -> Any:
    """The verbs below a word of the command line, to which several modules may add theirs."""
    known: dict[str, Any] = vars(verbs).setdefault("groups", {})
    if word not in known:
        known[word] = verbs.add_parser(word, help=about).add_subparsers(required=True, metavar="VERB")
    return known[word]


def command_line() -> Actor:
    """Load the application; returns the system, by the name of who is signed in to this machine."""
    import django

    django.setup()
    try:
        user = getpass.getuser()
    except (KeyError, OSError, ImportError):
        user = "unknown"
    return system_actor(f"command line ({user})")


def read_bytes(name: str) -> bytes:
    """Return what is in a file, or on standard input for `-`; Unusable if it cannot be read or is too large."""
    try:
        with sys.stdin.buffer if name == "-" else Path(name).open("rb") as source:
            raw = source.read(LARGEST_FILE + 1)
    except (OSError, ValueError) as error:
        raise Unusable("file_unreadable", "{name} cannot be read: {error}", name=name, error=error) from error
    if len(raw) > LARGEST_FILE:
        raise Unusable(
            "file_too_large",
            "{name} is larger than {largest_file} MB.",
            name=name,
            largest_file=LARGEST_FILE // 1_000_000,
        )
    return raw


def parse_json(raw: bytes) -> Any:
    """Return a JSON value; Unusable says where it is none. A key that stands twice is an error."""
    try:
        return json.loads(raw, parse_constant=_no_constant, object_pairs_hook=_no_duplicates)
    except (ValueError, RecursionError) as error:
        raise Unusable("not_json", "That is not readable JSON: {error}", error=error) from error


def read_json(name: str) -> Any:
    """Return the JSON value in a file, or on standard input for `-`; Unusable says what is wrong with it."""
    return parse_json(read_bytes(name))


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON.")


def one_line(text: object) -> str:
    """Text in one line of bearable length, without what could make a terminal show something else."""
    words = printable(" ".join(str(text).split()))
    return words if len(words) <= LONGEST else f"{words[:LONGEST]}…"


def printable(text: str) -> str:
    """Text without control and direction characters, and without halves of characters."""
    return "".join(letter if letter.isprintable() else "�" for letter in text)
