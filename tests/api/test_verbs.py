"""The verbs over HTTP: keys make posts idempotent, people act for themselves, verification needs nobody."""

import pytest
from tests.factories.people import NOW, SYSTEM, person, token_for
from tests.factories.story import put_grades
from tests.factories.world import load_world
from tests.pathways.examples import agreement, record
from tests.vc.makers import badge

from linkspan.credentials.actions import issue_program_credential

pytestmark = pytest.mark.django_db
RUN = "course-v1:MITx+SC0x+1T2018"


@pytest.fixture
def cast():
    return load_world()


def call(client, actor, path, body=None, key=None):
    headers = {"Authorization": f"Bearer {token_for(actor)}"} if actor else {}
    if key:
        headers["Idempotency-Key"] = key
    if body is None:
        return client.get(f"/api/v1/{path}", headers=headers)
    return client.post(f"/api/v1/{path}", body, content_type="application/json", headers=headers)


def test_enrolling_once_per_key(client, cast) -> None:
    path = f"enrolment/runs/{RUN}"
    assert call(client, cast["learner"], path, {}).status_code == 422
    first = call(client, cast["learner"], path, {"track": "verified"}, key="k1")
    again = call(client, cast["learner"], path, {"track": "verified"}, key="k1")
    assert first.json() == again.json() and first.json()["charge_id"]
    other = call(client, cast["learner"], path, {"track": "audit"}, key="k1")
    assert (other.status_code, other.json()["type"]) == (409, "urn:linkspan:problem:key_reused")
    assert call(client, person("Other Sample"), "enrolment/mine").json() == []


def test_nobody_applies_unnamed(client, cast) -> None:
    unknown = "00000000-0000-0000-0000-000000000000"
    assert call(client, None, f"admissions/rounds/{unknown}/applications", {}, key="k").status_code == 401
    assert call(client, cast["learner"], f"admissions/rounds/{unknown}/applications", {}, key="k").status_code == 404


def test_verification_needs_nobody(client, cast) -> None:
    put_grades(cast["learner"])
    issued = issue_program_credential(
        actor=SYSTEM, learner_id=cast["learner"].person_id, program_key="MITx/SCM", now=NOW
    )
    document = call(client, None, f"credentials/{issued.id}").json()
    assert call(client, None, "credentials/verify", document).json()["verdict"] == "valid"
    assert call(client, None, "credentials/verify", badge()).json()["verdict"] == "unknown"
    assert call(client, None, "credentials/verify", {"x": 1}).json()["verdict"] == "invalid"


def test_every_agreement_goes_out_as_it_was_written(client, cast) -> None:
    found = call(client, None, "pathways/agreements?on=2018-10-03").json()
    assert len(found) > 20
    for one in found:
        assert call(client, None, f"pathways/agreements/{one['id']}?on=2018-10-03").json() == one
    assert any(isinstance(number, float) for one in found for number in numbers(one)), (
        "a number with a fraction among them"
    )


def numbers(value):
    if isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from numbers(inner)
    elif isinstance(value, int | float):
        yield value


def test_an_audit_of_what_is_sent_along(client) -> None:
    body = {"record": record(), "agreement": agreement()}
    found = call(client, None, "pathways/audit?on=2019-06-01", body).json()
    assert found["outcome"] == "met"
    broken = call(client, None, "pathways/audit?on=2019-06-01", {"record": {}, "agreement": {}})
    assert broken.status_code == 422


def test_the_network_by_date(client, cast) -> None:
    path = "pathways/agreements/hes-data-science-from-mitx-sds?on="
    assert call(client, None, f"{path}2018-10-03").json()["status"] == "in_qualification"
    assert call(client, None, f"{path}2026-11-23").json()["version"] == 2
