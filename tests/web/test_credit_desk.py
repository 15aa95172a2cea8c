"""Credit by hand on pages and over the API: each verb looked at first, exceptions by two, the learner's own page."""

import html

import pytest
from tests.api.test_verbs import call
from tests.factories.acts import confirmed, done
from tests.factories.people import browser, person
from tests.recognition.test_actions import LATER, cast, join, joined, learner  # noqa: F401
from tests.recognition.test_by_hand import award_named, degree, post, second  # noqa: F401

from linkspan.kernel.errors import NotFound
from linkspan.recognition import actions
from linkspan.recognition.models import CreditChangeRow

pytestmark = pytest.mark.django_db
GIVEN = {"reason": "The committee met.", "told": "Your course counts here."}


@pytest.fixture(autouse=True)
def today(monkeypatch):
    monkeypatch.setenv("LINKSPAN_ON", "2018-10-08T12:00:00+00:00")


def text_of(client, path) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer.content
    return html.unescape(answer.content.decode())


def test_a_registrar_posts_an_exception_and_a_second_one_approves(cast, learner, degree, second) -> None:  # noqa: F811
    registrar, colleague, path = browser(cast["registrar"]), browser(second), f"/desk/credit/{degree}/"
    person_file = text_of(registrar, f"/desk/people/{learner.person_id}/")
    assert f'href="{path}"' in person_file and "78%" in person_file
    page = text_of(registrar, path)
    assert "SC1x: 78%" in " ".join(page.split()) and f"{path}post/" in page
    form = {"fact": "MITx/SC0x", "slot": "core", "credits": "4", **GIVEN}
    look = registrar.post(f"{path}post/", form).content.decode()
    seen = html.unescape(look)
    assert "at most 16 credits are recognised" in seen and "are given for it by no clause" in seen
    assert "SC0x: core, 4" in seen and "person gets a message" not in seen
    assert not CreditChangeRow.objects.exists(), "looking changes nothing"
    assert confirmed(registrar, f"{path}post/", form).status_code == 302
    row = CreditChangeRow.objects.get()
    assert (row.state, row.why, row.told) == ("waiting", GIVEN["reason"], GIVEN["told"])
    own = text_of(registrar, f"/desk/credit/changes/{row.id}/")
    assert "It waits for a colleague" in own and "Approve" not in own
    assert "Your course counts here." not in text_of(browser(learner), "/degree/")
    assert "SC0x" in text_of(colleague, "/desk/credit/")
    answer = confirmed(colleague, f"/desk/credit/changes/{row.id}/", {"do": "approve"})
    assert answer.status_code == 302
    page = text_of(browser(learner), "/degree/")
    assert "Credit was posted for SC0x." in page and "Your course counts here." in page
    assert "The committee met." not in page, "the office's reason is not the learner's"
    assert "The committee met." in text_of(registrar, path)


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"credits": "-4"}, "credits"),
        ({"credits": "1e9"}, "credits"),
        ({"credits": "4 ECTS"}, "credits"),
        ({"fact": "MITx/NONE"}, "fact"),
        ({"fact": "MITx/SC1x"}, "fact"),
        ({"slot": "elective"}, "slot"),
        ({"slot": "<b>"}, "slot"),
        ({"told": " "}, "told"),
    ],
)
def test_what_was_typed_is_kept_and_the_message_stands_at_its_field(cast, degree, wrong, field) -> None:  # noqa: F811
    form = {"fact": "MITx/SC0x", "slot": "core", "credits": "4", **GIVEN, "reason": "A <reason>."} | wrong
    answer = browser(cast["registrar"]).post(f"/desk/credit/{degree}/post/", form)
    page = answer.content.decode()
    assert answer.status_code in (409, 422) and f'id="{field}-error"' in page and f'href="#{field}"' in page
    assert "A &lt;reason&gt;." in page and not CreditChangeRow.objects.exists()


def test_adjust_substitute_and_reverse_have_their_forms(cast, degree) -> None:  # noqa: F811
    client, award = browser(cast["registrar"]), award_named("SC4x")
    for name, form in (
        ("substitute/", {"course": "MGMT-E-1000", "slot": "capstone"}),
        (f"awards/{award.id}/adjust/", {"slot": "elective", "credits": "3"}),
    ):
        path = f"/desk/credit/{degree}/{name}"
        text_of(client, path)
        assert confirmed(client, path, form | GIVEN).status_code == 302
    assert set(CreditChangeRow.objects.values_list("verb", "state")) == {
        ("substitute", "waiting"),
        ("adjust", "waiting"),
    }
    other = award_named("SC3x")
    path = f"/desk/credit/{degree}/awards/{other.id}/reverse/"
    assert confirmed(client, path, dict(GIVEN)).status_code == 302
    other.refresh_from_db()
    assert other.state == "reversed"
    again = client.post(path, GIVEN)
    assert again.status_code == 409 and "reversed or adjusted already" in again.content.decode()


def test_pages_are_of_the_registrars_of_that_school(cast, learner, degree) -> None:  # noqa: F811
    made, award = post(cast["registrar"], degree, slot="core"), award_named("SC4x")
    far = person("Far Registrar", ("registrar", "MITx"))
    for path, status in (
        (f"/desk/credit/{degree}/", 403),
        (f"/desk/credit/{degree}/post/", 403),
        (f"/desk/credit/{degree}/awards/{award.id}/reverse/", 403),
    ):
        for who in (far, learner, cast["hes-admissions"], cast["staff"]):
            assert browser(who).get(path).status_code == status, (path, who.name)
    assert browser(far).get(f"/desk/credit/changes/{made.id}/").status_code == 404
    assert browser(learner).get(f"/desk/credit/changes/{made.id}/").status_code == 403
    assert browser(learner).get("/desk/credit/").status_code == 403
    assert "SC0x" not in text_of(browser(far), "/desk/credit/")
    assert browser(cast["registrar"]).get(f"/desk/credit/{degree}/awards/{made.id}/adjust/").status_code == 404


def test_an_award_of_another_degree_is_not_named_in_the_act(cast, degree) -> None:  # noqa: F811
    with pytest.raises(NotFound):
        done(actions.CHANGE_CREDIT, cast["registrar"], degree, LATER, choice="reverse", award=str(degree), told="x")


def test_the_api_does_the_same(cast, client, learner, degree, second) -> None:  # noqa: F811
    registrar = cast["registrar"]
    found = call(client, registrar, f"recognition/credit/{degree}").json()
    assert [one["course"] for one in found["awards"]] == ["SC1x", "SC2x", "SC3x", "SC4x"]
    assert found["awards"][0]["earned"][0]["grade"] == "78"
    said = {"why": "The committee met.", "told": "Your course counts here."}
    body = {"fact": "MITx/SC0x", "slot": "core", "credits": "4", **said}
    made = call(client, registrar, f"recognition/credit/{degree}/post", body, key="a").json()
    assert (made["state"], made["award_id"]) == ("waiting", None)
    assert call(client, registrar, f"recognition/credit/{degree}/post", body, key="a").json() == made
    assert call(client, registrar, f"recognition/credit/{degree}/post", body, key="b").status_code == 409
    decision = {"accept": True, "reason": "I looked at it."}
    path = f"recognition/credit/changes/{made['id']}/decision"
    assert call(client, registrar, path, decision, key="c").status_code == 409
    assert call(client, learner, path, decision, key="d").status_code == 403
    approved = call(client, second, path, decision, key="e").json()
    assert approved["state"] == "in_effect"
    assert call(client, second, f"recognition/credit/changes/{made['id']}").json()["decision"] == "I looked at it."
    award_id = approved["award_id"]
    adjusted = call(
        client,
        registrar,
        f"recognition/credit/awards/{award_id}/adjust",
        {"slot": "core", "credits": "3", **said},
        key="f",
    )
    assert adjusted.json()["state"] == "waiting"
    wrong = {"slot": "core", "credits": "NaN", **said}
    assert call(client, registrar, f"recognition/credit/awards/{award_id}/adjust", wrong, key="g").status_code == 422
    sub = {"course": "MGMT-E-1000", "slot": "capstone", **said}
    path = f"recognition/credit/{degree}/substitute"
    assert call(client, registrar, path, sub, key="h").json()["state"] == "waiting"
    gone = call(client, registrar, f"recognition/credit/awards/{award_named('SC3x').id}/reverse", said, key="i")
    assert gone.json()["state"] == "in_effect"
    for path in (f"recognition/credit/{degree}", f"recognition/credit/changes/{made['id']}"):
        assert call(client, learner, path).status_code == 403
