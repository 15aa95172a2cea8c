"""An account is whose address it is: confirmed before anybody signs in, and before anybody's facts go there."""

import re

import pytest
from django.contrib.auth import get_user_model
from django.core import mail
from django.core.cache import cache
from django.test import Client
from tests.factories.people import NOW, SYSTEM, person
from tests.factories.platform import hand_over

from linkspan.accounts.actions import open_account
from linkspan.accounts.queries import recipient_by_email, unconfirmed
from linkspan.kernel import outbox
from linkspan.kernel.clock import domain_now
from linkspan.kernel.errors import Refused
from linkspan.kernel.models import OutboxDelivery
from linkspan.messages.models import MailRow
from linkspan.records.actions import grade_fact
from linkspan.records.queries import facts_of

pytestmark = pytest.mark.django_db
ADDRESS, PASSWORD = "mine@example.org", "a long enough passphrase"
CODE = re.compile(r"^([A-Z0-9]{4}-[A-Z0-9]{4})$", re.MULTILINE)
GRADE = grade_fact(
    institution="MITx", course="SC0x", scale="percent", value="90", completed="2018-05-01", started=None, run="r1"
)


@pytest.fixture(autouse=True)
def _quick_passwords_and_no_rates_of_other_tests(settings) -> None:
    cache.clear()
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def sign_up(client: Client, address: str = ADDRESS):
    return client.post(
        "/accounts/signup/", {"name": "Ada", "email": address, "password1": PASSWORD, "password2": PASSWORD}
    )


def sign_in(client: Client, address: str = ADDRESS):
    return client.post("/accounts/login/", {"login": address, "password": PASSWORD})


def code() -> str:
    outbox.drain(now=domain_now())
    return CODE.search(mail.outbox[-1].body)[1]


def confirm(client: Client) -> None:
    assert client.post("/accounts/confirm-email/", {"code": code()}).status_code == 302


def imported() -> dict[str, object]:
    return hand_over([(ADDRESS, "M", (GRADE,)), ("other@example.org", "O", (GRADE,))])


def user():
    return get_user_model().objects.get(email=ADDRESS)


def test_nobody_is_signed_in_before_the_address_is_confirmed(client) -> None:
    assert sign_up(client)["Location"] == "/accounts/confirm-email/"
    assert client.get("/dashboard/").status_code == 302
    cache.clear()
    another = Client()
    assert sign_in(another)["Location"] == "/accounts/confirm-email/"
    assert another.get("/dashboard/").status_code == 302
    confirm(another)
    assert another.get("/dashboard/").status_code == 200


def test_a_code_is_for_the_browser_that_asked(client) -> None:
    sign_up(client)
    stranger = Client()
    stranger.post("/accounts/confirm-email/", {"code": code()})
    assert stranger.get("/dashboard/").status_code == 302
    assert unconfirmed([user().id]) == {user().id}


def test_facts_wait_until_the_address_is_confirmed(client) -> None:
    sign_up(client)
    assert set(imported()) == {"other@example.org"}
    assert facts_of(SYSTEM, user().id) == ()
    with pytest.raises(Refused) as refused:
        recipient_by_email(ADDRESS.upper())
    assert refused.value.code == "address_unconfirmed"
    confirm(client)
    assert set(imported()) == {ADDRESS, "other@example.org"}
    assert [fact.kind for fact in facts_of(SYSTEM, user().id)] == ["course_grade"]
    assert recipient_by_email(ADDRESS.upper()) == user().id


def test_an_account_that_an_import_opened_waits_for_its_owner() -> None:
    assert set(imported()) == {ADDRESS, "other@example.org"}
    assert recipient_by_email(ADDRESS) == user().id
    assert set(imported()) == {ADDRESS, "other@example.org"}
    assert len(facts_of(SYSTEM, user().id)) == 1


def test_an_account_of_before_confirms_at_its_next_sign_in_and_keeps_its_facts(client) -> None:
    imported()
    mine = user()
    mine.set_password(PASSWORD)
    mine.save()
    assert unconfirmed([mine.id]) == {mine.id}
    assert sign_in(client)["Location"] == "/accounts/confirm-email/"
    confirm(client)
    assert client.get("/record/").status_code == 200
    assert len(facts_of(SYSTEM, mine.id)) == 1


def test_another_confirmed_address_proves_nothing_of_this_one() -> None:
    mine = get_user_model().objects.get(id=open_account(actor=SYSTEM, email=ADDRESS, name="M", now=NOW))
    mine.emailaddress_set.create(email="second@example.org", verified=True)
    assert unconfirmed([mine.id, person("Un Claimed").person_id]) == {mine.id}


def test_a_mail_server_that_refuses_stops_nobody(client, settings) -> None:
    settings.EMAIL_BACKEND = "tests.accounts.test_confirmed_addresses.Refusing"
    assert sign_up(client)["Location"] == "/accounts/confirm-email/"
    outbox.drain(now=domain_now())
    (waiting,) = OutboxDelivery.objects.filter(subscriber__contains="mail_written")
    assert (waiting.state, waiting.tries) == ("waiting", 1)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    outbox.drain(now=waiting.due.replace(year=waiting.due.year + 1))
    assert [message.to for message in mail.outbox] == [[ADDRESS]]
    row = MailRow.objects.get()
    assert (row.to, row.subject, row.body, row.mailed_at is not None) == ("", "", "", True)


class Refusing:
    """A mail server that takes nothing."""

    def __init__(self, *_args: object, **_named: object) -> None:
        """Nothing of its own."""

    def send_messages(self, _messages: object) -> int:
        """Refuse."""
        raise ConnectionRefusedError


def test_who_signs_up_gives_a_name_and_the_mail_says_who_asks(client, settings) -> None:
    assert sign_up(client).status_code == 302
    assert user().name == "Ada"
    outbox.drain(now=domain_now())
    (sent,) = mail.outbox
    assert (sent.to, sent.subject) == ([ADDRESS], "Linkspan: confirm your e-mail address")
    assert sent.body.startswith(f"Somebody gave {ADDRESS} as the address of an account at Linkspan.\n")
    assert sent.body.rstrip().endswith("Linkspan\ntestserver")


@pytest.mark.parametrize("name", ["", "   ", "a\nb://c", "‮evil", "x" * 201])
def test_a_name_that_is_no_name_keeps_what_was_typed(client, name) -> None:
    typed = {"name": name, "email": ADDRESS, "password1": PASSWORD, "password2": PASSWORD}
    answer = client.post("/accounts/signup/", typed)
    assert (answer.status_code, "name" in answer.context["form"].errors) == (200, True)
    assert f'value="{ADDRESS}"' in answer.content.decode()
    assert not get_user_model().objects.filter(email=ADDRESS).exists()
