"""Credit after joining, once; a revoked credential opens a case by itself; a registrar reverses, nothing is deleted."""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from tests.admissions.test_actions import HES, admissible, apply, opened
from tests.factories.people import NOW, SYSTEM, person
from tests.factories.world import load_world

from linkspan.admissions import actions as admissions
from linkspan.admissions.queries import application
from linkspan.admissions.rules.applications import Mode
from linkspan.catalog.queries import price_in_force
from linkspan.credentials.actions import revoke_credential
from linkspan.credentials.queries import credentials_of
from linkspan.finance.queries import ledger_balanced, tuition_forgone
from linkspan.kernel import audit, outbox
from linkspan.kernel.errors import NotFound, NotPermitted, Refused, Unusable
from linkspan.kernel.ids import new_id
from linkspan.messages.queries import notices_of
from linkspan.pathways.actions import publish_version
from linkspan.pathways.queries import agreement_version, stored_audit
from linkspan.recognition import actions, queries
from linkspan.recognition.rules.awards import AwardState
from linkspan.recognition.rules.plan import PlaceState
from linkspan.records.actions import grade_fact, record_fact

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=5)


@pytest.fixture
def cast():
    return load_world()


@pytest.fixture
def learner(cast):
    """A holder of the credential who also took the admission course."""
    return entitled(cast)


def entitled(cast):
    learner = admissible(cast, "Ana A")
    fact = grade_fact(
        institution="HES",
        course="MGMT-E-1000",
        scale="letter",
        value="B+",
        completed="2018-09-01",
        started=None,
        run="run",
    )
    record_fact(actor=SYSTEM, learner_id=learner.person_id, institution="HES", fact=fact, source="test", now=NOW)
    return learner


def accepted(cast, learner):
    made = apply(learner, opened(Mode.ROLLING, None, HES))
    staff = cast["hes-admissions"]
    admissions.decide_application(actor=staff, application_id=made.id, admit=True, reason="", now=NOW)
    return admissions.answer_offer(actor=learner, application_id=made.id, accept=True, now=NOW)


def join(cast, application_id, now=NOW):
    joined = admissions.confirm_joining(actor=cast["hes-admissions"], application_id=application_id, now=now)
    outbox.drain(now=now)
    return joined


@pytest.fixture
def joined(cast, learner):
    return join(cast, accepted(cast, learner).id)


def revoke(cast, learner, now=LATER):
    (held,) = credentials_of(learner, learner.person_id)
    revoke_credential(actor=cast["staff"], credential_id=held.id, reason="Issued in error.", now=now)
    outbox.drain(now=now)


def test_credit_plan_and_forgone_tuition_follow_joining(cast, learner, joined) -> None:
    awards = queries.awards_of(learner, learner.person_id)
    (plan,) = queries.degree_plans(learner, learner.person_id)
    assert len(awards) == plan.waived
    assert plan.waived + plan.left == len(plan.places)
    assert plan.count(PlaceState.DONE) == 1
    assert plan.places[-1].state == PlaceState.LOCKED
    document = joined.round.agreement_id
    assert {award.agreement_id for award in awards} == {document}
    price = tuition_forgone(learner, learner.person_id)
    assert price.minor > 0
    assert price.minor % len(awards) == 0
    assert ledger_balanced()
    assert "Credit was recognised" in [notice.title for notice in notices_of(learner)]


def published(recognition, **more):
    """HES's agreement under another name, with these clauses."""
    document = {**agreement_version(HES, 1).document, "id": "hes-copy", "status": "active", **more}
    publish_version(actor=SYSTEM, document={**document, "recognition": recognition}, now=NOW)
    return "hes-copy"


BLOCK = {"clause": "4", "block": ["SC0x", "SC1x"], "slot": "elective", "credits": 4, "times": 2}
TOGETHER = {
    "clause": "6",
    "all_of": ["SC2x", "SC3x"],
    "gives": [{"slot": "elective", "credits": 4}, {"slot": "core", "credits": 4}],
}
LEFT = {"clause": "7", "each_of": ["SC0x", "SC4x"], "slot": "elective", "credits": 4}


def test_what_the_audit_promised_is_posted_place_by_place(cast, learner) -> None:
    name = published([BLOCK, TOGETHER, LEFT], caps=[])
    made = apply(learner, opened(Mode.ROLLING, None, name))
    staff = cast["hes-admissions"]
    admissions.decide_application(actor=staff, application_id=made.id, admit=True, reason="", now=NOW)
    admissions.answer_offer(actor=learner, application_id=made.id, accept=True, now=NOW)
    told = join(cast, made.id)
    promised = stored_audit(SYSTEM, told.audit_id).result
    awards = queries.awards_of(learner, learner.person_id)
    assert [(a.slot, a.course, a.credits, a.places, a.courses) for a in awards] == [
        ("elective", "credential SCM", 8, 2, ("SC0x", "SC1x", "credential SCM")),
        ("elective", "SC2x + SC3x", 4, 1, ("SC2x", "SC3x")),
        ("core", "SC2x + SC3x", 4, 1, ("SC2x", "SC3x")),
        ("elective", "SC4x", 4, 1, ("SC4x",)),
    ]
    assert [(a.slot, a.course, float(a.credits)) for a in awards] == [
        (row["slot"], row["course"], float(row["credits"])) for row in promised["recognised"]
    ]
    (plan,) = queries.degree_plans(learner, learner.person_id)
    places = sum(a.places for a in awards)
    assert plan.waived == places == 5
    forgone = tuition_forgone(learner, learner.person_id)
    assert forgone == price_in_force("degree-course:HES", NOW.date()) * places
    assert [e.after["withheld"] for e in audit.trail_of(f"recognition.application:{made.id}")] == [[]]


def test_a_repeat_posts_nothing(learner, joined) -> None:
    before = tuition_forgone(learner, learner.person_id)
    counts = {
        actions.award_credit(
            actor=SYSTEM,
            learner_id=learner.person_id,
            application_id=joined.id,
            audit_id=joined.audit_id,
            now=LATER,
        )
        for _ in range(2)
    }
    assert counts == {len(queries.awards_of(learner, learner.person_id))}
    assert tuition_forgone(learner, learner.person_id) == before
    entries = audit.trail_of(f"recognition.application:{joined.id}")
    assert [entry.verb for entry in entries] == ["award_credit"]


def test_no_credit_before_joining_nor_by_a_person(cast, learner) -> None:
    offer = accepted(cast, learner)
    told = {"learner_id": learner.person_id, "application_id": offer.id, "audit_id": offer.audit_id, "now": NOW}
    with pytest.raises(Refused, match="joining"):
        actions.award_credit(actor=SYSTEM, **told)
    with pytest.raises(NotPermitted):
        actions.award_credit(actor=cast["registrar"], **told)
    join(cast, offer.id)
    with pytest.raises(Refused):
        actions.award_credit(actor=SYSTEM, **(told | {"learner_id": new_id()}))
    assert application(SYSTEM, offer.id).state == "joined"


def test_a_revoked_credential_opens_one_case_by_itself(cast, learner, joined) -> None:
    revoke(cast, learner)
    (case,) = queries.open_cases(cast["registrar"])
    assert (case.application_id, case.reason) == (joined.id, "Issued in error.")
    (held,) = credentials_of(learner, learner.person_id)
    told = {"learner_id": learner.person_id, "credential_id": held.id, "reason": "again", "now": LATER}
    assert actions.open_case(actor=SYSTEM, **told) == 0
    with pytest.raises(NotPermitted):
        actions.open_case(actor=cast["registrar"], **told)
    assert all(award.state == AwardState.ACTIVE for award in queries.awards_of(learner, learner.person_id))


def test_both_sides_see_the_case_and_what_to_do(cast, learner, joined) -> None:
    revoke(cast, learner)
    assert "The credit of your degree is looked at again" in [notice.title for notice in notices_of(learner)]
    assert "A recognition case waits for a decision" in [n.title for n in notices_of(cast["registrar"])]
    page, desk = Client(), Client()
    page.force_login(get_user_model().objects.get(id=learner.person_id))
    desk.force_login(get_user_model().objects.get(id=cast["registrar"].person_id))
    assert "Your credit stands until the registrar" in page.get("/degree/").content.decode()
    assert ">Ana A</a>" in desk.get("/desk/cases/").content.decode()
    (case,) = queries.open_cases(cast["registrar"])
    shown = " ".join(desk.get(f"/desk/cases/{case.id}/").content.decode().split())
    file = queries.case_file(cast["registrar"], case.id)
    assert "Keep credit" in shown and "Course and original grade" in shown and file.awards
    assert all(row.earned and row.earned[0].grade in shown for row in file.awards if row.effect == "credit")
    assert file.tuition and f"Tuition waived for it now: {file.tuition.in_words('en')}" in shown
    before = " ".join(
        desk.post(f"/desk/cases/{case.id}/", {"do": "reverse", "reason": "Revoked."}).content.decode().split()
    )
    assert "Tuition waived" in before and "<strong>reversed</strong>" in before and "1 person gets a message" in before
    assert queries.case_for(cast["registrar"], case.id).closed_at is None
    with pytest.raises(NotFound):
        queries.case_file(person("Far Away", ("registrar", "RIT")), case.id)
    close(cast["registrar"], case.id, reverse=False)
    assert ">Ana A</a>" not in desk.get("/desk/cases/").content.decode()
    assert ">Ana A</a>" in desk.get("/desk/cases/?state=closed").content.decode()
    assert "Keep credit" not in desk.get(f"/desk/cases/{case.id}/").content.decode()
    assert "Your credit stands until" not in page.get("/degree/").content.decode()
    assert queries.cases_of(person("Nobody"), learner.person_id) == {}


def test_another_credential_is_no_ground(learner, joined) -> None:
    told = {"learner_id": learner.person_id, "credential_id": new_id(), "reason": "Another one.", "now": LATER}
    assert actions.open_case(actor=SYSTEM, **told) == 0


def test_a_credential_revoked_between_offer_and_joining_opens_the_case_at_once(cast, learner) -> None:
    offer = accepted(cast, learner)
    revoke(cast, learner)
    assert queries.open_cases(cast["registrar"]) == ()
    join(cast, offer.id, now=LATER)
    assert len(queries.open_cases(cast["registrar"])) == 1


def close(actor, case_id, reverse, reason="Looked at."):
    actions.close_case(actor=actor, case_id=case_id, reverse=reverse, reason=reason, now=LATER)


def test_reversal_keeps_the_awards_and_turns_the_ledger(cast, learner, joined) -> None:
    revoke(cast, learner)
    (case,) = queries.open_cases(cast["registrar"])
    for _ in range(2):
        close(cast["registrar"], case.id, reverse=True)
    outbox.drain(now=LATER)
    assert queries.open_cases(cast["registrar"]) == ()
    awards = queries.awards_of(learner, learner.person_id)
    assert awards
    assert {award.state for award in awards} == {AwardState.REVERSED}
    assert queries.degree_plans(learner, learner.person_id)[0].waived == 0
    assert tuition_forgone(learner, learner.person_id).minor == 0
    assert ledger_balanced()
    assert [notice.title for notice in notices_of(learner)].count("Credit was taken back") == 1


def test_a_case_can_leave_the_credit(cast, learner, joined) -> None:
    revoke(cast, learner)
    (case,) = queries.open_cases(cast["registrar"])
    close(cast["registrar"], case.id, reverse=False)
    assert all(award.state == AwardState.ACTIVE for award in queries.awards_of(learner, learner.person_id))
    assert tuition_forgone(learner, learner.person_id).minor > 0


def test_who_closes_and_how(cast, learner, joined) -> None:
    revoke(cast, learner)
    (case,) = queries.open_cases(cast["registrar"])
    for stranger in (learner, cast["hes-admissions"], person("Far Away", ("registrar", "MIT"))):
        with pytest.raises(NotPermitted):
            close(stranger, case.id, reverse=True)
    with pytest.raises(Unusable):
        close(cast["registrar"], case.id, reverse=True, reason=" ")
    with pytest.raises(NotFound):
        close(cast["registrar"], new_id(), reverse=True)
    with pytest.raises(NotPermitted):
        queries.open_cases(learner)


def test_staff_of_another_school_see_nothing(cast, learner, joined) -> None:
    for stranger in (cast["mit-admissions"], person("Nosy One")):
        assert queries.awards_of(stranger, learner.person_id) == ()
        assert queries.degree_plans(stranger, learner.person_id) == ()
    assert len(queries.degree_plans(cast["registrar"], learner.person_id)) == 1
