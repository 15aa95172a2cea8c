"""Who signs in comes back: to the page with its address whole, never to a foreign host, a form's target or nowhere."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from tests.factories.people import person
from tests.factories.world import load_world_with_courses
from tests.web.test_verbs import address

from linkspan.web.urls import urlpatterns

pytestmark = pytest.mark.django_db
RUN = "course-v1:MITx+SC0x+1T2018"
FOREIGN = (
    "https://evil.example/",
    "//evil.example/",
    "http:evil.example",
    "javascript:alert(1)",
    "http://testserver//e.x/",
)
PASSWORD = "a long enough passphrase"


@pytest.fixture
def sample():
    cast = load_world_with_courses()
    return cast


@pytest.fixture(autouse=True)
def _quick_passwords(settings) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def way_back(answer) -> str:
    parts = urlsplit(answer["Location"])
    assert (answer.status_code, parts.path) == (302, "/accounts/login/")
    return parse_qs(parts.query, keep_blank_values=True, strict_parsing=True)["next"][0]


def signing_in(next_: str) -> str:
    """Where a person with a password is led who signs in with that `next`."""
    actor = person("Signing In")
    user = get_user_model().objects.get(id=actor.person_id)
    user.set_password(PASSWORD)
    user.save()
    user.emailaddress_set.update_or_create(email=user.email, defaults={"verified": True, "primary": True})
    form = {"login": user.email, "password": PASSWORD, "next": next_}
    answer = Client().post("/accounts/login/", form)
    assert answer.status_code == 302
    return answer["Location"]


def test_the_plus_of_a_run_survives(client) -> None:
    answer = client.get(f"/courses/{RUN}/")
    assert answer["Location"] == "/accounts/login/?next=%2Fcourses%2Fcourse-v1%3AMITx%2BSC0x%2B1T2018%2F"
    assert signing_in(way_back(answer)) == f"/courses/{RUN}/"


def test_the_query_survives_too(client, settings) -> None:
    settings.LANGUAGES = [("en", "English"), ("ar", "Arabic")]  # the choice of a language shows where there are two
    here = "/desk/inbox/HES/?name=a%26b%3D%2B&order=newest"
    assert way_back(client.get(here)) == here
    assert b'value="/pathways/?country=US&amp;field=a%2Bb"' in client.get("/pathways/?country=US&field=a%2Bb").content


def test_a_post_leads_back_to_the_page_with_the_form(client) -> None:
    page = f"/runs/{RUN}/"
    sent = {"HTTP_REFERER": f"http://testserver{page}"}
    assert way_back(client.post(f"{page}enrol/", {"track": "audit"}, **sent)) == page
    for referer in ("", f"http://testserver{page}enrol/", "http://testserver/nowhere/", *FOREIGN):
        answer = client.post(f"{page}enrol/", {"track": "audit"}, HTTP_REFERER=referer)
        assert way_back(answer) == "/dashboard/", referer


def test_nobody_is_led_elsewhere(client) -> None:
    for to in (*FOREIGN, f"/runs/{RUN}/enrol/", "/nowhere/", "/language/"):
        assert signing_in(to) == "/dashboard/", to
        assert client.post("/language/", {"next": to, "language": "ar"})["Location"] == "/", to


def test_what_answers_405_to_a_visitor_is_known_as_such(client) -> None:
    for pattern in urlpatterns:
        refuses = client.get(address(pattern)).status_code == 405
        assert refuses == hasattr(pattern.callback, "post_only"), address(pattern)


def test_an_address_that_takes_a_form_only_says_so(client) -> None:
    answer = client.get("/language/")
    assert (answer.status_code, answer["Allow"]) == (405, "POST")
    assert "Go back to the page with the form." in answer.content.decode()
    assert client.head("/language/").status_code == 405
