"""While the database is away, nobody is told of a fault of ours: programs and people are asked to try again."""

import json
from contextlib import contextmanager

import pytest
from django.db import InterfaceError, OperationalError, ProgrammingError, connection
from django.test import Client
from tests.factories.people import browser, person

pytestmark = pytest.mark.django_db


@contextmanager
def broken(error):
    """Every statement fails meanwhile, as on a connection that was cut."""

    def fails(*_):
        raise error

    with connection.execute_wrapper(fails):
        yield


@pytest.fixture
def client():
    return Client(raise_request_exception=False)


@pytest.mark.parametrize("error", [OperationalError("server closed the connection"), InterfaceError("closed")])
@pytest.mark.parametrize(
    "ask",
    [
        lambda client: client.get("/"),
        lambda client: client.post("/accounts/login/", {"login": "ada@example.org", "password": "x"}),
        lambda client: client.get("/account/identity/"),
    ],
)
def test_a_page_says_so_and_when_to_try_again(error, ask) -> None:
    client = browser(person("Ada Sample"))
    client.raise_request_exception = False
    with broken(error):
        answer = ask(client)
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert (
        "look whether it is there" in answer.content.decode() and answer.headers["Cache-Control"] == "private, no-store"
    )


@pytest.mark.parametrize(
    "ask",
    [
        lambda client: client.get("/api/v1/programs"),
        lambda client: client.post(
            "/exams/attempts/00000000-0000-7000-8000-000000000000/answers/", "{}", "application/json"
        ),
    ],
)
def test_a_program_gets_a_code(ask) -> None:
    client = browser(person("Ada Sample"))
    client.raise_request_exception = False
    with broken(OperationalError("gone")):
        answer = ask(client)
    assert (answer.status_code, json.loads(answer.content)["code"]) == (503, "database_away")


def test_another_fault_is_ours(client) -> None:
    with broken(ProgrammingError("no such column")):
        answer = client.get("/")
    assert answer.status_code == 500 and "Retry-After" not in answer.headers
