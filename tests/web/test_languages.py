"""Who reads in which language: by the account, by what a visitor chose, by the browser; mail follows."""

import json
from decimal import Decimal
from pathlib import Path

import pytest
from django.contrib.auth import get_user_model
from django.core import mail
from django.test import Client
from django.utils.translation import override
from tests.factories.people import person

from linkspan.accounts.queries import person as person_of
from linkspan.kernel import written
from linkspan.site.languages import whole_languages
from linkspan.vc.said import Said
from linkspan.web.build_locales import gaps, pseudo_catalogue, read
from linkspan.web.update_locales import brought_to

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def offered(settings) -> None:
    settings.LANGUAGES = [("en", "English"), ("es", "Español"), ("ar", "العربية")]


def language_of(client: Client, **headers: str) -> str:
    page = client.get("/help/", **headers).content.decode()
    return page[page.index("<html ") : page.index(">", page.index("<html "))]


def signed_in(actor) -> Client:
    client = Client()
    client.force_login(
        get_user_model().objects.get(id=actor.person_id), "allauth.account.auth_backends.AuthenticationBackend"
    )
    return client


def test_a_visitor_reads_in_the_browser_s_language_until_she_chooses(client) -> None:
    assert language_of(client) == '<html lang="en" dir="ltr"'
    assert language_of(client, HTTP_ACCEPT_LANGUAGE="ar-EG,ar;q=0.9") == '<html lang="ar" dir="rtl"'
    assert language_of(client, HTTP_ACCEPT_LANGUAGE="fr") == '<html lang="en" dir="ltr"'
    client.post("/language/", {"next": "/help/", "language": "es"})
    assert language_of(client, HTTP_ACCEPT_LANGUAGE="ar") == '<html lang="es" dir="ltr"'
    for strange in ("fr", "en-xa", "../es", "", "es" * 5_000):
        client.post("/language/", {"next": "/help/", "language": strange})
        assert language_of(client) == '<html lang="es" dir="ltr"', strange[:20]


def test_an_account_keeps_its_language_on_every_device() -> None:
    reader = person("Reader")
    first, second = signed_in(reader), signed_in(reader)
    assert language_of(first, HTTP_ACCEPT_LANGUAGE="es") == '<html lang="es" dir="ltr"'
    first.post("/language/", {"next": "/help/", "language": "ar"})
    assert language_of(second, HTTP_ACCEPT_LANGUAGE="es") == '<html lang="ar" dir="rtl"'
    assert person_of(reader, reader.own_id).locale == "ar"


def test_a_page_without_a_form_of_its_own_holds_no_token_and_another_site_chooses_nothing() -> None:
    client = Client(enforce_csrf_checks=True)
    shown = client.get("/help/")
    assert "csrfmiddlewaretoken" not in shown.content.decode() and not shown.cookies
    client.post("/language/", {"next": "/help/", "language": "ar"}, headers={"sec-fetch-site": "cross-site"})
    assert language_of(client) == '<html lang="en" dir="ltr"'
    client.post("/language/", {"next": "/help/", "language": "ar"}, headers={"sec-fetch-site": "same-origin"})
    assert language_of(client) == '<html lang="ar" dir="rtl"'


def test_a_language_that_is_offered_no_more_gives_way(settings) -> None:
    reader = person("Reader")
    client = signed_in(reader)
    client.post("/language/", {"next": "/help/", "language": "ar"})
    settings.LANGUAGES = [("en", "English"), ("es", "Español")]
    assert language_of(client, HTTP_ACCEPT_LANGUAGE="es") == '<html lang="es" dir="ltr"'


def test_who_signs_up_keeps_the_language_of_the_page(client) -> None:
    form = {
        "name": "Nueva",
        "email": "nueva@sample.test",
        "password1": "a long word of hers",
        "password2": "a long word of hers",
    }
    client.post("/accounts/signup/", form, HTTP_ACCEPT_LANGUAGE="es")
    assert get_user_model().objects.get(email="nueva@sample.test").locale == "es"
    assert len(mail.outbox) <= 1


@pytest.mark.parametrize(
    "noted, found", [('["en", "es"]', ["en", "en", "es"]), ("{", ["en"]), ("{}", ["en"]), (None, ["en"])]
)
def test_a_build_offers_what_was_whole_when_it_was_compiled(tmp_path: Path, noted, found) -> None:
    place = tmp_path / "whole.json"
    if noted is not None:
        place.write_text(noted)
    assert whole_languages(place) == found


def test_a_catalogue_is_brought_to_the_template_without_a_guess() -> None:
    template, known = read("en"), read("ar")
    known.get("Save").string = "x"
    known.add("A text that went", "y")
    made = brought_to(template, known)
    assert [one.id for one in made] == [one.id for one in template]
    assert (made.get("Save").string, made.get("A text that went"), made.num_plurals) == ("x", None, 6)


def test_a_catalogue_with_a_gap_is_not_whole() -> None:
    template = read("en")
    made = pseudo_catalogue(template)
    assert [gap for gap in gaps(template, made) if "placeholders" in gap] == []
    plain = next(one for one in made if one.id == "Save")
    plain.string = ""
    filled = next(one for one in made if isinstance(one.id, str) and "{day}" in one.id)
    filled.string = filled.string.replace("{day}", "{tag}")
    assert {gap.partition(": ")[2] for gap in gaps(template, made)} >= {"Save", filled.id}


@pytest.mark.parametrize(
    "language, day, number, grade, moment",
    [
        ("es", "20 dic 2026", "12.345,5", "91,7\xa0%", "20 dic 2026, 23:59"),
        ("ar", "20 ديسمبر 2026", "12,345.5", "\u200e91.7%\u200e", "20 ديسمبر 2026، 23:59"),
    ],
)
def test_days_and_numbers_are_in_their_forms(language, day, number, grade, moment) -> None:
    with override(language):
        assert written.day("2026-12-20") == day
        assert (written.number(Decimal("12345.5")), written.grade("91.7")) == (number, grade)
        assert str(written.in_sentence("2026-12-20 23:59 UTC")).startswith(moment)


def test_a_sentence_of_a_verdict_is_translated_with_what_is_filled_in() -> None:
    inner = Said("It is not {what}.", what="sound")
    told = Said("No. {why}", why=inner)
    assert str(told) == "No. It is not sound."
    assert told.told({"No. {why}": "Non. {why}", "It is not {what}.": "Pas {what}."}.__getitem__) == "Non. Pas sound."
    assert json.dumps(told) == '"No. It is not sound."'
