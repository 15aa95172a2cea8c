"""Items read from OLX."""

import json
from pathlib import Path

import pytest
from lxml import etree

from linkspan.exams.engines.olx_bank import read_bank, read_item
from linkspan.exams.rules import ItemKind, mark_item
from linkspan.kernel.errors import Unusable
from linkspan.site.sample import load

SAMPLE = Path(load.__file__).parent / "courses" / "CFx"


def test_the_sample_bank_is_marked_right_by_its_own_answers() -> None:
    form, items = read_bank(SAMPLE)
    assert {row["group"] for row in form["draw"]} == {item.group for item in items}
    for item in items:
        assert item.prompt and item.answers
        assert mark_item(item, item.answers[:1] if item.kind in (ItemKind.TEXT, ItemKind.NUMERIC) else item.answers)


def test_checkboxes_and_texts() -> None:
    box = etree.fromstring(
        "<problem><p>Read.</p><choiceresponse><label>Which?</label><checkboxgroup>"
        '<choice correct="true">a</choice><choice correct="false">b</choice><choice correct="true">c</choice>'
        "</checkboxgroup></choiceresponse></problem>"
    )
    item = read_item(box, "x", "g")
    assert (item.kind, item.answers, item.options) == (ItemKind.CHECKBOX, ("0", "2"), ("a", "b", "c"))
    assert item.prompt == "Read.\nWhich?"
    text = etree.fromstring(
        '<problem><stringresponse answer="pull"><label>?</label><additional_answer answer="pulling"/>'
        "<textline/></stringresponse></problem>"
    )
    assert read_item(text, "x", "g").answers == ("pull", "pulling")


def test_what_exams_do_not_mark_is_unusable() -> None:
    with pytest.raises(Unusable, match="x: exams hold"):
        read_item(etree.fromstring("<problem><customresponse/></problem>"), "x", "g")


def test_a_folder_without_its_form(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match=r"form\.json"):
        read_bank(tmp_path)
    (tmp_path / "form.json").write_text(json.dumps({"draw": []}))
    (tmp_path / "vertical").mkdir()
    (tmp_path / "vertical" / "g.xml").write_text("<vertical><problem url_name='p'/></vertical>")
    with pytest.raises(Unusable, match=r"p\.xml"):
        read_bank(tmp_path)
