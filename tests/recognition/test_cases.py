"""A case has a deadline and two sides: who is reminded, who is told that it is late, what the learner answers."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.api.test_verbs import call
from tests.factories.people import browser, person
from tests.recognition.test_actions import LATER, cast, join, joined, learner, revoke  # noqa: F401

from linkspan.accounts.queries import people_with_role
from linkspan.kernel import outbox
from linkspan.kernel.errors import NotFound, Refused, Unusable
from linkspan.kernel.lists import Ask
from linkspan.kernel.models import OutboxDelivery
from linkspan.messages.models import NoticeRow
from linkspan.messages.queries import notices_of
from linkspan.recognition import actions, queries
from linkspan.recognition.rules.service import Nudge, due_after, nudge


def test_ten_working_days() -> None:
    monday = datetime(2018, 10, 8, 12, tzinfo=UTC)
    assert due_after(monday) == datetime(2018, 10, 22, 12, tzinfo=UTC)
    friday, saturday = monday + timedelta(days=4), monday + timedelta(days=5)
    assert due_after(friday, 1) == due_after(saturday, 1) == datetime(2018, 10, 15, 12, tzinfo=UTC)
    due = due_after(monday)
    times = [timedelta(0), timedelta(days=10, hours=11), timedelta(days=10, hours=12), timedelta(days=14)]
    assert [nudge(monday, due, monday + one) for one in times] == [Nudge.NONE, Nudge.NONE, Nudge.REMINDED, Nudge.LATE]


@pytest.fixture
def case(cast, joined, learner):  # noqa: F811
    revoke(cast, learner)
    NoticeRow.objects.all().delete()
    (found,) = queries.open_cases(cast["registrar"])
    return found


def told(now) -> set:
    outbox.drain(now=now)
    assert not OutboxDelivery.objects.filter(state="waiting").exists()
    found = set(NoticeRow.objects.values_list("recipient_id", "kind"))
    NoticeRow.objects.all().delete()
    return found


@pytest.mark.django_db
def test_the_clock_reminds_once_and_says_once_that_it_is_late(cast, learner, case) -> None:  # noqa: F811
    registrar = cast["registrar"]
    dean = person("Dean Sample", ("dean", "HES"))
    person("Far Registrar", ("registrar", "MITx"))
    assert (case.due_at, case.late) == (due_after(LATER), False)
    actions.remind_of_cases(LATER)
    assert told(LATER) == set()
    soon = case.due_at - timedelta(days=1)
    for _ in range(2):
        actions.remind_of_cases(soon)
    assert told(soon) == {(registrar.person_id, "case_due")}
    late = case.due_at + timedelta(days=1)
    for _ in range(2):
        actions.remind_of_cases(late)
    deans = {one for one, kind in told(late) if kind == "case_late"}
    assert {registrar.person_id, dean.person_id} <= deans
    assert queries.case_for(registrar, case.id).late
    assert queries.cases_at(registrar, Ask(filters={"state": "late"})).total == 1
    actions.close_case(actor=registrar, case_id=case.id, reverse=False, reason="It was reissued.", now=late)
    actions.remind_of_cases(late + timedelta(days=90))
    assert told(late) == {(learner.person_id, "case_kept")}
    closed = queries.case_for(registrar, case.id)
    assert (closed.late, closed.decision, closed.outcome) == (False, "It was reissued.", "stands")
    assert queries.cases_at(registrar, Ask(filters={"state": "closed"})).total == 1


@pytest.mark.django_db
def test_who_is_told_that_it_is_late_and_nobody_else(cast, learner, case) -> None:  # noqa: F811
    late = case.due_at + timedelta(hours=1)
    actions.remind_of_cases(late)
    found = told(late)
    office = {*people_with_role("registrar", "HES"), *people_with_role("dean", "HES")}
    assert found == {(one, "case_late") for one in office} | {(learner.person_id, "case_late_told")}


@pytest.mark.django_db
def test_the_learner_answers_and_the_registrar_reads_it(cast, learner, case, monkeypatch) -> None:  # noqa: F811
    monkeypatch.setenv("LINKSPAN_ON", (LATER + timedelta(days=1)).isoformat())
    mine, office = browser(learner), browser(cast["registrar"])
    page = mine.get("/degree/").content.decode()
    assert "They decide by" in page and f"/degree/cases/{case.id}/answer/" in page
    for _ in range(2):
        assert mine.post(f"/degree/cases/{case.id}/answer/", {"text": "It was <b>reissued</b>."}).status_code == 302
    assert "It was &lt;b&gt;reissued&lt;/b&gt;." in mine.get("/degree/").content.decode()
    assert told(LATER + timedelta(days=2)) == {(cast["registrar"].person_id, "case_answered")}
    page = office.get(f"/desk/cases/{case.id}/").content.decode()
    assert page.count("It was &lt;b&gt;reissued&lt;/b&gt;.") == 1 and "To decide by" in page
    assert "Told when the case was opened" in page
    other = person("Somebody Else")
    for who in (other, cast["registrar"]):
        with pytest.raises(NotFound):
            actions.answer_case(actor=who, case_id=case.id, text="x", now=LATER)
    for wrong in (" \0 ", "x" * 5_001):
        with pytest.raises(Unusable):
            actions.answer_case(actor=learner, case_id=case.id, text=wrong, now=LATER)
    for number in range(19):
        actions.answer_case(actor=learner, case_id=case.id, text=f"More {number}.", now=LATER)
    with pytest.raises(Refused):
        actions.answer_case(actor=learner, case_id=case.id, text="Too much.", now=LATER)
    actions.close_case(actor=cast["registrar"], case_id=case.id, reverse=True, reason="Not earned.", now=LATER)
    with pytest.raises(Refused) as no:
        actions.answer_case(actor=learner, case_id=case.id, text="After all.", now=LATER)
    assert no.value.code == "case_closed"
    page = office.get(f"/desk/cases/{case.id}/").content.decode()
    assert "Not earned." in page and "It was &lt;b&gt;reissued&lt;/b&gt;." in page, "closed ones stay readable"
    outbox.drain(now=LATER + timedelta(days=2))
    assert notices_of(learner)[0].title == "Credit was taken back"


@pytest.mark.django_db
def test_the_api_of_cases(cast, learner, case, client) -> None:  # noqa: F811
    (mine,) = call(client, learner, "recognition/cases/mine").json()
    assert (mine["id"], mine["late"]) == (str(case.id), False)
    path = f"recognition/cases/{case.id}"
    assert call(client, learner, f"{path}/answer", {"text": "It was reissued."}, key="a").json() == {"answers": 1}
    assert call(client, cast["staff"], f"{path}/answer", {"text": "x"}, key="b").status_code == 404
    found = call(client, cast["registrar"], path).json()
    assert [one["text"] for one in found["answers"]] == ["It was reissued."] and len(found["awards"]) == 4
    assert call(client, learner, path).status_code == 403
