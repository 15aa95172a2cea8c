"""Safe Exam Browser asked for: hashes made as a client makes them, behind a proxy, wrong, missing, waived."""

import json
import plistlib
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from http.cookies import SimpleCookie

import pytest
from django.contrib.auth import get_user_model
from django.test import Client as Browser
from tests.factories import exams as make
from tests.factories.exams import LATER
from tests.factories.people import NOW, SYSTEM, person, token_for

from linkspan.exams import actions, queries
from linkspan.exams.engines.seb import config_key, from_json
from linkspan.exams.engines.seb_client import lockdown_of
from linkspan.exams.models import ResponseRow
from linkspan.exams.rules import Client, Floor, Lockdown, OutsideSeb, version_takes
from linkspan.kernel.audit import trail_of
from linkspan.kernel.errors import NotFound, NotPermitted, Refused, Unusable

pytestmark = pytest.mark.django_db
BASE = "https://exams.example.edu"
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/128.0 Safari/537.36 SEB/3.8.0"
LISTED = "ab" * 32


@pytest.fixture(autouse=True)
def at(monkeypatch, settings, tmp_path):
    monkeypatch.setattr("linkspan.site.middleware.domain_now", lambda: LATER)
    settings.DOCUMENT_ROOT, settings.BASE_URL = tmp_path, BASE
    settings.ALLOWED_HOSTS = ["inside"]


@pytest.fixture
def lockdown(cast):
    """The exam's next version is published, taken in Safe Exam Browser from 3.6 on."""
    actions.draft_version(actor=SYSTEM, code="CFx", now=NOW)
    actions.put_plain_seb(actor=SYSTEM, code="CFx", versions=["Win.3.6.min"], quit_url="", now=NOW)
    return actions.publish_version(actor=SYSTEM, code="CFx", number=2, now=NOW).exam.seb


@pytest.fixture
def ready(cast, lockdown, learner):
    """An attempt that waits for its start."""
    attempt = actions.create_attempt(actor=learner, sitting_id=make.put_sitting(), now=NOW)
    actions.confirm_identity(actor=make.at_the_door(), attempt_id=attempt.id, now=NOW)
    return attempt


def hashed(key: str, path: str) -> str:
    """What a client sends for a page: the hash of its address as it stands in the address bar, and the key."""
    return sha256(f"{BASE}{path}{key}".encode()).hexdigest()


def headers(lockdown: Lockdown, path: str, **more: str) -> dict[str, str]:
    return {"X-SafeExamBrowser-ConfigKeyHash": hashed(lockdown.config_key, path), "User-Agent": WINDOWS, **more}


def client_at(lockdown: Lockdown, path: str) -> Client:
    return Client.of(BASE + path, headers(lockdown, path))


class Seb:
    """A browser behind a proxy that ends TLS and asks an inner host; with a key it is Safe Exam Browser."""

    def __init__(self, actor, lockdown: Lockdown | None) -> None:
        self.browser = Browser(headers={"Host": "inside", "X-Forwarded-Proto": "https"})
        self.browser.force_login(get_user_model().objects.get(id=actor.person_id))
        self.lockdown = lockdown

    def get(self, path: str):
        return self.browser.get(path, headers=self._shown(path))

    def post(self, path: str, body, **named):
        return self.browser.post(path, body, headers=self._shown(path), **named)

    def _shown(self, path: str) -> dict[str, str]:
        return headers(self.lockdown, path) if self.lockdown else {}


def test_every_request_of_an_attempt_shows_the_hash_of_its_public_address(ready, learner, lockdown) -> None:
    here = f"/exams/attempts/{ready.id}/"
    seb = Seb(learner, lockdown)
    assert b"Start the exam" in seb.get(here).content
    assert seb.post(f"{here}start/", {}).status_code == 302
    assert b"Question 2" in seb.get(here).content
    assert seb.post(f"{here}pages/", {}).status_code == 200
    client = replace(client_at(lockdown, here), device=seb.browser.cookies["device"].value)
    item = queries.questions(learner, ready.id, now=LATER, client=client)[0].id
    assert seb.post(f"{here}save/", {"do": "check", f"item_{item}": "0"}).status_code == 302
    assert seb.get(f"{here}check/?page=&changes=").status_code == 200
    assert seb.post(f"{here}save/", {"do": "submit"}).status_code == 302
    left = seb.get(here).content.decode()
    assert queries.attempt(learner, ready.id).state == "submitted"
    assert f'href="{BASE}/exams/CFx/seb/leave/"' in left


def test_another_browser_gets_a_reason_and_loses_nothing(ready, learner, lockdown) -> None:
    here = f"/exams/attempts/{ready.id}/"
    seb, plain = Seb(learner, lockdown), Seb(learner, None)
    shown = plain.get(here)
    assert shown.status_code == 200 and b"Start the exam" not in shown.content
    assert "sebs://exams.example.edu/exams/CFx/seb/2.seb" in shown.content.decode()
    assert plain.post(f"{here}start/", {}).status_code == 409
    assert queries.attempt(learner, ready.id).state == "identity_confirmed"
    seb.post(f"{here}start/", {})
    other = Seb(learner, replace(lockdown, config_key="0" * 64))
    for browser, words in ((plain, "Open the exam&#x27;s file"), (other, "other settings")):
        for path in (here, f"{here}check/"):
            answer = browser.get(path)
            assert (answer.status_code, words in answer.content.decode()) == (409, True)
            assert b"Question 1" not in answer.content
        saved = browser.post(f"{here}save/", {"do": "submit", "item_b1": "0"})
        assert saved.status_code == 409
        assert '<input type="hidden" name="item_b1" value="0">' in saved.content.decode()
        assert browser.post(f"{here}pages/", {}).json()["code"].startswith("seb_")
    assert queries.attempt(learner, ready.id).state == "started" and not ResponseRow.objects.exists()


def test_the_hash_of_one_page_opens_no_other(ready, learner, lockdown) -> None:
    here = f"/exams/attempts/{ready.id}/"
    seb = Seb(learner, lockdown)
    stolen = headers(lockdown, here)
    assert seb.browser.post(f"{here}start/", {}, headers=stolen).status_code == 409
    assert seb.browser.get(here, {"x": "1"}, headers=stolen).status_code == 200
    seb.post(f"{here}start/", {})
    assert seb.browser.get(here, {"x": "1"}, headers=stolen).status_code == 409
    assert seb.get(f"{here}?x=%C3%A9").status_code == 200


def test_a_page_proves_itself_by_script_where_no_headers_are_sent(ready, learner, lockdown, monkeypatch) -> None:
    here = f"/exams/attempts/{ready.id}/"
    mac = Seb(learner, None)
    told = {"page": f"{BASE}{here}", "config": hashed(lockdown.config_key, here), "client": ""}
    name = {"name": "Safe Exam Browser_macOS_3.4_1A_org.safeexambrowser"}

    def prove(**more):
        body = json.dumps(told | name | more)
        return mac.browser.post(f"{here}seb/", body, content_type="application/json").status_code

    assert prove(config="0" * 64) == 409
    assert prove(page="https://elsewhere.example/") == prove(page=f"{BASE}/exams/") == 422
    assert mac.browser.post(f"{here}seb/", "[]", content_type="application/json").status_code == 422
    assert mac.post(f"{here}start/", {}).status_code == 409
    assert prove() == 200
    assert mac.post(f"{here}start/", {}).status_code == 302
    proof = mac.browser.cookies["seb"]
    assert (proof["path"], proof["httponly"]) == (here, True)
    assert mac.get(here).status_code == 200
    monkeypatch.setattr("linkspan.site.middleware.domain_now", lambda: LATER + timedelta(minutes=3))
    assert mac.get(here).status_code == 409
    mac.browser.cookies = SimpleCookie(mac.browser.cookies | {"seb": "forged"})
    assert mac.get(here).status_code == 409


def test_only_listed_clients_of_a_taken_version(ready, learner, lockdown, cast) -> None:
    here = f"/exams/attempts/{ready.id}/"
    keys = {"actor": cast["staff"], "code": "CFx", "number": 2, "now": NOW}
    with pytest.raises(Unusable):
        actions.list_seb_clients(keys=["no key"], **keys)
    listed = actions.list_seb_clients(keys=[LISTED.upper(), "", LISTED], **keys).exam.seb
    assert listed.client_keys == (LISTED,) and listed.config_key == lockdown.config_key
    told = headers(lockdown, here)

    def why(**more):
        found = queries.seb_lacking(learner, ready.id, Client.of(BASE + here, told | more), LATER)
        return found and found.code

    right = {"X-SafeExamBrowser-RequestHash": hashed(LISTED, here)}
    assert why() == "seb_client_unknown"
    assert why(**{"X-SafeExamBrowser-RequestHash": hashed("cd" * 32, here)}) == "seb_client_unknown"
    assert why(**right) is None
    assert why(**right, **{"User-Agent": WINDOWS.replace("3.8.0", "3.5.9")}) == "seb_version"
    assert why(**right, **{"User-Agent": "Mozilla/5.0 (Windows NT 10.0)"}) == "seb_version"
    assert why(**right, **{"User-Agent": "Mozilla/5.0 (Macintosh) SEB/2.1"}) is None


@pytest.mark.parametrize(
    ("floor", "name", "taken"),
    [
        ("Win.3.6.min", "SEB_Windows_3.6.0", True),
        ("Win.3.6.1.min", "SEB_Windows_3.6", False),
        ("Win.3.6", "SEB_Windows_3.6.4", True),
        ("Win.3.6", "SEB_Windows_3.7", False),
        ("Mac.3.4.AE.min", "SEB_macOS_3.10_x", True),
        ("iOS.3.4.min", "SEB_iOS_3.3.9_x", False),
    ],
)
def test_a_floor_is_read_as_the_browser_reads_it(floor, name, taken) -> None:
    asked = Lockdown("", (), (Floor.read(floor),), "")
    assert version_takes(asked, Client(name=name)) is taken


@pytest.mark.parametrize("given", ["", "3.6", "Linux.3.6", "Win.3.6.max", "Win", "Win.3.6.min x"])
def test_what_is_no_floor_is_named(given) -> None:
    with pytest.raises(Unusable, match="is no version"):
        Floor.read(given)


def waiver(**more):
    return {"minutes": 30, "reason": "The network blocks it.", "now": LATER} | more


def test_a_proctor_waives_it_for_one_attempt_until_a_time(ready, learner, cast) -> None:
    start = {"actor": learner, "attempt_id": ready.id}
    with pytest.raises(OutsideSeb):
        actions.start_attempt(now=LATER, **start)
    strangers = (learner, cast["staff"], person("Far Proctor", ("proctor", "HES")), person("No Body"))
    for actor in strangers:
        with pytest.raises(NotPermitted):
            actions.waive_seb_for_attempt(actor=actor, attempt_id=ready.id, **waiver())
    with pytest.raises(Unusable):
        actions.waive_seb_for_attempt(actor=cast["proctor"], attempt_id=ready.id, **waiver(reason=" "))
    given = actions.waive_seb_for_attempt(actor=cast["proctor"], attempt_id=ready.id, **waiver())
    assert actions.waive_seb_for_attempt(actor=cast["proctor"], attempt_id=ready.id, **waiver()) == given
    actions.start_attempt(now=LATER, **start)
    assert queries.questions(learner, ready.id, now=LATER + timedelta(minutes=29))
    with pytest.raises(OutsideSeb):
        queries.questions(learner, ready.id, now=given.ends_at)
    (told,) = [entry for entry in trail_of(f"exams.attempt:{ready.id}") if entry.verb == "waive_seb"]
    assert told.why == "The network blocks it."
    assert queries.waivers_of(cast["proctor"], ready.id) == (given,)


def test_a_waiver_of_a_sitting_is_for_all_in_it_and_can_end_early(ready, learner, cast) -> None:
    sitting, proctor = {"sitting_id": ready.sitting.id}, cast["proctor"]
    far = person("Far Proctor", ("proctor", "HES"))
    with pytest.raises(NotPermitted):
        actions.waive_seb_for_sitting(actor=far, **sitting, **waiver())
    assert [row.id for row in queries.seb_sittings(proctor, LATER)] == [ready.sitting.id]
    assert queries.seb_sittings(far, LATER) == queries.seb_waivers(far, LATER) == ()
    given = actions.waive_seb_for_sitting(actor=proctor, **sitting, **waiver())
    assert queries.seb_waivers(proctor, LATER) == (given,)
    actions.start_attempt(actor=learner, attempt_id=ready.id, now=LATER)
    with pytest.raises(NotPermitted):
        actions.end_seb_waiver(actor=far, waiver_id=given.id, now=LATER)
    actions.end_seb_waiver(actor=proctor, waiver_id=given.id, now=LATER + timedelta(minutes=1))
    with pytest.raises(OutsideSeb):
        queries.questions(learner, ready.id, now=LATER + timedelta(minutes=1))
    with pytest.raises(Refused, match="over"):
        actions.waive_seb_for_sitting(actor=proctor, **sitting, **waiver(now=make.CLOSES))


def test_what_comes_late_from_another_browser_is_kept_and_says_so(ready, learner, lockdown, cast) -> None:
    here = f"/exams/attempts/{ready.id}/"
    client = client_at(lockdown, here)
    started = actions.start_attempt(actor=learner, attempt_id=ready.id, now=LATER, client=client)
    end = started.deadline + timedelta(minutes=1)
    with pytest.raises(OutsideSeb):
        actions.submit_attempt(actor=learner, attempt_id=ready.id, now=LATER)
    item = queries.questions(learner, ready.id, now=LATER, client=client)[0].id
    save = {"actor": learner, "attempt_id": ready.id, "item": item, "replaces": None}
    with pytest.raises(OutsideSeb):
        actions.save_response(given=["4"], now=LATER, **save)
    actions.save_response(given=["0"], now=LATER, client=client, **save)
    actions.save_response(given=["4"], now=end, **save)
    waiting = next(iter(queries.late_answers(cast["proctor"]).values()))
    assert [(one.given, one.without_seb) for one in waiting] == [(("4",), True)]


def test_the_file_has_the_key_that_the_exam_asks_for(lockdown, cast, client) -> None:
    answer = client.get("/exams/CFx/seb/2.seb", headers={"Host": "inside"})
    assert answer["Content-Type"] == "application/seb"
    found = plistlib.loads(answer.content)
    assert config_key(found) == lockdown.config_key
    assert (found["startURL"], found["sebAllowedVersions"]) == (f"{BASE}/exams/CFx/seb/", ["Win.3.6.min"])
    actions.draft_version(actor=SYSTEM, code="CFx", now=NOW)
    assert client.get("/exams/CFx/seb/3.seb", headers={"Host": "inside"}).status_code == 404
    assert Seb(cast["staff"], None).get("/exams/CFx/seb/3.seb").status_code == 200


UPLOAD = {"startURL": f"{BASE}/exams/", "sendBrowserExamKey": True, "examKeySalt": {"data_base64": "AAEC"}}


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({}, None),
        ({"startURL": "https://exams.example.edu.evil.example/"}, "seb_start_elsewhere"),
        ({"sendBrowserExamKey": False}, "seb_sends_nothing"),
        ({"sebAllowedVersions": ["3.6"]}, "seb_version_unusable"),
        ({"sebAllowedVersions": "Win.3.6"}, "seb_versions_unusable"),
        ({"quitURL": "javascript:alert(1)"}, "seb_quit_unusable"),
        ({"zoom": 1.5}, "real"),
        ({"long": "x" * 100_001}, "seb_settings_large"),
    ],
)
def test_settings_with_which_nobody_could_sit_the_exam_are_refused(changed, code) -> None:
    given = from_json(UPLOAD | changed)
    if code is None:
        assert lockdown_of(given, BASE).config_key == config_key({**UPLOAD, "examKeySalt": b"\0\1\2"})
        return
    with pytest.raises(Unusable) as refused:
        lockdown_of(given, BASE)
    assert refused.value.code == code


def test_an_uploaded_file_is_taken_whole_or_not_at_all(cast) -> None:
    actions.draft_version(actor=SYSTEM, code="CFx", now=NOW)
    given = {"actor": cast["staff"], "code": "CFx", "now": NOW}
    right = actions.take_seb_file(content=plistlib.dumps(from_json(UPLOAD)), **given).exam.seb
    assert right == actions.take_seb_file(content=json.dumps(UPLOAD).encode(), **given).exam.seb
    assert plistlib.loads(queries.seb_file(cast["staff"], "CFx", 2)) == from_json(UPLOAD)
    for content in (b"", b"{", b"pswd....", b'{"startURL": "https://elsewhere.example/"}'):
        with pytest.raises(Unusable):
            actions.take_seb_file(content=content, **given)
    with pytest.raises(NotFound):
        actions.take_seb_file(content=b"", **given | {"actor": person("Far Author", ("author", "HES"))})
    assert queries.version(cast["staff"], "CFx", 2).exam.seb == right


def test_without_https_no_exam_asks_for_it(cast, settings) -> None:
    settings.BASE_URL = "http://exams.example.edu"
    actions.draft_version(actor=SYSTEM, code="CFx", now=NOW)
    with pytest.raises(Unusable, match="begins with https"):
        actions.put_plain_seb(actor=SYSTEM, code="CFx", versions=(), quit_url="", now=NOW)


def test_the_api_asks_for_the_hash_too_and_has_every_act(ready, learner, lockdown, cast) -> None:
    def call(actor, path, body=None, **shown):
        told = {"Authorization": f"Bearer {token_for(actor)}", "Host": "inside", "Idempotency-Key": path, **shown}
        if body is None:
            return Browser().get(path, headers=told)
        return Browser().post(path, body, content_type="application/json", headers=told)

    start = f"/api/v1/exams/attempts/{ready.id}/start"
    refused = call(learner, start, {})
    assert (refused.status_code, refused.json()["type"]) == (409, "urn:linkspan:problem:seb_missing")
    shown = headers(lockdown, start)
    assert call(learner, start, {}, **shown | {"Idempotency-Key": "again"}).json()["state"] == "started"
    assert call(learner, f"/api/v1/exams/attempts/{ready.id}/questions").status_code == 409
    waive = f"/api/v1/exam_seb/attempts/{ready.id}/waivers"
    body = {"minutes": 5, "reason": "It crashed."}
    far = person("Far Proctor", ("proctor", "HES"))
    assert {call(actor, waive, body).status_code for actor in (learner, far, cast["staff"])} == {403}
    given = call(cast["proctor"], waive, body).json()
    assert call(cast["proctor"], "/api/v1/exam_seb/waivers").json() == [given]
    assert call(learner, f"/api/v1/exams/attempts/{ready.id}/questions").status_code == 200
    assert call(far, f"/api/v1/exam_seb/waivers/{given['id']}/end", {}).status_code == 403
    assert call(cast["proctor"], f"/api/v1/exam_seb/waivers/{given['id']}/end", {}).status_code == 204
    found = call(cast["staff"], "/api/v1/exam_seb/exams/CFx/versions/2").json()
    assert found["config_key"] == lockdown.config_key and found["versions"] == ["Win.3.6.min"]


def test_staff_set_and_remove_it_by_pages(cast) -> None:
    actions.draft_version(actor=SYSTEM, code="CFx", now=NOW)
    staff, here = Seb(cast["staff"], None), "/desk/exams/make/CFx/seb/"
    wrong = staff.post(here, {"do": "plain", "versions": "Win.3.6.min\nsix", "quit_url": ""})
    assert wrong.status_code == 422 and b"Win.3.6.min\nsix" in wrong.content
    assert staff.post(here, {"do": "plain", "versions": "Win.3.6.min", "quit_url": ""}).status_code == 302
    asked = queries.version(cast["staff"], "CFx", 2).exam.seb
    assert asked.quit_url == f"{BASE}/exams/CFx/seb/leave/"
    shown = staff.get(here).content.decode()
    assert asked.config_key in shown and "/exams/CFx/seb/2.seb" in shown
    listing = "/desk/exams/make/CFx/versions/2/seb/"
    assert staff.post(listing, {"keys": f"{LISTED}\nx"}).status_code == 422
    assert staff.post(listing, {"keys": LISTED}).status_code == 302
    assert LISTED in staff.get(listing).content.decode()
    assert staff.post(here, {"do": "none"}).status_code == 302
    assert queries.version(cast["staff"], "CFx", 2).exam.seb is None
    far = Seb(person("Far Author", ("author", "HES")), None)
    assert {far.get(here).status_code, far.post(here, {"do": "none"}).status_code, far.get(listing).status_code} == {
        404
    }
