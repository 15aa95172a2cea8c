"""Formulas: one is right if it gives what the key gives, wherever its variables are tried."""

import random
import re
from decimal import Decimal, InvalidOperation

from linkspan.exams.rules.items import Item, Variable
from linkspan.kernel.reasons import Sentence

#: How often a formula is tried; the same numbers for everybody.
SAMPLES = 10
MOST_VARIABLES = 10
LONGEST_FORMULA = 500
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,19}", re.ASCII)
#: Without a tolerance, what rounding does to numbers of the machine.
ROUNDING = 1e-9


def problem(item: Item) -> str:
    """Why nobody could answer it; nothing if they can. Whether the key can be worked out, the engine says."""
    names = [one.name.lower() for one in item.variables]
    if len(item.answers) != 1 or len(item.answers[0]) > LONGEST_FORMULA:
        return Sentence(
            "formula_length", "it needs one right formula of at most {most} characters", most=LONGEST_FORMULA
        )
    if len(names) > MOST_VARIABLES or len(set(names)) < len(names):
        return Sentence("variables_count", "it has more than {most} variables, or one twice", most=MOST_VARIABLES)
    if not all(NAME.fullmatch(one.name) for one in item.variables):
        return Sentence("variable_name", "a variable is a letter, then letters, digits and underscores, at most 20")
    if all(_spans(one) for one in item.variables):
        return ""
    return Sentence("variable_span", "a variable needs a lower and a higher number")


def _spans(one: Variable) -> bool:
    try:
        low, high = Decimal(one.low), Decimal(one.high)
    except InvalidOperation:
        return False
    largest = Decimal(10) ** 12
    return low.is_finite() and high.is_finite() and -largest <= low <= high <= largest


def samples(item: Item) -> tuple[dict[str, float], ...]:
    """The numbers with which the formulas of an item are tried."""
    drawn = random.Random(f"{item.id}:{item.answers}")  # noqa: S311  the same for everybody, and no secret
    return tuple(
        {one.name: drawn.uniform(float(one.low), float(one.high)) for one in item.variables}
        for _ in range(SAMPLES if item.variables else 1)
    )


def alike(expected: complex, given: complex, tolerance: str) -> bool:
    """Whether a value is within the tolerance, absolute or in percent of what is expected."""
    told = tolerance.strip()
    if told.endswith("%"):
        allowed = abs(expected) * float(told.removesuffix("%") or 0) / 100
    else:
        allowed = float(told or 0)
    return abs(given - expected) <= max(allowed, abs(expected) * ROUNDING)
