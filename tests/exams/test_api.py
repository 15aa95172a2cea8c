"""Exams, payments and notices over HTTP."""

import json
from datetime import timedelta

import pytest
from tests.factories import exams as make
from tests.factories.exam_page import Page
from tests.factories.exams import LATER
from tests.factories.people import person, token_for
from tests.factories.story import put_grades

from linkspan.exams import queries, tasks
from linkspan.kernel import outbox

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def world(monkeypatch, settings, tmp_path):
    monkeypatch.setattr("linkspan.site.middleware.domain_now", lambda: LATER)
    settings.DOCUMENT_ROOT = tmp_path


@pytest.fixture
def call(client):
    keys = iter(range(1000))

    def caller(actor, path, body=None, *, post=False, key=None):
        headers = {"Authorization": f"Bearer {token_for(actor)}"}
        if body is None and not post:
            return client.get(f"/api/v1/{path}", headers=headers)
        headers["Idempotency-Key"] = key or f"key {next(keys)}"
        return client.post(f"/api/v1/{path}", body or {}, content_type="application/json", headers=headers)

    return caller


def test_an_exam_from_check_in_to_result(call, cast, learner, sitting) -> None:
    proctor = cast["proctor"]
    assert call(learner, "exams/CFx/authorisation").json()["authorised"]
    attempt = call(learner, f"exams/sittings/{sitting}/attempts", post=True).json()
    path = f"exams/attempts/{attempt['id']}"
    assert call(learner, f"{path}/start", post=True).status_code == 409
    assert call(learner, f"{path}/identity", post=True).status_code == 403
    assert call(make.at_the_door(), f"{path}/identity", post=True).status_code == 204
    assert call(learner, f"{path}/start", post=True).json()["state"] == "started"
    for question in call(learner, f"{path}/questions").json():
        assert "answers" not in question
        answer = {"item": question["id"], "given": make.RIGHT[question["id"]]}
        saved = call(learner, f"{path}/responses", answer).json()
        assert (saved["standing"], saved["version"], saved["value"]) == ("applied", 1, answer["given"])
        blind = call(learner, f"{path}/responses", {"item": question["id"], "given": ["9"]}).json()
        assert (blind["standing"], blind["version"], blind["value"]) == ("kept", 1, answer["given"])
    assert call(proctor, f"{path}/incidents", {"kind": "mood", "note": "x"}).status_code == 422
    incident = {"kind": "technical", "note": "The picture froze."}
    first, again = (call(proctor, f"{path}/incidents", incident, key="same") for _ in range(2))
    assert first.json() == again.json()
    submitted = call(learner, f"{path}/submission", post=True).json()
    assert (submitted["state"], submitted["score"], submitted["outcome"]) == ("submitted", None, None)
    assert [row["id"] for row in call(proctor, "exams/queue").json()] == [attempt["id"]]
    assert call(proctor, f"{path}/review", {"accept": True}).status_code == 204
    assert call(learner, path).json()["score"] is None, "not before the release"
    tasks.release_due_results(make.RELEASE)
    (found,) = call(learner, "exams/mine").json()
    assert (found["score"], found["outcome"]) == ("100.0", "passed")
    assert call(person("Other Sample"), path).status_code == 404


def test_a_page_a_late_answer_and_a_file(call, cast, learner, running, monkeypatch) -> None:
    path = f"exams/attempts/{running.id}"
    opened = call(learner, f"{path}/pages", post=True).json()
    page = Page(learner, running)
    assert (page.opened.number, opened["number"]) == (2, 1)
    body = page.batch(page.change("b1", ["1"]))
    assert call(person("Other Sample"), f"{path}/answers", body).status_code == 404
    assert call(learner, f"{path}/answers", body | {"mac": "0"}).status_code == 422
    receipt = call(learner, f"{path}/answers", body).json()
    assert [one["standing"] for one in receipt["taken"]] == ["applied"] and receipt["newest"]
    monkeypatch.setattr("linkspan.site.middleware.domain_now", lambda: make.NOW + timedelta(hours=2))
    tasks.close_overdue_attempts(make.NOW + timedelta(hours=2))
    file = json.loads(page.file(page.batch(page.change("b1", ["0"], 1))))
    assert call(learner, f"{path}/answers-file", file).status_code == 403
    late = call(cast["proctor"], f"{path}/answers-file", file).json()
    assert [one["standing"] for one in late["taken"]] == ["late"]
    assert call(learner, "exams/late-answers").status_code == 403
    ((waiting,),) = [row["answers"] for row in call(cast["staff"], "exams/late-answers").json()]
    assert (waiting["given"], waiting["counted"], waiting["elapsed_ms"]) == (["this"], ["that"], 600_000)
    decision = {"shown": [waiting["id"]], "accept": [waiting["id"]], "reason": "The network was down."}
    assert call(learner, f"{path}/late-answers", decision).status_code == 403
    assert call(cast["staff"], f"{path}/late-answers", decision).status_code == 204
    assert queries.responses_of(running.id) == {"b1": ("0",)}


def test_an_appeal(call, cast, learner, running) -> None:
    path = f"exams/attempts/{running.id}"
    call(learner, f"{path}/submission", post=True)
    proposal = {"accept": False, "reason": "Phone"}
    assert call(cast["proctor"], f"{path}/review", proposal).json()["type"] == "urn:linkspan:problem:ground_missing"
    assert call(cast["proctor"], f"{path}/review", proposal | {"ground": "mood"}).status_code == 422
    assert call(cast["proctor"], f"{path}/review", proposal | {"ground": "material"}).status_code == 204
    second = make.second_proctor()
    verdict = {"accept": False}
    assert call(second, f"{path}/review", verdict).json()["type"] == "urn:linkspan:problem:learner_not_heard"
    seen = call(learner, path).json()
    assert (seen["state"], seen["rejection"]["ground"]) == ("rejection_proposed", "material")
    assert cast["proctor"].name not in str(seen)
    assert call(second, f"{path}/rejection-answer", {"statement": "x"}).status_code == 404
    assert call(learner, f"{path}/rejection-answer", {"statement": "A timer, I say."}).status_code == 204
    assert call(second, f"{path}/review", verdict).status_code == 204
    assert call(learner, f"{path}/appeal", {"statement": "A timer."}).status_code == 409
    tasks.release_due_results(make.RELEASE)
    appeal = call(learner, f"{path}/appeal", {"statement": "A timer."}).json()
    decision = {"uphold": False, "reason": "It was a phone."}
    assert call(cast["proctor"], f"exams/appeals/{appeal['id']}/decision", decision).status_code == 403
    assert call(cast["staff"], f"exams/appeals/{appeal['id']}/decision", decision).status_code == 204
    assert queries.appeal_of(learner, running.id).state == "dismissed"


def test_each_reason_against_and_the_fee(call, cast) -> None:
    learner, staff = cast["learner"], cast["staff"]
    found = call(learner, "exams/CFx/authorisation").json()
    assert not found["authorised"] and len(found["reasons"]) == 7
    too_early = call(learner, "exams/CFx/registrations", post=True)
    assert (too_early.status_code, "fee_too_early" in too_early.content.decode()) == (409, True)
    put_grades(learner, exam=None, now=LATER)
    make.confirm_name(learner, staff)
    charge = call(learner, "exams/CFx/registrations", post=True).json()["charge_id"]
    assert call(learner, f"finance/charges/{charge}/payment", {"reference": "r"}).status_code == 403
    assert call(learner, f"finance/charges/{charge}/report", {"reference": "r"}).json() == {"paid": False}
    assert [row["reported"] for row in call(staff, "finance/payments/reported").json()] == ["r"]
    assert call(staff, f"finance/charges/{charge}/payment", {"reference": "r"}).status_code == 204
    outbox.drain(now=LATER)
    (mine,) = call(learner, "finance/charges/mine").json()
    assert (mine["state"], mine["amount"]) == ("paid", {"minor": 60000, "currency": "USD"})
    assert call(learner, f"finance/charges/{charge}/refund", {"reason": "x"}).status_code == 403
    assert call(staff, f"finance/charges/{charge}/refund", {"reason": "Ill."}).status_code == 200


def test_notices_and_choices(call, learner) -> None:
    outbox.drain(now=LATER)
    assert "You may take the exam" in [row["title"] for row in call(learner, "messages/mine").json()]
    assert call(learner, "messages/read", post=True).status_code == 204
    assert all(row["read"] for row in call(learner, "messages/mine").json())
    assert call(learner, "messages/email", {"email": False, "topic": "exams"}).status_code == 204
    choices = call(learner, "messages/email").json()
    assert choices["exams"] is False and choices["money"] is True
    assert call(learner, "messages/email", {"email": False, "topic": "weather"}).status_code == 422


def test_leaving_a_run(call, cast) -> None:
    run = "course-v1:MITx+SC0x+1T2018"
    learner = cast["learner"]
    call(learner, f"enrolment/runs/{run}", {"track": "verified"})
    assert call(learner, f"enrolment/runs/{run}/withdrawal", post=True).status_code == 204
    assert [row["state"] for row in call(learner, "enrolment/mine").json()] == ["withdrawn"]
    assert [row["state"] for row in call(learner, "finance/charges/mine").json()] == ["cancelled"]
