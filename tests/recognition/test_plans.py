"""Plans by term over HTTP: the proposal with its reasons, what is kept, what is refused; the transcript."""

import io
import json

import pypdf
import pytest
from tests.api.test_verbs import call
from tests.factories.older_pages import both, shown
from tests.factories.people import browser, person
from tests.recognition.test_actions import LATER, cast, close, joined, learner, revoke  # noqa: F401

from linkspan.kernel.errors import NotFound, NotPermitted, Refused, Unusable
from linkspan.kernel.ids import new_id
from linkspan.kernel.written import term
from linkspan.recognition import actions, queries
from linkspan.recognition.engines.planner import propose
from linkspan.recognition.rules.planning import Placed
from linkspan.recognition.rules.terms import parse_term

pytestmark = pytest.mark.django_db


def proposal(actor, application_id, **fields):
    return propose(queries.plan_task(actor, application_id, LATER, **fields).task)


def test_the_proposal_in_the_page(learner, joined, monkeypatch, django_assert_max_num_queries) -> None:  # noqa: F811
    monkeypatch.setenv("LINKSPAN_ON", LATER.isoformat())
    client = browser(learner)
    client.get(f"/degree/{joined.id}/plan/")
    with django_assert_max_num_queries(24):
        page = client.get(f"/degree/{joined.id}/plan/").content.decode()
    found = proposal(learner, joined.id)
    assert f"You can finish in {term(found.finish)}." in page
    assert "Because of the limit on how much may be taken in one term" in page
    slower = client.get(f"/degree/{joined.id}/plan/", {"most": "1"}).content.decode()
    assert f"You can finish in {term(proposal(learner, joined.id, most_courses=1).finish)}." in slower
    for value in ("0", "x", "-1", "٣"):
        assert client.get(f"/degree/{joined.id}/plan/", {"most": value}).status_code == 422
    assert client.get(f"/degree/{joined.id}/plan/", {"first": "some day"}).status_code == 422


def test_the_board_holds_each_course_once_in_its_term(learner, joined, monkeypatch) -> None:  # noqa: F811
    monkeypatch.setenv("LINKSPAN_ON", LATER.isoformat())
    page, found = browser(learner).get(f"/degree/{joined.id}/plan/"), proposal(learner, joined.id)
    columns = page.context["columns"]
    placed = {row["todo"].key: column["term"] for column in columns for row in column["rows"]}
    assert placed == {key: one.term for key, one in found.plan.items()}
    assert sum(len(column["rows"]) for column in columns) == len(found.plan)
    assert columns[-1]["rows"] == [] and columns[-1]["term"] > found.finish, "a later term stands ready"
    (capstone,) = (row for column in columns for row in column["rows"] if row["todo"].slot.last)
    assert capstone["needs"][:2] == ["Comes last", "Alone in its term"]
    assert f'aria-describedby="needs_{capstone["todo"].key}"' in page.content.decode()


def test_a_plan_that_was_refused_stands_on_the_board_as_it_was_sent(learner, joined, monkeypatch) -> None:  # noqa: F811
    monkeypatch.setenv("LINKSPAN_ON", LATER.isoformat())
    first, *others = proposal(learner, joined.id).plan
    answer = browser(learner).post(f"/degree/{joined.id}/plan/", {f"term_{key}": "2019 january" for key in others})
    columns = {str(column["term"]): [row["todo"].key for row in column["rows"]] for column in answer.context["columns"]}
    assert answer.status_code == 409 and columns[""] == [first] and columns["2019 january"] == others


def test_a_plan_is_kept_and_shown(learner, joined, monkeypatch) -> None:  # noqa: F811
    monkeypatch.setenv("LINKSPAN_ON", LATER.isoformat())
    client, found = browser(learner), proposal(learner, joined.id)
    form = {f"term_{key}": str(one.term) for key, one in found.plan.items()}
    form |= {f"campus_{key}": "yes" for key, one in found.plan.items() if one.on_campus}
    assert client.post(f"/degree/{joined.id}/plan/", form).status_code == 302
    assert term(found.finish) in client.get("/degree/").content.decode()
    assert queries.kept_plan(joined.id) == found.plan
    (shown,) = queries.degree_plans(learner, learner.person_id)
    assert {p.key: p.term for p in shown.places if p.term} == {k: str(one.term) for k, one in found.plan.items()}


def test_a_plan_that_breaks_limits_is_told_all_of_them(learner, joined, monkeypatch) -> None:  # noqa: F811
    monkeypatch.setenv("LINKSPAN_ON", LATER.isoformat())
    found = proposal(learner, joined.id)
    answer = browser(learner).post(f"/degree/{joined.id}/plan/", {f"term_{key}": "2019 january" for key in found.plan})
    page = answer.content.decode()
    assert answer.status_code == 409
    for words in ("credits planned", "taken alone", "on campus are needed"):
        assert words in page, words
    assert queries.kept_plan(joined.id) == {}


def test_who_plans(cast, learner, joined) -> None:  # noqa: F811
    found = proposal(learner, joined.id)
    told = {"application_id": joined.id, "placed": found.plan, "most_courses": None, "now": LATER}
    with pytest.raises(NotPermitted):
        actions.keep_plan(actor=cast["registrar"], **told)
    for stranger in (cast["mit-admissions"], person("Nosy One"), person("Far Away", ("registrar", "MIT"))):
        with pytest.raises(NotFound):
            actions.keep_plan(actor=stranger, **told)
        with pytest.raises(NotFound):
            queries.transcript(stranger, joined.id, LATER)
    with pytest.raises(NotFound):
        queries.plan_task(learner, new_id(), LATER)
    with pytest.raises(Unusable):
        actions.keep_plan(actor=learner, **told | {"placed": {"nothing-9": Placed(parse_term("2020 fall"))}})
    with pytest.raises(Refused):
        actions.keep_plan(actor=learner, **told | {"placed": {}})
    assert queries.plan_task(cast["registrar"], joined.id, LATER).learner_id == learner.person_id


def test_over_the_api(client, cast, learner, joined, monkeypatch) -> None:  # noqa: F811
    monkeypatch.setenv("LINKSPAN_ON", LATER.isoformat())
    found = call(client, learner, f"recognition/plans/{joined.id}/proposal").json()
    assert found["feasible"] and found["why_not_earlier"]
    path = f"recognition/plans/{joined.id}"
    assert call(client, learner, path, {"placed": found["placed"]}, key="1").json() == {"kept": len(found["placed"])}
    assert call(client, person("Nosy One"), path, {"placed": found["placed"]}, key="2").status_code == 404
    refused = call(client, learner, path, {"placed": {}}, key="3")
    assert refused.status_code == 409 and len(refused.json()["reasons"]) > len(found["placed"]) - 1
    (plan,) = call(client, learner, "recognition/plans/mine").json()
    assert json.dumps(plan).count('"waived"') == 4
    assert len(call(client, learner, "recognition/awards/mine").json()) == 4


def text_of(client, application_id) -> str:
    answer = client.get(f"/degree/{application_id}/transcript.pdf")
    assert answer.status_code == 200 and answer["Content-Type"] == "application/pdf"
    reader = pypdf.PdfReader(io.BytesIO(answer.content))
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    return " ".join(" ".join(page.extract_text().split()) for page in reader.pages)


def test_the_transcript(cast, learner, joined, monkeypatch) -> None:  # noqa: F811
    monkeypatch.setenv("LINKSPAN_ON", LATER.isoformat())
    shown = text_of(browser(learner), joined.id)
    for words in ("Harvard Extension School", "Ana A", "SC1x", "MGMT-E-1000", "B+", "hes-management-from-mitx-scm v1"):
        assert words in shown, words
    revoke(cast, learner)
    (case,) = queries.open_cases(cast["registrar"])
    close(cast["registrar"], case.id, reverse=True)
    after = text_of(browser(learner), joined.id)
    assert after.index("Credit reversed") < after.index("SC1x")


def test_an_older_page_erases_no_plan(learner, joined, monkeypatch) -> None:  # noqa: F811
    monkeypatch.setenv("LINKSPAN_ON", LATER.isoformat())
    client, page = browser(learner), f"/degree/{joined.id}/plan/"
    found = proposal(learner, joined.id)
    form = {f"term_{key}": str(one.term) for key, one in found.plan.items()}
    form |= {f"campus_{key}": "yes" for key, one in found.plan.items() if one.on_campus}
    older = shown(client, page)
    assert client.post(page, form | {"seen": older}).status_code == 302
    answer = client.post(page, {"seen": older})
    assert "Save mine instead" in both(answer) and term(found.finish) in both(answer)
    assert queries.kept_plan(joined.id) == found.plan
    assert client.post(page, form | {"seen": shown(client, page)}).status_code == 302
