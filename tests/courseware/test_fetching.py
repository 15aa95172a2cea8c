"""A run is fetched from an Open edX that misbehaves: nothing is lost, nothing doubled, what is missing is unknown."""

import json
from dataclasses import fields
from datetime import timedelta
from urllib.parse import quote

import pytest
from tests.factories.open_edx import CLIENT, SECRET, Peer, serving
from tests.factories.people import NOW, SYSTEM, browser, person
from tests.factories.runs import RUN, put_run

from linkspan.courseware import actions, queries
from linkspan.courseware.models import FetchedRow, FetchRow, PlatformRow
from linkspan.kernel import outbox
from linkspan.kernel.errors import LinkspanError, NotFound, NotPermitted, Unusable
from linkspan.records.models import ExportRow, FactRow
from linkspan.site.command import main

pytestmark = pytest.mark.django_db
KEY = quote(RUN, safe="")
ENROLMENTS, GRADES = "/api/enrollment/v1/enrollments", f"/api/grades/v1/courses/{KEY}/"
PEOPLE = [(f"p{number:02}", "audit" if number % 5 == 0 else "verified", f"0.{number + 50}") for number in range(11)]


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    place = tmp_path_factory.mktemp("platform")
    with serving(place) as found:
        yield found, place / "ca.pem"


@pytest.fixture
def peer(served, settings, tmp_path) -> Peer:
    found, authority = served
    settings.EXCHANGE_LOOPBACK, settings.EXCHANGE_LOOPBACK_CA = [found.place], str(authority)
    settings.DOCUMENT_ROOT = tmp_path / "documents"
    fresh = Peer(found.place, list(PEOPLE))
    for one in fields(Peer):
        setattr(found, one.name, getattr(fresh, one.name))
    put_run()
    return found


@pytest.fixture
def platform(peer):
    told = {"institution": "MITx", "place": f"https://{peer.place}/", "client_id": CLIENT, "secret": SECRET}
    return actions.enter_platform(actor=SYSTEM, now=NOW, **told)


def fetch(platform, rounds=1, now=NOW):
    """Have it fetched, with so many rounds of the worker, each when the platform is due again."""
    made = actions.start_fetch(actor=SYSTEM, platform_id=platform, run_id=RUN, now=now)
    for _ in range(rounds):
        actions.fetch_due(max(now, FetchRow.objects.get(id=made).due))
    outbox.drain(now=now + timedelta(days=1))
    return queries.fetches_of(SYSTEM, platform)[0]


def held() -> dict[str, tuple[str | None, str | None]]:
    rows = FetchedRow.objects.all()
    return {row.username: (row.enrolment and row.enrolment["mode"], row.grade and row.grade["percent"]) for row in rows}


ALL = {name: (mode, percent and str(float(percent))) for name, mode, percent in PEOPLE}


@pytest.mark.parametrize(
    "so",
    [
        {},
        {"numbered": True},
        {"overlap": 2},
        {"numbered": True, "overlap": 3, "size": 2},
        {"token_life": 2},
        {"size": 1},
        {"first": {ENROLMENTS: [(503, {}, b"")], GRADES: [(429, {"Retry-After": "40"}, b""), (502, {}, b"")]}},
        {"first": {"/oauth2/access_token": [(503, {}, b"")], GRADES: [(401, {}, b"")]}},
    ],
)
def test_nothing_is_lost_and_nothing_doubled_however_the_platform_answers(peer, platform, so) -> None:
    for name, value in so.items():
        setattr(peer, name, value)
    found = fetch(platform, rounds=5)
    assert (found.state, found.people, found.without_grade, found.problem) == ("fetched", 11, 0, "")
    assert held() == ALL and ExportRow.objects.count() == 1 and outbox.backlog() == (0, 0)


def test_it_waits_as_the_platform_says_and_goes_on_where_it_was(peer, platform) -> None:
    peer.first = {GRADES: [(429, {"Retry-After": "40"}, b"")]}
    found = fetch(platform)
    assert (found.state, found.part, found.pages) == ("running", "grades", 4)
    assert found.due == NOW + timedelta(seconds=40) and "status 429" in found.problem
    asked = len(peer.asked)
    actions.fetch_due(NOW + timedelta(seconds=39))
    assert len(peer.asked) == asked
    actions.fetch_due(NOW + timedelta(seconds=40))
    assert queries.fetches_of(SYSTEM, platform)[0].state == "fetched"
    assert not any(path.startswith(ENROLMENTS) for path in peer.asked[asked:])


def test_a_worker_that_ended_in_the_middle_is_followed_by_another(peer, platform) -> None:
    made = actions.start_fetch(actor=SYSTEM, platform_id=platform, run_id=RUN, now=NOW)
    FetchRow.objects.filter(id=made).update(lease_until=NOW + timedelta(minutes=15))
    actions.fetch_due(NOW)
    assert peer.asked == []
    actions.fetch_due(NOW + timedelta(minutes=15))
    assert held() == ALL
    assert actions.start_fetch(actor=SYSTEM, platform_id=platform, run_id=RUN, now=NOW) != made


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ((404, {}, b""), "hides it from the client"),
        ((403, {}, b""), "refuses (status 403)"),
        ((302, {"Location": "https://elsewhere.example/"}, b""), "points elsewhere"),
        ((200, {}, b"<html>"), "something else than a page"),
        ((200, {}, {"results": 3}), "something else than a page"),
        ((200, {}, {"results": [], "next": "https://elsewhere.example/x"}), "at another host"),
        (
            (
                200,
                {},
                {
                    "results": [],
                    "next": f"{ENROLMENTS}?course_id={KEY}&page_size=100",
                },
            ),
            "the same page",
        ),
    ],
)
def test_what_no_repetition_mends_ends_it_in_words_and_imports_nothing(peer, platform, answer, code) -> None:
    peer.first = {ENROLMENTS: [answer]}
    found = fetch(platform)
    assert found.state == "failed" and code in found.problem and not ExportRow.objects.exists()


def test_a_platform_that_stays_away_is_given_up(peer, platform) -> None:
    peer.first = {ENROLMENTS: [(503, {}, b"")] * 20}
    found = fetch(platform, rounds=9)
    assert (found.state, found.pages) == ("failed", 0) and "503" in found.problem


def test_who_is_missing_from_a_page_is_unknown_and_no_zero(peer, platform) -> None:
    peer.people = [("a", "verified", "0.7"), ("b", "verified", None), ("c", "verified", "0")]
    found = fetch(platform)
    assert (found.people, found.without_grade) == (3, 1)
    institution, name, raw, reading = queries.fetched_file(found.id)
    lines = raw.decode().splitlines()
    assert lines[1:] == [",a,0.700000,Y,verified,enrolled", ",c,0.000000,N,verified,enrolled"]
    assert (institution, reading.place, reading.run_id) == ("MITx", peer.place, RUN)
    assert name == "MITx_SC0x_1T2018_grade_report_2018-10-03-1200.csv"


def test_what_was_fetched_waits_as_a_file_and_is_imported_like_any_other(peer, platform) -> None:
    fetch(platform)
    client = browser(person("Registrar", ("registrar", "MITx")))
    export = ExportRow.objects.get()
    page = client.get(f"/desk/imports/{export.id}/")
    found = page.context["found"]
    assert (found["new"], found["left_out"], found["refused"]) == (0, 3, 8) and not FactRow.objects.exists()
    assert "linked to nobody" in page.content.decode()


def test_stopped_it_imports_nothing(peer, platform) -> None:
    made = actions.start_fetch(actor=SYSTEM, platform_id=platform, run_id=RUN, now=NOW)
    actions.stop_fetch(actor=SYSTEM, fetch_id=made, now=NOW)
    actions.fetch_due(NOW)
    assert peer.asked == [] and queries.fetches_of(SYSTEM, platform)[0].state == "stopped"


def test_the_secret_is_sealed_and_only_the_registrar_manages(peer, platform) -> None:
    row = PlatformRow.objects.get()
    assert SECRET not in row.secret and SECRET not in repr(queries.platforms_at(SYSTEM, "MITx"))
    told = {"institution": "MITx", "place": "x.example", "client_id": "c", "secret": "s", "now": NOW}
    for actor in (person("Ada"), person("Staff", ("program_staff", "MITx")), person("Far", ("registrar", "HES"))):
        with pytest.raises(NotPermitted):
            actions.enter_platform(actor=actor, **told)
        for act in (
            lambda who: actions.start_fetch(actor=who, platform_id=platform, run_id=RUN, now=NOW),
            lambda who: actions.check_platform(actor=who, platform_id=platform),
            lambda who: actions.remove_platform(actor=who, platform_id=platform, now=NOW),
        ):
            with pytest.raises(NotFound):
                act(actor)
    for wrong in ({"place": ""}, {"place": "a b"}, {"client_id": ""}, {"secret": ""}, {"secret": "x" * 2001}):
        with pytest.raises(Unusable):
            actions.enter_platform(actor=SYSTEM, **(told | wrong))
    put_run("course-v1:HESx+A+1", institution="HES")
    with pytest.raises(NotFound):
        actions.start_fetch(actor=SYSTEM, platform_id=platform, run_id="course-v1:HESx+A+1", now=NOW)


def test_a_wrong_secret_is_told_and_a_private_address_is_not_asked(peer, platform) -> None:
    told = {"actor": SYSTEM, "institution": "MITx", "client_id": CLIENT, "now": NOW}
    actions.check_platform(actor=SYSTEM, platform_id=platform)
    actions.enter_platform(place=peer.place, secret="wrong", **told)
    inside = actions.enter_platform(place="127.0.0.1:9", secret="s", **told)
    for one, code in ((platform, "client_refused"), (inside, "platform_")):
        with pytest.raises(LinkspanError) as error:
            actions.check_platform(actor=SYSTEM, platform_id=one)
        assert error.value.code.startswith(code)


def test_the_pages_the_api_and_the_command(peer, capsys) -> None:
    client = browser(person("Registrar", ("registrar", "MITx")))
    assert client.get("/desk/platforms/")["Location"] == "/desk/MITx/platforms/"
    wrong = client.post("/desk/MITx/platforms/", {"place": peer.place, "client_id": CLIENT})
    assert wrong.status_code == 422 and 'id="secret-error"' in wrong.content.decode()
    assert f'value="{peer.place}"' in wrong.content.decode()
    sent = {"place": peer.place, "client_id": CLIENT, "secret": SECRET}
    page = client.post("/desk/MITx/platforms/", sent)["Location"]
    assert client.post(page, {"do": "check"}).status_code == 302
    assert client.post(page, {"do": "fetch", "run": RUN}).status_code == 302
    assert "running" in client.get(page).content.decode()
    assert client.post(page, {"do": "stop", "fetch": str(FetchRow.objects.get().id)}).status_code == 302
    assert "stopped" in client.get(page).content.decode() and SECRET not in client.get(page).content.decode()
    platform = PlatformRow.objects.get().id
    call = lambda path, body: client.post(  # noqa: E731
        f"/api/v1/platforms{path}", body, content_type="application/json", HTTP_IDEMPOTENCY_KEY=path or "x"
    )
    body = {"institution": "MITx", "platform": peer.place, "client_id": CLIENT}
    assert call("", body).json() == {"id": str(platform)}
    assert call(f"/{platform}/check", {}).status_code == 200
    made = call(f"/{platform}/fetches", {"run": RUN}).json()["id"]
    assert call(f"/fetches/{made}/stop", {}).status_code == 204
    assert main(["platforms", "check", str(platform)]) == main(["platforms", "fetch", str(platform), RUN]) == 0
    assert main(["platforms", "list", "MITx", "--json"]) == 0 and main(["platforms", "list", "HES"]) == 1
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert [one["state"] for one in told["fetches"]] == ["running", "stopped", "stopped"]
    listed = client.get("/api/v1/platforms?institution=MITx").json()
    assert [one["place"] for one in listed] == [peer.place] and SECRET not in json.dumps(listed)
    assert len(client.get(f"/api/v1/platforms/{platform}/fetches").json()) == 3
    assert call(f"/{platform}/remove", {}).status_code == 204 and not FetchRow.objects.exists()
