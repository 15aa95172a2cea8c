"""Inputs that take more than a field: what the page holds, what a course lacks for them, and how drags are graded."""

import json
import re
from html import unescape

import pytest
from django.test import Client
from tests.courseware.conftest import RUN, Write, sequential
from tests.factories.inputs import ALL, DRAG, IMAGE, JSDIRECT, put_files
from tests.factories.people import NOW, SYSTEM, browser, person

from linkspan.courseware.actions import check_course, import_course, open_unit, submit_problem
from linkspan.courseware.engines.sandbox_draganddrop import grade
from linkspan.courseware.models import AttemptRow, StateRow
from linkspan.courseware.queries import formula_in, unit_place
from linkspan.kernel.actor import Actor
from linkspan.kernel.errors import NotFound, Unusable

pytestmark = pytest.mark.django_db


@pytest.fixture
def taught(course: Write, learner: Actor) -> Actor:
    """A learner of a course with every such input."""
    folder = course(sequential("".join(ALL)))
    put_files(folder)
    import_course(actor=SYSTEM, path=folder, now=NOW)
    return learner


def test_the_page_holds_what_the_inputs_need_and_no_answer(taught) -> None:
    blocks = open_unit(actor=taught, run_id=RUN, name="v", now=NOW).blocks
    assert [block.note for block in blocks] == [""] * len(ALL)
    whole = "".join(block.html for block in blocks)
    for told in ("(300,50)", "correct_answer", "numtolerance answer", "ans ==", "ImageInput("):
        assert told not in whole
    assert f'src="/courseware/{RUN}/part/direct.html"' in whole and "allow-same-origin" not in whole
    assert f'data-picture="/courseware/{RUN}/static/map.png"' in whole
    assert f'"base_image": "/courseware/{RUN}/static/map.png"' in unescape(whole)
    assert len(re.findall(r'class="ctinput" type="text"[^>]*aria-label="[^"]', whole)) == 2


def test_an_authors_page_has_a_policy_of_its_own(taught) -> None:
    page = browser(taught).get(f"/courses/{RUN}/unit/v/").content.decode()
    base = re.search(r'src="http://testserver(/content/[^/]+/)', page)[1]
    answer = Client().get(f"{base}part/direct.html")
    policy = dict(part.strip().split(" ", 1) for part in answer["Content-Security-Policy"].split(";"))
    assert policy["sandbox"] == "allow-scripts allow-forms" and policy["webrtc"] == "'block'"
    assert policy["connect-src"] == f"http://testserver{base}static/ http://testserver{base}part/ data:"
    assert policy["default-src"] == policy["form-action"] == policy["frame-src"] == policy["base-uri"] == "'none'"
    assert answer.content.startswith(b'<html lang="en"><head><script src="http://testserver/static/linkspan/part')
    assert Client().get(f"{base}part/map.png")["Content-Security-Policy"].endswith("sandbox")
    assert Client().get(f"{base}part/../course.xml").status_code == 404
    assert (
        "http://testserver/content/" in Client().get(f"{base}unit/v/")["Content-Security-Policy"].split("frame-src")[1]
    )


def test_a_course_that_lacks_something_for_them_is_told_where(course) -> None:
    problems = (
        "<problem url_name='a'><schematicresponse><schematic/><answer>x = 1</answer></schematicresponse></problem>",
        IMAGE.replace("/static/map.png", "https://elsewhere.example/map.png"),
        JSDIRECT.replace("/static/direct.html", "https://elsewhere.example/direct.html"),
        DRAG,
    )
    folder = course(sequential("".join(problems)))
    put_files(folder)
    found = {(one.block, one.code) for one in check_course(folder, NOW).warnings}
    assert found == {
        ("problem/a", "input_not_available"),
        ("problem/image", "picture_elsewhere"),
        ("problem/jsdirect", "page_elsewhere"),
    }


def test_choices_with_fields_keep_what_was_written(taught) -> None:
    choice = "choicetext_2_1_choiceinput_1bc"
    page = open_unit(actor=taught, run_id=RUN, name="v", now=NOW).blocks[0].html
    names = re.findall(r'class="ctinput"[^>]* id="([^"]+)"', page)
    assert len(names) == 4 and names[2].endswith(choice.partition("_")[2])
    right = {names[2]: names[2], names[3]: "6"}
    sent = {"usage": "problem/choicetext", "do": "submit", "input_x_2_1{}": json.dumps(right)}
    answer = browser(taught).post(f"/courses/{RUN}/answer/v/", sent)
    assert answer.status_code == 200 and "Correct." in answer.json()["html"]
    assert f'id="{names[3]}" value="6"' in answer.json()["html"].replace('name="' + names[3] + '" ', "")
    for bad in ("[]", "null", "{", "[" * 90000, '{"a": {"b": 1}}', ""):
        assert browser(taught).post(f"/courses/{RUN}/answer/v/", sent | {"input_x_2_1{}": bad}).status_code in (
            200,
            409,
            422,
        )


def test_too_much_is_refused_and_nothing_is_kept(taught) -> None:
    before = StateRow.objects.filter(usage="problem/jsdirect").values_list("state", flat=True).first()
    with pytest.raises(Unusable) as refused:
        submit_problem(actor=taught, run_id=RUN, usage="problem/jsdirect", answers={"2_1": "x" * 200_001}, now=NOW)
    assert refused.value.code == "answer_too_long" and not AttemptRow.objects.exists()
    assert StateRow.objects.filter(usage="problem/jsdirect").values_list("state", flat=True).first() == before


def test_a_formula_is_read_while_it_is_written(taught) -> None:
    here = unit_place(taught, RUN, "v", NOW)
    assert "<sub>2</sub>" in formula_in(here, "problem/chemical", "2_1", "H2O")[0]
    for name, text in (("2_1", ""), ("9_9", "H2O"), ("2_1", "H" * 1001), ("2_1", "<script>alert(1)</script>")):
        html, tex = formula_in(here, "problem/chemical", name, text)
        assert "<script" not in html and tex == ""
    with pytest.raises(NotFound):
        formula_in(here, "problem/elsewhere", "2_1", "H2O")
    sent = {"usage": "problem/chemical", "input": "input_chemical_2_1", "text": "CO2"}
    assert "<sub>2</sub>" in browser(taught).post(f"/courses/{RUN}/preview/v/", sent).json()["html"]
    assert browser(person("Out Sider")).post(f"/courses/{RUN}/preview/v/", sent).status_code == 403


REUSED = [
    {"draggables": ["a", "a"], "targets": ["t1", "t4"], "rule": "unordered_equal+number"},
    {"draggables": ["b"], "targets": ["t2", "t5"], "rule": "anyof"},
]


@pytest.mark.parametrize(
    ("placed", "right", "wanted"),
    [
        ([{"1": "t1"}, {"2": "t2"}], {"1": "t1", "2": "t2"}, True),
        ([{"1": "t2"}, {"2": "t1"}], {"1": "t1", "2": "t2"}, False),
        ([{"1": "t1"}], {"1": "t1", "2": "t2"}, False),
        ([{"1": "t1"}, {"3": "t2"}], {"1": "t1"}, False),
        ([{"1": [10, 20]}], {"1": [16, 28]}, True),
        ([{"1": [10, 20]}], {"1": [17, 28]}, False),
        ([{"1": [10, 20]}], {"1": [[60, 20], 50]}, True),
        ([{"1": [10, 20]}], {"1": "t1"}, False),
        ([{"up": {"first": {"p": "p_l"}}}], {"up": "p_l[p][first]"}, True),
        ([{"a": "t4"}, {"a": "t1"}, {"b": "t5"}, {"b": "t2"}, {"b": "t2"}], REUSED, True),
        ([{"a": "t4"}, {"b": "t5"}], REUSED, False),
        ([{"a": "t4"}, {"a": "t4"}, {"b": "t5"}], REUSED, False),
        ([{"a": "t1"}, {"a": "t4"}], REUSED, False),
        ([{"a": "t1"}], [{"draggables": ["a"], "targets": ["t1"], "rule": "none such"}], False),
        ([], {"1": "t1"}, False),
    ],
)
def test_drags_are_graded_as_authors_wrote_them(placed, right, wanted) -> None:
    assert grade(json.dumps(placed), right) is wanted
