"""An older page never erases what was saved since: each form that posts whole shows both, and keeps what was typed."""

import pytest
from tests.admissions.test_actions import MIT, opened
from tests.factories.older_pages import again, both, shown
from tests.factories.people import NOW, browser, person
from tests.factories.world import load_world
from tests.web.test_agreements import begun, posted

from linkspan.admissions import queries
from linkspan.admissions.queries import reviews
from linkspan.kernel.versions import Changed, check_seen, version_of
from linkspan.pathways.queries import desk

pytestmark = pytest.mark.django_db


def test_what_was_seen_is_compared() -> None:
    check_seen(None, {"a": 1})
    check_seen(version_of({"a": 1, "b": "x"}), {"b": "x", "a": 1})
    for seen in ("", "x", version_of({"a": 2})):
        with pytest.raises(Changed):
            check_seen(seen, {"a": 1})


@pytest.mark.parametrize("do", ["save", "send"])
def test_the_draft_of_an_application(monkeypatch, do) -> None:
    monkeypatch.setenv("LINKSPAN_ON", NOW.isoformat())
    load_world()
    ana, page = person("Ana A"), f"/apply/{opened(agreement=MIT)}/"
    client = browser(ana)
    round_id = page.split("/")[2]
    older = shown(client, page)
    assert client.post(page, {"do": "save", "statement": "The newer.", "seen": older}).status_code == 302
    answer = client.post(page, {"do": do, "statement": "The older, & longer.", "seen": older})
    assert "The newer." in both(answer) and "The older, & longer." in both(answer)
    assert queries.draft(ana, round_id) == "The newer."
    form = again(answer)
    assert form["statement"] == ["The older, & longer."] and form["do"] == [do]
    assert client.post(page, form).status_code == 302
    assert queries.draft(ana, round_id) == ("The older, & longer." if do == "save" else None)


def test_the_account() -> None:
    load_world()
    client = browser(person("Ana A"))
    older = shown(client, "/account/")
    form = {
        "name": "Ana",
        "time_zone": "UTC",
        "locale": "en",
        "email": "yes",
        "topics_shown": "yes",
        "topic": ["money"],
    }
    assert client.post("/account/", form | {"seen": older}).status_code == 302
    answer = client.post("/account/", form | {"name": "Old", "topic": ["exams"], "seen": older})
    assert "Old" in both(answer) and "Ana" in both(answer)
    assert 'value="Ana"' in client.get("/account/").content.decode()
    assert client.post("/account/", again(answer)).status_code == 302
    assert 'value="Old"' in client.get("/account/").content.decode()


def test_a_draft_of_an_agreement() -> None:
    load_world()
    client = browser(person("Hes Registrar", ("registrar", "HES")))
    other = person("Hes Second", ("registrar", "HES"))
    place = begun(client)
    (draft,) = desk.own_drafts(other)
    older = posted(draft.document, revision=str(draft.revision))
    (name,) = [name for name in older if name == "title"]
    assert browser(other).post(place, older | {name: "The newer title"}).status_code == 302
    answer = client.post(place, older | {name: "The older title"})
    assert "The newer title" in both(answer) and "The older title" in both(answer)
    assert desk.own_drafts(other)[0].document["title"] == "The newer title"
    assert client.post(place, again(answer)).status_code == 302
    assert desk.own_drafts(other)[0].document["title"] == "The older title"


def test_the_rubric_of_a_round() -> None:
    cast = load_world()
    client, round_id = browser(cast["mit-admissions"]), opened(agreement=MIT)
    page = f"/desk/rounds/{round_id}/readers/"
    form = {"do": "rubric", "criteria": "Proposal; 3\r\nMotivation; 1", "scale": "5", "quorum": "2"}
    older = shown(client, page)
    assert client.post(f"{page}arrange/", form | {"seen": older}).status_code == 302
    answer = client.post(f"{page}arrange/", form | {"criteria": "Marks; 1", "seen": older})
    assert "Marks; 1" in both(answer) and "Motivation; 1" in both(answer)
    assert [c.title for c in reviews.rubric_of(round_id).criteria] == ["Proposal", "Motivation"]
    assert client.post(f"{page}arrange/", again(answer)).status_code == 302
    assert [c.title for c in reviews.rubric_of(round_id).criteria] == ["Marks"]
