"""Errors are problem+json; tokens and sessions name the actor; another's record is closed."""

import pytest
from tests.factories.people import person, token_for
from tests.factories.world import load_world

pytestmark = pytest.mark.django_db


def test_the_catalogue_is_public(client) -> None:
    load_world()
    programs = client.get("/api/v1/catalog/programs").json()
    assert "MITx/SCM" in [program["key"] for program in programs]


def test_an_unknown_program_is_a_problem(client) -> None:
    answer = client.get("/api/v1/catalog/programs/MITx/NONE")
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:linkspan:problem:program_unknown"


@pytest.mark.parametrize("header", [None, "Bearer forged", "Bearer "])
def test_nobody_reads_a_record_unnamed(client, header) -> None:
    headers = {"Authorization": header} if header else {}
    assert client.get("/api/v1/records/mine", headers=headers).status_code == 401


def test_a_token_names_its_person(client) -> None:
    learner = person("Ada Sample")
    answer = client.get("/api/v1/records/mine", headers={"Authorization": f"Bearer {token_for(learner)}"})
    assert answer.json()["learner"] == str(learner.person_id)


def test_input_of_the_wrong_shape_is_a_problem(client) -> None:
    answer = client.get("/api/v1/catalog/programs?on=yesterday")
    assert answer.status_code == 422
    assert answer.json()["reasons"]
