"""The page of an application: it offers what can be done and nothing else, to who may, by page and API alike."""

from collections.abc import Callable, Iterator, Mapping

import pytest
from django.db import transaction
from tests.admissions.test_actions import AFTER, admissible, apply, opened
from tests.admissions.test_terms import USD, applied, put_agreement
from tests.factories.acts import match
from tests.factories.people import NOW, SYSTEM, browser, person
from tests.factories.world import load_world

from linkspan.accounts.actions import grant_role
from linkspan.accounts.queries import actor_for
from linkspan.admissions import actions
from linkspan.admissions.rules import Act, Mode
from linkspan.kernel import audit
from linkspan.kernel.errors import NotFound, NotPermitted, Refused, Unusable
from linkspan.screens.application import application_screen

pytestmark = pytest.mark.django_db
FEE = [{"what": "application", "price": USD, "waivable": True}]
DO: Mapping[Act, Callable[..., object]] = {
    Act.ACCEPT: lambda **to: actions.answer_offer(accept=True, **to),
    Act.DECLINE: lambda **to: actions.answer_offer(accept=False, **to),
    Act.WITHDRAW: actions.withdraw_application,
    Act.DEFER: lambda **to: actions.defer_joining(months=12, **to),
    Act.ASK_WAIVER: lambda **to: actions.ask_waiver(reason="No income.", **to),
    Act.APPEAL: lambda **to: actions.file_appeal(text="My grade comes in May.", **to),
    Act.SCORE: lambda **to: actions.record_score(score=500, **to),
    Act.ADMIT: lambda **to: actions.decide_application(admit=True, reason="Seen on paper.", **to),
    Act.REFUSE: lambda **to: actions.decide_application(admit=False, reason="Seen on paper.", **to),
    Act.ADMIT_PROVISIONALLY: actions.admit_provisionally,
    Act.DECIDE_WAIVER: lambda **to: actions.decide_waiver(grant=True, reason="", **to),
    Act.CONFIRM_JOINING: actions.confirm_joining,
}


@pytest.fixture
def cast():
    cast = load_world()
    put_agreement()
    put_agreement("hes-fee", fees=FEE)
    return cast


def can(act: Act, who, application_id, now) -> bool:
    """Whether the act writes an entry of the trail; nothing of it stays."""
    subject = f"admissions.application:{application_id}"
    before = len(audit.trail_of(subject))
    with transaction.atomic():
        try:
            with transaction.atomic():
                DO[act](actor=who, application_id=application_id, now=now)
            return len(audit.trail_of(subject)) > before
        except (Refused, Unusable, NotPermitted):
            return False
        finally:
            transaction.set_rollback(True)


def way(learner, office, application_id) -> Iterator[str]:
    """From the open fee to studies that begin a year later, by way of a refusal and an appeal."""
    yield "fee open"
    for who, act in (
        (learner, Act.ASK_WAIVER),
        (office, Act.DECIDE_WAIVER),
        (office, Act.ADMIT_PROVISIONALLY),
        (office, Act.REFUSE),
        (learner, Act.APPEAL),
        (office, Act.ADMIT),
        (learner, Act.ACCEPT),
        (learner, Act.DEFER),
        (office, Act.CONFIRM_JOINING),
    ):
        DO[act](actor=who, application_id=application_id, now=NOW)
        yield act


def test_what_is_offered_can_be_done_and_nothing_else(cast) -> None:
    office = cast["hes-admissions"]
    learner = admissible(cast, "Ana A")
    application_id = apply(learner, opened(Mode.ROLLING, None, "hes-fee", term="2019 fall")).id
    for stage in way(learner, office, application_id):
        for who in (learner, office):
            offered = application_screen(who, application_id, NOW).acts
            assert set(offered) == {act for act in Act if can(act, who, application_id, NOW)}, (stage, who.name)


def test_a_ranked_round_is_scored_then_matched_then_decided_one_by_one(cast) -> None:
    office, round_id = cast["mit-admissions"], opened(Mode.RANKED, 1)
    application_id = apply(person("Nobody Known"), round_id).id
    assert application_screen(office, application_id, NOW).acts == (Act.SCORE,)
    match(actor=office, round_id=round_id, now=AFTER)
    assert application_screen(office, application_id, AFTER).acts == (Act.ADMIT,)
    assert can(Act.ADMIT, office, application_id, AFTER)
    page = browser(office).get(f"/applications/{application_id}/").content
    assert b"Offer a place" in page and b"Record the score" not in page


def test_an_appeal_is_answered_by_somebody_else_than_who_decided(cast) -> None:
    office, second = cast["hes-admissions"], person("Second Reader", ("admissions", "HES"))
    learner, application_id = applied(cast)
    DO[Act.REFUSE](actor=office, application_id=application_id, now=NOW)
    DO[Act.APPEAL](actor=learner, application_id=application_id, now=NOW)
    found = {
        who.name: [one.to_answer for one in application_screen(who, application_id, NOW).appeals]
        for who in (office, second, learner)
    }
    assert found == {office.name: [False], second.name: [True], learner.name: [False]}
    assert b"Uphold" not in browser(office).get(f"/applications/{application_id}/").content
    assert b"Uphold" in browser(second).get(f"/applications/{application_id}/").content


def test_who_sees_it_and_who_does_nothing_with_it(cast) -> None:
    learner, application_id = applied(cast)
    page = f"/api/v1/screens/applications/{application_id}"
    told = browser(learner).get(page).json()
    assert (told["own"], told["office"], told["acts"]) == (True, None, ["withdraw"])
    told = browser(cast["hes-admissions"]).get(page).json()
    assert told["own"] is False and told["office"]["holds"] == []
    assert told["acts"] == ["admit", "refuse", "admit_provisionally"]
    told = browser(cast["auditor"]).get(page).json()
    assert (told["acts"], told["office"], told["documents"], told["letters"], told["place"]) == ([], None, [], [], None)
    for stranger in (person("Other"), cast["mit-admissions"]):
        assert browser(stranger).get(page).status_code == 404
        with pytest.raises(NotFound):
            application_screen(stranger, application_id, NOW)


def test_nobody_confirms_their_own_joining(cast) -> None:
    learner, application_id = applied(cast)
    DO[Act.ADMIT](actor=cast["hes-admissions"], application_id=application_id, now=NOW)
    DO[Act.ACCEPT](actor=learner, application_id=application_id, now=NOW)
    grant_role(actor=SYSTEM, person_id=learner.person_id, role="admissions", institution="HES", now=NOW)
    with pytest.raises(NotPermitted):
        DO[Act.CONFIRM_JOINING](actor=actor_for(learner.person_id), application_id=application_id, now=NOW)
