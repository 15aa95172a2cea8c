"""Operations: what failed is seen with its reason, sent again or set aside; by operators alone."""

import pytest
from django.test import Client
from tests.factories.people import NOW, browser, person

from linkspan.accounts.events import IdentityChecked
from linkspan.kernel import outbox
from linkspan.kernel.models import OutboxDelivery
from linkspan.kernel.retries import State

pytestmark = pytest.mark.django_db


@pytest.fixture
def operator():
    return browser(person("Olu Operator", ("operator", None)))


@pytest.fixture
def dead():
    """A delivery that was given up."""
    outbox.publish(IdentityChecked(person("Ada Sample").person_id, "Ada", "accepted", ""), now=NOW)
    outbox.drain(now=NOW)
    failed = OutboxDelivery.objects.get(subscriber="messages.on_identity_checked")
    fields = {"state": State.DEAD, "delivered_at": None, "tries": 9, "last_error": "OSError: <b>the disk</b> is full"}
    OutboxDelivery.objects.filter(id=failed.id).update(**fields)
    return failed.id


def test_a_failed_delivery_is_shown_and_sent_again(operator, dead) -> None:
    page = operator.get("/desk/operations/").content.decode()
    assert "OSError: &lt;b&gt;the disk&lt;/b&gt; is full" in page and "messages.on_identity_checked" in page
    answer = operator.post(f"/desk/operations/{dead}/retry/", follow=True)
    assert "sent again in a moment" in answer.content.decode()
    outbox.drain(now=NOW)
    assert outbox.backlog() == (0, 0)
    assert operator.post(f"/desk/operations/{dead}/retry/").status_code == 409


def test_all_are_sent_again_or_one_is_set_aside(operator, dead) -> None:
    assert operator.post(f"/desk/operations/{dead}/drop/", {"reason": ""}).status_code == 422
    page = operator.post(f"/desk/operations/{dead}/drop/", {"reason": "Told by phone."}, follow=True)
    assert "Told by phone." in page.content.decode() and outbox.backlog() == (0, 0)
    assert operator.post(f"/desk/operations/{dead}/retry/").status_code == 302, "it may come back"
    OutboxDelivery.objects.filter(id=dead).update(state=State.DEAD)
    assert "1 delivery is sent again." in operator.post("/desk/operations/retry/", follow=True).content.decode()


@pytest.mark.deliveries_fail
def test_nobody_else_sees_or_does_anything(dead) -> None:
    for stranger in (person("Lee Learner"), person("Robin Staff", ("registrar", "MITx"), ("auditor", None))):
        client = browser(stranger)
        assert client.get("/desk/operations/").status_code == 403
        for address in (f"{dead}/retry/", f"{dead}/drop/", "retry/"):
            assert client.post(f"/desk/operations/{address}", {"reason": "X"}).status_code == 403
    assert Client().get("/desk/operations/").status_code == 302
    assert outbox.backlog() == (0, 1)
    assert browser(person("Olu Operator", ("operator", None))).get(f"/desk/operations/{dead}/drop/").status_code == 405
