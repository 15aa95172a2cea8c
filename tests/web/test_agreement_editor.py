"""The editor: parts, order, codes that are picked, drafts that save themselves, owner and deadline, redline and PDF."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.factories.people import NOW, browser, person
from tests.factories.world import load_world
from tests.pathways.examples import agreement

from linkspan.kernel.waiting import What, Whose
from linkspan.pathways import actions
from linkspan.pathways.queries import draft, waits
from linkspan.pathways.rules import Agreement, Mark, redline
from linkspan.web.agreements.form import document_of, form_of

pytestmark = pytest.mark.django_db
ROWS = [{"clause": str(n), "course": f"C{n}", "slot": "elective", "credits": 4} for n in (1, 2, 3)]

NEW = ["P", "Degree", "C1", "C2", "C3"]


@pytest.fixture
def registrar():
    return person("Receive Registrar", ("registrar", "Receiving"))


@pytest.fixture
def begun(registrar):
    return actions.start_draft(
        actor=registrar, owner="Receiving", document=agreement() | {"recognition": ROWS, "not_here_yet": NEW}, now=NOW
    )


def at(draft_id, end="") -> str:
    return f"/desk/agreements/drafts/{draft_id}/{end}"


def test_a_part_is_shown_and_saved_by_itself_and_the_rest_stays(registrar, begun) -> None:
    client, before = browser(registrar), draft(registrar, begun)
    titles = [str(section.title) for section in form_of(before.document, {}, {})]
    number = titles.index("In force") + 1
    shown = client.get(at(begun, f"?part={number}")).content.decode()
    assert 'id="review_due"' in shown and 'id="title"' not in shown
    body = {"do": "save", "revision": "1", "review_due": "2027-01-31"}
    assert client.post(at(begun, f"?part={number}"), body)["Location"] == at(begun, f"?part={number}")
    assert draft(registrar, begun).document == before.document | {"review_due": "2027-01-31"}
    assert [client.get(at(begun, f"?part={odd}")).status_code for odd in ("0", "99", "x", "-1")] == [200] * 4


@pytest.mark.parametrize(
    ("posted", "order"),
    [
        ({"recognition-2-place": "1"}, "312"),
        ({"recognition-0-place": "3"}, "231"),
        ({"recognition-0-place": "99"}, "231"),
        ({"recognition-0-place": "2", "recognition-1-remove": "yes"}, "31"),
        ({"recognition-1-place": "x"}, "123"),
        ({"recognition-1-place": "-1"}, "123"),
    ],
    ids=["first", "last", "beyond", "removed", "word", "negative"],
)
def test_clauses_stand_in_the_order_that_is_given(posted, order) -> None:
    made, errors = document_of({"recognition": ROWS, "requirements": []}, posted)
    assert "".join(row["clause"] for row in made["recognition"]) == order and errors == {}


def test_a_code_is_picked_from_the_catalogue() -> None:
    saved = {"recognition": [{"clause": "1", "any_of": ["SC0x"]}], "requirements": []}
    made, _ = document_of(saved, {"recognition-0-any_of": "SC0x", "recognition-0-any_of-pick": "SC1x"})
    assert made["recognition"][0]["any_of"] == ["SC0x", "SC1x"]


def test_codes_of_both_parties_are_offered() -> None:
    load_world()
    hes = person("Hes Registrar", ("registrar", "HES"))
    parties = {
        "sending": {"institution": "MITx", "program": "SCM"},
        "receiving": {"institution": "HES", "program": "ALM"},
        "recognition": [{"clause": "1", "any_of": ["SC0x"]}],
    }
    begun = actions.start_draft(actor=hes, owner="HES", document=parties, now=NOW)
    page = browser(hes).get(at(begun)).content.decode()
    assert '<option value="SC1x">SC1x, MITx:' in page and '<option value="SCM">MITx:' in page
    assert 'list="programs"' in page and 'name="recognition-0-any_of-pick"' in page


def test_a_draft_saves_itself_but_moves_and_removes_nothing(registrar, begun) -> None:
    client, before = browser(registrar), draft(registrar, begun)
    body = {"revision": "1", "note": "As agreed by telephone.", "recognition-0-remove": "yes", "add": "windows:window"}
    answer = client.post(at(begun, "keep/"), body | {"recognition-0-credits": "many"})
    assert (answer.status_code, answer["Seen"]) == (204, "2")
    assert draft(registrar, begun).document == before.document | {"note": "As agreed by telephone."}
    again = client.post(at(begun, "keep/"), {"revision": "2", "note": "As agreed by telephone."})
    assert again["Seen"] == "2", "what changed nothing is no revision"
    assert client.post(at(begun, "keep/"), {"revision": "1", "note": "Older."}).status_code == 409
    assert browser(person("Else", ("registrar", "Elsewhere"))).post(at(begun, "keep/"), body).status_code == 404
    assert client.get(at(begun, "keep/")).status_code == 405
    page = client.get(at(begun)).content.decode()
    assert f'data-draft="{at(begun, "keep/")}"' in page


def test_owner_and_deadline_decide_whose_turn_it_is_and_until_when(registrar, begun, monkeypatch) -> None:
    monkeypatch.setenv("LINKSPAN_ON", NOW.isoformat())
    dean = person("Receive Dean", ("dean", "Receiving"))
    client, day = browser(registrar), (NOW + timedelta(days=30)).date()
    answer = client.post(at(begun, "arrange/"), {"keeper": str(dean.person_id), "reply_by": day.isoformat()})
    assert answer.status_code == 302
    (waiting,) = waits(Whose(schools=frozenset({"Receiving"}), only=frozenset({What.SEND_DRAFT})), NOW)
    assert waiting.person_id == dean.person_id
    page = client.get(at(begun)).content.decode()
    assert f'value="{dean.person_id}" selected' in page and f'value="{day.isoformat()}"' in page
    actions.send_draft(actor=registrar, draft_id=begun, now=NOW)
    told = list(waits(Whose(schools=frozenset({"Sending"}), only=frozenset({What.REVIEW_TERMS})), NOW))
    assert [one.until for one in told] == [datetime(day.year, day.month, day.day, 23, 59, tzinfo=UTC)]


@pytest.mark.parametrize(
    "body",
    [
        {"keeper": "01a22de3-fd02-74f3-89b6-d05457376695"},
        {"keeper": "somebody"},
        {"reply_by": "tomorrow"},
        {"reply_by": "2001-01-01"},
    ],
    ids=["stranger", "word", "no day", "past"],
)
def test_who_is_nobody_and_a_day_that_is_over_are_refused(registrar, begun, body) -> None:
    assert browser(registrar).post(at(begun, "arrange/"), body).status_code == 422
    found = draft(registrar, begun)
    assert (found.keeper_id, found.reply_by) == (None, None)
    assert browser(person("Else", ("registrar", "Elsewhere"))).post(at(begun, "arrange/"), {}).status_code == 404


def test_a_redline_marks_what_was_struck_out_and_put_in() -> None:
    before = Agreement.read(agreement() | {"note": "Valid for the whole school."})
    after = Agreement.read(agreement() | {"note": "Valid for the law school."})
    assert not any(line.changed for line in redline(None, after))
    (changed,) = [line for line in redline(before, after) if line.changed]
    marks = [(one.mark, one.text) for one in changed.stretches]
    assert (Mark.STRUCK, "whole") in marks and (Mark.PUT_IN, "law") in marks
    assert "".join(text for mark, text in marks if mark is not Mark.STRUCK) == "Note: Valid for the law school."


def test_redline_and_pdf_are_for_those_who_may_read_the_terms(registrar, begun) -> None:
    client = browser(registrar)
    page = client.get(at(begun, "redline/"))
    assert page.status_code == 200 and "PDF for counsel" in page.content.decode()
    pdf = client.get(at(begun, "redline/?file=pdf"))
    assert pdf["Content-Type"] == "application/pdf" and pdf.content.startswith(b"%PDF-")
    assert client.get(f"/api/v1/agreement_desk/drafts/{begun}").json()["before"] is None
    assert [client.get(at(begun, f"redline/?with={odd}")).status_code for odd in ("7", "x", "9" * 12)] == [404] * 3
    other = browser(person("Else", ("registrar", "Elsewhere")))
    assert other.get(at(begun, "redline/")).status_code == 404
    assert other.get(f"/api/v1/agreement_desk/drafts/{begun}/pdf").status_code == 404
