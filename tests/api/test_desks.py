"""Desk verbs over HTTP: each by its role, none by the others."""

import pytest
from tests.api.test_verbs import call
from tests.factories.people import NOW, SYSTEM
from tests.factories.story import put_grades
from tests.factories.world import load_world_with_courses

from linkspan.accounts.actions import submit_identity
from linkspan.accounts.queries import accepted_identity
from linkspan.admissions.actions import submit_application
from linkspan.credentials.actions import issue_program_credential
from linkspan.site.sample import story
from linkspan.site.sample.load import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    cast = load_world_with_courses()
    return cast


def post(client, actor, path, body):
    return call(client, actor, f"desks/{path}", body, key=f"{actor.name} {path}").status_code


def test_identities(client, cast) -> None:
    learner = cast["learner"]
    put_grades(learner)  # MITx taught her, so that its staff check her name
    check = submit_identity(
        actor=learner, learner_id=learner.person_id, legal_name="Amara Sample", document=b"%PDF-1.7 passport", now=NOW
    )
    for persona in ("learner", "registrar", "dean"):
        assert post(client, cast[persona], f"identities/{check}", {"accept": True}) == 403
    assert post(client, cast["staff"], f"identities/{check}", {"accept": True}) == 200
    assert accepted_identity(learner.person_id) is not None


def test_scores_and_rounds(client, cast) -> None:
    put_grades(cast["learner"])
    round_ = story.round_of(world(), "MIT")
    made = submit_application(actor=cast["learner"], round_id=round_.id, statement="", now=round_.opens_at)
    for persona in ("learner", "hes-admissions", "staff"):
        assert post(client, cast[persona], f"applications/{made.id}/score", {"score": 900}) == 403
        assert post(client, cast[persona], f"rounds/{round_.id}/decision", {}) == 403
        assert post(client, cast[persona], f"rounds/{round_.id}/rerun", {}) == 403
        assert post(client, cast[persona], f"applications/{made.id}/provisional", {}) == 403
        assert post(client, cast[persona], f"applications/{made.id}/waiver", {"accept": True}) == 403
        assert post(client, cast[persona], f"rounds/{round_.id}/certification", {}) == 403
    assert post(client, cast["mit-admissions"], f"rounds/{round_.id}/certification", {}) == 200
    assert post(client, cast["mit-admissions"], f"applications/{made.id}/score", {"score": 1001}) == 422
    assert post(client, cast["mit-admissions"], f"applications/{made.id}/joining", {}) == 409


def test_revocation(client, cast) -> None:
    put_grades(cast["learner"])
    issued = issue_program_credential(
        actor=SYSTEM, learner_id=cast["learner"].person_id, program_key="MITx/SCM", now=NOW
    )
    path = f"credentials/{issued.id}/revocation"
    assert post(client, cast["learner"], path, {"reason": "x"}) == 403
    assert post(client, cast["staff"], path, {"reason": "Exam annulled."}) == 200


def test_grades(client, cast) -> None:
    run = world()["runs"][0]["id"]
    assert post(client, cast["learner"], f"runs/{run}/grades", {}) == 403
    assert post(client, cast["registrar"], f"runs/{run}/grades", {}) == 403
    assert post(client, cast["staff"], f"runs/{run}/grades", {}) == 409
    assert post(client, cast["staff"], f"runs/{run}/grades", {"reason": "The run stays open."}) == 200
