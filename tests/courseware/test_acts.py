"""A problem in a learner's hands: shown as graded, closed when it is, never counted twice or lost."""

import json
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from html import escape
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from tests.courseware.conftest import RUN, Write, number, sequential, studying
from tests.factories.people import NOW, SYSTEM, person

from linkspan.courseware.actions import Act, act_on_problem, import_course, open_unit, submit_problem
from linkspan.courseware.models import AttemptRow, ScoreRow, StateRow
from linkspan.courseware.queries import grade, outline
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, Refused, Unusable

pytestmark = pytest.mark.django_db


def taught(folder: Path) -> None:
    import_course(actor=SYSTEM, path=folder, now=NOW)


def answered(learner: Actor, usage: str, value: Any, now: datetime = NOW) -> Decimal:
    return submit_problem(actor=learner, run_id=RUN, usage=usage, answers={"2_1": value}, now=now).earned


def units(learner: Actor, now: datetime = NOW) -> list[str]:
    parts = (part for chapter in outline(learner, RUN, now).chapters for part in chapter.children)
    return [unit.name for part in parts for unit in part.units]


def test_the_variant_that_is_shown_is_the_one_that_is_graded_and_a_reset_draws_another(course: Write, learner) -> None:
    script = '<script type="loncapa/python">a = random.randint(1, 10**6)</script>'
    asked = '<numericalresponse answer="$a"><formulaequationinput/></numericalresponse>'
    taught(course(sequential(f"<problem url_name='p' rerandomize='always'>{script}<p>=$a=</p>{asked}</problem>")))

    def shown() -> str:
        (block,) = open_unit(actor=learner, run_id=RUN, name="v", now=NOW).blocks
        found = re.search(r"=(\d+)=", block.html)
        assert found
        return found[1]

    first = shown()
    assert first == shown() and answered(learner, "problem/p", first) == 1
    with pytest.raises(Refused, match="reset"):
        answered(learner, "problem/p", first)
    act_on_problem(actor=learner, run_id=RUN, usage="problem/p", act=Act.RESET, now=NOW)
    assert ScoreRow.objects.get().earned == 0 and shown() != first
    assert AttemptRow.objects.count() == 1


def test_what_is_for_staff_or_not_yet_open_is_nowhere_and_what_is_due_is_closed(course: Write, learner) -> None:
    taught(
        course(
            sequential(number(1, url_name="a"), url_name="s1", visible_to_staff_only="true").replace("'v'", "'v1'")
            + sequential(number(1, url_name="b"), url_name="s2", start="2099-01-01").replace("'v'", "'v2'")
            + sequential(number(1, url_name="c"), url_name="s3", due="2018-01-01").replace("'v'", "'v3'")
        )
    )
    assert units(learner) == ["v3"]
    for name, usage in (("v1", "problem/a"), ("v2", "problem/b")):
        with pytest.raises(NotFound):
            open_unit(actor=learner, run_id=RUN, name=name, now=NOW)
        with pytest.raises(NotFound):
            answered(learner, usage, "1")
    (block,) = open_unit(actor=learner, run_id=RUN, name="v3", now=NOW).blocks
    assert block.problem is not None and block.problem.closed and not block.problem.submit
    with pytest.raises(Refused, match="closed"):
        answered(learner, "problem/c", "1")
    assert units(person("Author", ("author", "CasesX"))) == ["v1", "v2", "v3"]
    assert units(learner, datetime(2099, 1, 2, tzinfo=UTC)) == ["v2", "v3"]


def test_a_due_date_with_grace_counts_by_the_clock_that_is_passed_in(course: Write, learner) -> None:
    due = NOW.isoformat()
    taught(course(sequential(number(1, url_name="p"), due=due, graceperiod="5 minutes")))
    assert answered(learner, "problem/p", "1", NOW + timedelta(minutes=5)) == 1
    with pytest.raises(Refused):
        answered(learner, "problem/p", "1", NOW + timedelta(minutes=5, seconds=1))


@pytest.mark.parametrize("blank", ["", "   ", None])
def test_a_blank_answer_is_refused_and_costs_nothing(course: Write, learner, blank: Any) -> None:
    taught(course(sequential(number(1, url_name="p", max_attempts="1"))))
    with pytest.raises(Unusable):
        submit_problem(actor=learner, run_id=RUN, usage="problem/p", answers={"2_1": blank} if blank else {}, now=NOW)
    assert not AttemptRow.objects.exists()
    assert answered(learner, "problem/p", "1") == 1


def test_each_learner_has_one_problem_of_a_bank_the_same_each_time_and_it_counts(course: Write, learner) -> None:
    problems = "".join(number(index, url_name=f"p{index}") for index in range(8))
    taught(
        course(
            sequential(
                f"<library_content url_name='l' max_count='2'>{problems}</library_content>", graded="true", format="HW"
            )
        )
    )

    def drawn(who: Actor) -> list[str]:
        return [block.id for block in open_unit(actor=who, run_id=RUN, name="v", now=NOW).blocks]

    others = [drawn(studying(f"Learner {index}")) for index in range(6)]
    mine = drawn(learner)
    assert len(mine) == 2 and mine == drawn(learner)
    assert len({tuple(one) for one in [*others, mine]}) > 1
    for usage in mine:
        answered(learner, usage, usage.removeprefix("problem/p"))
    assert grade(learner.person_id, RUN, NOW).percent == 100
    foreign = next(usage for one in others for usage in one if usage not in mine)
    with pytest.raises(NotFound):
        answered(learner, foreign, "1")


def test_an_experiment_shows_the_child_of_ones_group(course: Write, learner) -> None:
    groups = {"0": "i4x://CasesX/C1/vertical/va", "1": "block-v1:CasesX+C1+R1+type@vertical+block@vb"}
    told = escape(json.dumps(groups), quote=True)
    inside = "".join(f"<vertical url_name='v{name}'>{number(1, url_name=name)}</vertical>" for name in ("a", "b"))
    taught(course(sequential(f"<split_test url_name='t' group_id_to_child='{told}'>{inside}</split_test>")))
    seen = {
        tuple(block.id for block in open_unit(actor=studying(f"Learner {index}"), run_id=RUN, name="v", now=NOW).blocks)
        for index in range(12)
    }
    assert seen == {("problem/a",), ("problem/b",)}


def test_weights_and_missing_parts_count_as_in_open_edx(course: Write, learner) -> None:
    policy = {"GRADER": [{"type": "HW", "min_count": 2, "drop_count": 0, "weight": 1}], "GRADE_CUTOFFS": {"Pass": 0.5}}
    inside = number(1, url_name="five", weight="5") + number(1, url_name="zero", weight="0") + number(1, url_name="one")
    taught(course(sequential(inside, graded="true", format="HW"), grading=policy))
    answered(learner, "problem/five", "1")
    whole = grade(learner.person_id, RUN, NOW)
    assert (whole.subsections[0].earned, whole.subsections[0].possible) == (5, 6)
    assert whole.percent == 42  # 0.8333 / 2 entries


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite serialises writers by itself")
def test_answers_given_at_once_are_attempts_one_after_the_other(course: Write, learner) -> None:
    taught(course(sequential(number(1, url_name="p", max_attempts="4"))))
    start = threading.Barrier(6)

    def answer(value: int) -> str:
        start.wait()
        try:
            answered(learner, "problem/p", str(value))
            return "graded"
        except Refused as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        outcomes = sorted(pool.map(answer, range(6)))
    assert outcomes == ["act_refused"] * 2 + ["graded"] * 4
    assert AttemptRow.objects.count() == 4 == StateRow.objects.get().state["attempts"]
