"""Reading and terms over HTTP: each verb by its role, none by the others, nor across institutions."""

import pytest
from tests.admissions.test_actions import MIT, opened
from tests.api.test_verbs import call
from tests.factories.people import NOW, person
from tests.factories.world import load_world

from linkspan.admissions.actions import submit_application
from linkspan.admissions.queries import reviews
from linkspan.kernel.ids import new_id

pytestmark = pytest.mark.django_db
RUBRIC = {"criteria": [{"title": "Proposal", "weight": 1}], "scale": 5, "quorum": 1}


@pytest.fixture
def cast():
    return load_world()


def post(client, actor, path, body):
    return call(client, actor, path, body, key=f"{actor.name} {path} {sorted(body)}").status_code


def test_the_reading_verbs(client, cast) -> None:
    round_id, learner = opened(agreement=MIT), person("Ana A")
    submit_application(actor=learner, round_id=round_id, statement="", now=NOW)
    for path, body in (("rubric", RUBRIC), ("readers", {"each": 1}), ("scores", {})):
        for stranger in (learner, cast["hes-admissions"], cast["mit-reader-one"]):
            assert post(client, stranger, f"reading/rounds/{round_id}/{path}", body) == 403, path
    office = cast["mit-admissions"]
    assert post(client, office, f"reading/rounds/{round_id}/rubric", RUBRIC | {"scale": 99}) == 422
    assert post(client, office, f"reading/rounds/{round_id}/readers", {"each": 2}) == 409
    assert call(client, office, f"reading/rounds/{round_id}/rubric", RUBRIC, key="a").status_code == 200
    assert call(client, office, f"reading/rounds/{round_id}/readers", {"each": 2}, key="b").status_code == 200
    reader = cast["mit-reader-one"]
    (file,) = reviews.reading_list(reader)
    path = f"reading/readings/{file.review_id}"
    for stranger in (learner, office, cast["mit-reader-two"]):
        assert post(client, stranger, path, {"points": {"c1": 5}}) == 403
        assert post(client, stranger, f"{path}/conflict", {"reason": "x"}) == 403
    assert post(client, reader, f"reading/readings/{new_id()}", {"points": {"c1": 5}}) == 404
    answer = call(client, reader, path, {"points": {"c1": 4}}, key="c")
    assert answer.status_code == 200 and "Ana" not in answer.content.decode()
    assert call(client, office, f"reading/rounds/{round_id}/scores", {}, key="d").json() == {"scores": 1}


def test_the_applicants_verbs_are_their_own(client, cast) -> None:
    learner, other = person("Ana A"), person("Other")
    made = submit_application(actor=learner, round_id=opened(), statement="", now=NOW)
    for path, body in (
        ("withdrawal", {}),
        ("deferral", {"months": 12}),
        ("waiver", {"text": "x"}),
        ("appeal", {"text": "x"}),
        ("answer", {"accept": True}),
    ):
        assert post(client, other, f"admissions/applications/{made.id}/{path}", body) == 403, path
    for path, body in (("deferral", {"months": 12}), ("waiver", {"text": "x"}), ("appeal", {"text": "x"})):
        assert post(client, learner, f"admissions/applications/{made.id}/{path}", body) == 409, path
    assert post(client, learner, f"admissions/applications/{made.id}/withdrawal", {}) == 200
    assert client.get(f"/api/v1/admissions/intakes/{made.round.intake_id}").status_code == 200
