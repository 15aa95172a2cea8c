"""Cases on hold: no path decides before a person has looked, a seat is kept, and the desk sees the hold."""

import json

import pytest
from django.contrib.auth import get_user_model
from tests.admissions.test_actions import AFTER, MIT, admissible, apply, opened, state
from tests.factories.acts import match
from tests.factories.people import NOW, SYSTEM
from tests.factories.world import load_world

from linkspan.admissions import actions, queries
from linkspan.admissions.actions.appeals import decide_appeal
from linkspan.admissions.models import AppealRow, ApplicationRow
from linkspan.admissions.rules.applications import Mode, State
from linkspan.kernel import outbox
from linkspan.kernel.errors import Refused, Waits
from linkspan.messages.queries import notices_of
from linkspan.pathways.actions import publish_version
from linkspan.pathways.actions.holds import release_hold
from linkspan.pathways.queries.holds import waiting_holds
from linkspan.records.actions import check_evidence, declare_fact
from linkspan.records.rules import Kind, NewFact
from linkspan.site.sample.load import HERE

pytestmark = pytest.mark.django_db
HELD = "mit-with-a-hold"
TEXT = "Residence where a licence may be needed."


@pytest.fixture
def cast():
    cast = load_world()
    document = json.loads((HERE / "agreements" / f"{MIT}.v1.json").read_text())
    hold = {"clause": "H1", "text": TEXT, "rule": {"compare": ["residence", "in", ["XA"]]}}
    publish_version(actor=SYSTEM, document=document | {"id": HELD, "holds": [hold]}, now=NOW)
    return cast


def resides(cast, learner, country) -> None:
    fact = NewFact(Kind.RESIDENCE, "residence", {"country": country})
    declared = declare_fact(actor=learner, learner_id=learner.person_id, fact=fact, document=b"%PDF-1.7 scan", now=NOW)
    check_evidence(actor=cast["mitx-registrar"], fact_id=declared, accept=True, findings={}, reason="", now=NOW)


def applicant(cast, round_id, name, country, score=None):
    learner = admissible(cast, name)
    resides(cast, learner, country)
    made = apply(learner, round_id)
    if score is not None:
        actions.record_score(actor=cast["mit-admissions"], application_id=made.id, score=score, now=NOW)
    return learner, made.id


def release_all(cast) -> None:
    officer = cast["mit-admissions"]
    for case in waiting_holds(officer):
        release_hold(actor=officer, hold_id=case.id, reason="A licence covers it.", now=AFTER)


def test_a_matching_keeps_the_seat_of_who_waits(cast) -> None:
    round_id = opened(agreement=HELD, seats=2)
    first = applicant(cast, round_id, "Ana A", "XA", 900)
    others = [applicant(cast, round_id, n, "XC", s) for n, s in (("Bo B", 800), ("Cy C", 700))]
    officer = cast["mit-admissions"]
    match(actor=officer, round_id=round_id, now=AFTER)
    assert [state(a) for _, a in (first, *others)] == [State.ON_HOLD, State.OFFERED, State.NO_SEAT]
    (told,) = queries.application(*first[:1], first[1]).reasons
    assert "Residence where a licence may be needed." in told
    assert "neither admitted nor refused" in told and "A seat is kept for you" in told
    outbox.drain(now=AFTER)
    assert "A person looks at your case first" in [n.title for n in notices_of(first[0])]
    actions.rerun_round(actor=officer, round_id=round_id, now=AFTER)
    assert [state(a) for _, a in (first, *others)] == [State.ON_HOLD, State.OFFERED, State.NO_SEAT]
    release_all(cast)
    actions.rerun_round(actor=officer, round_id=round_id, now=AFTER)
    assert [state(a) for _, a in (first, *others)] == [State.OFFERED, State.OFFERED, State.NO_SEAT]
    assert all(replay.same for replay in queries.replayed_round(officer, round_id))


def test_who_waits_under_the_cut_off_is_not_refused_either_and_joins_the_list_when_released(cast) -> None:
    round_id = opened(agreement=HELD, seats=1)
    top = applicant(cast, round_id, "Ana A", "XC", 900)
    low = applicant(cast, round_id, "Bo B", "XA", 800)
    officer = cast["mit-admissions"]
    match(actor=officer, round_id=round_id, now=AFTER)
    assert [state(a) for _, a in (top, low)] == [State.OFFERED, State.ON_HOLD]
    assert "A seat is kept" not in " ".join(queries.application(low[0], low[1]).reasons)
    release_all(cast)
    actions.rerun_round(actor=officer, round_id=round_id, now=AFTER)
    assert [state(a) for _, a in (top, low)] == [State.OFFERED, State.NO_SEAT]


@pytest.mark.parametrize("admit", [True, False])
def test_a_single_decision_waits_both_ways(cast, admit) -> None:
    round_id = opened(Mode.ROLLING, None, HELD)
    _, application_id = applicant(cast, round_id, "Ana A", "XA")

    def decide():
        return actions.decide_application(
            actor=cast["mit-admissions"], application_id=application_id, admit=admit, reason="So.", now=NOW
        )

    with pytest.raises(Waits):
        decide()
    assert state(application_id) == State.SUBMITTED
    release_all(cast)
    assert decide().state == (State.OFFERED if admit else State.REFUSED)


def test_appeals_provisional_admission_and_joining_wait(cast) -> None:
    round_id = opened(Mode.ROLLING, None, HELD)
    learner, application_id = applicant(cast, round_id, "Ana A", "XA")
    officer = cast["mit-admissions"]
    row = ApplicationRow.objects.get(id=application_id)
    appeal = AppealRow.objects.create(application=row, text="Look again.", filed_at=NOW, due_at=AFTER)
    with pytest.raises(Waits):
        decide_appeal(actor=officer, appeal_id=appeal.id, uphold=True, reason="So.", now=NOW)
    with pytest.raises(Waits):
        actions.admit_provisionally(actor=officer, application_id=application_id, now=NOW)
    with pytest.raises(Waits):
        actions.confirm_joining(actor=officer, application_id=application_id, now=NOW)
    assert len(waiting_holds(officer)) == 1
    release_all(cast)
    with pytest.raises(Refused) as no:
        actions.confirm_joining(actor=officer, application_id=application_id, now=NOW)
    assert not isinstance(no.value, Waits) and learner.person_id


def test_the_page_refuses_the_decision_and_the_desk_shows_the_hold(cast, client) -> None:
    round_id = opened(Mode.ROLLING, None, HELD)
    _, application_id = applicant(cast, round_id, "Ana A", "XA")
    client.force_login(get_user_model().objects.get(id=cast["mit-admissions"].person_id))
    answer = client.post(f"/applications/{application_id}/decide/", {"do": "admit", "reason": "So."})
    assert answer.status_code == 409 and b"waits for a person" in answer.content
    assert b"Ana A" in client.get("/desk/holds/").content


def test_the_api_refuses_the_decision_keeps_the_hold_and_frees_the_key(cast, client) -> None:
    round_id = opened(Mode.ROLLING, None, HELD)
    _, application_id = applicant(cast, round_id, "Ana A", "XA")
    client.force_login(get_user_model().objects.get(id=cast["mit-admissions"].person_id))

    def decide():
        return client.post(
            f"/api/v1/desks/applications/{application_id}/decision",
            json.dumps({"accept": True, "reason": ""}),
            content_type="application/json",
            headers={"Idempotency-Key": "one"},
        )

    refused = decide()
    assert refused.status_code == 409 and refused.json()["type"].endswith("on_hold")
    assert len(waiting_holds(cast["mit-admissions"])) == 1
    release_all(cast)
    assert decide().json()["state"] == "offered"
