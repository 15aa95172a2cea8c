"""The pages by which people come in: in our own design, and a passkey that works where it is offered."""

import pytest
from django.core.cache import cache
from django.test import Client
from tests.factories.people import browser, person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh():
    cache.clear()


def test_the_button_for_a_passkey_has_its_form_and_its_scripts() -> None:
    page = Client().get("/accounts/login/").content.decode()
    assert page.count('id="mfa_login"') == page.count('id="mfa_credential"') == page.count('id="passkey_login"') == 1
    assert page.count("mfa/js/webauthn.js") == page.count("linkspan/passkey.js") == page.count("js/onload.js") == 1
    assert "<div data-passkey hidden>" in page, "without scripts it is not offered"


def test_each_page_with_a_passkey_loads_what_it_needs() -> None:
    one = browser(person("Nia"))
    page = one.get("/accounts/2fa/webauthn/add/").content.decode()
    assert 'id="mfa_webauthn_add" hidden' in page and "linkspan/passkey.js" in page


def test_what_is_wrong_is_told_on_top_and_at_the_field_and_the_typed_is_kept() -> None:
    answer = Client().post("/accounts/signup/", {"name": "Nia", "email": "nia", "password1": "short", "password2": "x"})
    page = answer.content.decode()
    assert page.count('role="alert"') == 1 and 'href="#id_email"' in page and 'id="id_email_error"' in page
    assert 'value="Nia"' in page and 'value="nia"' in page and 'value="short"' not in page
    answer = Client().post("/accounts/login/", {"login": "nobody@example.org", "password": "no such password"})
    assert 'role="alert"' in answer.content.decode() and 'value="nobody@example.org"' in answer.content.decode()


def test_the_second_factors_are_listed_with_an_act_each() -> None:
    page = browser(person("Nia")).get("/accounts/2fa/").content.decode()
    assert 'href="/accounts/2fa/webauthn/add/"' in page and 'href="/accounts/2fa/totp/activate/"' in page


@pytest.mark.parametrize("code", ["es", "ar"])
def test_the_entrance_speaks_the_visitors_language(code) -> None:
    for path in ("/accounts/login/", "/accounts/signup/"):
        page = Client(headers={"accept-language": code}).get(path).content.decode()
        assert f'lang="{code}"' in page
        for english in ("Sign in", "Create an account", "passkey.<", "Password<"):
            assert f">{english}" not in page, (path, english)
