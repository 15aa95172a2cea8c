"""The pages of an application in each state, for its learner and for staff, and their verbs as forms."""

import re

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests.admissions.test_actions import opened
from tests.admissions.test_terms import USD, bridge_grade, put_agreement
from tests.admissions.test_terms import applied as put_application
from tests.factories.acts import confirmed
from tests.factories.people import NOW, browser, person
from tests.factories.world import load_world

from linkspan.admissions import queries
from linkspan.admissions.queries import reviews
from linkspan.admissions.rules.applications import Mode
from linkspan.kernel import outbox
from linkspan.kernel.clock import domain_now
from linkspan.kernel.versions import version_of

pytestmark = pytest.mark.django_db
FEES = [{"what": "application", "price": USD, "waivable": True}, {"what": "deposit", "price": USD}]


@pytest.fixture
def cast(monkeypatch):
    monkeypatch.setenv("LINKSPAN_ON", NOW.isoformat())
    cast = load_world()
    put_agreement("hes-fee", fees=FEES)
    return cast


def test_from_the_fee_to_the_appeal(cast, django_assert_max_num_queries) -> None:
    learner, application_id = put_application(cast, agreement="hes-fee")
    own, staff = browser(learner), browser(cast["hes-admissions"])
    second = browser(person("Second Reader", ("admissions", "HES")))
    page, answer, decide = (f"/applications/{application_id}/{part}" for part in ("", "answer/", "decide/"))
    own.get(page)
    with django_assert_max_num_queries(40):
        assert b"Ask for a waiver" in own.get(page).content
    own.post(answer, {"do": "waiver", "reason": "No income."})
    assert b"No income." in staff.get(page).content
    staff.post(decide, {"do": "waive"})
    confirmed(staff, decide, {"do": "provisional"})
    assert b"The admission course" in own.get(page).content
    assert b"The rules propose:" in staff.get(page).content
    confirmed(staff, decide, {"do": "refuse", "reason": "Withdrawn by the school."})
    assert b"Appeal against this decision" in own.get(page).content
    own.post(answer, {"do": "appeal", "text": "My grade comes in May."})
    found = queries.open_appeals(cast["hes-admissions"], "HES")[0]
    assert b"Answer by" in staff.get("/desk/rounds/").content
    assert staff.post(f"/desk/admission-appeals/{found.id}/", {"do": "uphold", "reason": "x"}).status_code == 403
    assert second.post(f"/desk/admission-appeals/{found.id}/", {"do": "uphold", "reason": "True."}).status_code == 302
    confirmed(own, answer, {"do": "accept"})
    assert b"The deposit that keeps your place" in own.get(page).content
    assert own.post(answer, {"do": "defer", "months": "x"}).status_code == 422
    assert staff.post(decide, {"do": "join"}).status_code == 409
    assert b"a term" in staff.get("/desk/rounds/").content


def test_verbs_of_others_are_refused(cast) -> None:
    learner, application_id = put_application(cast, agreement="hes-fee")
    bridge_grade(learner, "A", "first")
    other, elsewhere = browser(person("Other")), browser(cast["mit-admissions"])
    for do in ("accept", "withdraw", "defer", "waiver", "appeal"):
        form = {"do": do, "months": "12", "reason": "x", "text": "x"}
        assert other.post(f"/applications/{application_id}/answer/", form).status_code == 403, do
    for do in ("score", "admit", "provisional", "waive", "join"):
        form = {"do": do, "score": "5", "reason": "x"}
        for client in (other, elsewhere, browser(learner)):
            assert client.post(f"/applications/{application_id}/decide/", form).status_code == 403, do


def test_the_form_is_saved_documents_and_letters_come_in(cast) -> None:
    learner = person("Ana A")
    round_id = opened(Mode.ROLLING, None, "hes-fee")
    browsing = browser(learner)
    page = f"/apply/{round_id}/"
    assert b"Clause 2:" in browsing.get(page).content
    browsing.post(page, {"do": "save", "statement": "Half a sent"})
    assert b"Half a sent" in browsing.get(page).content
    file = SimpleUploadedFile("diploma.pdf", b"%PDF-1.7 sample")
    browsing.post(page, {"do": "save", "file-clause 2": file})
    told = browsing.get(page).content
    assert b"diploma.pdf" in told and b"not scanned for viruses" in told
    (made,) = queries.documents(learner, learner.person_id, round_id)
    assert browsing.get(f"/documents/{made.id}/")["Content-Disposition"] == 'attachment; filename="diploma.pdf"'
    assert browser(person("Other")).get(f"/documents/{made.id}/").status_code == 403
    browsing.post(page, {"do": "save", "name": "Prof. Sample", "email": "prof@example.org"})
    assert mail.outbox == [], "the page waits for no mail server"
    outbox.drain(now=domain_now())
    address = re.search(r"/letters/[^/\s]+/", mail.outbox[-1].body)[0]
    recommender = Client()
    assert b"For Ana A, who applies to" in recommender.get(address).content
    assert recommender.post(address).status_code == 422
    sent = recommender.post(address, {"file": SimpleUploadedFile("letter.pdf", b"%PDF-1.7 good")})
    assert b"Thank you" in sent.content
    assert recommender.get(address).status_code == 404
    browsing.post(page, {"do": "send", "statement": "A sentence."})
    (application,) = queries.applications_of(learner, learner.person_id)
    staff = browser(cast["hes-admissions"])
    assert b"Letter of Prof. Sample" in staff.get(f"/applications/{application.id}/").content
    (letter,) = queries.letters(learner, learner.person_id, round_id)
    assert staff.get(f"/desk/letters/{letter.id}/").content == b"%PDF-1.7 good"
    assert browsing.get(f"/desk/letters/{letter.id}/").status_code == 403
    assert browsing.post(f"/documents/{made.id}/", {"back": "https://evil.example/"})["Location"] == page


def test_blind_reading_from_the_rubric_to_the_scores(cast, django_assert_max_num_queries) -> None:
    office, learner = cast["mit-admissions"], person("Zora Identifiable")
    round_id = opened()
    browser(learner).post(f"/apply/{round_id}/", {"do": "send", "statement": "I am Zora."})
    (sent,) = queries.applications_of(learner, learner.person_id)
    desk, staff = f"/desk/rounds/{round_id}/readers/", browser(office)
    assert b"No rubric is set yet" in staff.get(desk).content
    form = {"do": "rubric", "criteria": "Proposal; 3\nMotivation; 1", "scale": "5", "quorum": "2"}
    assert staff.post(f"{desk}arrange/", form | {"criteria": "Proposal"}).status_code == 422
    staff.post(f"{desk}arrange/", form)
    staff.post(f"{desk}arrange/", {"do": "assign", "each": "2"})
    for persona, points in (("mit-reader-one", "5"), ("mit-reader-two", "4")):
        reader = browser(cast[persona])
        assert reader.get(f"/applications/{sent.id}/").status_code == 404
        assert reader.get(desk).status_code == 403
        assert b"/desk/reading/" in reader.get("/desk/").content
        (file,) = reviews.reading_list(cast[persona])
        page = f"/desk/reading/{file.review_id}/"
        reader.get(page)
        with django_assert_max_num_queries(14):
            told = reader.get(page).content
        assert b"Zora" not in told and file.candidate.encode() in told
        assert reader.post(page, {"do": "submit", "c1": points}).status_code == 422
        reader.post(page, {"do": "submit", "c1": points, "c2": points, "note": "Clear method."})
        assert b"submitted" in reader.get("/desk/reading/").content
    assert b"<svg" in staff.get(desk).content
    assert browser(cast["hes-admissions"]).post(f"{desk}arrange/", {"do": "adopt"}).status_code == 403
    staff.post(f"{desk}arrange/", {"do": "adopt"})
    told = staff.get(f"/applications/{sent.id}/").content
    assert b"Clear method." in told and b'value="900"' in told
    assert b"Clear method." not in browser(learner).get(f"/applications/{sent.id}/").content


def test_answers_are_checked_before_they_are_sent(cast) -> None:
    learner = person("Ana A")
    round_id = opened(Mode.ROLLING, None, "hes-fee")
    browsing, page = browser(learner), f"/apply/{round_id}/"
    nothing = browsing.get(f"{page}check/").content.decode()
    assert "<dd>–</dd>" in nothing and "None" not in nothing
    answer = browsing.post(page, {"do": "check", "statement": "A <b>sentence."})
    assert (answer.status_code, answer["Location"]) == (302, f"{page}check/")
    assert queries.applications_of(learner, learner.person_id) == ()
    shown = browsing.get(f"{page}check/").content.decode()
    assert "A &lt;b&gt;sentence." in shown and "Clause 2:" in shown and "Not here yet" in shown
    file = SimpleUploadedFile("diploma.pdf", b"%PDF-1.7 sample")
    browsing.post(page, {"do": "save", "file-clause 2": file})
    shown = browsing.get(f"{page}check/").content.decode()
    missing, there = shown.split("What you send")
    assert "Clause 2:" not in missing and "Clause 2:" in there and "diploma.pdf" in there
    sent = browsing.post(page, {"do": "send", "statement": "A <b>sentence."})
    (made,) = queries.applications_of(learner, learner.person_id)
    assert sent["Location"] == f"/applications/{made.id}/"
    assert "This application is sent." in browsing.get(f"{page}check/").content.decode()


def test_a_statement_saves_itself_and_outlives_the_removal_of_a_document(cast) -> None:
    learner, other = person("Ana A"), person("Bo B")
    round_id = opened(Mode.ROLLING, None, "hes-fee")
    browsing, page = browser(learner), f"/apply/{round_id}/"
    saved = browsing.post(f"{page}draft/", {"statement": "Half a sen\r\ntence", "seen": version_of({"statement": ""})})
    assert (saved.status_code, saved.content) == (204, b"")
    assert saved["Seen"] in browsing.get(page).content.decode()
    assert queries.draft(learner, round_id) == "Half a sen\ntence"
    older = browsing.post(f"{page}draft/", {"statement": "Older", "seen": version_of({"statement": ""})})
    assert older.status_code == 409 and queries.draft(learner, round_id) == "Half a sen\ntence"
    browser(other).post(f"{page}draft/", {"statement": "Mine", "seen": saved["Seen"]})
    assert queries.draft(other, round_id) is None, "it is of the version of somebody else's"
    lines = "line\r\n" * 1_999 + "lines"
    browsing.post(page, {"do": "save", "file-clause 2": SimpleUploadedFile("diploma.pdf", b"%PDF-1.7 sample")})
    (made,) = queries.documents(learner, learner.person_id, round_id)
    removed = browsing.post(f"/documents/{made.id}/", {"statement": lines, "seen": saved["Seen"]})
    assert removed["Location"] == page and queries.documents(learner, learner.person_id, round_id) == ()
    assert queries.draft(learner, round_id) == lines.replace("\r\n", "\n"), "a line break is one sign, as in the field"
