"""How the questions of a released exam did: of groups only, by what is released, with the numbers by hand."""

import csv
import html
import io
import re
import time
import uuid
from datetime import timedelta
from decimal import Decimal
from functools import partial

import numpy as np
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.factories import exams as make
from tests.factories.answered import OPTIONS, by_ability, choices, put_answered
from tests.factories.people import NOW, browser, person
from tests.factories.world import load_world

from linkspan.exams import queries
from linkspan.exams.engines.statistics.items import distractors, item_analysis, reliability
from linkspan.exams.models import AttemptRow, ExamVersionRow, ResponseRow
from linkspan.kernel.bands import Band
from linkspan.kernel.errors import NotFound
from linkspan.screens.exam_statistics import statistics_screen

pytestmark = pytest.mark.django_db
approx = partial(pytest.approx, abs=1e-5)
PAGE = "/desk/exams/make/CFx/versions/1/analysis/"


def attempt(sitting, right: str, form=("a1", "a2", "b1"), **fields) -> None:
    """An accepted and released attempt in which these items were answered rightly, and the others not at all."""
    row = AttemptRow.objects.create(
        learner_id=uuid.uuid4(),
        sitting_id=sitting,
        version=ExamVersionRow.objects.get(exam="CFx"),
        seed=1,
        form=list(form),
        created_at=NOW,
        **{"state": "verified", "released_at": NOW, **fields},
    )
    for name in right.split():
        told = {"learner_id": row.learner_id, "attempt": row, "item": name, "at": NOW}
        ResponseRow.objects.create(given=["wrong"], version=1, **told)
        ResponseRow.objects.create(given=make.RIGHT[name], version=2, **told)


@pytest.fixture
def sat(sitting) -> None:
    """Ten learners: the five that have a1 right have b1 right too, and two of the others have a2."""
    for n in range(10):
        attempt(sitting, "a1 b1" if n < 5 else "a2" if n < 7 else "")
    attempt(sitting, "a2", released_at=None)
    attempt(sitting, "a2", state="rejected")


def test_the_figures_are_those_by_hand(cast, sat) -> None:
    found = queries.exam_statistics(cast["staff"], "CFx", 1).rows
    told = [(one.item.id, one.learners, one.right, round(one.discrimination, 2)) for one in found]
    band = Band(10, 14)
    assert told == [
        ("a2", band, 20, Decimal("-0.50")),
        ("a1", band, 50, Decimal("0.65")),
        ("b1", band, 50, Decimal("0.65")),
    ]


def test_a_small_group_is_hidden(cast, sitting) -> None:
    for _ in range(9):
        attempt(sitting, "a1", form=("a1", "b1"))
    attempt(sitting, "b1", form=("b1",))
    found = queries.exam_statistics(cast["staff"], "CFx", 1).rows
    assert [(one.item.id, one.right, one.discrimination) for one in found] == [
        ("b1", 10, Decimal("-1.00")),
        ("a1", None, None),
    ]
    page = html.unescape(browser(cast["staff"]).get(PAGE).content.decode())
    assert len(re.findall(r"hidden\s*</td>", page)) == 1 and "Look at it" in page and "<svg" in page


def test_the_page_is_for_who_makes_the_exam(cast, sitting) -> None:
    assert "No result of this version is out yet." in browser(cast["staff"]).get(PAGE).content.decode()
    for other in (cast["proctor"], cast["learner"], person("Staff Elsewhere", ("program_staff", "HES"))):
        assert browser(other).get(PAGE).status_code == 404
        with pytest.raises(NotFound):
            queries.exam_statistics(other, "CFx", 1)


@pytest.fixture
def drawn_all():
    """An exam of six questions with five choices, of which everybody gets all, and its sitting."""
    cast = load_world()
    bank, draw = choices(6)
    make.put_exam(bank, draw=draw)
    return cast, make.put_sitting()


def test_where_all_had_the_same_questions_the_figures_are_those_of_the_engine(drawn_all) -> None:
    cast, sitting = drawn_all
    answers = by_ability(40, 6)
    put_answered(sitting, answers, seconds=[[n + 1] * 6 for n in range(40)])
    told = queries.exam_statistics(cast["staff"], "CFx", 1)
    scores = np.asarray([[float(one[f"q{n}"] == "1") for n in range(6)] for one in answers])
    one, whole = item_analysis(scores, np.ones(6)), reliability(scores, np.ones(6))
    found = {row.item.id: row for row in told.rows}
    for n in range(6):
        row = found[f"q{n}"]
        assert (float(row.right), float(row.discrimination)) == approx((one.difficulty[n] * 100, one.corrected[n]))
        assert (row.omitted, row.seconds) == (0, Decimal("20.5"))
        rest = (scores.sum(axis=1) - scores[:, n]).tolist()
        uses, _ = distractors([OPTIONS[int(a[f"q{n}"])] for a in answers], rest, OPTIONS, "B")
        tail = round(40 * 0.27)
        for option in row.options:
            use = uses[option.text]
            assert float(option.share) == approx(use.share * 100)
            assert (float(option.lowest), float(option.highest)) == approx(
                (use.lower / tail * 100, use.upper / tail * 100)
            )
            assert option.correlation is None if use.r is None else float(option.correlation) == approx(use.r)
            assert option.right == (option.text == "B")
    assert float(told.whole.alpha) == approx(whole.alpha) and told.whole.alike
    assert float(told.whole.error) == approx(whole.sem / 6 * 100)
    assert (told.whole.questions, told.versions) == (6, (1,))
    screen = statistics_screen(cast["staff"], "CFx", 1)
    assert screen.may_rule and screen.whole.alpha == round(told.whole.alpha, 2)
    assert {one.right for one in screen.questions} == {round(one.right, 0) for one in told.rows}, "no decimals"


def test_first_attempts_rejected_ones_and_results_that_are_not_out_are_told_apart(drawn_all) -> None:
    cast, sitting = drawn_all
    right, wrong = ({f"q{n}": one for n in range(6)} for one in "10")
    first = put_answered(sitting, [right] * 10)
    later = {"learners": [one.learner_id for one in first]}
    put_answered(make.put_sitting(opens_at=NOW + timedelta(days=30)), [wrong] * 10, **later)
    put_answered(sitting, [wrong] * 5, state="rejected")
    put_answered(sitting, [wrong] * 5, state="cancelled")
    put_answered(sitting, [wrong] * 10, released_at=None)

    def told(**asked) -> tuple[Band, Decimal]:
        found = queries.exam_statistics(cast["staff"], "CFx", 1, **asked)
        return found.whole.attempts, found.rows[0].right

    assert told() == (Band(20, 24), 50)
    assert told(counted=queries.Counted.FIRST) == (Band(10, 14), 100)
    assert told(out=queries.Out.ACCEPTED) == (Band(30, 34), Decimal("33.333333"))
    author = person("Author Sample", ("author", "MITx"))
    hidden = queries.exam_statistics(author, "CFx", 1, out=queries.Out.ACCEPTED)
    assert (hidden.out, hidden.whole.attempts) == (queries.Out.RELEASED, Band(20, 24))
    AttemptRow.objects.filter(id=first[0].id).update(state="rejected")
    assert told(counted=queries.Counted.FIRST)[0] == Band(5, 9), "the second does not become a first one"


def test_a_wrong_key_and_a_dropped_question_are_told_in_words(drawn_all) -> None:
    cast, sitting = drawn_all
    strong = {"q0": "2"} | {f"q{n}": "1" for n in range(1, 6)}
    weak = {"q0": "1"} | {f"q{n}": "0" for n in range(1, 5)} | {"q5": None}
    put_answered(sitting, [strong] * 12 + [weak] * 8)
    page = browser(cast["staff"]).get(PAGE).content.decode()
    for words in ("Those who do well miss it.", "A wrong choice draws those who do well.", "Many leave it out."):
        assert words in page
    ExamVersionRow.objects.filter(exam="CFx").update(corrections={"q0": {"dropped": True, "full": False, "keys": []}})
    found = statistics_screen(cast["staff"], "CFx", 1)
    row = next(one for one in found.questions if one.item.id == "q0")
    assert row.dropped and (row.right, row.discrimination) == (40, -1)
    assert found.whole.questions == 5
    assert "Dropped" in browser(cast["staff"]).get(PAGE).content.decode()


def test_the_file_holds_the_table_and_no_formula(drawn_all) -> None:
    cast, sitting = drawn_all
    row = ExamVersionRow.objects.get(exam="CFx")
    row.bank[0]["prompt"] = '=HYPERLINK("x")'
    row.save()
    put_answered(sitting, by_ability(12, 6))
    answer = browser(cast["staff"]).get(f"{PAGE}questions.csv?counted=first&out=%3Cscript%3E")
    lines = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len(lines) == 6 and {one["counts"] for one in lines} == {"yes"}
    assert [one["prompt"] for one in lines if "HYPER" in one["prompt"]] == ['\'=HYPERLINK("x")']
    assert browser(cast["proctor"]).get(f"{PAGE}questions.csv").status_code == 404


def test_more_attempts_ask_no_more_of_the_database(drawn_all) -> None:
    cast, sitting = drawn_all
    asked = []
    for count in (10, 60):
        put_answered(sitting, by_ability(count, 6))
        with CaptureQueriesContext(connection) as held:
            statistics_screen(cast["staff"], "CFx", 1, counted=queries.Counted.FIRST)
        asked.append(len(held))
    assert asked == [8, 8]


@pytest.mark.drill
def test_two_thousand_attempts_take_seconds(drawn_all) -> None:
    cast, sitting = drawn_all
    put_answered(sitting, by_ability(2000, 6), seconds=[[5.0] * 6] * 2000)
    began = time.process_time()
    with CaptureQueriesContext(connection) as held:
        statistics_screen(cast["staff"], "CFx", 1, counted=queries.Counted.FIRST)
    assert len(held) == 8 and time.process_time() - began < 5
