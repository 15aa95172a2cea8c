"""Where capa works something out that a learner or an author wrote, it does so within bounds.

capa's modules name what they use: the names that stand for expensive work are replaced here, once, when the runtime
is loaded. Formulas are bounded before, patterns run in a child that is ended, and symbolic answers, which sympy reads
by running them as Python, run in the sandbox alone.
"""

import re
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from calc import preview

from linkspan.courseware.engines import formula, patterns, sandbox
from linkspan.courseware.engines.stock import inputtypes, responsetypes, util
from linkspan.kernel.errors import TooExpensive

MOST_SAMPLES = 500
SYMBOLIC = """
from symmath import symmath_check
ret = symmath_check(expect, given, dynamath=dynamath, options=options)
ret = {"ok": bool(ret["ok"]), "msg": str(ret["msg"])}
"""


def _check_string(response: Any, expected: list[str], given: str) -> bool:
    try:
        return bool(CHECK_STRING(response, expected, given))
    except responsetypes.ResponseError as error:
        if isinstance(error.__cause__, TooExpensive):
            raise responsetypes.StudentInputError("This answer takes too long to check. Write it otherwise.") from error
        raise


def _randomize(response: Any, samples: str) -> list[dict[str, float]]:
    asked = samples.rpartition("#")[2].strip()
    if not asked.isdecimal() or len(asked) > 9 or int(asked) > MOST_SAMPLES:
        raise responsetypes.LoncapaProblemError(f"samples: a formula is tried at most {MOST_SAMPLES} times.")
    return list(RANDOMIZE(response, samples))


def symbolic_check(expect: str, given: str, dynamath: Any = None, options: Any = None, debug: Any = None) -> Any:
    """What `symmath_check` says of a symbolic answer, worked out in the sandbox."""
    told: Mapping[str, Any] = {"expect": expect, "given": given, "dynamath": dynamath, "options": options}
    error, after = sandbox.run(SYMBOLIC, told)
    if error or "ret" not in after:
        return {"ok": False, "msg": "The answer could not be checked. Write it otherwise."}
    return after["ret"]


def _draw_formula(text: str) -> str:
    from linkspan.courseware.engines.chemistry import render_to_html

    return render_to_html(text)


CHECK_STRING = responsetypes.StringResponse.check_string
RANDOMIZE = responsetypes.FormulaResponse.randomize_variables


def install() -> None:
    """Put the bounded work in the place of what capa's modules name."""
    responsetypes.evaluator = util.evaluator = formula.evaluate
    responsetypes.re = SimpleNamespace(
        **vars(re) | {"compile": lambda pattern, flags=0: (pattern, int(flags)), "search": patterns.search}
    )
    responsetypes.StringResponse.check_string = _check_string
    responsetypes.FormulaResponse.randomize_variables = _randomize
    responsetypes.symmath_check = symbolic_check
    inputtypes.latex_preview = formula.short(preview.latex_preview)
    inputtypes.chemcalc = SimpleNamespace(render_to_html=_draw_formula)
