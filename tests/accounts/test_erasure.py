"""An operator erases a person from the trail by page and API: first what goes and what stays and why."""

import pytest
from django.test import Client
from tests.factories.people import NOW, browser, person, token_for

from linkspan.kernel import audit
from linkspan.kernel.actor import Actor

pytestmark = pytest.mark.django_db
PAGE, CALL = "/desk/trail/erase/", "/api/v1/accounts/trail/erasures"
FORM = {"email": "ada.sample@example.org", "ground": "They asked for it."}


@pytest.fixture
def operator() -> Actor:
    return person("Opa Rator", ("operator", None))


@pytest.fixture
def ada() -> Actor:
    ada = person("Ada Sample")
    audit.record(actor=ada, verb="enrol", subject="enrolment.enrolment:1", now=NOW, after={"name": "Ada"})
    audit.record(actor=ada, verb="pay", subject="finance.charge:1", now=NOW, why="Kept by law.")
    return ada


def names_and_words() -> list[tuple[str, object]]:
    entries = (*audit.trail_of("enrolment.enrolment:1"), *audit.trail_of("finance.charge:1"))
    return [(entry.actor_name, entry.after or entry.why) for entry in entries]


def call(who: Actor | None, key: str, **body):
    headers = {"Idempotency-Key": key} | ({"Authorization": f"Bearer {token_for(who)}"} if who else {})
    return Client().post(CALL, body, content_type="application/json", headers=headers)


def test_the_page_says_what_goes_and_stays_before_it_erases(operator, ada) -> None:
    before = names_and_words()
    client = browser(operator)
    assert PAGE in client.get("/desk/").content.decode()
    tried = client.post(PAGE, {**FORM, "do": "try"})
    said = " ".join(tried.content.decode().split())
    assert (tried.status_code, names_and_words()) == (200, before)
    for words in ("name in 2 entries", "words of 1 entry: enrolment", "1 entry: charge. </li>", "books of money kept"):
        assert words.replace(" </li>", "") in said
    assert client.post(PAGE, {**FORM, "do": "erase"}, follow=True).status_code == 200
    assert names_and_words() == [("", ""), ("", "Kept by law.")]
    assert list(audit.broken_links()) == []
    assert "Nothing is left to erase." in client.post(PAGE, {**FORM, "do": "try"}).content.decode()


def test_the_call_tries_and_erases(operator, ada) -> None:
    before = names_and_words()
    told = {"names": 2, "words": 2, "gone": {"accounts.user": 1, "enrolment.enrolment": 1}}
    told["kept"] = {"finance.charge": {"entries": 1, "why": "money"}}
    assert call(operator, "1", **FORM, dry_run=True).json() == {**told, "dry_run": True}
    assert names_and_words() == before
    assert call(operator, "2", **FORM, dry_run=False).json() == {**told, "dry_run": False}
    assert names_and_words() == [("", ""), ("", "Kept by law.")]


@pytest.mark.parametrize("role", ["registrar", "dean", "auditor", "admissions", None])
def test_nobody_else_sees_or_does_it(ada, role) -> None:
    other = person("Other Sample", *([(role, None if role == "auditor" else "MITx")] if role else []))
    before = names_and_words()
    client = browser(other)
    assert client.get(PAGE).status_code == 403
    assert client.post(PAGE, {**FORM, "do": "erase"}).status_code == 403
    assert call(other, "1", **FORM, dry_run=True).status_code == 403
    assert names_and_words() == before


def test_visitors_are_asked_to_sign_in(ada) -> None:
    assert Client().get(PAGE).status_code == 302
    assert call(None, "1", **FORM, dry_run=False).status_code == 401


@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ({"email": "nobody@example.org"}, 404),
        ({"email": "none"}, 422),
        ({"ground": " "}, 422),
        ({"do": "x"}, 422),
    ],
)
def test_what_cannot_be_done_changes_nothing(operator, ada, wrong, status) -> None:
    before = names_and_words()
    assert browser(operator).post(PAGE, {**FORM, "do": "erase", **wrong}).status_code == status
    if "do" not in wrong:
        assert call(operator, "1", **{**FORM, **wrong}, dry_run=False).status_code == status
    assert names_and_words() == before
