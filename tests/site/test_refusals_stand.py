"""A no stands until a person decides otherwise: the newest decision decides, and who decides anew sees the earlier."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from tests.admissions.test_actions import admissible, apply, opened, state
from tests.factories import exams as make
from tests.factories.people import NOW, browser, person
from tests.factories.story import put_grades
from tests.factories.world import load_world
from tests.institutions.test_joining import proved, registered, reviewed

from linkspan.accounts.actions import check_identity, submit_identity
from linkspan.admissions import actions as admissions
from linkspan.admissions import queries as admissions_queries
from linkspan.admissions.models import ApplicationRow
from linkspan.admissions.rules.applications import Mode, State
from linkspan.credentials.actions import revoke_credential
from linkspan.credentials.models import CredentialRow
from linkspan.exams import actions as exams
from linkspan.exams import queries as exam_queries
from linkspan.exams.rules import extra_percent
from linkspan.finance import actions as finance
from linkspan.finance import queries as finance_queries
from linkspan.institutions.queries.joining import registrations_to_review
from linkspan.kernel import audit
from linkspan.kernel.errors import Refused
from linkspan.kernel.money import Money
from linkspan.kernel.reasons import as_told
from linkspan.records import actions as records
from linkspan.records.rules import Kind, NewFact

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(days=1)
TERMS = {"tiers": [{"up_to": "1", "percent": "50"}], "default_threshold": 1_000_000}


@pytest.fixture
def cast():
    return load_world()


def test_a_refused_price_by_need_counts_after_an_older_approval(cast) -> None:
    staff, learner = cast["staff"], person("Lena Learner")
    told = {"institution": "MITx", "currency": "USD", "terms": TERMS, "valid_from": date(2018, 1, 1), "now": NOW}
    finance.set_schedule(actor=staff, **told)

    def decided(approve: bool, now) -> None:
        asked = finance.ask_for_need(
            actor=learner, institution="MITx", income=Money(900_000, "USD"), country="KE", document=b"x", now=now
        )
        decision = {"approve": approve, "percent": None, "reason": "The payslip is another's.", "now": now}
        finance.decide_need(actor=staff, request_id=asked, **decision)

    def off(now) -> Decimal | None:
        return finance_queries.need_percent(learner.person_id, "MITx", now)

    decided(True, NOW)
    assert off(LATER) == Decimal(50)
    decided(False, LATER)
    assert off(LATER) is None
    finance.ask_for_need(
        actor=learner, institution="MITx", income=Money(900_000, "USD"), country="KE", document=b"y", now=LATER
    )
    assert off(LATER) is None, "asking again changes nothing by itself"
    (waiting,) = finance_queries.need_queue(staff)
    assert [one.reason for one in waiting.refused_before] == ["The payslip is another's."]
    page = browser(staff).get("/desk/money/").content.decode()
    assert "Refused before" in page and "The payslip is another&#x27;s." in page


def test_an_appealed_approval_holds_until_the_appeal_is_decided(cast) -> None:
    staff, learner = cast["staff"], person("Lena Learner")
    told = {"institution": "MITx", "currency": "USD", "terms": TERMS, "valid_from": date(2018, 1, 1), "now": NOW}
    finance.set_schedule(actor=staff, **told)
    asked = finance.ask_for_need(
        actor=learner, institution="MITx", income=Money(900_000, "USD"), country="KE", document=b"x", now=NOW
    )
    finance.decide_need(actor=staff, request_id=asked, approve=True, percent=Decimal(20), reason="Less.", now=NOW)
    finance.appeal_need(actor=learner, request_id=asked, statement="More.", now=LATER)
    assert finance_queries.need_percent(learner.person_id, "MITx", LATER) == Decimal(20)


def test_refused_extra_time_stands_and_is_shown_to_who_decides_anew(cast) -> None:
    make.put_exam()
    learner, staff, sitting = cast["learner"], cast["staff"], make.put_sitting()
    make.authorise(learner, cast)
    ask = {"actor": learner, "code": "CFx", "document": None}

    def decide(request, approve, reason="", now=NOW):
        told = {"accommodation_id": request, "approve": approve, "reason": reason, "now": now}
        exams.decide_accommodation(actor=staff, **told)

    (first,) = exams.request_accommodations(asked=[extra_percent(50)], now=NOW, **ask)
    decide(first, False, "No letter.")
    (second,) = exams.request_accommodations(asked=[extra_percent(25)], now=LATER, **ask)
    assert second != first
    (waiting,) = exam_queries.accommodation_queue(staff)
    assert (waiting.id, [one.reason for one in waiting.refused_before]) == (second, ["No letter."])
    assert "No letter." in browser(staff).get("/desk/exams/").content.decode()
    running = make.begin(cast, learner, sitting)
    assert running.deadline == NOW + timedelta(minutes=60)
    decide(second, True, now=LATER)
    with pytest.raises(Refused, match="decided since"):
        decide(first, True)
    told = [(one.asked.amount, one.state) for one in exam_queries.accommodations_of(learner, learner.person_id)]
    assert told == [(50, "refused"), (25, "approved")]


def test_the_newest_decision_on_extra_time_decides(cast) -> None:
    make.put_exam()
    learner, staff, sitting = cast["learner"], cast["staff"], make.put_sitting()
    make.authorise(learner, cast)
    (asked,) = exams.request_accommodations(
        actor=learner, code="CFx", asked=[extra_percent(50)], document=None, now=NOW
    )
    told = {"actor": staff, "accommodation_id": asked}
    exams.decide_accommodation(approve=True, reason="", now=NOW, **told)
    exams.decide_accommodation(approve=False, reason="The letter is not genuine.", now=NOW, **told)
    assert make.begin(cast, learner, sitting).deadline == NOW + timedelta(minutes=60)


def test_refused_evidence_is_shown_beside_a_new_version_and_beside_another_name_of_it(cast) -> None:
    learner, registrar = person("Ada Sample"), cast["mitx-registrar"]
    put_grades(learner)
    degree = {"level": "bachelor", "institution": "Example University"}

    def declare(key, **more):
        fact = NewFact(Kind.DEGREE, key, degree | more)
        return records.declare_fact(actor=learner, learner_id=learner.person_id, fact=fact, document=b"%PDF-1", now=NOW)

    refused = {"actor": registrar, "accept": False, "findings": {}, "reason": "Not legible.", "now": NOW}
    records.check_evidence(fact_id=declare("b"), **refused)
    client = browser(registrar)
    for key, more in (("b", {"field": "Physics"}), ("c", {})):
        made = declare(key, **more)
        page = client.get("/desk/checks/").content.decode()
        assert "Refused before" in page and "Not legible." in page
        records.check_evidence(actor=registrar, fact_id=made, accept=True, findings={}, reason="", now=NOW)


def test_a_refused_name_is_shown_beside_a_new_one(cast) -> None:
    learner, staff = person("Ada Sample"), cast["staff"]
    put_grades(learner)
    for name, document in (("Ada One", b"%PDF-1.7 x"), ("Ada Two", b"%PDF-1.7 y")):
        told = {"learner_id": learner.person_id, "legal_name": name, "document": document, "now": NOW}
        check = submit_identity(actor=learner, **told)
        if name == "Ada One":
            check_identity(actor=staff, check_id=check, accept=False, reason="Another face.", now=NOW)
    page = browser(staff).get("/desk/checks/").content.decode()
    assert "Refused before" in page and "Ada One" in page and "Another face." in page


def test_who_withdrew_is_told_so_and_is_not_shown_the_old_application_as_sent(cast) -> None:
    round_id = opened(Mode.ROLLING, 5)
    learner = admissible(cast, "Ana A")
    made = apply(learner, round_id)
    admissions.withdraw_application(actor=learner, application_id=made.id, now=NOW)
    with pytest.raises(Refused, match="You withdrew from this round") as no:
        apply(learner, round_id)
    assert no.value.code == "application_withdrawn" and state(made.id) == State.WITHDRAWN
    client = browser(learner)
    answer = client.post(f"/apply/{round_id}/", {"do": "send", "statement": "Again"})
    assert answer.status_code == 409 and "You withdrew" in answer.content.decode()
    page = client.get(f"/apply/{round_id}/").content.decode()
    assert "You withdrew from this round" in page and "This application is sent." not in page
    assert len(admissions_queries.applications_of(learner, learner.person_id)) == 1


def test_a_freed_seat_goes_to_who_meets_every_clause_at_that_moment(cast) -> None:
    staff = cast["mit-admissions"]
    round_id = opened(Mode.ROLLING, 1, actor=staff, automatic=True)
    first, second, third = (admissible(cast, name) for name in ("Ana A", "Bo B", "Cy C"))
    held, lost, waits = (apply(who, round_id).id for who in (first, second, third))
    credential = CredentialRow.objects.get(learner_id=second.person_id)
    revoke_credential(actor=cast["staff"], credential_id=credential.id, reason="Somebody else sat it.", now=LATER)
    before = ApplicationRow.objects.get(id=lost).audit_id
    admissions.answer_offer(actor=first, application_id=held, accept=False, now=LATER)
    assert (state(lost), state(waits)) == (State.NO_SEAT, State.OFFERED)
    row = ApplicationRow.objects.get(id=lost)
    assert row.eligibility != "met" and row.audit_id != before
    told = as_told(row.reasons)
    assert told[0] == "Judged anew when a seat came free, on 2018-10-04:" and len(told) > 1
    entries = [e for e in audit.newest_entries(50, subject=f"admissions.application:{lost}") if e.verb == "judge_anew"]
    assert len(entries) == 1 and told[1] in entries[0].why
    offered = ApplicationRow.objects.get(id=waits)
    assert offered.decided_at == LATER


@pytest.mark.parametrize("changed", [{"code": "OTHER"}, {"code": "OTHER", "domain": "elsewhere.example"}])
def test_a_refused_joining_is_shown_beside_a_new_one_of_the_same_domain_or_accreditation(changed) -> None:
    operator = person("Ola Operator", ("operator", None))
    applicant, another = person("First Applicant"), person("Second Applicant")
    first = registered(applicant)
    proved(applicant, first)
    reviewed(operator, first, accept=False, reason="Not in the register.")
    second = registered(another, **changed)
    proved(another, second)
    third = person("Third Applicant")
    proved(third, registered(third, code="THIRD", domain="third.example", accreditation_id="X-1"))
    told = {row.code: [one.reason for one in row.refused_before] for row in registrations_to_review(operator)}
    assert told == {"OTHER": ["Not in the register."], "THIRD": []}
    assert "Not in the register." in browser(operator).get("/desk/joining/").content.decode()
