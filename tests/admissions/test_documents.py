"""Documents and letters: types, limits, the scanner, encryption at rest, who reads, links that work once."""

import re
import socket
import struct
import threading
from datetime import timedelta
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from tests.admissions.test_actions import AFTER, CLOSES, MIT, admissible, apply, opened
from tests.factories.people import NOW, SYSTEM, browser, person, token_for
from tests.factories.world import load_world

from linkspan.admissions import actions, queries
from linkspan.admissions.models import LetterRow
from linkspan.admissions.rules.documents import (
    LETTERS_WITHIN,
    MOST_ASKED_BY_ONE,
    MOST_ASKED_OF_ONE,
    MOST_LETTERS,
    asked_for,
    file_name,
)
from linkspan.kernel import audit, outbox
from linkspan.kernel.errors import NotFound, NotPermitted, Refused, Unusable
from linkspan.messages.queries import notices_of

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.7\nsample"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 32


@pytest.fixture
def cast():
    return load_world()


@pytest.fixture
def round_id(cast):
    return opened(agreement=MIT)


def add(learner, round_id, content=PDF, slot="clause 2", name="diploma.pdf", now=NOW):
    return actions.add_document(actor=learner, round_id=round_id, slot=slot, name=name, content=content, now=now)


def test_only_what_is_unknown_is_asked_for(cast) -> None:
    rows = [
        {"clause": n, "text": f"text {n}", "outcome": o} for n, o in (("1", "met"), ("2", "unknown"), ("3", "not_met"))
    ]
    asked = asked_for(rows, ["A proposal of two pages"])
    assert [(item.slot, item.clause, item.text) for item in asked] == [
        ("clause 2", "2", "text 2"),
        ("document 1", "", "A proposal of two pages"),
    ]


def test_a_document_is_stored_encrypted_and_read_by_its_people(cast, round_id, settings) -> None:
    learner = person("Ana A")
    made = add(learner, round_id)
    assert (made.media_type, made.scan, made.name) == ("application/pdf", "not_scanned", "diploma.pdf")
    assert add(learner, round_id).id == made.id
    stored = [p for p in Path(settings.DOCUMENT_ROOT).rglob("*") if p.is_file()]
    assert stored and all(b"sample" not in p.read_bytes() for p in stored)
    for reader in (learner, cast["mit-admissions"]):
        assert actions.read_document(actor=reader, document_id=made.id, now=NOW)[1] == PDF
    for stranger in (person("Other"), cast["hes-admissions"], cast["registrar"]):
        with pytest.raises(NotPermitted):
            actions.read_document(actor=stranger, document_id=made.id, now=NOW)
        with pytest.raises(NotPermitted):
            queries.documents(stranger, learner.person_id, round_id)
        with pytest.raises(NotPermitted):
            actions.remove_document(actor=stranger, document_id=made.id, now=NOW)
    verbs = [entry.verb for entry in audit.trail_of(f"admissions.document:{made.id}")]
    assert verbs == ["add_document", "read_document"]
    actions.remove_document(actor=learner, document_id=made.id, now=NOW)
    assert queries.documents(learner, learner.person_id, round_id) == ()
    with pytest.raises(NotFound):
        actions.read_document(actor=learner, document_id=made.id, now=NOW)


@pytest.mark.parametrize(
    "content", [b"", b"MZ\x90\0" + b"\0" * 64, b"<html><script>", b"just text", b"PK\x03\x04" + b"\0" * 30]
)
def test_only_documents_are_taken(cast, round_id, content) -> None:
    with pytest.raises(Unusable):
        add(person("Ana A"), round_id, content)


def test_limits_of_size_number_time_and_slot(cast, round_id) -> None:
    learner = person("Ana A")
    with pytest.raises(Unusable, match="10 MB"):
        add(learner, round_id, PDF + b"x" * 10 * 1024 * 1024)
    with pytest.raises(Unusable):
        add(learner, round_id, slot="")
    for number in range(20):
        add(learner, round_id, PDF + str(number).encode())
    with pytest.raises(Refused, match="20 documents"):
        add(learner, round_id, PNG)
    with pytest.raises(Refused):
        add(person("Late"), round_id, now=CLOSES)
    with pytest.raises(Refused, match="Sign in"):
        add(SYSTEM, round_id)


def test_missing_evidence_can_follow_after_the_window(cast, round_id) -> None:
    learner = person("Ana A")
    actions.submit_application(actor=learner, round_id=round_id, statement="", now=NOW)
    assert add(learner, round_id, now=AFTER)


@pytest.mark.parametrize(
    ("given", "safe"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ('a"b\r\nX: y.pdf', "a-b--X--y.pdf"),
        ("ß.exe", "-.pdf"),
        ("x", "document.pdf"),
    ],
)
def test_names_are_harmless(given, safe) -> None:
    assert file_name(given, "application/pdf") == safe


@pytest.fixture
def clamd(tmp_path, settings):
    """A stand-in for clamd: it reads INSTREAM as clamd(8) says, and finds what contains «virus»."""
    settings.CLAMD_SOCKET = str(tmp_path / "clamd")
    server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    server.bind(settings.CLAMD_SOCKET)
    server.listen()

    def serve() -> None:
        while True:
            try:
                peer, _ = server.accept()
            except OSError:
                return
            with peer, peer.makefile("rb") as stream:
                assert stream.read(10) == b"zINSTREAM\0"
                content = b""
                while size := struct.unpack("!I", stream.read(4))[0]:
                    content += stream.read(size)
                peer.sendall(b"stream: Test-Virus FOUND\0" if b"virus" in content else b"stream: OK\0")

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield server
    server.shutdown(socket.SHUT_RDWR)
    server.close()
    thread.join(5)


def test_the_scanner_decides_where_there_is_one(cast, round_id, clamd) -> None:
    learner = person("Ana A")
    assert add(learner, round_id, PDF + b"x" * 200_000).scan == "clean"
    with pytest.raises(Refused, match="Test-Virus"):
        add(learner, round_id, PDF + b"y" * 70_000 + b"virus")
    assert len(queries.documents(learner, learner.person_id, round_id)) == 1


def test_the_scanner_is_asked_before_the_request_is_noted(client, cast, round_id, clamd, monkeypatch) -> None:
    monkeypatch.setenv("LINKSPAN_ON", NOW.isoformat())
    learner = person("Ana A")

    def send(key: str, content: bytes):
        headers = {"Authorization": f"Bearer {token_for(learner)}", "Idempotency-Key": key}
        form = {"slot": "clause 2", "file": SimpleUploadedFile("scan.pdf", content, "application/pdf")}
        return client.post(f"/api/v1/application_form/rounds/{round_id}/documents", form, headers=headers)

    refused = send("bad", PDF + b"virus")
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:linkspan:problem:document_infected")
    assert send("good", PDF).json()["scan"] == "clean"
    assert len(queries.documents(learner, learner.person_id, round_id)) == 1


def test_a_scanner_that_is_gone_leaves_documents_marked(cast, round_id, settings, tmp_path) -> None:
    settings.CLAMD_SOCKET = str(tmp_path / "nobody")
    assert add(person("Ana A"), round_id).scan == "not_scanned"


def ask(learner, round_id, email="prof@example.org", name="Prof. Sample", now=NOW):
    return actions.ask_letter(actor=learner, round_id=round_id, name=name, email=email, now=now)


def link() -> str:
    return re.search(r"/letters/([^/\s]+)/", mail.outbox[-1].body)[1]


def test_a_letter_comes_in_once_by_its_link_and_only_staff_read_it(cast, round_id) -> None:
    learner = person("Ana A")
    asked = ask(learner, round_id)
    assert ask(learner, round_id, "PROF@example.org ").id == asked.id
    outbox.drain(now=NOW)
    actions.send_letter_link(letter_id=asked.id, key="key", now=NOW)
    assert [message.to for message in mail.outbox] == [["prof@example.org"]]
    token = link()
    with pytest.raises(Unusable):
        actions.hand_in_letter(token=token, content=b"text", now=NOW)
    assert actions.hand_in_letter(token=token, content=PDF, now=NOW).received_at == NOW
    with pytest.raises(NotFound, match="used already"):
        actions.hand_in_letter(token=token, content=PNG, now=NOW)
    assert actions.read_letter(actor=cast["mit-admissions"], letter_id=asked.id, now=NOW) == ("application/pdf", PDF)
    for stranger in (learner, cast["hes-admissions"], person("Other")):
        with pytest.raises(NotPermitted):
            actions.read_letter(actor=stranger, letter_id=asked.id, now=NOW)
    outbox.drain(now=NOW)
    assert "A letter of recommendation came in" in [notice.title for notice in notices_of(learner)]


def test_links_expire_and_cannot_be_made_up(cast, round_id) -> None:
    asked = ask(person("Ana A"), round_id)
    outbox.drain(now=NOW)
    for wrong in (link()[:-1] + "x", str(asked.id), "", f"{asked.id}:x"):
        with pytest.raises(NotFound, match="not valid"):
            actions.hand_in_letter(token=wrong, content=PDF, now=NOW)
    with pytest.raises(NotFound, match="expired"):
        actions.hand_in_letter(token=link(), content=PDF, now=NOW + timedelta(days=30))


def test_whom_one_can_ask(cast, round_id) -> None:
    learner = person("Ana A")
    with pytest.raises(Refused, match="somebody else"):
        ask(learner, round_id, "Ana.A@example.org")
    for email, name in (("no address", "X"), ("a@example.org\nbcc: b@example.org", "X"), ("a@example.org", " ")):
        with pytest.raises(Unusable):
            ask(learner, round_id, email, name)
    for number in range(5):
        ask(learner, round_id, f"p{number}@example.org")
    with pytest.raises(Refused, match="5 letters"):
        ask(learner, round_id, "p6@example.org")


def test_a_draft_is_saved_and_gone_on_with(cast, round_id) -> None:
    learner = person("Ana A")
    assert queries.draft(learner, round_id) is None
    for words in ("First", "Second"):
        actions.save_draft(actor=learner, round_id=round_id, statement=words, now=NOW)
    assert queries.draft(learner, round_id) == "Second"
    assert queries.draft(person("Other"), round_id) is None
    actions.submit_application(actor=learner, round_id=round_id, statement="Second", now=NOW)
    assert queries.draft(learner, round_id) is None
    with pytest.raises(Refused, match="sent already"):
        actions.save_draft(actor=learner, round_id=round_id, statement="Third", now=NOW)
    with pytest.raises(Refused):
        actions.save_draft(actor=person("Late"), round_id=round_id, statement="x", now=CLOSES)


def test_a_request_is_ours_around_lines_of_others(round_id) -> None:
    """Whatever stands in names, the mail has one subject, one recipient and one link."""
    evil = "Dean\r\nBcc: all@example.org\n\nRead https://evil.example/now or www.evil.example"
    learner = person("Ana A")
    get_user_model().objects.filter(id=learner.person_id).update(name=f"Ana\u2028{evil}"[:200])
    ask = {"actor": learner, "round_id": round_id, "now": NOW}
    for name in (evil, "x" * 201, "see http://a.example", "a\x00b", "a\u202eb"):
        with pytest.raises(Unusable):
            actions.ask_letter(**ask, name=name, email="prof@example.org")
    for address in ("prof@example.org\nBcc: all@example.org", "a@b@c.example", "prof@example.org,all@example.org"):
        with pytest.raises(Unusable):
            actions.ask_letter(**ask, name="Prof", email=address)
    letter = actions.ask_letter(**ask, name="Prof", email="prof@example.org")
    LetterRow.objects.filter(id=letter.id).update(name=evil[:200])
    outbox.drain(now=NOW)
    (message,) = mail.outbox
    sent = message.message()
    assert (message.to, sent["Bcc"], sent["Cc"], len(sent.get_all("Subject"))) == (["prof@example.org"], None, None, 1)
    assert message.body.count("://") == 1 and "www." not in message.body
    assert [len(part.splitlines()) for part in message.body.split("\n\n")] == [1, 1, 1, 1]


def test_a_day_has_an_end_for_requests(round_id) -> None:
    """Ten of one applicant over all rounds, five to one address from anybody."""
    rounds_ = [round_id, opened(term="b"), opened(term="c")]
    one = person("Ana A")

    def ask(who, round_id, email, now=NOW) -> None:
        actions.ask_letter(actor=who, round_id=round_id, name="Prof", email=email, now=now)

    for number in range(MOST_ASKED_BY_ONE):
        ask(one, rounds_[number // MOST_LETTERS], f"p{number}@example.org")
    with pytest.raises(Refused) as refused:
        ask(one, rounds_[2], "another@example.org")
    assert refused.value.code == "letters_too_often"
    for number in range(MOST_ASKED_OF_ONE):
        ask(person(f"Learner {number}"), rounds_[0], "prof@example.org")
    with pytest.raises(Refused) as refused:
        ask(person("One More"), rounds_[0], "PROF@example.org")
    assert refused.value.code == "letters_too_often"
    ask(one, rounds_[2], "prof@example.org", NOW + LETTERS_WITHIN)


def test_a_document_is_read_within_the_page_and_nothing_runs_in_it(cast, round_id, monkeypatch) -> None:
    monkeypatch.setenv("LINKSPAN_ON", NOW.isoformat())
    learner = admissible(cast, "Ana A")
    paper, picture = add(learner, round_id), add(learner, round_id, content=PNG, name="scan.png", slot="clause 3")
    application = apply(learner, round_id)
    office = browser(person("Olga Office", ("admissions", "MIT")))
    here = f"/applications/{application.id}/?q=&sort=name"
    page = office.get(here).content.decode()
    assert "<iframe" not in page and f"?q=&amp;sort=name&amp;shown={paper.id}#paper" in page
    assert (
        f'<iframe class="frame" src="/documents/{paper.id}/?as=shown"'
        in office.get(f"{here}&shown={paper.id}").content.decode()
    )
    assert f'<img src="/documents/{picture.id}/?as=shown"' in office.get(f"{here}&shown={picture.id}").content.decode()
    for wrong in (round_id, "../", application.id):
        assert "as=shown" not in office.get(f"{here}&shown={wrong}").content.decode()
    shown, taken = office.get(f"/documents/{paper.id}/?as=shown"), office.get(f"/documents/{paper.id}/")
    assert (shown.content, shown["Content-Type"]) == (PDF, "application/pdf")
    assert shown["Content-Disposition"].startswith("inline") and taken["Content-Disposition"].startswith("attachment")
    policy = shown["Content-Security-Policy"]
    assert "default-src 'none'" in policy and "script-src" not in policy and "frame-ancestors 'self'" in policy
    assert shown["X-Frame-Options"] == "SAMEORIGIN" and taken["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in taken["Content-Security-Policy"] and shown["X-Content-Type-Options"] == "nosniff"
    assert browser(person("Far Away", ("admissions", "HES"))).get(f"/documents/{paper.id}/?as=shown").status_code == 403
