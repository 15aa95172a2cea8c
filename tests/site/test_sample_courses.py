"""The sample courses: enough of each kind, worked solutions, words beside pictures, answers that earn full marks."""

import json
from pathlib import Path

import pytest
from lxml import etree
from tests.factories.people import NOW

from linkspan.courseware.engines import olx, sandbox
from linkspan.courseware.engines.problems import Problem
from linkspan.courseware.engines.runtime import CourseRuntime
from linkspan.courseware.engines.told import Learner
from linkspan.exams.engines.olx_bank import read_bank
from linkspan.exams.rules import Draw, draw_form, mark_form
from linkspan.site.sample.load import HERE

COURSES = sorted(place.parent for place in (HERE / "courses").glob("*/course.xml") if place.parent.name != "CFx")
KINDS = {
    "multiplechoiceresponse",
    "choiceresponse",
    "optionresponse",
    "numericalresponse",
    "stringresponse",
    "formularesponse",
    "customresponse",
}


def name(folder: Path) -> str:
    return folder.name


@pytest.mark.parametrize("folder", COURSES, ids=name)
def test_shape(folder: Path) -> None:
    course = olx.read_course(folder)
    assert course.findings == ()
    blocks = list(course.root.walk())
    assert sum(b.type == "chapter" for b in blocks) >= 2
    assert sum(b.type == "vertical" for b in blocks) >= 6
    assert sum(b.type == "problem" and b.graded for b in blocks) >= 8
    kinds = set()
    for place in (folder / "problem").glob("*.xml"):
        problem = etree.parse(str(place))
        kinds |= {element.tag for element in problem.iter() if element.tag in KINDS}
        assert problem.find(".//solution") is not None and problem.find(".//label") is not None
    assert kinds == KINDS
    for place in (folder / "html").glob("*.html"):
        for image in etree.HTML(place.read_text()).iter("img"):
            assert image.get("alt") and (folder / image.get("src").lstrip("/")).exists()


@pytest.mark.parametrize("folder", COURSES, ids=name)
def test_reference_answers_earn_full_marks_and_others_do_not(folder: Path) -> None:
    if not sandbox.available():
        pytest.skip("bubblewrap with seccomp is not available here")
    course = olx.read_course(folder)
    answers = json.loads((folder / "answers.json").read_text())
    problems = [block for block in course.root.walk() if block.type == "problem"]
    assert {block.name for block in problems} == set(answers)
    for block in problems:
        for given, full in ((answers[block.name], True), ({"2_1": "0.123456"}, False)):
            runtime = CourseRuntime(
                run_id=course.run_id, folder=folder, learner=Learner.of("sample"), state={}, now=NOW
            )
            published = Problem(runtime, block).submit(given).published
            earned, possible = (published.earned, published.possible) if published else (0.0, 1.0)
            assert (earned == possible) == full, f"{block.id} with {given}"


def test_the_exam_bank_fills_its_form() -> None:
    form, bank = read_bank(HERE / "courses" / "CFx")
    draw = [Draw(row["group"], row["count"]) for row in form["draw"]]
    drawn = draw_form(bank, draw, 7)
    assert len(drawn) == sum(line.count for line in draw)
    assert {draw_form(bank, draw, seed) for seed in range(20)} != {drawn}
    items = [item for item in bank if item.id in drawn]
    right = {item.id: item.answers for item in items}
    assert mark_form(items, right) == 100
    assert mark_form(items, {}) == 0
