"""Staff without a shell make an exam and its sittings: by pages, without scripts."""

import html
import re
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from tests.factories import banks
from tests.factories import exams as make
from tests.factories.news import News
from tests.factories.older_pages import again, both
from tests.factories.people import NOW, browser, person

from linkspan.exams import actions, queries
from linkspan.exams.models import ExamRow, ExamVersionRow, SittingRow
from linkspan.exams.rules import Difficulty, Draw

pytestmark = pytest.mark.django_db
DESK = "/desk/exams/make/"
TERMS = {
    "title": "Inventory",
    "minutes": "45",
    "pass_percent": "62.5",
    "attempts": "2",
    "courses": "MITx/SC0x\r\nMITx/SC1x",
    "grace": "20",
    "most_drawn": "",
}
SITTING = {
    "opens_at": "2018-11-05T09:00",
    "closes_at": "2018-11-05T17:00",
    "release_at": "2018-11-20T09:00",
    "capacity": "12",
}


@pytest.fixture(autouse=True)
def today(monkeypatch):
    monkeypatch.setattr("linkspan.site.middleware.domain_now", lambda: NOW)


@pytest.fixture
def staff(cast):
    return browser(cast["staff"])


def words(answer) -> str:
    return html.unescape(answer.content.decode())


def seen_in(page: str) -> str:
    return re.search(r'name="seen" value="([0-9a-f]{32})"', page)[1]


def value(page: str, name: str) -> str:
    return re.search(rf'id="f-{name}" name="{name}" value="([^"]*)"', page)[1]


def draft(staff, code: str = "INV", **terms) -> None:
    told = {"program": "MITx/SCM", "code": code, **TERMS, **terms}
    assert staff.post(f"{DESK}at/MITx/new/", told).status_code == 302


def send(staff, archive: bytes, do: str = "save", code: str = "INV"):
    file = SimpleUploadedFile("bank.tar.gz", archive)
    return staff.post(f"{DESK}{code}/questions/", {"do": do, "file": file})


def test_an_exam_from_the_desk_to_its_sitting(cast, staff) -> None:
    assert f'href="{DESK}"' in words(staff.get("/desk/"))
    assert f'href="{DESK}at/MITx/new/"' in words(staff.get(DESK))
    draft(staff)
    looked = words(send(staff, banks.packed(banks.BANK), "look"))
    assert "Questions: 5. New: 5. Changed: 0. No longer there: 0." in looked
    assert ExamVersionRow.objects.get(exam="INV").bank == []
    assert send(staff, banks.zipped(banks.BANK)).status_code == 302

    page = words(staff.get(f"{DESK}INV/draft/"))
    groups, hard = (re.findall(rf'name="{name}" value="([^"]*)"', page) for name in ("group", "difficulty"))
    cells = list(zip(groups, hard, strict=True))
    assert cells == [("demand", ""), ("demand", "easy"), ("demand", "hard"), ("stock", "")]
    blueprint = {"group": groups, "difficulty": hard, "count": ["", "1", "2", "1"]}
    form = {"do": "save", "seen": seen_in(page), **TERMS, "most_drawn": "9", **blueprint}
    answer = staff.post(f"{DESK}INV/draft/", form)
    assert (answer.status_code, answer["Location"]) == (302, f"{DESK}INV/versions/1/")
    terms = queries.version(cast["staff"], "INV", 1).terms
    drawn = (Draw("demand", 1, Difficulty.EASY), Draw("demand", 2, Difficulty.HARD), Draw("stock", 1))
    assert (terms.title, terms.minutes, terms.pass_percent, terms.attempts_allowed) == (
        "Inventory", 45, Decimal("62.50"), 2,
    )  # fmt: skip
    assert (terms.courses, terms.grace_seconds, terms.most_drawn) == (("MITx/SC0x", "MITx/SC1x"), 20, 9)
    assert terms.draw == drawn

    page = words(staff.get(answer["Location"]))
    assert "demand, hard: 2 of 2" in page and "stock: 1 of 2" in page
    assert words(staff.get(f"{DESK}INV/versions/1/preview/?form=3")).count("<fieldset disabled>") == 4
    assert staff.post(f"{DESK}INV/sittings/", SITTING).status_code == 409
    published = staff.post(answer["Location"], {"do": "publish", "seen": seen_in(page)})
    assert (published.status_code, published["Location"]) == (302, f"{DESK}INV/")
    assert staff.post(f"{DESK}INV/sittings/", SITTING).status_code == 302
    row = SittingRow.objects.get(exam="INV")
    assert row.opens_at == datetime.fromisoformat("2018-11-05T09:00-05:00"), "by the clocks of the institution"
    assert row.capacity == 12
    assert 'value="publish"' not in words(staff.get(f"{DESK}INV/versions/1/"))
    assert staff.get(f"{DESK}INV/draft/").status_code == 409


def test_nothing_typed_is_lost_on_an_error(staff) -> None:
    wrong = {"program": "MITx/SCM", "code": "IN V", **TERMS, "minutes": "long", "title": "", "most_drawn": "x"}
    answer = staff.post(f"{DESK}at/MITx/new/", wrong)
    page = words(answer)
    assert answer.status_code == 422 and value(page, "code") == "IN V" and value(page, "minutes") == "long"
    assert '<a href="#f-minutes">Time in minutes: Enter a whole number.</a>' in page
    assert '<a href="#f-most_drawn">' in page and 'aria-invalid="true"' in page
    answer = staff.post(f"{DESK}at/MITx/new/", wrong | {"minutes": "45", "title": "T", "most_drawn": ""})
    assert answer.status_code == 422 and "#f-code" in words(answer)
    for told in ({"program": "MIT/SCMb"}, {"code": "CFx"}, {"courses": "MITx/NO"}, {"pass_percent": "101"}):
        answer = staff.post(f"{DESK}at/MITx/new/", {"program": "MITx/SCM", "code": "INV", **TERMS, **told})
        assert answer.status_code == 422 and f'href="#f-{next(iter(told))}"' in words(answer), told
    assert list(ExamRow.objects.values_list("code", flat=True)) == ["CFx"]


def test_a_bank_that_cannot_be_used_is_told_question_by_question(staff) -> None:
    draft(staff)
    bad = banks.files(demand=[banks.choice("d1", also="true"), banks.choice("d2", prompt="")])
    answer = send(staff, banks.packed(bad))
    assert answer.status_code == 422
    assert "d1: it has several right answers." in words(answer) and "d2: it has no question." in words(answer)
    for archive in (b"", b"no archive", banks.packed({"x.txt": b"x"}), banks.packed({"../../x": b"x"})):
        assert send(staff, archive).status_code == 422
    hard = banks.files(demand=[banks.choice("d1", hard="awful")])
    assert "d1: difficulty is easy, medium, hard" in words(send(staff, banks.packed(hard)))
    assert staff.post(f"{DESK}INV/questions/", {"do": "save"}).status_code == 422
    assert ExamVersionRow.objects.get(exam="INV").bank == []
    assert send(staff, banks.packed(banks.BANK)).status_code == 302
    fewer = banks.files(demand=[banks.choice("d1", "Another question?", hard="easy")])
    looked = words(send(staff, banks.packed(fewer), "look"))
    assert "Questions: 1. New: 0. Changed: 1. No longer there: 4." in looked
    assert len(ExamVersionRow.objects.get(exam="INV").bank) == 5


def test_a_blueprint_that_makes_no_sense_is_kept_and_told(cast, staff) -> None:
    actions.draft_version(actor=cast["staff"], code="CFx", now=NOW)
    page = f"{DESK}CFx/draft/"
    form = {"do": "save", **TERMS, "group": ["a", "b"], "difficulty": ["", ""]}
    answer = staff.post(page, form | {"count": ["two", "1"]})
    assert answer.status_code == 422 and 'name="count" value="two"' in words(answer)
    for told in ({"count": ["1"]}, {"count": ["1", "1"], "difficulty": ["", "awful"]}):
        assert staff.post(page, form | told).status_code == 422
    assert queries.version(cast["staff"], "CFx", 2).terms == make.TERMS
    answer = staff.post(page, form | {"count": ["3", "1"]})
    assert answer.status_code == 422 and "a: the bank has too few questions (2 of 3)." in words(answer)
    assert staff.post(page, form | {"count": ["", ""]}).status_code == 302
    version = f"{DESK}CFx/versions/2/"
    shown = words(staff.get(version))
    assert "Not ready to be published. This version draws no question." in shown and "preview/" not in shown
    answer = staff.post(version, {"do": "publish", "seen": seen_in(shown)})
    assert answer.status_code == 422 and "This version draws no question." in words(answer)


def test_an_older_page_erases_no_newer_draft_and_publishes_nothing_unseen(cast, staff) -> None:
    actions.draft_version(actor=cast["staff"], code="CFx", now=NOW)
    page, version = f"{DESK}CFx/draft/", f"{DESK}CFx/versions/2/"
    older, looked = (seen_in(words(staff.get(place))) for place in (page, version))
    form = {"do": "save", **TERMS, "group": ["a", "b"], "difficulty": ["", ""], "count": ["1", "1"], "seen": older}
    assert staff.post(page, form | {"title": "Newer"}).status_code == 302
    answer = staff.post(version, {"do": "publish", "seen": looked})
    assert answer.status_code == 409 and "changed since you looked" in words(answer)
    assert staff.post(version, {"do": "publish"}).status_code == 409
    answer = staff.post(page, form | {"title": "Older"})
    assert "Newer" in both(answer) and "Older" in both(answer)
    assert queries.version(cast["staff"], "CFx", 2).terms.title == "Newer"
    assert staff.post(page, again(answer)).status_code == 302
    assert queries.version(cast["staff"], "CFx", 2).terms.title == "Older"
    actions.retire_item(actor=cast["staff"], code="CFx", item="a1", retired=True, now=NOW)
    assert staff.post(version, {"do": "publish", "seen": looked}).status_code == 409, "the bank was changed"
    assert queries.exam("CFx").version == 1


def test_a_second_person_publishes_and_is_asked_at_the_desk(cast, staff) -> None:
    registrar, other = browser(cast["mitx-registrar"]), browser(person("Other Staff", ("program_staff", "MITx")))
    assert staff.post(f"{DESK}at/MITx/publishing/", {"four_eyes": "yes"}).status_code == 403
    assert registrar.post(f"{DESK}at/MITx/publishing/", {"four_eyes": "yes"}).status_code == 302
    assert "A second person publishes what others made." in words(registrar.get(DESK))
    assert staff.post(f"{DESK}CFx/", {"do": "draft"}).status_code == 302
    version = f"{DESK}CFx/versions/2/"
    assert staff.post(version, {"do": "retire", "item": "a1"}).status_code == 302
    page = words(staff.get(version))
    assert "Another person of the program’s staff publishes it." in page and 'value="publish"' not in page
    assert staff.post(version, {"do": "publish", "seen": seen_in(page)}).status_code == 409
    assert (queries.drafts_to_publish(cast["staff"]), "1 waiting" in words(other.get("/desk/"))) == (0, True)
    assert other.post(version, {"do": "publish", "seen": seen_in(words(other.get(version)))}).status_code == 302
    assert queries.exam("CFx").version == 2


def test_a_draft_is_discarded_and_questions_are_retired(cast, staff) -> None:
    draft(staff)
    assert staff.post(f"{DESK}INV/draft/", {"do": "discard"}).status_code == 302
    assert not ExamRow.objects.filter(code="INV").exists()
    staff.post(f"{DESK}CFx/", {"do": "draft"})
    version = f"{DESK}CFx/versions/2/"
    for do, retired in (("retire", True), ("use", False)):
        assert staff.post(version, {"do": do, "item": "a1"}).status_code == 302
        assert ExamVersionRow.objects.get(number=2).bank[0]["retired"] is retired
    assert staff.post(version, {"do": "retire", "item": "none"}).status_code == 404
    assert staff.post(f"{DESK}CFx/versions/1/", {"do": "publish"}).status_code == 302, "it is published already"


def test_a_sitting_is_changed_prolonged_and_cancelled(cast, staff, learner) -> None:
    sitting = make.put_sitting(opens_at=NOW + timedelta(days=7))
    page = f"/desk/sittings/{sitting}/"
    assert page in words(staff.get(f"{DESK}CFx/"))
    news = News()
    news(NOW)
    answer = staff.post(page, {"do": "change", **SITTING, "closes_at": "2018-11-05T08:00", "capacity": "x"})
    assert answer.status_code == 422 and value(words(answer), "capacity") == "x"
    answer = staff.post(page, {"do": "change", **SITTING, "closes_at": "2018-11-05T08:00"})
    assert answer.status_code == 422 and "#f-closes_at" in words(answer)
    assert staff.post(page, {"do": "change", **SITTING}).status_code == 302
    assert news(NOW) == [(learner.name, "sitting_moved")]
    assert SittingRow.objects.get().capacity == 12
    answer = staff.post(page, {"do": "prolong", "closes_at": "2018-11-05T16:00"})
    assert answer.status_code == 422 and "A sitting is not shortened." in words(answer)
    assert staff.post(page, {"do": "prolong", "closes_at": "2018-11-05T18:00"}).status_code == 302
    assert news(NOW) == [(learner.name, "sitting_moved")]
    answer = staff.post(page, {"do": "cancel", "reason": " "})
    assert answer.status_code == 422 and "Say why: the learners read it." in words(answer)
    assert staff.post(page, {"do": "cancel", "reason": "No power."}).status_code == 302
    assert news(NOW) == [(learner.name, "sitting_cancelled")]
    assert "Cancelled: No power." in words(staff.get(page)) and 'name="do"' not in words(staff.get(page))
    assert staff.post(page, {"do": "change", **SITTING}).status_code == 409


def test_a_page_takes_few_queries(cast, staff, running, django_assert_max_num_queries) -> None:
    make.hand_in(cast["learner"], running)
    for page in (
        DESK,
        f"{DESK}CFx/",
        f"{DESK}CFx/versions/1/",
        f"{DESK}CFx/sittings/",
        f"{DESK}CFx/versions/1/analysis/",
    ):
        staff.get(page)
        with django_assert_max_num_queries(16):
            assert staff.get(page).status_code == 200
