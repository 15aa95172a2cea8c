"""The draft of an agreement: its page and the API show one read; a button stands only where the act is allowed."""

import re

import pytest
from tests.factories.people import NOW, browser, person
from tests.pathways.examples import agreement

from linkspan.kernel.errors import NotFound
from linkspan.pathways import actions
from linkspan.pathways.queries import draft
from linkspan.pathways.rules import DraftAct
from linkspan.screens.draft import draft_screen

pytestmark = pytest.mark.django_db


def begun(actor, **terms):
    return actions.start_draft(actor=actor, owner="Receiving", document=agreement() | terms, now=NOW)


def test_a_party_reads_the_same_draft_by_page_and_api(django_assert_max_num_queries) -> None:
    registrar = person("Receive Registrar", ("registrar", "Receiving"))
    draft_id = begun(registrar)
    screen, client = draft_screen(registrar, draft_id, NOW), browser(registrar)
    with django_assert_max_num_queries(30):
        told = client.get(f"/api/v1/agreements/drafts/{draft_id}").json()
    assert told["acts"] == [str(act) for act in screen.acts] == list(DraftAct)
    assert [line["text"] for line in told["words"]] == [line.in_words() for line in screen.words]
    assert [problem["message"] for problem in told["problems"]] == [problem.message for problem in screen.problems]
    assert (told["document"], told["follows"], told["begins_before"]) == (screen.draft.document, None, False)
    page = client.get(f"/desk/agreements/drafts/{draft_id}/").content.decode()
    assert set(re.findall(r'name="do" value="(\w+)"', page)) == set(DraftAct)
    assert all(problem.message in page for problem in screen.problems)


@pytest.mark.parametrize(
    ("sides", "acts"),
    [
        ({"sending": {"institution": "A", "program": "P"}, "receiving": {"institution": "B", "program": "Q"}}, ()),
        ({"sending": {"institution": "Receiving"}, "receiving": None}, ("impact", "announce", "send")),
    ],
)
def test_terms_that_do_not_name_the_owner_are_not_sent(sides, acts) -> None:
    registrar = person("Receive Registrar", ("registrar", "Receiving"))
    draft_id = begun(registrar)
    saved = agreement() | sides
    actions.save_draft(actor=registrar, draft_id=draft_id, document=saved, revision=1, now=NOW)
    assert draft_screen(registrar, draft_id, NOW).acts == ("save", *acts, "drop")
    page = browser(registrar).get(f"/desk/agreements/drafts/{draft_id}/").content.decode()
    assert set(re.findall(r'name="do" value="(\w+)"', page)) == {"save", *acts, "drop"}
    kept = draft(registrar, draft_id).document
    assert kept == saved | {"status": "draft"}


@pytest.mark.parametrize("role", ["program_staff", "auditor", "admissions"])
def test_nobody_else_reads_it(role) -> None:
    draft_id = begun(person("Receive Registrar", ("registrar", "Receiving")))
    for other in (person("Other", (role, "Receiving")), person("Else", ("registrar", "Elsewhere"))):
        with pytest.raises(NotFound):
            draft_screen(other, draft_id, NOW)
        assert browser(other).get(f"/api/v1/agreements/drafts/{draft_id}").status_code == 404


def test_the_next_version_tells_what_differs() -> None:
    registrar, partner = person("R", ("registrar", "Receiving")), person("S", ("registrar", "Sending"))
    actions.send_draft(actor=registrar, draft_id=begun(registrar), now=NOW)
    draft_id = begun(registrar, seats=7, valid_from="2017-01-01")
    screen = draft_screen(registrar, draft_id, NOW)
    assert screen.before is not None and screen.before.version == 1
    assert [row.after for row in screen.differences if "Seats" in row.after] == ["Seats: 7"]
    assert not screen.begins_before, "no version was in force that people were told of"
    told = browser(registrar).get(f"/api/v1/agreements/drafts/{draft_id}").json()
    assert told["follows"] == 1 and len(told["differences"]) == len(screen.differences)
    with pytest.raises(NotFound):
        draft_screen(partner, draft_id, NOW)
