"""Files as answers: told by their content, never erased, marked without a name, and gone when their time is over."""

import html
import io
import re
import zipfile
from dataclasses import replace
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from tests.factories import exams as make
from tests.factories import items
from tests.factories.exam_page import Page
from tests.factories.people import NOW, browser, person, token_for

from linkspan.exams import actions, queries, tasks
from linkspan.exams.engines.qti.reader import read_package
from linkspan.exams.engines.qti.usable import usable_of
from linkspan.exams.engines.qti.writer import write_package
from linkspan.exams.models import AnswerFileRow, AttemptRow, ResponseRow
from linkspan.exams.rules import Accepts, Draw, FileKind, check_bank, typed_from, written
from linkspan.exams.rules.kinds.upload import MOST_HANDED_IN, check_file, check_room, file_name
from linkspan.kernel import held, retention, storage
from linkspan.kernel.audit import trail_of
from linkspan.kernel.errors import NotFound, NotPermitted, Refused, Unusable
from linkspan.kernel.forgetting import forget
from linkspan.kernel.papers import type_of

LATER = make.LATER
PDF = b"%PDF-1.7 my model"
ALL = Accepts(tuple(FileKind), 1, 1)


def office(*parts: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for part in ("[Content_Types].xml", *parts):
            archive.writestr(part, "x")
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (PDF, FileKind.PDF),
        (items.png(), FileKind.PNG),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00", FileKind.JPEG),
        ("Größe\n1,2\n".encode(), FileKind.TEXT),
        (b"<script>alert(1)</script>", FileKind.TEXT),
        (office("word/document.xml"), FileKind.DOCX),
        (office("xl/workbook.xml"), FileKind.XLSX),
        (office("word/document.xml", "word/vbaProject.bin"), None),
        (office("word/document.xml", "xl/workbook.xml"), None),
        (office("a.txt"), None),
        (b"PK\x03\x04 broken", None),
        (b"MZ\x90\x00", None),
        (b"GIF89a", FileKind.TEXT),
        (b"a\x00b", None),
        (b"\xff\xfea", None),
        (b"", None),
        (b"a" * (2**20 + 1), None),
    ],
    ids=range(17),
)
def test_a_file_is_told_by_its_content(content, kind) -> None:
    if kind is None:
        with pytest.raises(Unusable):
            check_file(ALL, content, type_of(content))
    else:
        assert check_file(ALL, content, type_of(content)) is kind
        with pytest.raises(Unusable, match="It takes"):
            other = next(one for one in FileKind if one is not kind)
            check_file(replace(ALL, kinds=(other,)), content, type_of(content))


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("model.exe", "model.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\me\\a<script>.pdf", "ascript.pdf"),
        ("\u202efdp.a", "fdp.pdf"),
        ("a\r\nSet-Cookie: x\0.pdf", "aSet-Cookie x.pdf"),
        ("", "file.pdf"),
        ("...", "file.pdf"),
        ("模型.pdf", "模型.pdf"),
        ("x" * 400, "x" * 114 + ".pdf"),
    ],
    ids=range(9),
)
def test_a_name_is_shown_and_stored_whatever_was_given(given, name) -> None:
    assert file_name(given, FileKind.PDF) == name


def test_an_attempt_takes_so_many_and_no_more() -> None:
    check_room(MOST_HANDED_IN - 1, 0, 1)
    for files, size in ((MOST_HANDED_IN, 0), (0, 200 * 2**20)):
        with pytest.raises(Refused, match="All of them stay"):
            check_room(files, size, 1)


def test_a_question_is_written_checked_and_goes_through_qti() -> None:
    assert written(typed_from(items.UPLOAD)) == check_bank([items.UPLOAD])[0]
    for accepts in (None, Accepts(()), Accepts((FileKind.PDF,) * 2), replace(ALL, most=11), replace(ALL, megabytes=0)):
        with pytest.raises(Unusable):
            check_bank([replace(items.UPLOAD, accepts=accepts)])
    package = write_package([items.UPLOAD], {})
    found, _, lines = usable_of(read_package(package))
    assert found == (items.UPLOAD,) and not lines[0].left
    foreign = zipfile.ZipFile(io.BytesIO(package)).read("items/u1.xml").decode()
    for told, kinds in (
        (foreign.replace("application/pdf text/plain", "image/png video/mp4"), (FileKind.PNG,)),
        (foreign.replace(' type="application/pdf text/plain"', ""), (FileKind.PDF,)),
        (foreign.replace("application/pdf text/plain", "video/mp4"), None),
        (foreign.replace('base-type="file"', 'base-type="string"'), None),
    ):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr("imsmanifest.xml", zipfile.ZipFile(io.BytesIO(package)).read("imsmanifest.xml"))
            archive.writestr("items/u1.xml", told)
        read = read_package(out.getvalue())
        assert [one.accepts.kinds for one in read.items] == ([kinds] if kinds else [])
        assert bool(read.lines[0].left if kinds else read.lines[0].why)


@pytest.fixture
def attempt(cast, learner):
    """A running attempt with a question that takes files, and one by number."""
    staff = cast["staff"]
    actions.draft_version(actor=staff, code="CFx", now=NOW)
    actions.put_item(actor=staff, code="CFx", item=items.UPLOAD, now=NOW)
    for old in ("a1", "a2"):
        actions.retire_item(actor=staff, code="CFx", item=old, retired=True, now=NOW)
    draw = (Draw("a", 1), Draw("b", 1))
    actions.change_terms(actor=staff, code="CFx", terms=replace(make.TERMS, draw=draw), now=NOW)
    actions.publish_version(actor=staff, code="CFx", number=2, now=NOW)
    return make.begin(cast, learner, make.put_sitting())


def put(learner, attempt, content=PDF, name="model.pdf", item="u1", now=LATER):
    looked = actions.look_at_file(actor=learner, attempt_id=attempt.id, item=item, name=name, content=content)
    return actions.hand_in_file(actor=learner, attempt_id=attempt.id, looked=looked, now=now)


def counting(learner, attempt):
    given = queries.responses_of(attempt.id).get("u1", ())
    return [(one.name, str(one.id) in given) for one in queries.handed_in(attempt.id, "u1")]


@pytest.mark.django_db
def test_a_file_counts_once_an_answer_names_it_and_none_is_ever_taken_away(learner, attempt) -> None:
    first = put(learner, attempt)
    assert put(learner, attempt).id == first.id, "the same again is the same"
    page = Page(learner, attempt)
    assert page.save("u1", [str(first.id)]).standing == "applied"
    second, third = put(learner, attempt, b"second", "b.txt"), put(learner, attempt, b"third", "c.txt")
    assert counting(learner, attempt) == [("model.pdf", True), ("b.txt", False), ("c.txt", False)]
    older = page
    page = Page(learner, attempt)
    assert page.save("u1", [str(second.id)], replaces=1).standing == "applied"
    assert older.save("u1", [str(first.id)], replaces=1).standing == "kept", "an older window replaces nothing"
    assert counting(learner, attempt) == [("model.pdf", False), ("b.txt", True), ("c.txt", False)]
    for wrong, code in (
        ([str(one.id) for one in (first, second, third)], "files_too_many"),
        (["hello"], "file_unknown"),
        ([str(first.id)] * 2, "file_unknown"),
        ([str(attempt.id)], "file_unknown"),
    ):
        assert page.save("u1", wrong, replaces=2).code == code
    other = page.send(page.batch(page.change("u1", ["x"]), page.change("b1", ["0"])))
    assert [one.code for one in other.not_taken] == ["file_unknown"]
    assert [one.item for one in other.taken] == ["b1"], "one bad answer refuses no other"
    assert counting(learner, attempt)[1] == ("b.txt", True)
    assert queries.own_file(learner, attempt.id, first.id, now=LATER)[1] == PDF


@pytest.mark.django_db
def test_what_cannot_be_taken_is_refused_with_a_reason_and_others_reach_nothing(cast, learner, attempt) -> None:
    for content, item, why in (
        (b"", "u1", "empty"),
        (b"%PDF" + b"a" * 2**20, "u1", "larger than 1 MB"),
        (items.png(), "u1", "It takes PDF, TEXT"),
        (PDF, "b1", "takes no files"),
        (PDF, "a1", "takes no files"),
    ):
        with pytest.raises(Unusable, match=why):
            put(learner, attempt, content, item=item)
    own = put(learner, attempt)
    far = person("Far Away")
    for another in (far, cast["proctor"], cast["staff"]):
        with pytest.raises(NotFound):
            put(another, attempt)
        with pytest.raises(NotFound):
            queries.own_file(another, attempt.id, own.id, now=LATER)
        assert queries.takes_files(another, attempt.id) == {}
    with pytest.raises(NotPermitted):
        actions.read_late_file(actor=learner, attempt_id=attempt.id, file_id=own.id, now=LATER)
    with pytest.raises(NotFound):
        actions.read_late_file(actor=cast["proctor"], attempt_id=attempt.id, file_id=own.id, now=LATER)
    AnswerFileRow.objects.update(size=200 * 2**20)
    with pytest.raises(Refused, match="All of them stay"):
        put(learner, attempt, b"more", "more.txt")
    assert AnswerFileRow.objects.count() == 1


@pytest.mark.django_db
def test_the_form_without_scripts_takes_files_and_loses_nothing(learner, attempt, monkeypatch) -> None:
    monkeypatch.setattr("linkspan.site.middleware.domain_now", lambda: LATER)
    client, here = browser(learner), f"/exams/attempts/{attempt.id}/"
    page = client.get(here).content.decode()
    assert 'enctype="multipart/form-data"' in page and 'name="file_u1"' in page
    assert "up to 2 files: PDF" in " ".join(page.split())
    sent = {"do": "save", "shown_u1": "", "shown_b1": "", "item_b1": "0"}
    files = [SimpleUploadedFile("a.pdf", PDF), SimpleUploadedFile("b.pdf", b"MZ\x90\0")]
    answer = client.post(f"{here}save/", sent | {"file_u1": files})
    shown = html.unescape(answer.content.decode())
    assert answer.status_code == 200 and shown.count("It takes PDF, TEXT") == 2 and "a.pdf" in shown
    assert len(re.findall(r'name="item_u1" value="[^"]+" checked', shown)) == 1
    assert queries.responses_of(attempt.id)["b1"] == ("0",) and counting(learner, attempt) == [("a.pdf", True)]
    (first,) = queries.responses_of(attempt.id)["u1"]
    more = [SimpleUploadedFile(f"{n}.txt", n.encode()) for n in ("c", "d")]
    sent |= {"shown_u1": "1", "item_u1": first, "shown_b1": "1", "file_u1": more}
    answer = client.post(f"{here}save/", sent)
    assert answer.status_code == 200 and "at most 2 files" in answer.content.decode()
    assert counting(learner, attempt) == [("a.pdf", True), ("c.txt", True), ("d.txt", False)]
    stale = client.post(f"{here}save/", {"do": "save", "shown_u1": "1", "item_u1": ""})
    assert stale.status_code == 409 and "a.pdf" in stale.content.decode(), "an older form asks which answer to keep"
    own = client.get(f"{here}files/{first}/")
    assert own.content == PDF and own["Content-Disposition"] == 'attachment; filename="a.pdf"'
    assert own["X-Content-Type-Options"] == "nosniff" and "no-store" in own["Cache-Control"]
    assert browser(person("Far Away")).get(f"{here}files/{first}/").status_code == 404
    asked = client.post(f"{here}files/", {"item": "u1", "file": SimpleUploadedFile("<b>.txt", b"by script")})
    assert asked.status_code == 200 and asked.json()["name"] == "b.txt"
    asked = client.post(f"{here}files/", {"item": "u1", "file": SimpleUploadedFile("x.pdf", items.png())})
    assert (asked.status_code, asked.json()["code"]) == (422, "file_kind")
    assert client.post(f"{here}files/", {"item": "u1"}).status_code == 422


@pytest.mark.django_db
def test_two_people_mark_files_without_a_name_and_each_reading_is_noted(cast, learner, attempt, monkeypatch) -> None:
    markers = [person(f"Marker {n}", ("program_staff", "MITx")) for n in range(2)]
    people = {one.person_id: one for one in [*markers, cast["staff"]]}
    found = put(learner, attempt, PDF, f"{learner.name}.pdf")
    spare = put(learner, attempt, b"not named", "spare.txt")
    told = {"attempt_id": attempt.id, "replaces": None, "now": LATER}
    actions.save_response(actor=learner, item="u1", given=[str(found.id)], **told)
    actions.save_response(actor=learner, item="b1", given=["0"], **told)
    actions.submit_attempt(actor=learner, attempt_id=attempt.id, now=LATER)
    assert AttemptRow.objects.get(id=attempt.id).to_mark
    tasks.name_markers(LATER)
    monkeypatch.setattr("linkspan.site.middleware.domain_now", lambda: LATER)
    named = list(AttemptRow.objects.get(id=attempt.id).marks.order_by("number").values_list("marker_id", "id"))
    assert len(named) == 2
    first, mark_id = named[0]
    here = f"/desk/exams/marking/{mark_id}/"
    page = html.unescape(browser(people[first]).get(here).content.decode())
    assert "file-1.pdf" in page and learner.name not in page and "spare" not in page and "not scanned" in page
    read = browser(people[first]).get(f"{here}files/{found.id}/")
    assert read.content == PDF and read["Content-Disposition"] == 'attachment; filename="file-1.pdf"'
    notes = [one for one in trail_of(f"exams.attempt:{attempt.id}") if one.verb == "read_answer_file"]
    assert [one.actor_id for one in notes] == [first]
    for who, file in ((people[first], spare), (people[named[1][0]], found), (cast["proctor"], found), (learner, found)):
        assert browser(who).get(f"{here}files/{file.id}/").status_code in (403, 404)
    headers = {"Authorization": f"Bearer {token_for(people[named[1][0]])}"}
    client = browser(people[named[1][0]])
    (waits,) = client.get("/api/v1/exam_marking/waiting", headers=headers).json()
    assert [one["name"] for one in waits["files"]] == ["file-1.pdf"] and waits["answer"] == ""
    path = f"/api/v1/exam_marking/waiting/{waits['id']}/files/{waits['files'][0]['id']}"
    assert client.get(path, headers=headers).content == PDF
    for marker, mark in named:
        actions.put_mark(actor=people[marker], mark_id=mark, points=[6, 4], comment="", now=LATER)
    row = AttemptRow.objects.get(id=attempt.id)
    assert not row.to_mark and row.shares == {"u1": "1", "b1": "1"}
    assert browser(people[first]).get(f"{here}files/{found.id}/").status_code == 404, "marked: it waits no more"


@pytest.mark.django_db
def test_a_file_after_the_end_is_kept_apart_for_a_person(cast, learner, attempt, monkeypatch) -> None:
    page = Page(learner, attempt)
    end = attempt.deadline + timedelta(minutes=20)
    actions.submit_attempt(actor=learner, attempt_id=attempt.id, now=LATER)
    found = put(learner, attempt, now=end)
    assert page.save("u1", [str(found.id)], now=end).standing == "late"
    ((_, (late,)),) = queries.late_answers(cast["proctor"]).items()
    assert late.given == ("model.pdf",) and [one.id for one in late.files] == [found.id]
    monkeypatch.setattr("linkspan.site.middleware.domain_now", lambda: end)
    path = f"/desk/exams/{attempt.id}/files/{found.id}/"
    assert browser(cast["proctor"]).get(path).content == PDF
    assert path in browser(cast["proctor"]).get("/desk/exams/").content.decode()
    headers = {"Authorization": f"Bearer {token_for(cast['proctor'])}"}
    api = f"/api/v1/exam_files/late/{attempt.id}/files/{found.id}"
    assert browser(cast["proctor"]).get(api, headers=headers).content == PDF
    assert browser(person("Proctor far", ("proctor", "HES"))).get(path).status_code == 403
    AttemptRow.objects.update(released_at=make.RELEASE)
    with pytest.raises(Refused, match="result is out"):
        put(learner, attempt, b"much later", "z.txt")


@pytest.mark.django_db
def test_files_go_in_and_out_by_the_api(learner, attempt, client, monkeypatch) -> None:
    monkeypatch.setattr("linkspan.site.middleware.domain_now", lambda: LATER)
    headers = {"Authorization": f"Bearer {token_for(learner)}", "Idempotency-Key": "k1"}
    path = f"/api/v1/exam_files/attempts/{attempt.id}/files"
    sent = [
        client.post(path, {"item": "u1", "file": SimpleUploadedFile("m.exe", PDF)}, headers=headers) for _ in range(2)
    ]
    assert sent[0].json() == sent[1].json() and sent[0].json()["name"] == "m.pdf"
    file_id = sent[0].json()["id"]
    assert client.get(f"{path}/{file_id}", headers=headers).content == PDF
    save = {"item": "u1", "given": [file_id], "replaces": None}
    headers["Idempotency-Key"] = "k2"
    url = f"/api/v1/exams/attempts/{attempt.id}/responses"
    assert client.post(url, save, content_type="application/json", headers=headers).json()["standing"] == "applied"
    asked = client.get(f"/api/v1/exams/attempts/{attempt.id}/questions", headers=headers).json()
    (question,) = (one for one in asked if one["id"] == "u1")
    assert question["accepts"] == {"kinds": ["pdf", "text"], "most": 2, "megabytes": 1}
    assert [(one["name"], one["counts"]) for one in question["handed_in"]] == [("m.pdf", True)]


@pytest.mark.django_db(transaction=True)
def test_files_leave_with_their_time_or_with_the_account_and_are_in_the_copy_of_own_data(learner, attempt) -> None:
    found = put(learner, attempt)
    sha256 = AnswerFileRow.objects.get().document_sha256
    assert storage.read(sha256) == PDF and PDF not in b"".join(p.read_bytes() for p in _stored())
    (table,) = (one for one in held.tables() if one.name == "exams_answer_file")
    assert [row.file_sha256 for row in held.rows_of(table, learner.person_id)] == [sha256]
    actions.save_response(
        actor=learner, attempt_id=attempt.id, item="u1", given=[str(found.id)], replaces=None, now=LATER
    )
    AttemptRow.objects.update(released_at=make.RELEASE)
    retention.apply_retention(make.RELEASE + timedelta(days=729))
    assert storage.is_kept(sha256)
    retention.apply_retention(make.RELEASE + timedelta(days=731))
    assert not storage.is_kept(sha256) and AnswerFileRow.objects.get().document_sha256 == ""
    with pytest.raises(NotFound, match="not kept any more"):
        queries.own_file(learner, attempt.id, found.id, now=LATER)
    AttemptRow.objects.update(released_at=None)
    put(learner, attempt, b"another", "b.txt")
    sha256 = AnswerFileRow.objects.get(name="b.txt").document_sha256
    forget(learner.person_id)
    assert not AnswerFileRow.objects.exists() and not storage.is_kept(sha256)
    assert ResponseRow.objects.filter(attempt=attempt.id).exists(), "what was decided by stays"


def _stored():
    from pathlib import Path

    from django.conf import settings

    return [path for path in Path(settings.DOCUMENT_ROOT).rglob("*") if path.is_file()]
