"""Kinds of questions: what is right in full and in part, what makes one unusable, how it is written and saved."""

import html
import re
from dataclasses import replace
from fractions import Fraction

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from tests.factories import exams as make
from tests.factories import items
from tests.factories.people import NOW, browser, person

from linkspan.exams import actions, queries
from linkspan.exams.engines.marking import check_formulas, shares_of
from linkspan.exams.engines.olx_bank import read_item
from linkspan.exams.engines.pictures import read_picture
from linkspan.exams.models import AttemptRow
from linkspan.exams.rules import (
    Area,
    Draw,
    Item,
    ItemKind,
    Shape,
    Variable,
    answer_in_words,
    check_bank,
    right_answer,
    score_item,
    typed_from,
    unsorted,
    written,
)
from linkspan.kernel.errors import NotFound, Refused, Unusable

KINDS = [items.ORDER, items.MATCH, items.HOTSPOT]


@pytest.mark.parametrize(
    ("item", "answer", "share"),
    [
        (items.ORDER, ("2:0", "0:1", "1:2"), "1"),
        (items.ORDER, ("2:0", "0:2", "1:1"), "1/3"),
        (items.ORDER, ("2:0",), "1/3"),
        (items.ORDER, ("2:0", "2:1", "0:1", "1:2"), "2/3"),
        (replace(items.ORDER, partial=False), ("2:0", "0:2", "1:1"), "0"),
        (items.ORDER, ("02:0", "2", "2:", ":0", "٢:0", "2:00"), "0"),
        (items.MATCH, ("0:1", "1:0"), "1"),
        (items.MATCH, ("0:1", "1:2"), "1/2"),
        (items.MATCH, ("0:0", "0:1", "1:0"), "1/2"),
        (replace(items.MATCH, partial=False), ("0:1", "1:2"), "0"),
        (items.HOTSPOT, ("0", "2"), "1"),
        (items.HOTSPOT, ("0",), "1/2"),
        (items.HOTSPOT, ("0", "1"), "0"),
        (items.HOTSPOT, ("0", "1", "2"), "1/2"),
        (replace(items.HOTSPOT, partial=False), ("0",), "0"),
    ],
)
def test_the_share_that_an_answer_earns(item, answer, share) -> None:
    assert score_item(item, answer) == Fraction(share)


@given(st.sampled_from(KINDS), st.lists(st.text(max_size=6), max_size=6))
def test_no_answer_earns_less_than_nothing_or_more_than_all(item, texts) -> None:
    assert 0 <= score_item(item, tuple(texts)) <= 1
    assert answer_in_words(item, tuple(texts)) is not None


@pytest.mark.parametrize(
    ("given", "right"),
    [
        ("c^2*m", True),
        ("m*c*c*1.005", True),
        ("m*c^3", False),
        ("m*c^", False),
        ("q", False),
        ("(" * 300, False),
        ("9^9^9^9", False),
        ("nan", False),
    ],
)
def test_formulas_are_judged_by_the_engine_of_courses(given, right) -> None:
    other = replace(items.FORMULA, id="f2")
    assert shares_of([items.FORMULA, other], {"f1": (given,), "f2": ("m*c*c",)}) == {"f1": int(right), "f2": 1}


def test_a_key_that_cannot_be_worked_out_is_refused_by_name() -> None:
    check_formulas([items.FORMULA])
    with pytest.raises(Unusable) as no:
        check_formulas([items.FORMULA, replace(items.FORMULA, id="f2", answers=("m*z",))])
    assert no.value.reasons == ("f2: its right formula cannot be worked out.",)


@pytest.mark.parametrize(
    ("item", "words"),
    [
        (replace(items.ORDER, answers=("0", "0", "1")), "each step once"),
        (replace(items.ORDER, options=("a", "a", "b")), "the same"),
        (replace(items.ORDER, options=("a",) * 21, answers=("0",)), "2 to 20 steps"),
        (replace(items.MATCH, answers=("0",)), "each line one of the choices"),
        (replace(items.MATCH, answers=("0", "3")), "each line one of the choices"),
        (replace(items.HOTSPOT, picture=None), "no picture"),
        (replace(items.HOTSPOT, picture=replace(items.HOTSPOT.picture, words=" ")), "not described"),
        (replace(items.HOTSPOT, answers=("3",)), "not there"),
        (replace(items.HOTSPOT, areas=(Area(Shape.RECT, (0, 0, 101, 9)), *items.AREAS[1:])), "outside"),
        (replace(items.HOTSPOT, areas=(Area(Shape.CIRCLE, (0, 0)), *items.AREAS[1:])), "not the numbers"),
        (replace(items.FORMULA, variables=(Variable("m", "5", "1"),)), "a lower and a higher"),
        (replace(items.FORMULA, variables=(Variable("m", "nan", "1"),)), "a lower and a higher"),
        (replace(items.FORMULA, variables=(Variable("1m", "1", "2"),)), "a variable is a letter"),
        (replace(items.FORMULA, tolerance="-1"), "tolerance"),
        (replace(items.ORDER, options=("a\ud800", "b", "c")), "cannot be stored"),
    ],
)
def test_what_makes_a_question_unusable_is_said(item, words) -> None:
    with pytest.raises(Unusable) as no:
        check_bank([item])
    assert words in no.value.reasons[0] and len(no.value.reasons) == 1


@pytest.mark.parametrize("item", [*KINDS, items.FORMULA, *make.BANK])
def test_what_is_written_is_shown_as_it_was_written(item) -> None:
    told = typed_from(check_bank([item])[0])
    again = written(told, item.picture)
    assert typed_from(again) == told
    answer = right_answer(again)
    assert score_item(again, answer, {item.id: Fraction(1)}) == 1


def test_steps_and_choices_are_never_shown_in_the_right_order() -> None:
    for count in range(2, 8):
        steps = tuple(f"step {n}" for n in range(count))
        straight = Item("o", "g", ItemKind.ORDER, "?", steps, tuple(map(str, range(count))))
        mixed = unsorted(straight)
        assert mixed.options != steps and [mixed.options[int(n)] for n in mixed.answers] == list(steps)
        assert unsorted(mixed) == mixed
    pairs = Item("m", "g", ItemKind.MATCH, "?", ("a", "b"), ("0", "1"), choices=("A", "B"))
    assert (unsorted(pairs).choices, unsorted(pairs).answers) == (("B", "A"), ("1", "0"))


def test_formulas_come_from_olx() -> None:
    found = etree.fromstring(
        '<problem><formularesponse type="cs" samples="m,c@1,2:5,3#10" answer="m*c^2"><label>Energy?</label>'
        '<responseparam type="tolerance" default="1%"/><formulaequationinput/></formularesponse></problem>'
    )
    item = read_item(found, "f1", "a")
    assert item == replace(items.FORMULA, difficulty=None)


def test_a_picture_is_written_anew_and_a_bomb_is_refused() -> None:
    content, width, height = read_picture(items.png() + b"<script>")
    assert (width, height) == (100, 50) and b"script" not in content
    for bad in (b"", b"<svg/>", items.png()[:60], items.png(5000, 10), b"%PDF-1.7"):
        with pytest.raises(Unusable) as no:
            read_picture(bad)
        assert no.value.code == "picture_unusable"


@pytest.fixture
def bank(cast):
    """A draft with a question of each kind."""
    actions.draft_version(actor=cast["staff"], code="CFx", now=NOW)
    for item in (items.ORDER, items.MATCH, items.FORMULA):
        actions.put_item(actor=cast["staff"], code="CFx", item=item, now=NOW)
    told = {"picture": items.png(), "picture_words": "A bar"}
    actions.put_item(actor=cast["staff"], code="CFx", item=items.HOTSPOT, now=NOW, **told)
    for old in make.BANK:
        actions.retire_item(actor=cast["staff"], code="CFx", item=old.id, retired=True, now=NOW)
    terms = replace(make.TERMS, draw=(Draw("a", 4),))
    actions.change_terms(actor=cast["staff"], code="CFx", terms=terms, now=NOW)
    actions.publish_version(actor=cast["staff"], code="CFx", number=2, now=NOW)
    return {item.id: item for item in queries.version(cast["staff"], "CFx", 2).bank}


@pytest.mark.django_db
def test_a_form_without_scripts_saves_them_and_they_are_marked_in_part(
    cast, bank, learner, sitting, monkeypatch
) -> None:
    monkeypatch.setattr("linkspan.site.middleware.domain_now", lambda: make.LATER)
    attempt = make.begin(cast, learner, sitting)
    page = browser(learner).get(f"/exams/attempts/{attempt.id}/")
    words = html.unescape(page.content.decode())
    assert words.count('name="item_o1"') == 3 and words.count('name="item_m1"') == 2
    assert re.findall(r'type="(\w+)" name="item_h1"', words) == ["checkbox"] * 3
    assert "m*c^2" not in words and "A. left" in words and "A bar" in words
    picture = browser(learner).get(re.search(r'<image href="([^"]+)"', words)[1])
    assert picture["Content-Type"] == "image/png"
    posted = {
        "do": "save",
        "item_o1": ["2:0", "", "0:2"],
        "item_m1": ["0:1", "1:0"],
        "item_h1": ["0"],
        "item_f1": "m*c*c",
    }
    assert browser(learner).post(f"/exams/attempts/{attempt.id}/save/", posted).status_code == 302
    again = html.unescape(browser(learner).get(f"/exams/attempts/{attempt.id}/").content.decode())
    assert len(re.findall(r"<option value=\"(2:0|0:2|0:1|1:0)\" selected>", again)) == 4
    actions.submit_attempt(actor=learner, attempt_id=attempt.id, now=make.LATER)
    row = AttemptRow.objects.get(id=attempt.id)
    assert row.shares == {"o1": "1/3", "m1": "1", "h1": "1/2", "f1": "1"} and str(row.score) == "70.8"
    with pytest.raises(NotFound):
        queries.asked_picture(learner, attempt.id, "h1", now=make.LATER)


@pytest.mark.django_db
def test_a_question_is_written_by_a_page_and_kept_on_an_error(cast, monkeypatch) -> None:
    monkeypatch.setattr("linkspan.site.middleware.domain_now", lambda: NOW)
    staff = browser(cast["staff"])
    staff.post("/desk/exams/make/CFx/", {"do": "draft"})
    here = "/desk/exams/make/CFx/questions/write/"
    seen = re.search(r'name="seen" value="(\w+)"', staff.get(here).content.decode())[1]
    told = {"id": "h1", "group": "a", "kind": "hotspot", "prompt": "Where?", "picture_words": "A bar", "seen": seen}
    wrong = staff.post(here, told | {"lines": "* rect 0 0 = here"})
    assert wrong.status_code == 422 and "* rect 0 0 = here" in html.unescape(wrong.content.decode())
    lines = "* rect 0 0 20 20 = left\r\ncircle 50 25 10 = middle"
    file = SimpleUploadedFile("p.png", items.png())
    assert staff.post(here, told | {"lines": lines, "picture": file}).status_code == 302
    (item,) = [one for one in queries.version(cast["staff"], "CFx", 2).bank if one.id == "h1"]
    assert (item.answers, item.options, item.areas) == (("0",), ("left", "middle"), items.AREAS[:2])
    shown = html.unescape(staff.get(f"{here}?item=h1").content.decode())
    assert "* rect 0 0 20 20 = left\ncircle 50 25 10 = middle" in shown
    stale = staff.post(here, told | {"lines": lines})
    assert stale.status_code == 409
    assert staff.get("/desk/exams/make/CFx/versions/2/picture/?item=h1")["Content-Type"] == "image/png"
    other = person("Author elsewhere", ("author", "HES"))
    assert browser(other).get("/desk/exams/make/CFx/versions/2/picture/?item=h1").status_code == 404
    assert browser(other).post(here, told | {"lines": lines}).status_code == 404


@pytest.mark.django_db
def test_a_published_version_takes_no_question(cast) -> None:
    with pytest.raises(Refused):
        actions.put_item(actor=cast["staff"], code="CFx", item=items.ORDER, now=NOW)


def test_why_a_question_cannot_be_used_is_a_sentence_that_is_translated_whole() -> None:
    wrong = [
        replace(items.ESSAY, options=()),
        replace(items.FORMULA, answers=()),
        Item("o", "a", ItemKind.ORDER, "?", ("one",), ("0",)),
        Item("m", "a", ItemKind.MATCH, "?", ("one", "one"), ("0", "1"), choices=("x", "y")),
        Item("h", "a", ItemKind.HOTSPOT, "?", (), ("0",)),
        Item("n", "a", ItemKind.NUMERIC, "?", (), ("x",)),
    ]
    with pytest.raises(Unusable) as no:
        check_bank(wrong)
    assert len(no.value.reasons) == len(wrong)
    for said, item in zip(no.value.reasons, wrong, strict=True):
        assert said.reason.told(lambda words: f"<{words}>").count("<") == 2 and said.startswith(f"{item.id}: ")
