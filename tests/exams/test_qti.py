"""QTI: out and in again without loss; what cannot be taken is named with its place; hostile packages are refused."""

import html
import io
import re
import zipfile
from base64 import b64encode
from dataclasses import replace
from fractions import Fraction

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from tests.factories import exams as make
from tests.factories import items
from tests.factories.banks import zipped
from tests.factories.people import NOW, browser, person, token_for

from linkspan.exams import actions, queries
from linkspan.exams.engines.qti.package import files_of
from linkspan.exams.engines.qti.reader import read_package
from linkspan.exams.engines.qti.writer import write_package
from linkspan.exams.rules import Difficulty, Item, ItemKind, right_answer, score_item
from linkspan.kernel.errors import NotFound, Unusable
from linkspan.site.command import main

HARD = Difficulty.HARD
BANK = (
    replace(items.ORDER, difficulty=HARD),
    replace(items.ORDER, id="o2", partial=False),
    items.MATCH,
    replace(items.MATCH, id="m2", partial=False),
    items.HOTSPOT,
    replace(items.HOTSPOT, id="h2", partial=False, answers=("1",)),
    items.FORMULA,
    items.ESSAY,
    *make.BANK,
    Item("c1", 'to <pick> & "mix"', ItemKind.CHECKBOX, "Two\n  lines?\n\nand a third", ("a  b", "c", "d"), ("0", "2")),
    Item("d 1", "b", ItemKind.DROPDOWN, "A dropdown?", ("x", "y"), ("1",)),
    Item("t1", "b", ItemKind.TEXT, "Ärger? 試験", (), ("Littles law", "Little's <law>")),
    Item("n1", "b", ItemKind.NUMERIC, "Half?", (), ("0.50",), "0.01"),
    Item("n2", "b", ItemKind.NUMERIC, "All?", (), ("-4",)),
)
SHA = items.HOTSPOT.picture.sha256
READ, OWN = "<p>Read   this.</p>", "qti-response-processing"
V3 = 'xmlns="http://www.imsglobal.org/xsd/imsqtiasi_v3p0"'
CORRECT = "https://purl.imsglobal.org/spec/qti/v3p0/rptemplates/match_correct.xml"


def manifest(*names: str, kind: str = "imsqti_item_xmlv3p0") -> bytes:
    held = "".join(f'<resource identifier="r{n}" type="{kind}" href="{name}"/>' for n, name in enumerate(names))
    return f"<manifest><resources>{held}</resources></manifest>".encode()


def package(item: str | bytes, kind: str = "imsqti_item_xmlv3p0", **more: bytes) -> bytes:
    content = item if isinstance(item, bytes) else item.encode()
    return zipped({"imsmanifest.xml": manifest("stock/a.xml", kind=kind), "stock/a.xml": content, **more})


def choice(body: str = "", told: str = "", scoring: str = f'<qti-response-processing template="{CORRECT}"/>') -> str:
    asked = (
        '<qti-choice-interaction response-identifier="R" max-choices="1" shuffle="true"><qti-prompt>Which?</qti-prompt>'
        '<qti-simple-choice identifier="A" fixed="true">this</qti-simple-choice>'
        '<qti-simple-choice identifier="B">that</qti-simple-choice></qti-choice-interaction>'
    )
    return (
        f'<qti-assessment-item {V3} identifier="q1" title="T" adaptive="false" time-dependent="false" {told}>'
        '<qti-response-declaration identifier="R" cardinality="single" base-type="identifier"><qti-correct-response>'
        "<qti-value>B</qti-value></qti-correct-response></qti-response-declaration>"
        f"<qti-item-body><p>Read   this.</p>{body or asked}</qti-item-body>{scoring}</qti-assessment-item>"
    )


OLD = """<assessmentItem xmlns="http://www.imsglobal.org/xsd/imsqti_v2p2" identifier="old" title="T" adaptive="false"
 timeDependent="false"><responseDeclaration identifier="RESPONSE" cardinality="multiple" baseType="directedPair">
<correctResponse><value>F P</value><value>S M</value></correctResponse><mapping defaultValue="0">
<mapEntry mapKey="F P" mappedValue="2"/><mapEntry mapKey="S M" mappedValue="2"/></mapping></responseDeclaration>
<itemBody><matchInteraction responseIdentifier="RESPONSE" shuffle="false" maxAssociations="2"><prompt>Match.</prompt>
<simpleMatchSet><simpleAssociableChoice identifier="F" matchMax="1">France</simpleAssociableChoice>
<simpleAssociableChoice identifier="S" matchMax="1">Spain</simpleAssociableChoice></simpleMatchSet>
<simpleMatchSet><simpleAssociableChoice identifier="M" matchMax="1">Madrid</simpleAssociableChoice>
<simpleAssociableChoice identifier="P" matchMax="1">Paris</simpleAssociableChoice></simpleMatchSet></matchInteraction>
</itemBody><responseProcessing template="http://www.imsglobal.org/question/qti_v2p2/rptemplates/map_response"/>
</assessmentItem>"""


def test_out_and_in_again_without_loss() -> None:
    written = write_package(BANK, {SHA: items.png()})
    found = read_package(written)
    assert [(line.why, line.left) for line in found.lines] == [("", ())] * len(BANK)
    blank = {item.id: replace(item, picture=None) for item in found.items}
    assert [blank[item.id] for item in BANK] == [replace(item, picture=None) for item in BANK]
    assert {item.picture.words for item in found.items if item.picture} == {"A bar"}
    assert found.pictures == {"h1": items.png(), "h2": items.png()}
    assert write_package(BANK, {SHA: items.png()}) == written


def test_a_score_is_the_same_after_the_way_out_and_in() -> None:
    again = {item.id: item for item in read_package(write_package(BANK, {SHA: items.png()})).items}
    for item in BANK:
        for answer in (right_answer(item), right_answer(item)[:1], ("0:0", "1:1"), ("1",)):
            assert score_item(again[item.id], answer) == score_item(item, answer)


def test_items_of_2_2_and_of_others_are_read() -> None:
    (old,) = read_package(package(OLD, "imsqti_item_xmlv2p2")).items
    assert (old.kind, old.group, old.prompt, old.partial) == (ItemKind.MATCH, "stock", "Match.", True)
    assert score_item(old, ("0:1", "1:1")) == Fraction(1, 2)
    (one,) = read_package(package(choice())).items
    assert (one.id, one.prompt, one.options, one.answers) == ("q1", "Read this.\nWhich?", ("this", "that"), ("1",))
    essay = choice('<qti-extended-text-interaction response-identifier="R"/>', scoring="").replace(
        "<qti-item-body>",
        '<qti-outcome-declaration identifier="SCORE" cardinality="single" base-type="float" normal-maximum="10.0"/>'
        "<qti-item-body>",
    )
    found = read_package(package(essay))
    assert (found.items[0].options, found.items[0].answers) == (("Whole answer",), ("10",)) and found.lines[0].left


@pytest.mark.parametrize(
    ("item", "words", "line"),
    [
        (choice(told='adaptive="true"').replace('adaptive="false" ', ""), "adaptive", 1),
        (choice().replace("qti-choice-interaction", "qti-slider-interaction"), "slider-interaction is not known", 1),
        (choice().replace("qti-choice-interaction", "qti-portable-custom-interaction"), "is not known", 1),
        (choice().replace('response-identifier="R"', 'response-identifier="X"'), "not declared once", 1),
        (choice().replace("<qti-value>B", "<qti-value>Z"), "cannot be chosen", 1),
        (choice().replace("match_correct", "map_response_point"), "scoring map_response_point", 1),
        (choice(scoring=""), "not scored", 1),
        (
            choice(scoring="<qti-response-processing><qti-exit-response/></qti-response-processing>"),
            "way of its own",
            1,
        ),
        (
            choice().replace("<p>Read   this.</p>", '\n<img src="http://x.example/a.png" alt=""/>'),
            "img cannot be shown",
            2,
        ),
        (choice().replace("<p>Read   this.</p>", "\n\n<math/>"), "math cannot be shown", 3),
        (choice().replace("qti-simple-choice", "simpleChoice"), "as in version 2", 1),
        (
            choice().replace("<qti-item-body>", '<qti-template-declaration identifier="T"/><qti-item-body>'),
            "templates",
            1,
        ),
        ("<html/>", "no item", 1),
        ("<a", "no readable XML", 0),
        ('<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', "document type", 0),
        ('<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><a>&c;</a>', "document type", 0),
        ('<?xml version="1.0" encoding="ISO-8859-1"?><a/>', "encoding is ISO-8859-1", 0),
        ('<?xml version="1.0" encoding="UTF-7"?><a/>', "encoding is UTF-7", 0),
        (b"\xff\xfe\x00", "no readable XML", 0),
        ("<a>" * 300, "no readable XML", 0),
        ("<a>" + " " * (2 * 2**20) + "</a>", "larger than 2 MB", 0),
    ],
)
def test_what_cannot_be_taken_is_named_with_its_place(item, words, line) -> None:
    found = read_package(package(item))
    (told,) = found.lines
    assert words in told.why and told.line == line and told.place == "stock/a.xml" and found.items == ()


@pytest.mark.parametrize(
    "href", ["../a.xml", "/etc/passwd", "file:///etc/passwd", "http://x.example/a", "%2e%2e/a", "", "b"]
)
def test_an_address_that_leads_out_is_refused(href) -> None:
    (told,) = read_package(zipped({"imsmanifest.xml": manifest(href)})).lines
    assert "leads out" in told.why or "not in the package" in told.why


def raw(**told: int | str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        info = zipfile.ZipInfo(str(told.get("name", "a")))
        info.external_attr = int(told.get("mode", 0)) << 16
        archive.writestr(info, b"\0" * int(told.get("size", 1)), zipfile.ZIP_DEFLATED)
    return out.getvalue()


@pytest.mark.parametrize(
    ("make_content", "code"),
    [
        (lambda: b"", "archive_broken"),
        (lambda: b"PK\x03\x04nothing", "archive_broken"),
        (lambda: raw(name="../a"), "archive_broken"),
        (lambda: raw(name="/a"), "archive_broken"),
        (lambda: raw(name="a\\b"), "archive_broken"),
        (lambda: raw(mode=0o120777), "archive_broken"),
        (lambda: raw(size=51 * 2**20), "archive_too_large"),
        (lambda: zipped({str(n): b"" for n in range(5001)}), "archive_too_large"),
        (lambda: zipped({"a": b""}), "package_unusable"),
        (lambda: zipped({"imsmanifest.xml": b"<!DOCTYPE m [<!ENTITY x 'y'>]><m/>"}), "package_unusable"),
        (lambda: zipped({"imsmanifest.xml": b"<m/>"}), "package_unusable"),
    ],
)
def test_a_hostile_package_is_refused_whole(make_content, code) -> None:
    content = make_content()
    with pytest.raises(Unusable) as no:
        read_package(content)
    assert no.value.code == code


def test_no_file_of_the_package_names_a_key_of_ours_in_a_path() -> None:
    names = set(files_of(write_package([replace(items.ESSAY, id="../../x y")], {})))
    assert {"imsmanifest.xml"} < names and all(
        re.fullmatch(r"items/i-[0-9a-f]{32}\.xml", one) for one in names - {"imsmanifest.xml"}
    )


@pytest.mark.django_db
def test_a_package_is_looked_through_saved_and_written_by_pages_and_api(
    cast, client, monkeypatch, tmp_path, capsys
) -> None:
    monkeypatch.setattr("linkspan.site.middleware.domain_now", lambda: NOW)
    actions.draft_version(actor=cast["staff"], code="CFx", now=NOW)
    staff, here = browser(cast["staff"]), "/desk/exams/make/CFx/questions/qti/"
    held = files_of(write_package((*BANK, replace(items.FORMULA, id="f9", answers=("m*",))), {SHA: items.png()}))
    content = zipped(held)

    def send(do: str):
        return staff.post(here, {"do": do, "file": SimpleUploadedFile("q.zip", content)})

    looked = html.unescape(send("look").content.decode())
    assert (
        f"Questions: {len(BANK)}. " in looked
        and "1 item cannot be taken" in looked
        and "cannot be worked out" in looked
    )
    assert len(queries.version(cast["staff"], "CFx", 2).bank) == len(make.BANK)
    assert send("save").status_code == 302
    saved = queries.version(cast["staff"], "CFx", 2).bank
    assert len(saved) == len(BANK) and queries.picture_of(cast["staff"], "CFx", 2, "h1").startswith(b"\x89PNG")
    out = staff.get("/desk/exams/make/CFx/versions/2/qti.zip")
    again = actions.take_qti(actor=cast["staff"], code="CFx", archive=out.content, dry_run=True, now=NOW)
    assert (again.change.new, again.change.changed, again.change.gone, again.refused) == ((), (), (), ())
    headers = {"Authorization": f"Bearer {token_for(cast['staff'])}", "Idempotency-Key": "q"}
    told = {"archive_base64": b64encode(content).decode(), "dry_run": True}
    answer = client.post(
        "/api/v1/exam_items/exams/CFx/draft/qti", told, content_type="application/json", headers=headers
    )
    assert [row["why"] != "" for row in answer.json()["lines"]].count(True) == 1 and answer.json()["items"] == len(BANK)
    assert client.get("/api/v1/exam_items/exams/CFx/versions/2/qti", headers=headers).content == out.content
    other = browser(person("Author elsewhere", ("author", "HES")))
    assert other.get("/desk/exams/make/CFx/versions/2/qti.zip").status_code == 404
    with pytest.raises(NotFound):
        actions.take_qti(actor=person("Nobody"), code="CFx", archive=content, dry_run=True, now=NOW)
    place = tmp_path / "q.zip"
    place.write_bytes(content)
    assert main(["exams", "qti-check", str(place)]) == 1
    assert "f9: not taken, its right formula cannot be worked out" in capsys.readouterr().out
    assert main(["exams", "qti-write", "CFx", str(tmp_path / "out.zip")]) == 0
    assert main(["exams", "qti-check", str(tmp_path / "out.zip")]) == 0
    assert main(["exams", "qti-take", "CFx", str(tmp_path / "out.zip")]) == 0
