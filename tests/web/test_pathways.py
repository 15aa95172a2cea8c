"""The pages of the network: what a learner sees, in how many queries, and what hostile input does."""

import re

import pytest
from django.test import Client
from tests.factories.people import NOW, SYSTEM
from tests.factories.world import load_world, load_world_with_holders
from tests.pathways.examples import agreement

from linkspan.pathways.actions import publish_version
from linkspan.pathways.engines.documents import packaged_agreements
from linkspan.site.sample.load import email_of

pytestmark = pytest.mark.django_db
HES = "hes-management-from-mitx-scm"
MIT = "mit-scm-blended-from-mitx-scm"


@pytest.fixture
def cast(monkeypatch):
    monkeypatch.setenv("LINKSPAN_ON", "2018-10-03T12:00:00+00:00")
    return load_world()


@pytest.fixture
def holder(monkeypatch):
    monkeypatch.setenv("LINKSPAN_ON", "2018-10-03T12:00:00+00:00")
    load_world_with_holders()
    return as_person("dedp-holder@example.org")


def as_person(email: str) -> Client:
    from django.contrib.auth import get_user_model

    client = Client()
    client.force_login(get_user_model().objects.get(email=email))
    return client


def learner() -> Client:
    return as_person(email_of("learner"))


def test_my_pathways_within_twelve_queries(holder, django_assert_max_num_queries) -> None:
    holder.get("/pathways/mine/")
    with django_assert_max_num_queries(12):
        page = holder.get("/pathways/mine/")
    assert page.status_code == 200
    text = page.content.decode()
    assert "The smallest thing still missing" in text
    first, second = (row["row"] for row in page.context["rows"][:2])
    assert first.agreement.terms.sending.program == "DEDP"
    assert (first.agreement.id, first.audit.outcome) == ("mit-dedp-from-mitx-dedp", "met")
    assert second.agreement.id == "hes-development-practice-from-mitx-dedp"


def test_the_page_says_which_version_judges_and_why(holder) -> None:
    source = next(one for one in packaged_agreements() if one["id"] == "hes-development-practice-from-mitx-dedp")
    first = source | {"id": "entered-before", "valid_from": "2017-01-01", "valid_to": "2018-10-02"}
    entry = {"by": "credential_date", "choice": "either"}
    second = source | {"id": "entered-before", "version": 2, "valid_from": "2018-10-02", "entry": entry}
    for document in (first, second):
        publish_version(actor=SYSTEM, document=document, now=NOW)
    page = holder.get("/pathways/mine/")
    (row,) = (row["row"] for row in page.context["rows"] if row["row"].agreement.id == "entered-before")
    assert (row.agreement.version, row.status) == (1, "active")
    text = page.content.decode()
    assert re.search(r"Version 1 judges you: the version in force on \w+ \d+, 2018, the credential date\.", text)
    assert "You may choose version 2 instead" in text


def test_the_network_is_a_map_and_the_same_list(cast, client, django_assert_max_num_queries) -> None:
    client.get("/pathways/")
    with django_assert_max_num_queries(6):
        page = client.get("/pathways/")
    pages = [client.get(f"/pathways/?page={number + 1}") for number in range(page.context["page"].paginator.num_pages)]
    listed = [shown["row"].agreement.id for one in pages for shown in one.context["rows"]]
    assert len(listed) == len(set(listed)) and max(len(one.context["rows"]) for one in pages) == 10
    for one in pages:
        assert {node.agreement_id for node in one.context["map"].degrees} == set(listed)
        for shown in one.context["rows"]:
            assert one.content.decode().count(f'href="/pathways/{shown["row"].agreement.id}/"') == 2


def test_a_pathway_is_found_by_school_degree_program_and_field_in_any_spelling(cast, client) -> None:
    def found(words: str, **more: str) -> set[str]:
        return {shown["row"].agreement.id for shown in client.get("/pathways/", {"q": words, **more}).context["rows"]}

    assert found("HARVARD  governm") == {"hes-government-from-hks-plc"}
    assert found("Hárvard supply management") == {HES, "hes-sustainability-from-mitx-scm"}
    assert found("blended scm", country="us") == {MIT}
    assert found("no such school") == set()
    assert "No pathway passes these filters" in client.get("/pathways/?q=no+such+school").content.decode()


def test_pages_keep_what_was_asked_and_a_page_that_is_none_is_the_nearest(cast, client) -> None:
    page = client.get("/pathways/?q=master&sort=title")
    assert 'href="?q=master&amp;sort=title&amp;page=2"' in page.content.decode()
    for odd in ("x", "0", "-1", "99999", "9" * 40, "%00"):
        assert client.get(f"/pathways/?page={odd}").context["rows"], odd
    for odd in ("%00", "%F0%9F%98%80", "<script>", "a" * 5000, "%E2%80%AE"):
        answer = client.get(f"/pathways/?q={odd}")
        assert answer.status_code == 200 and b'value="<script' not in answer.content, odd


def test_a_card_says_what_a_pathway_saves_and_leaves_out_what_is_not_public(cast, client) -> None:
    page = client.get("/pathways/?q=harvard+supply+management").content.decode()
    told = " ".join(re.sub(r"<[^>]+>", " ", page.split('<article class="card pathway">')[1]).split())
    assert "You save up to $10,800" in told and "Tuition left $21,600" in told
    assert "unknown" not in told.split("More")[0]


def test_every_program_that_a_pathway_leads_to_can_be_opened(cast) -> None:
    client = learner()
    page = client.get("/pathways/mine/").content.decode()
    addresses = set(re.findall(r'href="(/programs/[^"]+/[^"]+/)"', page))
    assert addresses, "no program is linked at all"
    assert {address: client.get(address).status_code for address in addresses} == dict.fromkeys(addresses, 200)


def test_filters_and_their_empty_state(cast, client) -> None:
    page = client.get("/pathways/?sending=MITx/DEDP&sort=cost")
    assert {s["row"].agreement.terms.sending.program for s in page.context["rows"]} == {"DEDP"}
    assert "No pathway passes these filters" in client.get("/pathways/?country=ZZ").content.decode()
    for odd in ("cost=-1", "cost=9" * 30, "sort=evil", "months=x", "currency=%00%00", "field=%F0%9F%98%80", "open=1"):
        assert client.get(f"/pathways/?{odd}").status_code == 200, odd


def test_a_draft_is_not_in_the_network(cast, client) -> None:
    publish_version(actor=SYSTEM, document=agreement() | {"status": "draft"}, now=NOW)
    assert "receiving-from-sending" not in client.get("/pathways/").content.decode()


def test_what_if_stores_nothing_and_changes_answers(cast) -> None:
    from linkspan.records.queries import learner_record

    one = learner()
    before = learner_record(cast["learner"], cast["learner"].person_id)
    page = one.post("/pathways/what-if/", {"program": "MITx/SCM", "percent": "80", "degree": "bachelor"})
    assert page.status_code == 200
    rows = {s["row"].agreement.id: s for s in page.context["rows"]}
    assert len(rows[HES]["row"].audit.recognised) == 4
    assert [m.clause for m in rows[HES]["row"].audit.missing] == ["3"]
    assert learner_record(cast["learner"], cast["learner"].person_id) == before
    more = {"program": "MITx/SCM", "degree": "bachelor", "course": "HES/MGMT-E-1000", "grade": "B", "scale": "letter"}
    page = one.post("/pathways/what-if/", more | {"completed": ""})
    rows = {s["row"].agreement.id: s for s in page.context["rows"]}
    assert rows[HES]["row"].audit.outcome == "met" and rows[HES]["was"] == "not_met"


def test_what_if_is_for_visitors_too(cast, client) -> None:
    assert client.get("/pathways/what-if/").status_code == 200
    assert client.post("/pathways/what-if/", {"program": "MITx/SDS"}).status_code == 200


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"course": "nonsense", "grade": "B", "scale": "letter", "completed": ""}, 422),
        ({"course": "A/B", "grade": "9" * 99, "scale": "points", "completed": ""}, 422),
        ({"program": "MITx/NONE"}, 404),
        ({"day": "2018-99-99"}, 422),
        ({"test": "TOEFL", "score": "<script>", "taken": ""}, 422),
    ],
)
def test_what_if_says_what_is_wrong(cast, client, sent, status) -> None:
    page = client.post("/pathways/what-if/", sent)
    assert page.status_code == status
    assert "<script>" not in page.content.decode()


def test_four_side_by_side(cast, client) -> None:
    page = client.get(f"/pathways/compare/?p={HES}&p={MIT}&p={HES}")
    assert [s["row"].agreement.id for s in page.context["rows"]] == [HES, MIT]
    five = "&".join(f"p={shown.agreement.id}" for shown in client.get("/pathways/compare/").context["all"][:5])
    page = client.get(f"/pathways/compare/?{five}")
    assert len(page.context["rows"]) == 4 and "the first four" in page.content.decode()
    page = client.get("/pathways/compare/?p=<b>none</b>")
    assert page.status_code == 200 and b"<b>none" not in page.content


def test_next_steps_with_prices_and_dates(holder, django_assert_max_num_queries) -> None:
    with django_assert_max_num_queries(16):
        page = holder.get("/pathways/next/")
    found = page.context["steps"].found
    first = found[0]
    assert first.opens and "Then every clause is met of:" in page.content.decode()
    bridge = next(step for step in found if step.kind == "course")
    assert bridge.price.as_json() == {"minor": 270000, "currency": "USD"}
    assert Client().get("/pathways/next/").status_code == 302
