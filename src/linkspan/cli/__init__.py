"""The command-line face: one module per domain."""

import json
import sys
from pathlib import Path
from typing import Any, NoReturn

from linkspan.kernel.errors import Unusable

UNUSABLE = 2
LONGEST = 500
LARGEST_FILE = 50_000_000


def unusable(verb: str, why: object) -> int:
    """Say on standard error, in one line, why the input of a verb cannot be used; the exit code for it."""
    print(f"linkspan {verb}: {one_line(why)}", file=sys.stderr)
    return UNUSABLE


def read_json(name: str) -> Any:
    """Return the JSON value in a file, or on standard input for `-`; Unusable says what is wrong with it."""
    try:
        with sys.stdin.buffer if name == "-" else Path(name).open("rb") as source:
            raw = source.read(LARGEST_FILE + 1)
        if len(raw) > LARGEST_FILE:
            raise Unusable("file_too_large", f"{name} is larger than {LARGEST_FILE // 1_000_000} MB.")
        return json.loads(raw, parse_constant=_no_constant)
    except (OSError, ValueError, RecursionError) as error:
        raise Unusable("file_unreadable", f"{name} is not a readable JSON file: {error}") from error


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON.")


def one_line(text: object) -> str:
    """Text in one line of bearable length, without what could make a terminal show something else."""
    words = printable(" ".join(str(text).split()))
    return words if len(words) <= LONGEST else f"{words[:LONGEST]}…"


def printable(text: str) -> str:
    """Text without control and direction characters, and without halves of characters."""
    return "".join(letter if letter.isprintable() else "�" for letter in text)
