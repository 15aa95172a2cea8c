"""Whatever a learner or an author writes is judged in bounded time, and as stock capa judges it where it is modest."""

import math
from pathlib import Path

import pytest
from calc import UndefinedVariable, UnmatchedParenthesis, evaluator
from hypothesis import given
from hypothesis import strategies as st
from tests.factories.problems import meet, said
from xblocks_contrib.problem.capa import util

from linkspan.courseware.engines import formula, patterns, sandbox
from linkspan.courseware.engines.bounds import symbolic_check
from linkspan.courseware.engines.chemistry import render_to_html
from linkspan.kernel.errors import TooExpensive

needs_sandbox = pytest.mark.skipif(not sandbox.available(), reason="bubblewrap with seccomp is not available here")

NUMERICAL = '<numericalresponse answer="{}"><formulaequationinput/></numericalresponse>'
FORMULA = '<formularesponse type="ci" samples="x@1:3#10" answer="2*x"><formulaequationinput/></formularesponse>'
PATTERN = '<stringresponse answer="{}" type="regexp">{}<textline/></stringresponse>'


def judged(folder: Path, response: str, answer: str) -> tuple[str, list[tuple[float, float]]]:
    """What the problem says of the answer, and the grades that it gives."""
    try:
        outcome = meet(f"<problem>{response}</problem>", folder).submit({"2_1": answer})
    except Exception as error:  # what the page tells as a refusal
        return str(error), []
    return said(outcome), [(outcome.published.earned, outcome.published.possible)] if outcome.published else []


EXPENSIVE = [
    "fact(1200000)",
    "factorial(1200000)",
    "fact(fact(20))",
    "2^2^2^2^2^2",
    "9^9^9^9",
    "(2^10000)^10000",
    "2^20000*2^20000*2^20000",
    "*".join(["fact(2000)"] * 60),
    "1+" * 20_000 + "1",
    "(" * 400 + "1" + ")" * 400,
    "9" * 900_000,
    "fact(1999)",
]


@pytest.mark.parametrize("answer", EXPENSIVE, ids=lambda answer: answer[:20])
@pytest.mark.parametrize("response", [NUMERICAL.format(4), FORMULA], ids=["numerical", "formula"])
def test_an_expensive_answer_is_refused_and_costs_no_attempt(tmp_path, response, answer) -> None:
    said, grades = judged(tmp_path, response, answer)
    assert said not in ("correct", "incorrect")
    assert grades == []


def test_the_learner_is_told_what_is_too_large(tmp_path) -> None:
    assert judged(tmp_path, NUMERICAL.format(4), "fact(1200000)")[0] == "Factorials are worked out up to 2000."
    assert judged(tmp_path, FORMULA, "x+" * 600 + "x")[0] == "The formula is longer than 1000 characters."


@pytest.mark.parametrize("author", ["fact(1200000)", "9^9^9^9"])
def test_an_expensive_author_harms_nobody(tmp_path, author) -> None:
    said, grades = judged(tmp_path, NUMERICAL.format(author), "4")
    assert said not in ("correct", "incorrect") and grades == []
    with pytest.raises(formula.TooLarge):
        util.compare_with_tolerance(4, 4, author)


def test_a_formula_is_not_tried_a_thousand_million_times(tmp_path) -> None:
    said, grades = judged(tmp_path, FORMULA.replace("#10", "#1000000000"), "2*x")
    assert "at most 500 times" in said and grades == []


@pytest.mark.parametrize(
    ("text", "variables"),
    [
        ("3+4", {}),
        ("-5+4-3", {}),
        ("2^3^2", {}),
        ("2^-1", {}),
        ("7*5/4*2", {}),
        ("5||4||3", {}),
        ("sin(x)^2+cos(x)^2", {"x": 1.3}),
        ("X*2", {"x": 4}),
        ("fact(5)/factorial(3)", {}),
        ("fact(200)/fact(198)", {}),
        ("2^1000/2^990", {}),
        ("sqrt(-4)", {}),
        ("i*j", {}),
        ("50%", {}),
        ("1e400", {}),
        ("x_{ab}^{cd}+1", {"x_{ab}^{cd}": 2}),
        ("arccot(-2)+sech(1)", {}),
        (" ", {}),
    ],
)
def test_ordinary_formulas_are_worked_out_as_in_stock(text, variables) -> None:
    ours, stock = formula.evaluate(variables, {}, text), evaluator(variables, {}, text)
    assert ours == stock or (math.isnan(ours) and math.isnan(stock))
    assert type(ours) is type(stock)


NUMBERS = st.one_of(st.integers(0, 40).map(str), st.floats(0.1, 9, allow_nan=False).map(lambda x: f"{x:.3f}"))
FORMULAS = st.recursive(
    st.one_of(NUMBERS, st.sampled_from(["x", "y", "pi", "e"])),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/", "||"]), inner).map("".join),
        st.tuples(inner, st.sampled_from(["^2", "^0.5", "^-1", "%"])).map("".join),
        st.tuples(st.sampled_from(["sin", "sqrt", "exp", "fact", "abs", ""]), inner).map(lambda p: f"{p[0]}({p[1]})"),
    ),
    max_leaves=8,
)


def _outcome(evaluate, text: str) -> str:
    try:
        return repr(evaluate({"x": 1.5, "y": -2}, {}, text))
    except formula.TooLarge:
        return "too large"
    except Exception as error:
        return f"{type(error).__name__}: {error}"


@given(FORMULAS)
def test_any_modest_formula_is_worked_out_as_in_stock(text) -> None:
    ours = _outcome(formula.evaluate, text)
    assert ours in ("too large", _outcome(evaluator, text))


@pytest.mark.parametrize(
    ("text", "kind"), [("(1", UnmatchedParenthesis), ("1)", UnmatchedParenthesis), ("z", UndefinedVariable)]
)
def test_what_is_wrong_is_named_as_in_stock(text, kind) -> None:
    with pytest.raises(kind) as stock:
        evaluator({}, {}, text)
    with pytest.raises(kind) as ours:
        formula.evaluate({}, {}, text)
    assert str(ours.value) == str(stock.value)


ENDLESS = "a" * 40 + "b"


def test_a_catastrophic_pattern_is_stopped_and_costs_no_attempt(tmp_path) -> None:
    said, grades = judged(tmp_path, PATTERN.format("(a+)+", ""), ENDLESS)
    assert said == "This answer takes too long to check. Write it otherwise."
    assert grades == []


@pytest.mark.parametrize(
    "more",
    [
        '<additional_answer answer="(a|aa)+"/>',
        '<additional_answer answer="(a|aa)+"><correcthint>Yes.</correcthint></additional_answer>',
        '<regexphint answer="(a|a)*">Almost.</regexphint>',
    ],
)
def test_every_pattern_of_a_text_problem_is_stopped(tmp_path, more) -> None:
    said, _ = judged(tmp_path, PATTERN.format("fine", more), ENDLESS)
    assert said in ("incorrect", "This answer takes too long to check. Write it otherwise.")


def test_ordinary_patterns_judge_as_ever(tmp_path) -> None:
    both = PATTERN.format("colou?r", '<additional_answer answer="hue|shade"/>')
    assert [judged(tmp_path, both, said)[0] for said in ("color", "colour", "hue", "tone", "COLOR")] == [
        "correct",
        "correct",
        "correct",
        "incorrect",
        "incorrect",
    ]
    blind = both.replace("regexp", "regexp ci")
    assert judged(tmp_path, blind, "COLOR")[0] == "correct"
    broken, grades = judged(tmp_path, PATTERN.format("(", ""), "x")
    assert broken not in ("correct", "incorrect") and grades == []


def test_a_text_longer_than_any_answer_is_refused() -> None:
    with pytest.raises(TooExpensive):
        patterns.search(("a", 0), "a" * 30_000)


def test_chemistry_is_stopped() -> None:
    assert "<sub>2</sub>" in render_to_html("H2O")
    with pytest.raises(TooExpensive):
        render_to_html("H" * 2000)


@needs_sandbox
def test_a_symbolic_answer_runs_nothing_here(tmp_path) -> None:
    place = tmp_path / "written"
    symbolic_check("x", f"__import__('pathlib').Path('{place}').write_text('x')")
    assert not place.exists()


@needs_sandbox
def test_a_symbolic_answer_is_judged() -> None:
    def said(expect: str, given_: str) -> bool:
        mathml = f'<math xmlns="http://www.w3.org/1998/Math/MathML"><mstyle><mi>{given_}</mi></mstyle></math>'
        return bool(symbolic_check(expect, given_, dynamath=[mathml])["ok"])

    assert said("x", "x") and not said("x", "y")
