"""Coupons, rates and schedules by page and API: the same verbs, for whom may set them."""

import base64
import json

import pytest
from tests.factories.people import browser, person, token_for

from linkspan.finance import queries
from linkspan.finance.models import NeedRequestRow, NeedScheduleRow

pytestmark = pytest.mark.django_db
API = "/api/v1/prices"
TYPED = {
    "valid_from": "2030-01-01",
    "currency": "usd",
    "default_threshold": "20000",
    "tiers": "50 90\n75 50\n\n100 25",
    "thresholds": "ke 1200.50",
}


@pytest.fixture
def staff():
    return person("Sue Staff", ("program_staff", "MITx"))


def post(client, who, path, body, key):
    headers = {"HTTP_AUTHORIZATION": f"Bearer {token_for(who)}", "HTTP_IDEMPOTENCY_KEY": key}
    return client.post(f"{API}{path}", json.dumps(body), content_type="application/json", **headers)


def test_a_schedule_is_set_by_page_and_kept_when_it_is_wrong(staff) -> None:
    client, here = browser(staff), "/desk/money/schedules/MITx/"
    for wrong in ({"tiers": "50"}, {"tiers": "50 90\n40 95"}, {"thresholds": "KEN 5"}, {"valid_from": "x"}):
        answer = client.post(here, TYPED | wrong)
        assert answer.status_code == 422 and "20000" in answer.content.decode(), wrong
    assert client.post(here, TYPED | {"tiers": ""}).status_code == 422 and not NeedScheduleRow.objects.exists()
    assert client.post(here, TYPED).status_code == 302
    (one,) = queries.schedules(staff, "MITx")
    told = [(str(tier.up_to), str(tier.percent)) for tier in one.tiers]
    assert told == [
        ("0.50", "90"),
        ("0.75", "50"),
        ("1.00", "25"),
    ]
    assert (one.default_threshold, dict(one.thresholds)) == (2_000_000, {"KE": 120_050})
    assert client.post(here, TYPED).status_code == 302 and NeedScheduleRow.objects.count() == 1
    assert client.post(here, TYPED | {"tiers": "100 1"}).status_code == 409
    for stranger in (person("Ana Sample"), person("Far Away", ("program_staff", "HES"))):
        assert browser(stranger).get(here).status_code == 403 == browser(stranger).post(here, TYPED).status_code


def test_the_api_makes_coupons_rates_schedules_and_requests(staff, client) -> None:
    learner, far = person("Ana Sample"), person("Far Away", ("program_staff", "HES"))
    coupon = {"institution": "MITx", "code": "ten", "percent": "10", "valid_from": "2018-01-01"}
    tiers = [{"up_to": "1", "percent": "50"}]
    schedule = {"currency": "USD", "valid_from": "2018-01-01", "tiers": tiers, "default_threshold": 2_000_000}
    rate = {"base": "EUR", "quote": "USD", "rate": "1.1", "on": "2018-10-01", "source": "A bank"}
    need = {"institution": "MITx", "income_minor": 1, "currency": "USD", "country": "KE"}
    need["document"] = base64.b64encode(b"scan").decode()
    for who in (learner, far):
        for number, (path, body) in enumerate([("/coupons", coupon), ("/schedules/MITx", schedule)]):
            assert post(client, who, path, body, f"a{number}").status_code == 403
    assert post(client, learner, "/rates", rate, "b").status_code == 403
    assert post(client, learner, "/need", need, "c").status_code == 409
    for number, (path, body) in enumerate([("/coupons", coupon), ("/rates", rate), ("/schedules/MITx", schedule)]):
        assert post(client, staff, path, body, f"d{number}").status_code in (200, 204)
    assert [one.code for one in queries.coupons(staff)] == ["TEN"] and len(queries.rates_entered(staff)) == 1
    assert post(client, staff, "/coupons", coupon | {"code": "X", "percent": "NaN"}, "e").status_code == 422
    assert post(client, learner, "/need", need | {"document": "?"}, "f").status_code == 422
    assert post(client, learner, "/need", need, "g").status_code == 200 and NeedRequestRow.objects.count() == 1
