"""The round desk: match, then match again when a seat is given back."""

import pytest
from django.contrib.auth import get_user_model
from tests.admissions.test_actions import CLOSES, opened, scored, state
from tests.factories.acts import confirmed
from tests.factories.world import load_world

from linkspan.admissions import actions
from linkspan.admissions.rules.applications import State
from linkspan.site.sample.load import email_of

pytestmark = pytest.mark.django_db


def test_decide_then_match_again(client) -> None:
    cast = load_world()
    round_id = opened()
    first, second = (scored(cast, round_id, name, score) for name, score in (("Ana A", 900), ("Bo B", 800)))
    client.force_login(get_user_model().objects.get(email=email_of("mit-admissions")))
    page = f"/desk/rounds/{round_id}/"
    assert b"Match and decide the round" in client.get(page).content
    assert confirmed(client, f"{page}certify/", {}).status_code == 302
    assert confirmed(client, f"{page}match/", {}).status_code == 302
    assert (state(first[1]), state(second[1])) == (State.OFFERED, State.NO_SEAT)
    actions.answer_offer(actor=first[0], application_id=first[1], accept=False, now=CLOSES)
    told = client.get(page).content
    assert b"Match again for seats given back" in told
    assert b"Matching 1 by" in told
    confirmed(client, f"{page}match/", {})
    assert state(second[1]) == State.OFFERED
    client.force_login(get_user_model().objects.get(email=email_of("hes-admissions")))
    assert client.post(f"{page}match/").status_code == 403
