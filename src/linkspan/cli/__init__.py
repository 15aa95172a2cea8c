"""The command-line face: one module per domain."""

import sys

UNUSABLE = 2
LONGEST = 500


def unusable(verb: str, why: object) -> int:
    """Say on standard error, in one line, why the input of a verb cannot be used; the exit code for it."""
    print(f"linkspan {verb}: {one_line(why)}", file=sys.stderr)
    return UNUSABLE


def one_line(text: object) -> str:
    """Text in one line of bearable length, without what could make a terminal show something else."""
    words = printable(" ".join(str(text).split()))
    return words if len(words) <= LONGEST else f"{words[:LONGEST]}…"


def printable(text: str) -> str:
    """Text without control and direction characters, and without halves of characters."""
    return "".join(letter if letter.isprintable() else "�" for letter in text)
