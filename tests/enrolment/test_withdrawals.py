"""Staff take learners out of a run: looked at first, for a reason, money back by the rules, undone until it happens."""

import json
from datetime import date, timedelta

import pytest
from tests.api.test_verbs import call
from tests.factories.acts import done, fields_of
from tests.factories.people import NOW, SYSTEM, browser, person
from tests.factories.world import load_world

from linkspan.catalog.actions import add_course, add_run, set_price
from linkspan.enrolment import actions
from linkspan.enrolment.models import EnrolmentRow
from linkspan.enrolment.rules import Track
from linkspan.finance.actions import decide_refund, pay, set_payee
from linkspan.finance.models import ChargeRow, RefundAskRow
from linkspan.finance.queries import ledger_balanced
from linkspan.finance.rules import Payee
from linkspan.kernel import acts, outbox
from linkspan.kernel.acts import Asked, PlannedState, look, release_due
from linkspan.kernel.audit import trail_of
from linkspan.kernel.errors import NotFound, NotPermitted, Refused, Unusable
from linkspan.kernel.models import OutboxDelivery
from linkspan.kernel.money import Money
from linkspan.messages.models import NoticeRow
from linkspan.site.command import main

pytestmark = pytest.mark.django_db
RUN = "course-v1:MITx+C9+1T2019"
PAGE = f"/desk/runs/{RUN}/roster/"
WHY = "Enrolled twice by mistake."


@pytest.fixture
def staff(monkeypatch):
    monkeypatch.setenv("LINKSPAN_ON", NOW.isoformat())
    load_world()
    key = add_course(actor=SYSTEM, institution="MITx", code="C9", title="Nine", summary="", credits=None, now=NOW)
    later = NOW + timedelta(days=30)
    dates = {"starts": NOW, "enrolment_opens": NOW, "enrolment_closes": later, "upgrade_by": later}
    add_run(actor=SYSTEM, run_id=RUN, course_key=key, dates=dates | {"ends": later}, zone="UTC", now=NOW)
    subject, price = f"course-run:{RUN}", Money(15000, "USD")
    day = date(2018, 1, 1)
    set_price(actor=SYSTEM, institution="MITx", subject=subject, price=price, valid_from=day, now=NOW)
    return person("Sue Staff", ("program_staff", "MITx"))


def enrolled(name: str, track: Track = Track.AUDIT, paid: bool = False):
    who = person(name)
    found = actions.enrol(actor=who, learner_id=who.person_id, run_id=RUN, track=track, now=NOW)
    if paid:
        pay(actor=SYSTEM, charge_id=found.charge_id, reference="wire 1", now=NOW)
    outbox.drain(now=NOW)
    NoticeRow.objects.all().delete()
    return who, found.id


def told() -> set:
    outbox.drain(now=NOW)
    assert not OutboxDelivery.objects.filter(state="waiting").exists()
    return set(NoticeRow.objects.values_list("recipient_id", "kind"))


def state(one) -> tuple[str, str]:
    row = EnrolmentRow.objects.get(id=one)
    return row.state, row.track


def test_who_is_chosen_leaves_with_a_reason_and_only_they_are_told(staff) -> None:
    (ana, first), (bo, second) = enrolled("Ana A"), enrolled("Bo B", Track.VERIFIED)
    enrolled("Cy C")
    asked = Asked(staff, RUN, {"enrolments": [str(first), str(second)]}, WHY, NOW)
    seen = look(actions.WITHDRAW, asked)
    assert {(one.learner_id, one.before, one.after) for one in seen.changes} == {
        (ana.person_id, "active", "withdrawn"),
        (bo.person_id, "awaiting_payment", "withdrawn"),
        (bo.person_id, "open", "cancelled"),
    }
    assert {ana.person_id, bo.person_id} == set(seen.told) and state(first) == ("active", "audit")
    done(actions.WITHDRAW, staff, RUN, NOW, WHY, enrolments=[str(first), str(second)])
    assert (state(first), state(second)) == (("withdrawn", "audit"), ("withdrawn", "audit"))
    assert {kind for _who, kind in told()} >= {"withdrawn"} and {who for who, _ in told()} == set(seen.told)
    entry = trail_of(f"enrolment.enrolment:{first}")[-1]
    assert (entry.verb, entry.why, entry.institution) == ("withdraw_learner", WHY, "MITx")
    assert WHY in str(NoticeRow.objects.filter(recipient_id=ana.person_id).values_list("context", flat=True)[0])
    assert ledger_balanced()


@pytest.mark.parametrize("second_person", [False, True])
def test_what_was_paid_goes_back_by_the_rules_or_stays(staff, second_person) -> None:
    registrar = person("Reg Istrar", ("registrar", "MITx"))
    (_, kept), (bo, back) = enrolled("Ana A", Track.VERIFIED, paid=True), enrolled("Bo B", Track.VERIFIED, paid=True)
    if second_person:
        payee = Payee("MITx", "MIT", account="DE1", bank="Bank", second_person=True)
        set_payee(actor=registrar, payee=payee, now=NOW)
    done(actions.WITHDRAW, staff, RUN, NOW, WHY, enrolments=[str(kept)])
    done(actions.WITHDRAW, staff, RUN, NOW, WHY, enrolments=[str(back)], money="back")
    states = dict(ChargeRow.objects.values_list("learner_id", "state"))
    if second_person:
        assert states[bo.person_id] == "paid" and state(back)[0] == "withdrawn"
        ask = RefundAskRow.objects.get()
        with pytest.raises(Refused):
            decide_refund(actor=staff, ask_id=ask.id, approve=True, now=NOW)
        decide_refund(actor=registrar, ask_id=ask.id, approve=True, now=NOW)
        states = dict(ChargeRow.objects.values_list("learner_id", "state"))
    assert states[bo.person_id] == "refunded" and sorted(states.values()) == ["paid", "refunded"]
    assert {kind for who, kind in told() if who == bo.person_id} >= {"withdrawn"}
    assert "verified_closed" not in {kind for _, kind in told()}, "nobody who left is told that they go on"
    assert (state(kept), state(back)) == (("withdrawn", "verified"), ("withdrawn", "audit")) and ledger_balanced()


def test_it_is_undone_until_it_takes_effect_and_lapses_if_the_learner_left_before(staff, settings) -> None:
    settings.UNDO_MINUTES = 15
    (ana, first), (_, second) = enrolled("Ana A"), enrolled("Bo B")
    made = done(actions.WITHDRAW, staff, RUN, NOW, WHY, enrolments=[str(first)])
    assert (made.state, state(first)[0]) == (PlannedState.WAITING, "active")
    colleague = person("Col League", ("registrar", "MITx"))
    assert acts.undo(actor=colleague, planned_id=made.id, now=NOW).state == PlannedState.UNDONE
    release_due(NOW + timedelta(hours=1))
    assert state(first)[0] == "active" and told() == set()
    done(actions.WITHDRAW, staff, RUN, NOW, WHY, enrolments=[str(first), str(second)])
    actions.withdraw(actor=ana, learner_id=ana.person_id, run_id=RUN, now=NOW)
    release_due(NOW + timedelta(hours=1))
    assert state(second)[0] == "active", "what was seen had changed"


def test_nobody_else_withdraws_and_no_enrolment_of_another_run_is_taken_along(staff) -> None:
    (ana, first) = enrolled("Ana A")
    strangers = (ana, person("Some Other"), person("Far Away", ("registrar", "HES")), person("Au", ("author", "MITx")))
    for stranger in strangers:
        with pytest.raises(NotPermitted):
            look(actions.WITHDRAW, Asked(stranger, RUN, {"enrolments": [str(first)]}, WHY, NOW))
        with pytest.raises(NotFound):
            actions.withdraw_learner(actor=stranger, enrolment_id=first, reason=WHY, now=NOW)
    EnrolmentRow.objects.create(
        learner_id=ana.person_id, run_id="course-v1:HES+X+1", track="audit", state="active", at=NOW
    )
    other = EnrolmentRow.objects.get(run_id="course-v1:HES+X+1")
    for wrong in ([], "x", None, 5, [5], ["x"], [str(other.id)], [str(first), "x"]):
        with pytest.raises(Unusable):
            look(actions.WITHDRAW, Asked(staff, RUN, {"enrolments": wrong}, WHY, NOW))
    with pytest.raises(Unusable):
        actions.withdraw_learner(actor=staff, enrolment_id=first, reason=" ", now=NOW)
    actions.withdraw_learner(actor=staff, enrolment_id=first, reason=WHY, now=NOW)
    with pytest.raises(Refused):
        actions.withdraw_learner(actor=staff, enrolment_id=first, reason=WHY, now=NOW)
    _mine, own = enrolled("Own Staff")
    teacher = person("Own Staff Two", ("program_staff", "MITx"))
    EnrolmentRow.objects.filter(id=own).update(learner_id=teacher.person_id)
    with pytest.raises(NotPermitted):
        actions.withdraw_learner(actor=teacher, enrolment_id=own, reason=WHY, now=NOW)


def test_by_page_and_api(staff, client) -> None:
    (_, first), (_, second), (_, third) = enrolled("Ana A"), enrolled("Bo B"), enrolled("Cy C")
    mine = browser(staff)
    assert "Withdraw and refund" in mine.get(PAGE).content.decode()
    asked = f"{PAGE}withdraw/?do=withdraw&one={first}&one={second}"
    shown = mine.get(asked).content.decode()
    assert "Ana A" in shown and "Cy C" not in shown and "Each gets your reason" in shown
    sent = fields_of(shown)
    assert mine.post(f"{PAGE}withdraw/", sent | {"reason": ""}).status_code == 422
    assert mine.post(f"{PAGE}withdraw/", sent | {"reason": WHY}).status_code == 302
    assert state(first)[0] == state(second)[0] == "withdrawn" and state(third)[0] == "active"
    assert mine.get(f"{PAGE}withdraw/?do=withdraw").status_code == 302
    assert mine.get(f"{PAGE}withdraw/?do=x&one={third}").status_code == 422
    assert browser(person("Far Away", ("registrar", "HES"))).get(asked).status_code == 403
    path, why = f"enrolment/enrolments/{enrolled('Di D')[1]}/withdrawal", {"reason": WHY}
    assert call(client, person("Far Off", ("registrar", "HES")), path, why, key="x").status_code == 404
    assert call(client, staff, path, {}, key="y").status_code == 422
    assert call(client, staff, path, why, key="z").json()["state"] == "withdrawn"
    body = {"subject": RUN, "fields": {"enrolments": [str(third)]}, "reason": WHY}
    seen = call(client, staff, "acts/withdraw_learners/preview", body, key="a").json()
    made = call(client, staff, "acts/withdraw_learners/confirmation", body | {"seen": seen["seen"]}, key="b")
    assert made.json()["state"] == "done" and state(third)[0] == "withdrawn"


def test_a_roster_by_command_is_tried_and_taken_once(staff, tmp_path, capsys, monkeypatch) -> None:
    monkeypatch.setattr("django.setup", lambda: None)
    monkeypatch.setattr("linkspan.kernel.clock.real_now", lambda: NOW)
    place = tmp_path / "roster.csv"
    place.write_text("email,name\nana@example.org,Ana A\nnot an address,B\n")
    assert main(["roster", "take", RUN, str(place), "--try", "--json"]) == 1
    tried = json.loads(capsys.readouterr().out)
    assert (tried["counts"]["enrolled"], EnrolmentRow.objects.count()) == (1, 0)
    assert main(["roster", "take", RUN, str(place)]) == 1
    assert "1 enrolled" in capsys.readouterr().out and EnrolmentRow.objects.count() == 1
    place.write_text("email,name\nana@example.org,Ana A\n")
    assert main(["roster", "take", RUN, str(place)]) == 0
    assert "0 enrolled" in capsys.readouterr().out
    place.write_text("name\nA\n")
    assert main(["roster", "take", RUN, str(place)]) == main(["roster", "take", "course-v1:a+b+c", str(place)]) == 2
