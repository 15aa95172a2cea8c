"""A revocation and a refusal stand until a named person lifts them: nothing that runs by itself decides again."""

import json

import pytest
from django.contrib.auth import get_user_model
from tests.factories.awards import RUN, ask_for_four_eyes, freeze, verify_track
from tests.factories.people import NOW, SYSTEM, person
from tests.factories.story import put_grades
from tests.factories.world import load_world

from linkspan.catalog.actions import add_program, publish_requirements
from linkspan.credentials import actions, queries
from linkspan.credentials.rules import AwardState, CredentialState, IssueKind
from linkspan.exams.events import ExamResultReleased
from linkspan.kernel import outbox
from linkspan.kernel.errors import NotPermitted, Refused, Unusable
from linkspan.kernel.models import TrailEntry
from linkspan.records.actions import record_fact
from linkspan.records.queries import facts_of
from linkspan.records.rules import Kind, NewFact

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    return load_world()


def award(learner, program="MITx/SCM"):
    return actions.award_program(actor=SYSTEM, learner_id=learner.person_id, program_key=program, now=NOW)


def missing():
    return actions.issue_missing(actor=SYSTEM, program_key="MITx/SCM", now=NOW)


def revoke(cast, credential, reason="The work was not her own."):
    actions.revoke_credential(actor=cast["staff"], credential_id=credential.id, reason=reason, now=NOW)
    outbox.drain(now=NOW)


def lift(actor, credential, reason="The finding was wrong."):
    actions.lift_revocation(actor=actor, credential_id=credential.id, reason=reason, now=NOW)


def states(learner, kind=IssueKind.PROGRAM):
    return [one.state for one in queries.credentials_of(learner, learner.person_id, kind)]


def another_passed_result(learner) -> None:
    told = {"learner_id": learner.person_id, "attempt_id": learner.person_id, "exam_code": "CFx", "title": "Exam"}
    outbox.publish(ExamResultReleased(**told, program_key="MITx/SCM", outcome="passed"), now=NOW)
    outbox.drain(now=NOW)


@pytest.mark.parametrize("four_eyes", [False, True])
def test_a_revoked_program_credential_is_not_awarded_again_by_itself(cast, four_eyes) -> None:
    learner = cast["learner"]
    put_grades(learner)
    revoke(cast, award(learner))
    registrar = ask_for_four_eyes() if four_eyes else None
    with pytest.raises(Refused) as no:
        award(learner)
    assert no.value.code == "revocation_stands" and "The work was not her own." in no.value.message
    another_passed_result(learner)
    assert missing() == actions.Progress(0)
    assert states(learner) == [CredentialState.REVOKED]
    assert registrar is None or queries.waiting_awards(registrar) == ()


def test_copies_on_record_follow_the_credential_that_is_issued_here(cast) -> None:
    """An export that names the credential under a key of its own is no second one that outlives a revocation."""
    learner, staff = cast["learner"], cast["staff"]
    put_grades(learner)
    held = award(learner)
    told = {"actor": SYSTEM, "learner_id": learner.person_id, "institution": "MITx", "source": "export", "now": NOW}
    data = {"issuer": "MITx", "program": "SCM", "awarded": "2018-06-01", "status": "active"}
    for key, more in (("copy", {}), ("another", {"program": "SDS"}), ("ended", {"status": "expired"})):
        record_fact(fact=NewFact(Kind.CREDENTIAL, key, {"id": key, **data, **more}), **told)

    def on_record() -> dict[str, str]:
        facts = [fact for fact in facts_of(SYSTEM, learner.person_id) if fact.kind == Kind.CREDENTIAL]
        return {"held" if fact.key == str(held.id) else fact.key: fact.data["status"] for fact in facts}

    others = {"another": "active", "ended": "expired"}
    for change, status in (
        (actions.suspend_credential, "suspended"),
        (actions.reinstate_credential, "active"),
        (actions.revoke_credential, "revoked"),
    ):
        change(actor=staff, credential_id=held.id, reason="Looked into.", now=NOW)
        assert on_record() == others | {"held": status, "copy": status}


def test_a_named_person_lifts_a_revocation_with_a_reason_and_it_stays_revoked(cast) -> None:
    learner, staff = cast["learner"], cast["staff"]
    put_grades(learner)
    held = award(learner)
    with pytest.raises(Refused) as no:
        lift(staff, held)
    assert no.value.code == "not_revoked"
    revoke(cast, held)
    for actor in (SYSTEM, learner, cast["registrar"]):
        with pytest.raises(NotPermitted):
            lift(actor, held)
    with pytest.raises(Unusable):
        lift(staff, held, " ")
    for _ in range(2):
        lift(staff, held)
    (told,) = TrailEntry.objects.filter(verb="lift_revocation")
    assert (told.why, told.actor_id) == ("The finding was wrong.", staff.person_id)
    assert missing().issued == 1
    assert states(learner) == [CredentialState.ACTIVE, CredentialState.REVOKED]
    assert queries.judge(dict(held.document), NOW).verdict == "invalid"


def test_the_second_person_sees_the_revocation_beside_the_new_award(cast) -> None:
    learner = cast["learner"]
    put_grades(learner)
    held = award(learner)
    revoke(cast, held)
    lift(cast["staff"], held)
    registrar = ask_for_four_eyes()
    assert missing().prepared == 1
    (waiting,) = queries.waiting_awards(registrar)
    (told,) = waiting.objections
    assert (told.what, told.reason) == (CredentialState.REVOKED, "The work was not her own.")
    assert (told.lifted_by, told.lift_reason) == (cast["staff"].name, "The finding was wrong.")


def test_what_was_revoked_while_its_replacement_waited_ends_that_award_and_no_other(cast) -> None:
    one, other, registrar = cast["learner"], person("Other Sample"), ask_for_four_eyes()
    for who in (one, other):
        put_grades(who)
        award(who)
    approve = {"actor": registrar, "now": NOW}
    assert actions.approve_awards(award_ids=[a.id for a in queries.waiting_awards(registrar)], **approve).issued == 2
    for who in (one, other):
        (held,) = queries.credentials_of(who, who.person_id)
        actions.reissue_credential(actor=cast["staff"], credential_id=held.id, reason="A new name.", now=NOW)
    revoke(cast, queries.credentials_of(one, one.person_id)[0])
    waiting = [a.id for a in queries.waiting_awards(registrar)]
    decided = actions.approve_awards(award_ids=waiting, **approve)
    assert decided.issued == 1
    assert [(failure.learner_id, failure.code) for failure in decided.failed] == [(one.person_id, "revocation_stands")]
    assert queries.waiting_awards(registrar) == ()
    assert states(other) == [CredentialState.ACTIVE, CredentialState.SUPERSEDED]


def test_a_revoked_course_certificate_and_commendation_stay_so(cast) -> None:
    learner, staff = cast["learner"], cast["staff"]
    verify_track(learner)
    freeze(learner, 78)
    (held,) = queries.credentials_of(learner, learner.person_id)
    revoke(cast, held)
    freeze(learner, 83, reason="A problem was wrong.")
    assert states(learner, IssueKind.COURSE) == [CredentialState.REVOKED]
    with pytest.raises(Refused) as no:
        actions.issue_course_certificate(actor=staff, learner_id=learner.person_id, run_id=RUN, now=NOW)
    assert no.value.code == "revocation_stands"
    lift(staff, held)
    actions.issue_course_certificate(actor=staff, learner_id=learner.person_id, run_id=RUN, now=NOW)
    assert states(learner, IssueKind.COURSE) == [CredentialState.ACTIVE, CredentialState.REVOKED]
    told = {"institution": "MITx", "about": "MITx/SCM", "title": "Best", "reason": "A rare idea.", "now": NOW}
    commended = actions.issue_commendation(actor=staff, learner_id=learner.person_id, **told)
    revoke(cast, commended)
    with pytest.raises(Refused):
        actions.issue_commendation(actor=staff, learner_id=learner.person_id, **told)


@pytest.mark.parametrize("change", ["revoke_credential", "suspend_credential"])
def test_a_parent_program_does_not_count_a_part_whose_credential_does_not_count(cast, change) -> None:
    learner, staff = cast["learner"], cast["staff"]
    told = {"actor": staff, "now": NOW}
    add_program(**told, institution="MITx", code="All", title="All", summary="", kind="MicroMasters")
    tree = {"program": "MITx/SCM"}
    publish_requirements(**told, program_key="MITx/All", catalogue_year=2018, requirements=tree, valid_from=NOW.date())
    put_grades(learner)
    complete = lambda: queries.program_completion(SYSTEM, learner.person_id, "MITx/All", NOW)  # noqa: E731
    assert complete().complete, "by the tree of the part alone"
    held = award(learner)
    assert complete().complete
    getattr(actions, change)(**told, credential_id=held.id, reason="So.")
    judged = complete()
    word = "revoked" if change == "revoke_credential" else "suspended"
    assert not judged.complete
    assert [part.reason() for part in judged.lacking] == [f"MITx/SCM: its credential is {word}"]


def test_a_refused_award_stands_until_a_person_prepares_it_again(cast) -> None:
    learner, staff, registrar = cast["learner"], cast["staff"], ask_for_four_eyes()
    put_grades(learner)
    award(learner)
    (waiting,) = queries.waiting_awards(registrar)
    actions.refuse_award(actor=registrar, award_id=waiting.id, reason="Look again.", now=NOW)
    another_passed_result(learner)
    assert missing() == actions.Progress(0)
    assert queries.waiting_awards(registrar) == ()
    (refused,) = queries.refused_awards(staff)
    assert (refused.id, refused.state, refused.reason) == (waiting.id, AwardState.REFUSED, "Look again.")
    again = {"award_id": waiting.id, "now": NOW}
    for actor in (SYSTEM, learner, cast["registrar"]):
        with pytest.raises(NotPermitted):
            actions.prepare_again(actor=actor, reason="Looked.", **again)
    with pytest.raises(Unusable):
        actions.prepare_again(actor=staff, reason="", **again)
    later = again | {"now": NOW.replace(hour=13)}
    actions.prepare_again(actor=staff, reason="Looked: the exam was hers.", **later)
    with pytest.raises(Refused):
        actions.prepare_again(actor=staff, reason="Twice.", **later)
    (now,) = queries.waiting_awards(registrar)
    assert (now.reason, [one.reason for one in now.objections]) == ("Looked: the exam was hers.", ["Look again."])
    assert queries.refused_awards(staff) == ()


def test_the_desk_and_the_api_lift_and_prepare_again(cast, client) -> None:
    learner, registrar = cast["learner"], ask_for_four_eyes()
    put_grades(learner)
    award(learner)
    (waiting,) = queries.waiting_awards(registrar)
    actions.refuse_award(actor=registrar, award_id=waiting.id, reason="Look again.", now=NOW)
    client.force_login(get_user_model().objects.get(id=cast["staff"].person_id))
    assert b"Prepare it again" in client.get("/desk/credentials/").content
    assert client.post(f"/desk/credentials/awards/{waiting.id}/", {"reason": "Looked."}).status_code == 302
    (again,) = queries.waiting_awards(registrar)
    actions.approve_awards(actor=registrar, award_ids=[again.id], now=NOW)
    (held,) = queries.credentials_of(learner, learner.person_id)
    revoke(cast, held)
    assert b"Lift the revocation" in client.get(f"/desk/credentials/{held.id}/").content
    assert client.post(f"/desk/credentials/{held.id}/", {"do": "lift", "reason": "Wrong."}).status_code == 302
    (lifted,) = queries.credentials_of(learner, learner.person_id)
    assert (lifted.lifted_by, lifted.lift_reason) == (cast["staff"].name, "Wrong.")
    asked = {"data": json.dumps({"reason": "Wrong."}), "content_type": "application/json"}
    answer = client.post(f"/api/v1/desks/credentials/{held.id}/lift", **asked, headers={"Idempotency-Key": "one"})
    assert answer.json() == {"done": True}
    answer = client.post(f"/api/v1/desks/awards/{again.id}/again", **asked, headers={"Idempotency-Key": "two"})
    assert (answer.status_code, answer.json()["type"].rpartition(":")[2]) == (409, "award_not_refused")
