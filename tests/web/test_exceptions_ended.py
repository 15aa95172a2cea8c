"""Exceptions that end: withdrawn before a second person decides, taken back later; both are told, nobody else."""

from datetime import timedelta

import pytest
from tests.api.test_verbs import call
from tests.factories.acts import confirmed
from tests.factories.people import browser, person
from tests.recognition.test_actions import LATER, cast, join, joined, learner  # noqa: F401
from tests.recognition.test_by_hand import degree, post, second  # noqa: F401
from tests.web.test_credit_desk import text_of

from linkspan.kernel import outbox
from linkspan.messages.models import NoticeRow
from linkspan.recognition.models import CreditAwardRow, CreditChangeRow

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def today(monkeypatch):
    monkeypatch.setenv("LINKSPAN_ON", LATER.isoformat())


def told(kind: str) -> set:
    outbox.drain(now=LATER + timedelta(hours=1))
    return set(NoticeRow.objects.filter(kind=kind).values_list("recipient_id", flat=True))


def test_who_asked_withdraws_it_until_it_is_decided(cast, client, learner, degree, second) -> None:  # noqa: F811
    registrar, third = cast["registrar"], person("Third Registrar", ("registrar", "HES"))
    person("Far Registrar", ("registrar", "MITx"))
    made = post(registrar, degree, slot="core")
    path = f"/desk/credit/changes/{made.id}/"
    assert browser(second).post(path, {"do": "withdraw", "reason": "Not mine."}).status_code == 409
    assert browser(registrar).post(path, {"do": "withdraw", "reason": " "}).status_code == 422
    assert browser(learner).post(path, {"do": "withdraw", "reason": "x"}).status_code == 403
    assert browser(registrar).post(path, {"do": "withdraw", "reason": "The wrong course."})["Location"] == path
    page = text_of(browser(second), path)
    assert "The wrong course." in page and 'name="do"' not in page
    assert told("credit_exception_withdrawn") == {second.person_id, third.person_id}
    assert told("credit_by_hand_post") == set(), "the learner never heard of it"
    decision = {"accept": True, "reason": "Late."}
    assert call(client, second, f"recognition/credit/changes/{made.id}/decision", decision, key="a").status_code == 409
    again = post(registrar, degree, slot="core")
    here = f"recognition/credit/changes/{again.id}/withdraw"
    assert call(client, second, here, {"reason": "x"}, key="b").status_code == 409
    assert call(client, registrar, here, {"reason": "x"}, key="c").json()["state"] == "withdrawn"
    assert call(client, registrar, here, {"reason": "y"}, key="d").json()["decision"] == "x"
    assert not CreditAwardRow.objects.filter(course="SC0x").exists()


def test_one_that_was_approved_is_taken_back_after_a_look(cast, client, learner, degree, second) -> None:  # noqa: F811
    registrar, third = cast["registrar"], person("Third Registrar", ("registrar", "HES"))
    made = post(registrar, degree, slot="core")
    path = f"/desk/credit/changes/{made.id}/"
    assert "Take the exception back" not in text_of(browser(registrar), path)
    assert browser(registrar).post(path, {"do": "take_back", "told": "x", "reason": "y"}).status_code == 409
    assert confirmed(browser(second), path, {"do": "approve"}).status_code == 302
    form = {"do": "take_back", "told": "It counted twice.", "reason": "The committee met again."}
    look = browser(third).post(path, form).content.decode()
    assert "SC0x: core" in look and CreditChangeRow.objects.get(id=made.id).state == "in_effect"
    assert browser(third).post(path, form | {"told": " "}).status_code == 422
    assert confirmed(browser(third), path, form).status_code == 302
    assert CreditChangeRow.objects.get(id=made.id).state == "taken_back"
    assert CreditAwardRow.objects.get(id=CreditChangeRow.objects.get(id=made.id).award_id).state == "reversed"
    assert told("credit_exception_taken_back") == {registrar.person_id, second.person_id}
    assert told("credit_by_hand_reverse") == {learner.person_id}
    page = text_of(browser(learner), "/degree/")
    assert "It counted twice." in page and "The committee met again." not in page
    assert "Take the exception back" not in text_of(browser(registrar), path)
    here = f"recognition/credit/changes/{made.id}/take-back"
    assert call(client, third, here, {"why": "x", "told": "y"}, key="a").status_code == 409
    other = post(registrar, degree, slot="core")
    decide = f"recognition/credit/changes/{other.id}/decision"
    assert call(client, second, decide, {"accept": True, "reason": "x"}, key="b").status_code == 200
    here = f"recognition/credit/changes/{other.id}/take-back"
    far = person("Far Registrar", ("registrar", "MITx"))
    assert call(client, far, here, {"why": "x", "told": "y"}, key="c").status_code == 403
    taken = call(client, second, here, {"why": "x", "told": "y"}, key="d").json()
    assert taken["state"] == "taken_back"
    assert told("credit_exception_taken_back") == {registrar.person_id, second.person_id}
