"""Course certificates, commendations, what stands in a badge, and what a regrade or a new name changes."""

import asyncio
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from tests.factories.awards import RUN, ask_for_four_eyes, freeze, verify_track
from tests.factories.news import News
from tests.factories.pdfs import pdf_with
from tests.factories.people import NOW, SYSTEM
from tests.factories.story import put_grades
from tests.factories.world import load_world

from linkspan.accounts.actions import check_identity, submit_identity
from linkspan.credentials import actions, queries
from linkspan.credentials.engines.seal import seal_pdf
from linkspan.credentials.rules import CredentialState, IssueKind
from linkspan.kernel import outbox
from linkspan.kernel.errors import NotPermitted, Refused, Unusable
from linkspan.kernel.ids import new_id
from linkspan.records.actions import record_fact
from linkspan.records.queries import learner_record
from linkspan.records.rules import Kind, NewFact

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=30)


@pytest.fixture
def cast():
    return load_world()


def held(learner, kind=None):
    return queries.credentials_of(learner, learner.person_id, kind)


def states(learner, kind=None):
    return [one.state for one in held(learner, kind)]


def regrade_exam(learner, percent: int) -> None:
    data = {"id": "CFx", "grade": {"scale": "percent", "value": str(percent)}, "proctored": True, "taken": "2018-06-01"}
    told = {"actor": SYSTEM, "learner_id": learner.person_id, "institution": "MITx", "source": "test", "now": LATER}
    record_fact(**told, fact=NewFact(Kind.EXAM_RESULT, "CFx", data), reason="Marked again.")
    outbox.drain(now=LATER)


def award(learner, actor=SYSTEM):
    return actions.issue_program_credential(actor=actor, learner_id=learner.person_id, program_key="MITx/SCM", now=NOW)


def test_a_frozen_passing_grade_on_the_verified_track_gives_a_certificate_by_itself(cast) -> None:
    learner = cast["learner"]
    verify_track(learner)
    freeze(learner, 78)
    (one,) = held(learner)
    assert (one.kind, one.achievement_key, one.title) == (IssueKind.COURSE, "MITx/SC0x", one.title)
    verdict = queries.judge(dict(one.document), NOW)
    assert verdict.verdict == "valid"
    assert {check.name: check.outcome for check in verdict.checks}["schema"] == "passed"
    assert one.document["credentialSubject"]["achievement"]["achievementType"] == "Course"
    again = actions.issue_course_certificate(actor=cast["staff"], learner_id=learner.person_id, run_id=RUN, now=NOW)
    assert again.id == one.id
    assert queries.certificate(one.id).startswith(b"%PDF")


@pytest.mark.parametrize(("verified", "percent", "code"), [(False, 78, "not_verified"), (True, 40, "not_passed")])
def test_no_certificate_otherwise(cast, verified, percent, code) -> None:
    learner = cast["learner"]
    if verified:
        verify_track(learner)
    freeze(learner, percent)
    assert held(learner) == ()
    with pytest.raises(Refused) as caught:
        actions.issue_course_certificate(actor=SYSTEM, learner_id=learner.person_id, run_id=RUN, now=NOW)
    assert caught.value.code == code


def test_a_regrade_supersedes_the_certificate_and_says_so_everywhere(cast) -> None:
    learner = cast["learner"]
    verify_track(learner)
    freeze(learner, 78)
    (old,) = held(learner)
    news = News()
    news(NOW)
    freeze(learner, 83, reason="A problem was wrong.", now=LATER)
    assert news(LATER) == [("Amara Sample", "credential_superseded")]
    new, before = held(learner)
    assert (new.state, before.state, before.successor) == (CredentialState.ACTIVE, CredentialState.SUPERSEDED, new.id)
    verdict = queries.judge(dict(old.document), LATER)
    status = next(check for check in verdict.checks if check.name == "status")
    assert (status.code, verdict.verdict) == ("superseded", "invalid")
    assert str(new.id) in status.message
    assert queries.judge(dict(new.document), LATER).verdict == "valid"
    assert new.document["credentialSubject"]["result"][0]["value"] == "83"


def test_a_regrade_below_passing_suspends_and_staff_decide(cast) -> None:
    learner = cast["learner"]
    verify_track(learner)
    freeze(learner, 78)
    freeze(learner, 40, reason="Work that was not the learner's own.", now=LATER)
    (one,) = held(learner)
    assert one.state == CredentialState.SUSPENDED
    assert "passing grade" in one.state_reason
    assert queries.judge(dict(one.document), LATER).verdict == "invalid"
    news = News()
    news(LATER)
    actions.reinstate_credential(actor=cast["staff"], credential_id=one.id, reason="Cleared.", now=LATER)
    assert news(LATER) == [("Amara Sample", "credential_reinstated")]
    assert queries.judge(dict(one.document), LATER).verdict == "valid"


def test_a_regraded_exam_issues_the_program_again_and_the_record_tells(cast) -> None:
    learner = cast["learner"]
    put_grades(learner)
    award(learner)
    regrade_exam(learner, 81)
    assert states(learner) == ["active", "superseded"]
    standing = {row["status"] for row in learner_record(learner, learner.person_id)["credentials"]}
    assert standing == {"active", "superseded"}
    regrade_exam(learner, 20)
    assert states(learner) == ["suspended", "superseded"]
    assert "CFx: 20%, 60% needed" in held(learner)[0].state_reason


def test_a_new_name_issues_again_and_the_file_names_nobody_unless_the_holder_chose(cast) -> None:
    learner = cast["learner"]
    put_grades(learner)
    old = award(learner)
    assert "Amara" not in json.dumps(old.document)
    check = submit_identity(
        actor=learner, learner_id=learner.person_id, legal_name="Amara New Sample", document=b"%PDF-1.7 scan", now=LATER
    )
    check_identity(actor=cast["staff"], check_id=check, accept=True, reason="", now=LATER)
    outbox.drain(now=LATER)
    assert [(one.state, one.holder_name) for one in held(learner)] == [
        ("active", "Amara New Sample"),
        ("superseded", "Amara Sample"),
    ]
    actions.choose_display(actor=learner, learner_id=learner.person_id, shows_name=True, now=LATER)
    named = actions.reissue_credential(
        actor=cast["staff"], credential_id=held(learner)[0].id, reason="Asked for.", now=LATER
    )
    assert "Amara New Sample" in json.dumps(named.document)
    with pytest.raises(NotPermitted):
        actions.choose_display(actor=cast["staff"], learner_id=learner.person_id, shows_name=True, now=LATER)


def test_a_bound_did_takes_the_place_of_the_address(cast) -> None:
    learner, did = cast["learner"], "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doK"
    actions.bind_did(actor=SYSTEM, learner_id=learner.person_id, did=did, now=NOW)
    with pytest.raises(Unusable):
        actions.bind_did(actor=SYSTEM, learner_id=learner.person_id, did="urn:x", now=NOW)
    put_grades(learner)
    subject = award(learner).document["credentialSubject"]
    assert subject["id"] == did
    assert "identifier" not in subject


def test_results_letters_alignment_and_evidence(cast) -> None:
    learner = cast["learner"]
    policy = {"course_weight": "60", "exam_weight": "40", "pass_percent": "60", "bands": {"A": "90", "B": "75"}}
    told = {"actor": cast["staff"], "program_key": "MITx/SCM", "valid_from": NOW.date(), "now": NOW}
    actions.publish_grading_policy(**told, data=policy)
    actions.publish_grading_policy(**told, data=policy)
    with pytest.raises(Refused):
        actions.publish_grading_policy(**told, data=policy | {"pass_percent": "50"})
    aligned = {
        "targetName": "Supply chain design",
        "targetUrl": "https://credentials.example/ce-1",
        "targetCode": "ce-1",
        "targetType": "ceasn:Competency",
    }
    actions.align(actor=cast["staff"], achievement_key="MITx/SCM", data=aligned, now=NOW)
    with pytest.raises(Unusable):
        actions.align(actor=cast["staff"], achievement_key="MITx/SCM", data=aligned | {"more": "x"}, now=NOW)
    with pytest.raises(NotPermitted):
        actions.align(actor=cast["registrar"], achievement_key="MITx/SCM", data=aligned, now=NOW)
    put_grades(learner)
    one = award(learner)
    subject = one.document["credentialSubject"]
    assert {"type": ["Alignment"], **aligned} in subject["achievement"]["alignment"]
    assert one.document["evidence"][0]["name"] == "CFx"
    results = queries.judge(dict(one.document), NOW).achievement["results"]
    assert {"name": "Supply Chain Management", "value": "75.6"} in results
    assert {"name": "Supply Chain Management, letter grade", "value": "B"} in results
    assert one.document["credentialStatus"]["statusPurpose"] == "revocation"
    assert subject["achievement"]["image"]["id"].endswith("/badges/MITx/SCM.png")
    assert subject["achievement"]["criteria"]["narrative"].startswith("MITx/SC0x: 60% or more; ")
    whole = subject["achievement"]["resultDescription"][-1]
    assert [level["name"] for level in whole["rubricCriterionLevel"]][-3:] == ["A-", "A", "A+"]
    reached = next(level for level in whole["rubricCriterionLevel"] if level["name"] == "B")
    assert subject["result"][-1]["achievedLevel"] == reached["id"]


def test_the_grading_policy_may_ask_for_the_exam(cast) -> None:
    policy = {"course_weight": "60", "exam_weight": "40", "pass_percent": "60", "exam_pass_percent": "80"}
    actions.publish_grading_policy(
        actor=cast["staff"], program_key="MITx/SCM", data=policy, valid_from=NOW.date(), now=NOW
    )
    put_grades(cast["learner"])
    with pytest.raises(Refused) as caught:
        award(cast["learner"])
    assert caught.value.reasons[0].startswith("program grade: ")
    assert "CFx: the exam itself must be passed with 80%" in caught.value.reasons[0]


def commend(actor, learner_id, **changes):
    told = {"institution": "MITx", "about": "MITx/SCM", "title": "Best project", "reason": "A rare idea.", "now": NOW}
    return actions.issue_commendation(actor=actor, learner_id=learner_id, **(told | changes))


def test_commendations_by_staff_with_a_reason(cast) -> None:
    learner, staff = cast["learner"], cast["staff"]
    one = commend(staff, learner.person_id)
    assert commend(staff, learner.person_id).id == one.id
    achievement = one.document["credentialSubject"]["achievement"]
    assert (achievement["achievementType"], achievement["criteria"]["narrative"]) == ("Award", "A rare idea.")
    assert queries.judge(dict(one.document), NOW).verdict == "valid"
    assert commend(staff, learner.person_id, title="另一個").id != one.id
    for actor in (cast["registrar"], learner, SYSTEM):
        with pytest.raises(NotPermitted):
            commend(actor, learner.person_id)
    for change in ({"reason": " "}, {"title": ""}, {"title": "x" * 201}, {"about": "HES/X"}):
        with pytest.raises(Unusable):
            commend(staff, learner.person_id, **change)


def test_what_has_ended_changes_no_more(cast) -> None:
    staff, one = cast["staff"], commend(cast["staff"], cast["learner"].person_id)
    told = {"actor": staff, "credential_id": one.id, "reason": "Made in error.", "now": NOW}
    for _ in range(2):
        actions.suspend_credential(**told)
    for _ in range(2):
        actions.revoke_credential(**told)
    for verb in (actions.suspend_credential, actions.reinstate_credential, actions.reissue_credential):
        with pytest.raises(Refused):
            verb(**told)
    with pytest.raises(NotPermitted):
        actions.suspend_credential(**(told | {"actor": cast["registrar"]}))


def test_four_eyes(cast) -> None:
    learner, staff, registrar = cast["learner"], cast["staff"], ask_for_four_eyes()
    put_grades(learner)
    with pytest.raises(Refused, match="waits"):
        award(learner, staff)
    with pytest.raises(Refused, match="waits"):
        award(learner)
    assert held(learner) == ()
    assert queries.waiting_awards(staff) == ()
    (waiting,) = queries.waiting_awards(registrar)
    assert waiting.prepared_by == staff.name
    for actor in (staff, cast["registrar"], learner, SYSTEM):
        with pytest.raises(NotPermitted):
            actions.approve_awards(actor=actor, award_ids=[waiting.id], now=NOW)
    decided = actions.approve_awards(actor=registrar, award_ids=[waiting.id, new_id()], now=NOW)
    assert (decided.issued, decided.failed) == (1, ())
    assert actions.approve_awards(actor=registrar, award_ids=[waiting.id], now=NOW).issued == 0
    assert queries.judge(dict(held(learner)[0].document), NOW).verdict == "valid"


def test_a_refused_award_may_be_prepared_again_and_one_whose_ground_went_ends(cast) -> None:
    learner, staff, registrar = cast["learner"], cast["staff"], ask_for_four_eyes()
    put_grades(learner)
    actions.award_program(actor=SYSTEM, learner_id=learner.person_id, program_key="MITx/SCM", now=NOW)
    for minutes in (1, 2):
        (waiting,) = queries.waiting_awards(registrar)
        with pytest.raises(Unusable):
            actions.refuse_award(actor=registrar, award_id=waiting.id, reason=" ", now=NOW)
        actions.refuse_award(actor=registrar, award_id=waiting.id, reason="Look again.", now=NOW)
        assert queries.waiting_awards(registrar) == ()
        later = NOW + timedelta(minutes=minutes)
        actions.prepare_again(actor=staff, award_id=waiting.id, reason="Looked.", now=later)
    (waiting,) = queries.waiting_awards(registrar)
    regrade_exam(learner, 20)
    (failure,) = actions.approve_awards(actor=registrar, award_ids=[waiting.id], now=LATER).failed
    assert failure.code == "program_incomplete"
    assert held(learner) == ()


def test_a_regrade_under_four_eyes_leaves_the_old_one_until_it_is_approved(cast) -> None:
    learner = cast["learner"]
    put_grades(learner)
    award(learner)
    registrar = ask_for_four_eyes()
    regrade_exam(learner, 81)
    assert states(learner) == ["active"]
    (waiting,) = queries.waiting_awards(registrar)
    assert waiting.supersedes == held(learner)[0].id
    actions.approve_awards(actor=registrar, award_ids=[waiting.id], now=LATER)
    assert states(learner) == ["active", "superseded"]


def test_who_may_choose_four_eyes(cast) -> None:
    told = {"institution": "MITx", "four_eyes": False, "now": NOW}
    for actor in (cast["staff"], cast["registrar"], cast["learner"]):
        with pytest.raises(NotPermitted):
            actions.set_four_eyes(actor=actor, **told)
    assert queries.takes_four_eyes("A school that chose nothing")


def test_a_pdf_is_sealed_where_somebody_else_runs_a_loop(settings) -> None:
    async def beside_a_loop() -> bytes:
        return seal_pdf(pdf_with(b"", 1), seal=Path(str(settings.PDF_SEAL)), reason="Check it")

    # In a thread of its own: a browser of another test may keep a loop in this one.
    with ThreadPoolExecutor(1) as thread:
        assert b"/DocMDP" in thread.submit(asyncio.run, beside_a_loop()).result()
