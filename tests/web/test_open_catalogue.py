"""What anybody and any program reads of the network, and on whose sites it may be shown."""

import json
import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.factories.people import NOW, SYSTEM
from tests.factories.world import load_world
from tests.pathways.examples import agreement
from tests.web.test_pathways import HES, as_person

from linkspan.kernel.errors import Unusable
from linkspan.pathways.actions import publish_version
from linkspan.pathways.rules.agreement.widget import check_origin
from linkspan.site.sample.load import email_of

MIT = "mit-scm-blended-from-mitx-scm"

BASE = "http://127.0.0.1:8000"


@pytest.fixture
def cast(db, monkeypatch):
    monkeypatch.setenv("LINKSPAN_ON", "2018-10-03T12:00:00+00:00")
    return load_world()


def test_the_list_for_programs(cast, client, django_assert_max_num_queries) -> None:
    client.get("/pathways.json")
    with django_assert_max_num_queries(3):
        answer = client.get("/pathways.json")
    assert answer["Access-Control-Allow-Origin"] == "*" and "max-age=300" in answer["Cache-Control"]
    rows = {row["id"]: row for row in answer.json()["pathways"]}
    assert rows[HES]["url"] == f"{BASE}/pathways/{HES}/"
    assert rows[HES]["recognised"] == {"most": 16, "unit": "credits"}
    assert rows[HES]["tuition_left"] == {"minor": 2160000, "currency": "USD"}
    assert rows[HES]["next_close"] is None and rows[HES]["receiving"]["name"] == "Harvard Extension School"
    assert rows[MIT]["next_close"] == "2018-11-15"
    assert client.post("/pathways.json").status_code == 405


def test_schema_org(cast, client) -> None:
    answer = client.get("/pathways.jsonld")
    assert answer["Content-Type"] == "application/ld+json"
    told = answer.json()
    assert told["@context"] == "https://schema.org"
    one = next(p for p in told["@graph"] if p["url"].endswith(f"/{HES}/"))
    assert one["@type"] == "EducationalOccupationalProgram" and "applicationDeadline" not in one
    other = next(p for p in told["@graph"] if p["url"].endswith(f"/{MIT}/"))
    assert (other["applicationStartDate"], other["applicationDeadline"]) == ("2018-10-01", "2018-11-15")
    assert one["offers"] == {"@type": "Offer", "category": "Tuition", "price": "21600.00", "priceCurrency": "USD"}
    assert one["programPrerequisites"][0]["name"] == "Supply Chain Management"
    assert client.get(f"/pathways/{HES}.jsonld").json()["@graph"] == [one]
    assert client.get("/pathways/none.jsonld").status_code == 404
    told = client.get(f"/pathways/{HES}.ctdl.json")
    assert told["Content-Type"] == "application/ld+json"
    assert "ceterms:Pathway" in {node["@type"] for node in told.json()["@graph"]}
    assert client.get("/pathways/none.ctdl.json").status_code == 404


def test_the_page_carries_the_same_for_search_engines(cast, client) -> None:
    text = client.get(f"/pathways/{HES}/").content.decode()
    block = re.search(r'<script type="application/ld\+json">(.*?)</script>', text, re.S).group(1)
    assert json.loads(block) == client.get(f"/pathways/{HES}.jsonld").json()
    assert f'<link rel="canonical" href="{BASE}/pathways/{HES}/">' in text
    assert '<meta name="description" content="From Supply Chain Management' in text


def test_text_of_an_agreement_cannot_leave_the_data_block(cast, client) -> None:
    hostile = agreement()
    hostile["requirements"][0]["text"] = "</script><script>alert(1)</script><!-- & "
    hostile["receiving"]["title"] = '"><img src=x onerror=alert(1)>'
    publish_version(actor=SYSTEM, document=hostile, now=NOW)
    text = client.get("/pathways/receiving-from-sending/").content.decode()
    assert "<script>alert" not in text and "<img src=x" not in text
    block = re.search(r'<script type="application/ld\+json">(.*?)</script>', text, re.S).group(1)
    assert "</script><script>alert(1)</script><!-- & " in json.loads(block)["@graph"][0]["programPrerequisites"]


def test_sitemap_and_robots(cast, client) -> None:
    answer = client.get("/sitemap.xml")
    places = [
        node.text for node in ET.fromstring(answer.content).iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")
    ]
    assert f"{BASE}/pathways/{HES}/" in places and f"{BASE}/programs/MITx/SCM/" in places
    for place in places:
        assert client.get(place.removeprefix(BASE)).status_code == 200, place
    robots = client.get("/robots.txt").content.decode()
    assert f"Sitemap: {BASE}/sitemap.xml" in robots and "Disallow: /desk/\n" in robots
    closed = re.findall(r"Disallow: (\S+)", robots)
    assert not [p for p in places if any(p.removeprefix(BASE).startswith(c) for c in closed)]


def test_the_frame_is_for_the_sites_that_the_school_named(cast, client) -> None:
    answer = client.get("/widget/HES/")
    assert "frame-ancestors 'none'" in answer["Content-Security-Policy"] and "X-Frame-Options" not in answer
    registrar = as_person(email_of("registrar"))
    for path in ("https://WWW.Example.edu/", "https://www.example.edu"):
        assert registrar.post("/desk/widget/HES/", {"do": "add", "origin": path}).status_code == 302
    answer = client.get("/widget/HES/")
    policy = answer["Content-Security-Policy"]
    assert policy.endswith("frame-ancestors https://www.example.edu") and "unsafe" not in policy
    assert not answer.cookies and b"/pathways/hes-management" in answer.content
    assert "frame-ancestors 'none'" in client.get("/widget/MIT/")["Content-Security-Policy"]
    assert "<iframe" in registrar.get("/desk/widget/HES/").content.decode().replace("&lt;", "<")
    registrar.post("/desk/widget/HES/", {"do": "remove", "origin": "https://www.example.edu"})
    assert "frame-ancestors 'none'" in client.get("/widget/HES/")["Content-Security-Policy"]
    assert client.get("/widget/none/").status_code == 404


@pytest.mark.parametrize("persona", ["learner", "hes-admissions", "mit-admissions", "dean", "auditor"])
def test_nobody_else_places_it(cast, persona) -> None:
    client = as_person(email_of(persona))
    assert client.get("/desk/widget/HES/").status_code == 403
    assert client.post("/desk/widget/HES/", {"do": "add", "origin": "https://evil.example"}).status_code == 403


def test_a_registrar_places_only_the_own_school(cast) -> None:
    form = {"do": "add", "origin": "https://a.example"}
    assert as_person(email_of("registrar")).post("/desk/widget/MIT/", form).status_code == 403


@pytest.mark.parametrize(
    "written",
    [
        "",
        "www.example.edu",
        "http://www.example.edu",
        "https://example.edu/page",
        "https://example.edu; script-src *",
        "https://example.edu https://other.example",
        "https://user@example.edu",
        "https://*.example.edu",
        "https://example.edu:99999",
        "https://-bad-.example",
        "https://exämple.edu",
        "javascript:alert(1)",
        "https://[::1",
        "https://a.example?x",
        "https://a.example#x",
        "'none'",
    ],
)
def test_what_is_no_origin(written) -> None:
    with pytest.raises(Unusable):
        check_origin(written)


@given(st.text(max_size=60))
def test_nothing_gets_into_the_header_but_an_origin(written) -> None:
    try:
        spelled = check_origin(f"https://{written}")
    except Unusable:
        return
    assert re.fullmatch(r"https://[a-z0-9.-]+(:\d{1,5})?", spelled)
