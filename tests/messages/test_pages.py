"""E-mail is chosen on the account page."""

import pytest
from django.test import Client
from tests.factories.people import person

from linkspan.accounts.models import User
from linkspan.messages.queries import email_choices, wants_email
from linkspan.messages.rules import Topic

pytestmark = pytest.mark.django_db


def test_topics_are_chosen_on_the_account_page() -> None:
    reader, client = person("Ada Sample"), Client()
    backend = "allauth.account.auth_backends.AuthenticationBackend"
    client.force_login(User.objects.get(id=reader.person_id), backend=backend)
    form = {"name": "Ada", "time_zone": "Africa/Nairobi", "locale": "en", "email": "yes", "topics_shown": "yes"}
    answer = client.post("/account/", form | {"topic": ["exams", "money"]})
    assert answer.status_code == 302
    assert {topic for topic, wanted in email_choices(reader) if wanted} == {Topic.EXAMS, Topic.MONEY}
    page = client.get("/account/").content.decode()
    assert 'value="exams" checked' in page and 'value="learning">' in page
    client.post("/account/", {**form, "email": ""})
    assert not wants_email(reader) and not any(wanted for _, wanted in email_choices(reader))
