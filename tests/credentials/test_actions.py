"""Issue when complete, once; revoke with a reason, and every verifier sees it."""

import pytest
from tests.factories.news import News
from tests.factories.people import NOW, SYSTEM, person
from tests.factories.story import put_grades
from tests.factories.world import load_world

from linkspan.accounts.actions import log_disclosure
from linkspan.credentials import actions, queries
from linkspan.kernel.errors import NotFound, NotPermitted, Refused, Unusable
from linkspan.kernel.ids import new_id
from linkspan.records.queries import learner_record

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    return load_world()


def issue(learner, actor=SYSTEM):
    return actions.issue_program_credential(actor=actor, learner_id=learner.person_id, program_key="MITx/SCM", now=NOW)


def test_a_complete_program_gives_a_valid_credential_once(cast) -> None:
    learner = cast["learner"]
    put_grades(learner)
    issued = issue(learner, cast["staff"])
    assert issue(learner).id == issued.id
    verdict = queries.judge(dict(issued.document), NOW)
    assert verdict.verdict == "valid"
    assert {"name": "CFx", "value": "72"} in verdict.achievement["results"]
    (held,) = learner_record(learner, learner.person_id)["credentials"]
    assert (held["program"], held["status"], len(held["courses"])) == ("SCM", "active", 5)


def test_an_incomplete_program_is_refused_with_what_lacks(cast) -> None:
    put_grades(cast["learner"], exam=None)
    with pytest.raises(Refused) as caught:
        issue(cast["learner"])
    assert caught.value.reasons == ("CFx: no grade on record yet",)


@pytest.mark.parametrize("persona", ["learner", "registrar", "proctor"])
def test_only_program_staff_issue(cast, persona) -> None:
    put_grades(cast["learner"])
    with pytest.raises(NotPermitted):
        issue(cast["learner"], cast[persona])


def test_a_revoked_credential_is_invalid_everywhere(cast) -> None:
    put_grades(cast["learner"])
    issued = issue(cast["learner"])
    with pytest.raises(Unusable):
        actions.revoke_credential(actor=cast["staff"], credential_id=issued.id, reason=" ", now=NOW)
    with pytest.raises(NotPermitted):
        actions.revoke_credential(actor=cast["registrar"], credential_id=issued.id, reason="x", now=NOW)
    actions.revoke_credential(actor=cast["staff"], credential_id=issued.id, reason="Exam annulled.", now=NOW)
    assert queries.judge(dict(issued.document), NOW).verdict == "invalid"
    record = learner_record(cast["learner"], cast["learner"].person_id)
    assert record["credentials"][0]["status"] == "revoked"


def test_other_learners_see_nothing(cast) -> None:
    with pytest.raises(NotPermitted):
        queries.credentials_of(person("Other Sample"), cast["learner"].person_id)
    with pytest.raises(NotFound):
        queries.credential(new_id())


def test_schools_that_were_shown_the_record_are_told_of_a_revocation(cast) -> None:
    learner = cast["learner"]
    put_grades(learner)
    issued = issue(learner)
    log_disclosure(
        actor=cast["registrar"],
        learner_id=learner.person_id,
        institution="HES",
        purpose="admission",
        records=["credentials"],
        now=NOW,
        applied_at=NOW,
    )
    news = News()
    news(NOW)
    actions.revoke_credential(actor=cast["staff"], credential_id=issued.id, reason="Exam annulled.", now=NOW)
    assert news(NOW) == [
        ("Amara Sample", "credential_revoked"),
        ("Kim HES-Admissions (sample)", "credential_revoked_elsewhere"),
        ("Lee HES-Registrar (sample)", "credential_revoked_elsewhere"),
    ]
