"""Saved views of lists: one's own and an office's, bounded, with a default; what is gone is told."""

import pytest
from tests.api.test_verbs import call
from tests.factories.people import NOW, SYSTEM, browser, person
from tests.factories.story import put_grades
from tests.factories.world import load_world

from linkspan.accounts import actions, queries
from linkspan.accounts.models import SavedViewRow
from linkspan.accounts.rules import MOST_VIEWS, Office, Role, ViewAsk
from linkspan.credentials.actions import issue_program_credential
from linkspan.kernel import audit
from linkspan.kernel.errors import LinkspanError

pytestmark = pytest.mark.django_db
LIST = "/desk/credentials/"
NOTHING = ViewAsk()
STAFF = Office(Role.PROGRAM_STAFF, "MITx")


@pytest.fixture
def staff(monkeypatch):
    monkeypatch.setenv("LINKSPAN_ON", NOW.isoformat())
    learner = load_world()["learner"]
    put_grades(learner)
    issue_program_credential(actor=SYSTEM, learner_id=learner.person_id, program_key="MITx/SCM", now=NOW)
    return person("Pat Staff", ("program_staff", "MITx"))


def wrong(work, **given) -> str:
    with pytest.raises(LinkspanError) as told:
        work(**given)
    return told.value.code


def save(actor, name="Late ones", ask=NOTHING, **more):
    return actions.save_view(actor=actor, listing="credentials", name=name, ask=ask, now=NOW, **more)


def names(actor) -> list[str]:
    return [one.name for one in queries.views_of(actor, "credentials")]


def test_a_view_is_saved_from_the_list_chosen_renamed_made_the_default_and_deleted(staff) -> None:
    client = browser(staff)
    here = f"{LIST}?q=supply&state=active&sort=-awarded&col=title&col=state&since=2018-01-01"
    page = client.get(here).content.decode()
    assert "cols=name.title.state" in page and 'value="number">' in page and 'data-label="Number"' not in page
    back = f"{LIST}?q=supply&state=active&since=2018-01-01&sort=-awarded&cols=name.title.state"
    answer = client.post(
        "/desk/views/", {"listing": "credentials", "back": back, "name": "My <b>view</b>", "office": ""}
    )
    (view,) = queries.views_of(staff, "credentials")
    assert view.ask == ViewAsk("supply", {"state": "active"}, "-awarded", "2018-01-01", "", ("name", "title", "state"))
    assert answer["Location"] == f"{back}&view={view.id}".replace(
        "since=2018-01-01&sort=-awarded", "since=2018-01-01&sort=-awarded"
    )
    page = client.get(answer["Location"]).content.decode()
    assert "My &lt;b&gt;view" in page and 'aria-current="true">My' in page and "no longer offers" not in page
    again = client.post(
        "/desk/views/", {"listing": "credentials", "back": back, "name": "My <b>view</b>", "form_page": LIST}
    )
    assert again.status_code == 409 and "view of that name" in again.content.decode()
    one = f"/desk/views/{view.id}/?back={LIST}"
    assert client.post(one, {"do": "rename", "name": "Mine"})["Location"].startswith(f"{LIST}?q=supply")
    assert client.post(one, {"do": "default"}).status_code == 302
    assert client.get(LIST)["Location"].startswith("?q=supply&state=active")
    assert client.get(f"{LIST}?q=").status_code == 200, "all of the list can be shown"
    csv = client.get(f"{LIST}?cols=name.title&as=csv").content.decode()
    assert csv.splitlines()[0].lstrip("\ufeff") == "Name,Title"
    assert "Mine" in client.get(one).content.decode()
    assert client.post(one, {"do": "no_default"}).status_code == 302 and client.get(LIST).status_code == 200
    assert (
        client.post(f"/desk/views/{view.id}/?back=https://evil.example/", {"do": "delete"})["Location"] == "/desk/?q="
    )
    assert names(staff) == [] and client.get(one).status_code == 404


def test_a_view_is_shared_with_an_office_by_its_people_and_changed_by_who_may(staff) -> None:
    view_id = save(staff, "For us", office=STAFF)
    mate, registrar = person("Mate Staff", ("program_staff", "MITx")), person("Reg Far", ("registrar", "MITx"))
    far, other = person("Far Staff", ("program_staff", "HES")), person("No Body")
    assert [names(who) for who in (staff, mate, registrar, far, other)] == [["For us"], ["For us"], [], [], []]
    for who in (mate, far, other):
        code = wrong(actions.delete_view, actor=who, view_id=view_id, now=NOW)
        assert code == ("not_permitted" if who is mate else "view_unknown")
        assert wrong(actions.choose_default_view, actor=who, view_id=view_id, on=True) == "view_unknown"
    assert wrong(save, actor=far, office=STAFF) == wrong(save, actor=other, office=STAFF) == "not_permitted"
    assert wrong(save, actor=mate, name="For us", office=STAFF) == "view_exists"
    actions.rename_view(actor=registrar, view_id=view_id, name="For all", now=NOW)
    actions.delete_view(actor=registrar, view_id=view_id, now=NOW)
    told = [(one.verb, one.institution) for one in audit.trail_of(f"accounts.saved_view:{view_id}")]
    assert told == [("share_view", "MITx"), ("rename_view", "MITx"), ("delete_view", "MITx")]
    own = save(staff)
    assert wrong(actions.rename_view, actor=mate, view_id=own, name="x", now=NOW) == "view_unknown"


def test_views_are_bounded_and_what_is_gone_is_told(staff) -> None:
    for number in range(MOST_VIEWS):
        save(staff, f"View {number}")
    assert wrong(save, actor=staff) == "views_full"
    SavedViewRow.objects.exclude(name="View 0").delete()
    for name in ("", " ", "x" * 61):
        assert wrong(save, actor=staff, name=name) == "view_name_unusable"
    assert wrong(save, actor=staff, ask=ViewAsk("x" * 201)) == "view_too_long"
    assert wrong(save, actor=staff, ask=ViewAsk(filters={str(n): "x" for n in range(21)})) == "view_too_long"
    old = save(staff, "Old", ViewAsk("", {"state": "burnt", "weather": "fine"}, "-shoe", "", "", ("title", "shoe")))
    client = browser(staff)
    page = client.get(f"{LIST}?q=&state=burnt&weather=fine&sort=-shoe&cols=title.shoe&view={old}").content.decode()
    assert "no longer offers" in page and "State: burnt" in page and "weather: fine" in page and "shoe" in page
    for odd in ("view=nonsense", f"view={'9' * 50}", "cols=" + "x." * 500, "col=%00", "cols=&col="):
        assert client.get(f"{LIST}?q=&{odd}").status_code == 200
    for sent in ({}, {"listing": "shoes", "name": "x"}, {"listing": "credentials", "name": "x", "office": "king:MITx"}):
        assert client.post("/desk/views/", sent).status_code in (409, 422)
    assert (
        browser(person("Learner Only"))
        .post("/desk/views/", {"listing": "credentials", "name": "x", "back": "/"})
        .status_code
        == 302
    )


def test_the_operations(client, staff) -> None:
    body = {"listing": "credentials", "name": "Late", "filters": {"state": "active"}, "columns": ["title"]}
    made = call(client, staff, "views/", body, key="a").json()
    assert call(client, staff, "views/", body, key="a").json() == made
    assert call(client, staff, "views/", body, key="b").status_code == 409
    path = f"views/{made['id']}"
    assert call(client, staff, f"{path}/default", {"on": True}, key="c").status_code == 200
    assert call(client, staff, f"{path}/name", {"name": "Later"}, key="d").status_code == 200
    (told,) = call(client, staff, "views/?listing=credentials").json()
    assert (told["name"], told["is_default"], told["ask"]["filters"]) == ("Later", True, {"state": "active"})
    assert call(client, person("Other One"), f"{path}/delete", {}, key="e").status_code == 404
    listed = call(client, staff, "screens/desk/lists/credentials?columns=title").json()
    assert listed["columns"] == ["name", "title"] and len(listed["rows"][0]["cells"]) == 2
    assert call(client, staff, f"{path}/delete", {}, key="f").status_code == 200
    assert call(client, staff, "views/?listing=credentials").json() == []
