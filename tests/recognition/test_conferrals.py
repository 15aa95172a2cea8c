"""Degrees conferred: by two registrars on a day, with a credential; undone until then, revoked by two afterwards."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from tests.factories.people import SYSTEM, person
from tests.recognition.test_actions import LATER, cast, join, joined, learner  # noqa: F401
from tests.recognition.test_by_hand import decide as decide_exception
from tests.recognition.test_by_hand import degree, second  # noqa: F401

from linkspan.credentials import queries as credentials
from linkspan.credentials.actions import revoke_credential
from linkspan.finance.models import ChargeRow
from linkspan.institutions.queries import institution
from linkspan.kernel import outbox
from linkspan.kernel.acts import Asked, look
from linkspan.kernel.errors import NotFound, NotPermitted, Refused, Unusable
from linkspan.kernel.ids import new_id
from linkspan.kernel.lists import Ask
from linkspan.kernel.models import JobFailureRow, OutboxDelivery, TrailEntry
from linkspan.messages.models import NoticeRow
from linkspan.recognition import actions, queries
from linkspan.recognition.models import CaseRow, ConferralListRow, ConferralRow, CreditAwardRow
from linkspan.recognition.rules import DegreeKind
from linkspan.records.actions import grade_fact, record_fact

pytestmark = pytest.mark.django_db
DAY = date(2018, 11, 1)
#: 1 November 2018 begins at the school, which is five or four hours behind, and the evening before.
BEGUN = LATER.replace(month=11, day=1, hour=5)


def refusal(error, act, *args, **told):
    """What an action refuses with."""
    with pytest.raises(error) as no:
        act(*args, **told)
    return no


def take(learner, *courses, on_campus=False):  # noqa: F811
    """Courses of the school on the learner's record."""
    for course in courses:
        fact = grade_fact(
            institution="HES",
            course=course,
            scale="letter",
            value="A",
            completed="2018-09-20",
            started=None,
            run=course,
        )
        fact = replace(fact, data={**fact.data, "on_campus": on_campus})
        record_fact(actor=SYSTEM, learner_id=learner.person_id, institution="HES", fact=fact, source="test", now=LATER)


def finish(cast, learner, degree, second):  # noqa: F811
    """Every requirement of the degree met, the capstone by an exception."""
    take(learner, *(f"MGMT-E-{number}" for number in range(2001, 2008)), on_campus=True)
    told = {"why": "The capstone.", "told": "Your capstone counts.", "now": LATER}
    registrar = cast["registrar"]
    open_slots = {one.slot for one in queries.judged([degree])[degree].audit.requirements if not one.met}
    for number, slot in enumerate(sorted(open_slots)):
        take(learner, f"CAP-{number}")
        made = actions.substitute_course(
            actor=registrar, application_id=degree, course=f"CAP-{number}", slot=slot, **told
        )
        if made.state == "waiting":
            decide_exception(second, made.id)
    outbox.drain(now=LATER)
    NoticeRow.objects.all().delete()


@pytest.fixture
def done(cast, learner, degree, second):  # noqa: F811
    finish(cast, learner, degree, second)
    return degree


def prepare(actor, *ids, kind=DegreeKind.MASTER, day=DAY, school="HES", now=LATER):
    return actions.prepare_conferral(actor=actor, institution=school, application_ids=ids, kind=kind, day=day, now=now)


def approve(actor, list_id, accept=True, reason="I looked at everybody.", now=LATER):
    return actions.decide_conferral(actor=actor, list_id=list_id, accept=accept, reason=reason, now=now)


def told(now=LATER) -> set:
    outbox.drain(now=now)
    assert not OutboxDelivery.objects.filter(state="waiting").exists()
    found = set(NoticeRow.objects.values_list("recipient_id", "kind"))
    NoticeRow.objects.all().delete()
    return found


def conferred(cast, second, done):  # noqa: F811
    made = prepare(cast["registrar"], done)
    approve(second, made.list.id)
    actions.confer_due(BEGUN)
    told(BEGUN)
    return ConferralRow.objects.get()


def credential_of(learner):  # noqa: F811
    return credentials.degrees_held(SYSTEM, learner.person_id).get("HES/ALM Management")


def test_what_is_open_is_named_and_who_is_ready_comes_first(cast, learner, degree, second) -> None:  # noqa: F811
    (found,) = queries.graduands(cast["registrar"], "HES")
    assert (found.ready, found.holds) == (False, ())
    assert {one.reason.code for one in found.open} == {"requirement_open", "campus_open"}
    no = refusal(Refused, prepare, cast["registrar"], degree)
    assert no.value.code == "nobody_ready" and "Core requirement" in str(no.value.reasons[0])
    finish(cast, learner, degree, second)
    (found,) = queries.graduands(cast["registrar"], "HES")
    assert (found.ready, found.open, found.audit.credits) == (True, (), 48)
    assert queries.graduands(cast["registrar"], "HES", "another") == ()


def test_a_degree_is_conferred_on_its_day_by_two_and_its_holder_is_told(cast, learner, done, second) -> None:  # noqa: F811
    registrar = cast["registrar"]
    assert institution("HES").time_zone == "America/New_York"
    made = prepare(registrar, done)
    assert (made.list.state, made.list.people, made.left) == ("waiting", 1, ())
    assert told() == {(second.person_id, "conferral_waits")}
    assert (queries.lists_waiting(second), queries.lists_waiting(registrar)) == (1, 0)
    assert queries.graduands(registrar, "HES") == (), "nobody is on two lists"
    assert refusal(Refused, prepare, registrar, done).value.code == "nobody_ready"
    assert refusal(Refused, approve, registrar, made.list.id).value.code == "prepared_conferral"
    refusal(Unusable, approve, second, made.list.id, reason=" ")
    asked = Asked(second, str(made.list.id), {"choice": "approve"}, "Yes.", LATER)
    seen = look(actions.DECIDE_CONFERRAL, asked)
    assert [(one.learner_id, one.before, one.after) for one in seen.changes] == [
        (learner.person_id, "waiting", "approved")
    ]
    approve(second, made.list.id)
    assert approve(second, made.list.id).done == ()
    assert refusal(Refused, approve, second, made.list.id, accept=False).value.code == "decided_already"
    assert told() == {(registrar.person_id, "conferral_approved")}
    actions.confer_due(BEGUN - timedelta(hours=2))
    assert ConferralRow.objects.get().state == "approved", "the day has not begun at the school"
    assert queries.conferrals_of(learner, learner.person_id) == {}, "nobody is told before"
    actions.confer_due(BEGUN)
    actions.confer_due(BEGUN)
    assert told(BEGUN) == {(learner.person_id, "degree_conferred")}
    assert (ConferralRow.objects.get().state, ConferralListRow.objects.get().state) == ("conferred", "done")
    held = credential_of(learner)
    subject = held.document["credentialSubject"]["achievement"]
    assert (subject["achievementType"], held.issuer, held.kind) == ("MasterDegree", "HES", "degree")
    assert subject["name"] == "Master of Liberal Arts, Management" and "2018-11-01" in subject["criteria"]["narrative"]
    assert credentials.judge(dict(held.document), BEGUN).verdict == "valid"
    part = queries.transcript(learner, done, BEGUN)["parts"][0]
    assert part["rows"] == [["Master of Liberal Arts, Management", "Nov 1, 2018", ""]]
    lines = queries.degree_record(learner, done, BEGUN).lines
    assert lines[0].achievement_type == "MasterDegree"
    assert queries.degrees_conferred(SYSTEM, "HES") == {learner.person_id}
    assert queries.my_degrees(learner)[done].credential.id == held.id
    assert not JobFailureRow.objects.exists()
    verbs = set(TrailEntry.objects.filter(subject__startswith="recognition.conferral").values_list("verb", flat=True))
    assert verbs == {"prepare_conferral", "decide_conferral", "confer_degree"}


def test_a_certificate_names_the_degree(cast, learner, done, second) -> None:  # noqa: F811
    conferred(cast, second, done)
    assert credentials.certificate(credential_of(learner).id).startswith(b"%PDF")


def test_who_is_held_back_is_left_out_when_it_is_approved_and_on_the_day(cast, learner, done, second) -> None:  # noqa: F811
    made = prepare(cast["registrar"], done)
    ChargeRow.objects.create(
        learner_id=learner.person_id, institution="HES", subject="x", minor=100, currency="USD", state="open", at=LATER
    )
    asked = Asked(second, str(made.list.id), {"choice": "approve"}, "Yes.", LATER)
    seen = look(actions.DECIDE_CONFERRAL, asked)
    assert [(one.one, one.reason.code) for one in seen.left] == [(str(learner.person_id), "not_complete")]
    actions.set_conferral_holds(actor=second, institution="HES", holds=["open_case"], now=LATER)
    approve(second, made.list.id)
    assert ConferralRow.objects.get().state == "approved", "the school does not ask for it any more"
    actions.set_conferral_holds(actor=second, institution="HES", holds=["unpaid_charges"], now=LATER)
    told()
    actions.confer_due(BEGUN)
    row = ConferralRow.objects.get()
    assert (row.state, row.why[0]["code"]) == ("left_out", "unpaid_charges")
    assert ConferralListRow.objects.get().state == "done" and credential_of(learner) is None
    assert told(BEGUN) == {(one.person_id, "conferral_held") for one in (cast["registrar"], second)}
    assert queries.my_degrees(learner)[done].holds and queries.my_degrees(learner)[done].complete


def test_a_list_is_called_off_and_people_are_taken_off_before_the_day(cast, learner, done, second) -> None:  # noqa: F811
    registrar = cast["registrar"]
    made = prepare(registrar, done)
    approve(second, made.list.id)
    told()
    off = actions.withdraw_conferral(actor=registrar, list_id=made.list.id, reason="Another day.", now=LATER)
    assert off.state == "called_off"
    assert actions.withdraw_conferral(actor=registrar, list_id=made.list.id, reason="Again.", now=LATER) == off
    actions.confer_due(BEGUN)
    assert ConferralRow.objects.get().state == "left_out" and told(BEGUN) == set()
    again = prepare(registrar, done, day=DAY + timedelta(days=1))
    told()
    one = ConferralRow.objects.get(listed=again.list.id)
    left = actions.leave_out(actor=second, conferral_id=one.id, reason="A grade is open.", now=LATER)
    assert (left.state, left.why) == ("left_out", ("A grade is open.",))
    assert ConferralListRow.objects.get(id=again.list.id).state == "called_off" and told() == set()
    refused = prepare(registrar, done)
    approve(second, refused.list.id, accept=False, reason="Not yet.")
    assert told() == {(second.person_id, "conferral_waits"), (registrar.person_id, "conferral_refused")}
    assert [one.ready for one in queries.graduands(registrar, "HES")] == [True]
    gone = refusal(Refused, actions.withdraw_conferral, actor=registrar, list_id=refused.list.id, reason="x", now=LATER)
    assert gone.value.code == "list_ended"


def test_a_degree_is_revoked_by_two_with_the_reason_for_the_learner(cast, learner, done, second) -> None:  # noqa: F811
    row, registrar = conferred(cast, second, done), cast["registrar"]
    held, now = credential_of(learner), BEGUN + timedelta(days=3)
    no = refusal(Refused, revoke_credential, actor=registrar, credential_id=held.id, reason="x", now=now)
    assert no.value.code == "degree_by_two", "nobody does it alone"
    ask = {"actor": registrar, "conferral_id": row.id, "why": "Case 12.", "told": "A thesis of another.", "now": now}
    refusal(Unusable, actions.ask_revocation, **ask | {"told": " "})
    actions.ask_revocation(**ask)
    assert told(now) == {(second.person_id, "revocation_waits")} and queries.lists_waiting(second) == 1
    assert refusal(Refused, actions.ask_revocation, **ask).value.code == "revocation_waits"
    decide = {"conferral_id": row.id, "accept": True, "reason": "The board agreed.", "now": now}
    no = refusal(Refused, actions.decide_revocation, actor=registrar, **decide)
    assert no.value.code == "prepared_conferral"
    kept = actions.decide_revocation(actor=second, **decide | {"accept": False})
    assert (kept.state, kept.asked_at) == ("conferred", None)
    assert told(now) == {(registrar.person_id, "revocation_refused")}
    actions.ask_revocation(**ask)
    done_ = actions.decide_revocation(actor=second, **decide)
    assert actions.decide_revocation(actor=second, **decide) == done_
    assert (done_.state, credential_of(learner).state_reason) == ("revoked", "A thesis of another.")
    found = told(now)
    assert (learner.person_id, "credential_revoked") in found
    assert {kind for who, kind in found if who == learner.person_id} == {"credential_revoked"}
    assert queries.degrees_conferred(SYSTEM, "HES") == frozenset()
    again = prepare(registrar, done, day=now.date() + timedelta(days=1), now=now)
    approve(second, again.list.id, now=now)
    later = now + timedelta(days=2)
    actions.confer_due(later)
    told(later)
    assert credential_of(learner).state == "active", "a second conferral has a credential of its own"


def test_who_may_and_what_is_unusable(cast, learner, done, second) -> None:  # noqa: F811
    registrar = cast["registrar"]
    far, dean = person("Far Registrar", ("registrar", "MIT")), person("Dean Here", ("dean", "HES"))
    for nobody in (learner, far, dean, cast["hes-admissions"]):
        refusal(NotPermitted, prepare, nobody, done)
        refusal(NotPermitted, queries.graduands, nobody, "HES")
        refusal(NotPermitted, actions.set_conferral_holds, actor=nobody, institution="HES", holds=[], now=LATER)
    for wrong, code in (
        ({"kind": "Knighthood"}, "kind_unusable"),
        ({"day": LATER.date() - timedelta(days=1)}, "day_out_of_range"),
        ({"day": LATER.date() + timedelta(days=400)}, "day_out_of_range"),
    ):
        assert refusal(Unusable, prepare, registrar, done, **wrong).value.code == code
    assert refusal(Unusable, prepare, registrar).value.code == "nobody_chosen"
    refusal(NotFound, prepare, registrar, done, new_id())
    made = prepare(registrar, done)
    row = ConferralRow.objects.get()
    for nobody in (learner, far, dean):
        refusal(NotPermitted, approve, nobody, made.list.id)
        refusal((NotFound, NotPermitted), queries.conferral_list_file, nobody, made.list.id)
        refusal((NotFound, NotPermitted), queries.conferral_file, nobody, row.id)
        refusal(NotPermitted, actions.leave_out, actor=nobody, conferral_id=row.id, reason="x", now=LATER)
    assert queries.conferrals_at(far, Ask()).rows == ()
    assert [one.state for one in queries.conferrals_at(registrar, Ask()).rows] == ["waiting"]
    unsure = actions.set_conferral_holds
    refusal(Unusable, unsure, actor=registrar, institution="HES", holds=["weather"], now=LATER)
    CaseRow.objects.create(
        learner_id=learner.person_id, institution="HES", credential_id=new_id(), application_id=done, reason="x",
        opened_at=LATER,
    )  # fmt: skip
    CreditAwardRow.objects.exclude(effect="substitute").update(state="reversed")
    told()
    assert [one.reason.code for one in approve(second, made.list.id).failed] == ["not_complete"]
    assert {one["code"] for one in ConferralRow.objects.get().why} == {"requirement_open", "open_case"}
