"""What Prometheus reads: counted where it happens, in bounded labels, for those alone whom a setting names."""

import re

import pytest
from django.test import Client, RequestFactory
from prometheus_client.parser import text_string_to_metric_families
from tests.factories.people import browser, person
from tests.vc.makers import NOW, badge

from linkspan.credentials.queries import judge
from linkspan.kernel.measures import REGISTRY
from linkspan.site.metrics import metrics

TOKEN = "a-token-of-this-test"


def told(client: Client, **headers: str) -> dict[tuple[str, tuple[str, ...]], float]:
    """Each figure by its name and the values of its labels."""
    answer = client.get("/metrics", headers=headers, HTTP_HOST="127.0.0.1:8000")
    assert answer.status_code == 200
    families = text_string_to_metric_families(answer.content.decode())
    return {(one.name, tuple(one.labels.values())): one.value for family in families for one in family.samples}


@pytest.fixture
def asked(settings):
    """Whether somebody may read, by the settings and what they send."""

    def ask(*, token="", loopback=False, **sent) -> int:
        settings.METRICS_TOKEN, settings.METRICS_LOOPBACK = token, loopback
        return metrics(RequestFactory().get("/metrics", **{"HTTP_HOST": "127.0.0.1:8000", **sent})).status_code

    return ask


@pytest.mark.django_db
def test_who_may_read(asked) -> None:
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {TOKEN}"}
    assert asked(**bearer) == 404
    assert asked(token=TOKEN) == 401
    assert asked(token=TOKEN, HTTP_AUTHORIZATION=f"Bearer {TOKEN}x") == 401
    assert asked(token=TOKEN, HTTP_AUTHORIZATION=f"Basic {TOKEN}") == 401
    assert asked(token=TOKEN, HTTP_AUTHORIZATION="Bearer \xe9") == 401
    assert asked(token=TOKEN, HTTP_HOST="elsewhere.example", **bearer) == 200
    assert asked(loopback=True, HTTP_AUTHORIZATION="Bearer ") == 200
    assert asked(loopback=True, REMOTE_ADDR="::1") == 200
    assert asked(loopback=True, REMOTE_ADDR="10.0.0.7") == 401
    assert asked(loopback=True, HTTP_HOST="linkspan.example.edu") == 401
    assert asked(loopback=True, HTTP_HOST="[") == 401


@pytest.mark.django_db
def test_requests_sign_ins_and_verdicts_are_counted(settings) -> None:
    settings.METRICS_LOOPBACK = True
    ada, client = person("Ada"), Client()
    before = told(client)
    client.get("/verify/")
    client.get("/no/such/page/")
    client.generic("BREW", "/verify/")
    client.post("/accounts/login/", {"login": "ada@example.org", "password": "wrong"})
    browser(ada)
    verdict = judge(badge(), NOW)
    after = told(client)
    grown = {key: value - before.get(key, 0) for key, value in after.items() if value != before.get(key, 0)}
    counted = {key[1]: value for key, value in grown.items() if key[0] == "linkspan_requests_total"}
    assert counted[("GET", "verify/", "200")] == 1
    assert counted[("GET", "unknown", "404")] == 1
    assert ("other", "verify/") in {key[:2] for key in counted}
    assert grown[("linkspan_verdicts_total", (verdict.verdict,))] == 1
    assert grown[("linkspan_sign_ins_total", ("refused",))] == 1
    assert grown[("linkspan_sign_ins_total", ("in",))] == 1
    assert grown[("linkspan_request_seconds_count", ("unknown",))] == 1


@pytest.mark.django_db
def test_labels_are_bounded_and_tell_of_nobody(settings) -> None:
    settings.METRICS_LOOPBACK = True
    client = Client()
    before = len(told(client))
    for number in range(40):
        client.get(f"/{number}/ada@example.org/")
        client.get(f"/pay/0190f2b4-0000-7000-8000-{number:012}/?of=ada@example.org")
    assert len(told(client)) < before + 40, "a route is a pattern, whatever the address holds"
    text = client.get("/metrics", HTTP_HOST="localhost").content.decode()
    assert "ada@" not in text, "a route may well be called metadata"
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}", text)


@pytest.mark.django_db
def test_queues_and_exams_are_told_as_they_stand(settings) -> None:
    settings.METRICS_LOOPBACK = True
    figures = told(Client())
    assert figures[("linkspan_database_up", ())] == 1
    lanes = ("fast", "mail", "partner", "signing", "heavy")
    states = ("waiting", "failing", "given_up")
    assert {key[1] for key in figures if key[0] == "linkspan_deliveries"} == {(x, y) for x in lanes for y in states}
    assert {key[1] for key in figures if key[0] == "linkspan_queue_age_seconds"} == {(lane,) for lane in lanes}
    assert figures[("linkspan_exams_in_progress", ())] == 0
    assert figures[("linkspan_worker_silent", ())] == 1


def test_what_is_counted_has_the_name_of_the_product() -> None:
    assert [family.name for family in REGISTRY.collect() if not family.name.startswith("linkspan_")] == []
