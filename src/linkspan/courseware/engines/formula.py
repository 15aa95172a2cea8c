"""A formula is bounded before it is worked out: how long it is, and how many digits its whole numbers may get.

Around openedx-calc: its grammar, its functions and its errors. A formula is parsed once, however many samples it is
worked out for.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache
from numbers import Integral, Number
from typing import Any

from calc import UndefinedVariable
from calc.calc import (
    ParseAugmenter,
    add_defaults,
    check_parens,
    eval_atom,
    eval_number,
    eval_parallel,
    eval_sum,
)

LONGEST = 1000
#: Whole numbers have at most so many bits, about 6,000 digits; what comes out fits a float, which has 1024.
MOST_BITS = 20_000
#: The factorial of this has 19,053 bits.
LARGEST_FACTORIAL = 2000


class TooLarge(UndefinedVariable):
    """What would take too long to work out. capa tells the learner the words of its base class's errors."""


def evaluate(
    variables: Mapping[str, Any], functions: Mapping[str, Any], formula: str, case_sensitive: bool = False
) -> Any:
    """The value of the formula as `calc.evaluator` gives it; TooLarge if it is too long, or its numbers are."""
    if not formula.strip():
        return math.nan
    parsed = _parsed(formula, case_sensitive)
    known, callable_ = add_defaults(variables, {**FACTORIALS, **functions}, case_sensitive)
    parsed.check_variables(known, callable_)

    def cased(name: str) -> str:
        return name if case_sensitive else name.lower()

    value = parsed.reduce_tree(
        ARITHMETIC
        | {
            "variable": lambda parts: known[cased(parts[0])],
            "function": lambda parts: callable_[cased(parts[0])](parts[1]),
        }
    )
    if isinstance(value, int) and value.bit_length() > 1023:
        raise TooLarge("The answer is too large a number.")
    return value


def short[R](read: Callable[[str], R]) -> Callable[[str], R]:
    """The reader of a formula, for formulas that are not too long."""

    def call(formula: str) -> R:
        _length(formula)
        return read(formula)

    return call


def _length(formula: str) -> None:
    if len(formula) > LONGEST:
        raise TooLarge(f"The formula is longer than {LONGEST} characters.")


@lru_cache(maxsize=64)
def _parsed(formula: str, case_sensitive: bool) -> Any:
    _length(formula)
    check_parens(formula)
    parsed = ParseAugmenter(formula, case_sensitive)
    parsed.parse_algebra()
    return parsed


def forget() -> None:
    """Forget the formulas parsed before, as a measurement needs."""
    _parsed.cache_clear()


def _within(bits: float) -> None:
    if bits > MOST_BITS:
        raise TooLarge("The formula holds a number with too many digits to work with.")


def _power(parts: Sequence[Any]) -> Any:
    """Powers from right to left."""
    numbers: list[Any] = [part for part in parts if isinstance(part, Number)]
    *bases, result = numbers
    for base in reversed(bases):
        if isinstance(base, int) and isinstance(result, int):
            _within(base.bit_length() * result)
        result = base**result
    return result


def _product(parts: Sequence[Any]) -> Any:
    """Factors and divisors from left to right."""
    result: Any = 1
    divide = False
    for part in parts:
        if part in ("*", "/"):
            divide = part == "/"
        elif divide:
            result = result / part
        else:
            if isinstance(result, int) and isinstance(part, int):
                _within(result.bit_length() + part.bit_length())
            result = result * part
    return result


@cache
def _small_factorial(whole: int) -> int:
    return math.factorial(whole)


def _factorial(operand: Any) -> int:
    if not isinstance(operand, Integral):
        return math.factorial(operand)  # which says what is wrong with it
    if int(operand) > LARGEST_FACTORIAL:
        raise TooLarge(f"Factorials are worked out up to {LARGEST_FACTORIAL}.")
    return _small_factorial(int(operand))


FACTORIALS: Mapping[str, Any] = {"fact": _factorial, "factorial": _factorial}
ARITHMETIC: dict[str, Callable[[Any], Any]] = {
    "number": eval_number,
    "atom": eval_atom,
    "power": _power,
    "parallel": eval_parallel,
    "product": _product,
    "sum": eval_sum,
}
