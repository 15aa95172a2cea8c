"""What an author's script answers is checked like any other input: points in range, texts that can be stored."""

import pytest
from tests.courseware.conftest import RUN, Write, sequential
from tests.courseware.test_acts import answered, taught
from tests.courseware.test_scripts import needs_sandbox
from tests.factories.people import NOW

from linkspan.courseware.actions import open_unit
from linkspan.courseware.engines import sandbox
from linkspan.courseware.models import AttemptRow, ScoreRow
from linkspan.kernel.errors import Refused

pytestmark = [needs_sandbox, pytest.mark.django_db]


def problem(answer: str, before: str = "") -> str:
    script = f"<script type='loncapa/python'>\n{before}\ndef check(expect, answer):\n    return {answer}\n</script>"
    return f"<problem url_name='p'>{script}<customresponse cfn='check'><textline/></customresponse></problem>"


def points(value: str) -> str:
    return f'{{"ok": True, "msg": "", "grade_decimal": {value}}}'


@pytest.mark.parametrize("value", ["float('nan')", "float('inf')", "1e308", "1e9", "1.01", "-0.01", "'nan'"])
def test_points_out_of_range_are_a_fault_of_the_problem(course: Write, learner, value) -> None:
    taught(course(sequential(problem(points(value)))))
    with pytest.raises(Refused, match="Nothing was counted"):
        answered(learner, "problem/p", "x")
    assert not AttemptRow.objects.exists() and not ScoreRow.objects.exists()


@pytest.mark.parametrize("value", ["0", "0.25", "1"])
def test_points_in_range_count(course: Write, learner, value) -> None:
    taught(course(sequential(problem(points(value)))))
    assert answered(learner, "problem/p", "x") == float(value)


@pytest.mark.parametrize("odd", ["\\ud800", "\\x00", "\\udfff\\x00"])
def test_texts_that_cannot_be_stored_do_not_leave_the_sandbox(odd) -> None:
    for code in (f"x = 'a{odd}'", f"x = {{'{odd}': [1]}}", f"raise ValueError('a{odd}')"):
        error, after = sandbox.run(code, {})
        "".join([error or "", *map(str, after.items())]).encode()
        assert "\x00" not in f"{error}{after}"


@pytest.mark.parametrize("odd", ["\\ud800", "\\x00"])
def test_a_problem_with_such_texts_is_shown_and_graded(course: Write, learner, odd) -> None:
    taught(course(sequential(problem(f"{{'ok': True, 'msg': 'so{odd}'}}", before=f"word = 'w{odd}'"))))
    open_unit(actor=learner, run_id=RUN, name="v", now=NOW)
    assert answered(learner, "problem/p", "x") == 1
    (block,) = open_unit(actor=learner, run_id=RUN, name="v", now=NOW).blocks
    assert "\x00" not in block.html and block.html.encode()
