"""`python -m benchmarks.formula_speed`: ordinary formulas, bounded, against openedx-calc alone, in the same run.

Each answer of a hundred learners is worked out for ten samples, as capa does, by CPU time, best of five rounds. Exits 1
if an answer takes more than 5 % longer than by calc alone, or a value differs.
"""

import sys
import time
from collections.abc import Callable
from typing import Any

from calc import evaluator

from linkspan.courseware.engines import formula

FORMULAS = ("2*x+{}", "sin(x)^2+{}*cos(x)^2", "sqrt(x*{}+1)/2", "fact(5)*x+{}", "exp(-x)*{}")
LEARNERS, SAMPLES, ROUNDS = 10, 10, 5


def answers() -> list[str]:
    """What the learners type, each something of her own."""
    return [text.format(number) for number in range(LEARNERS) for text in FORMULAS]


def worked_out(evaluate: Callable[..., Any]) -> tuple[list[Any], float]:
    """The values, and the milliseconds an answer takes."""
    best, values = float("inf"), []
    for _ in range(ROUNDS):
        formula.forget()
        before = time.process_time()
        values = [evaluate({"x": 1 + n / 7}, {}, text) for text in answers() for n in range(SAMPLES)]
        best = min(best, time.process_time() - before)
    return values, 1000 * best / len(answers())


def main() -> int:
    """Measure, tell, judge."""
    theirs, stock = worked_out(evaluator)
    ours, bounded = worked_out(formula.evaluate)
    print(f"stock {stock:.2f} ms an answer, bounded {bounded:.2f} ms: {stock / bounded:.1f} times as many")
    return 0 if ours == theirs and bounded <= 1.05 * stock else 1


if __name__ == "__main__":
    sys.exit(main())
