"""Answers of lines that each get one number: `line:number`, as the form posts them."""

import re
from collections.abc import Sequence
from fractions import Fraction

#: A saved answer has no more texts, so no item has more lines.
MOST_LINES = 20
PAIR = re.compile(r"(0|[1-9][0-9]?):(0|[1-9][0-9]?)")


def pairs(given: Sequence[str]) -> dict[int, int]:
    """The number that each line got; a line with two numbers got none, and what is no pair is left out."""
    found: dict[int, int] = {}
    twice = set()
    for text in given:
        if read := PAIR.fullmatch(text):
            line, number = int(read[1]), int(read[2])
            twice |= {line} if found.setdefault(line, number) != number else set()
    return {line: number for line, number in found.items() if line not in twice}


def share(given: Sequence[str], right: dict[int, int], partial: bool) -> Fraction:
    """The share of lines that got their number; without `partial` all of them or nothing."""
    have = pairs(given)
    hits = sum(have.get(line) == number for line, number in right.items())
    if not right or (hits < len(right) and not partial):
        return Fraction(0)
    return Fraction(hits, len(right))
