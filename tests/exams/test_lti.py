"""LTI Proctoring Services: launched, begun, controlled and ended; forged, replayed, late, doubled and foreign words."""

import base64
import hashlib
import hmac
import json
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from tests.exams import test_watching
from tests.exams.test_watching import SOON, left, state, told
from tests.factories import exams as make
from tests.factories import tool as make_tool
from tests.factories.exams import LATER
from tests.factories.people import NOW, SYSTEM, browser, person
from tests.factories.tool import AP, BASE, CLIENT, LTI, SCOPE

from linkspan.exams import actions, queries
from linkspan.exams.models import AttemptRow, IncidentRow, LtiControlRow, LtiSessionRow, ServiceRow
from linkspan.exams.rules import ServiceKind, ServiceTerms
from linkspan.exams.rules.lti import same_person
from linkspan.kernel import outbox
from linkspan.kernel.errors import LinkspanError, Refused, Unusable
from linkspan.messages.models import NoticeRow
from linkspan.site.command import main

pytestmark = pytest.mark.django_db
at = test_watching.at


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    place = tmp_path_factory.mktemp("tool")
    with make_tool.serving(place) as found:
        yield found, place / "ca.pem"


@pytest.fixture
def tool(served, settings):
    found, authority = served
    settings.EXCHANGE_LOOPBACK = [found.base_url.removeprefix("https://")]
    settings.EXCHANGE_LOOPBACK_CA, settings.BASE_URL = str(authority), BASE
    cache.clear()
    found.published = {"keys": [found.key.as_dict(private=False)]}
    return found


def put_tool(tool, school="MITx", client=CLIENT):
    places = {"launch_url": f"{tool.base_url}/launch", "jwks_url": f"{tool.base_url}/jwks"}
    terms = ServiceTerms("Watchful", f"{tool.base_url}/login", client, ServiceKind.LTI, **places)
    made = actions.add_service(actor=SYSTEM, institution=school, terms=terms, secret="", now=NOW)
    actions.enable_service(actor=SYSTEM, service_id=made, now=NOW)
    return made


@pytest.fixture
def service(cast, tool, at, monkeypatch):
    monkeypatch.setattr("linkspan.api.lti.domain_now", lambda: at[-1])
    made = put_tool(tool)
    actions.draft_version(actor=SYSTEM, code="CFx", now=NOW)
    actions.put_service(actor=SYSTEM, code="CFx", now=NOW, service_id=made, accepts=True, keeps_days=30)
    actions.publish_version(actor=SYSTEM, code="CFx", number=2, now=NOW)
    return made


@pytest.fixture
def candidate(service, learner):
    actions.agree_to_watching(actor=learner, code="CFx", now=NOW)
    return learner


@pytest.fixture
def page(candidate):
    return browser(candidate)


@pytest.fixture
def attempt(candidate):
    return test_watching.checked_in(candidate)


def say(token, client=None):
    return (client or Client()).post("/lti/start/", {"JWT": token}).status_code


def begun(tool, page, attempt):
    """Launched, let begin, gone on."""
    message = tool.launched(page, attempt)
    assert say(tool.sign(tool.word(message))) == 302
    assert page.post(f"/exams/attempts/{attempt.id}/service/begin/").status_code == 302
    return message


@pytest.fixture
def running(tool, page, attempt, candidate):
    message = begun(tool, page, attempt)
    actions.start_attempt(actor=candidate, attempt_id=attempt.id, now=NOW)
    return message


class Acs:
    """The tool's side of the Assessment Control Service."""

    def __init__(self, tool, message):
        self.tool, self.client = tool, Client()
        link, number = message[f"{LTI}resource_link"]["id"], message[f"{AP}attempt_number"]
        self.named = {"user": {"sub": message["sub"]}, "resource_link": {"id": link}, "attempt_number": number}

    def token(self, at=NOW, assertion=None, **more):
        kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        form = {"grant_type": "client_credentials", "client_assertion_type": kind, "scope": SCOPE}
        form["client_assertion"] = assertion or self.tool.assertion(at)
        return self.client.post("/api/v1/lti/token", form | more)

    def post(self, action, token=None, **more):
        body = {**self.named, "action": action, "incident_time": "2018-10-03T12:15:00Z", **more}
        token = token or self.token().json()["access_token"]
        kind = "application/vnd.ims.lti-ap.v1.control+json"
        headers = {"Authorization": f"Bearer {token}"}
        return self.client.post("/api/v1/lti/control", json.dumps(body), kind, headers=headers)

    def ask(self, action, **more):
        answer = self.post(action, **more)
        return answer.json() if answer.status_code == 200 else answer.status_code


def test_an_attempt_is_launched_begun_handed_in_and_ended(tool, page, attempt, candidate, at, cast) -> None:
    message = tool.launched(page, attempt)
    assert (message["iss"], message["aud"], message["nonce"], message[f"{AP}attempt_number"]) == (BASE, CLIENT, "m1", 1)
    assert message[f"{LTI}message_type"] == "LtiStartProctoring" and message["exp"] - message["iat"] == 300
    assert message[f"{AP}start_assessment_url"] == f"{BASE}/lti/start/"
    assert message[f"{AP}acs"]["assessment_control_url"] == f"{BASE}/api/v1/lti/control"
    assert str(candidate.person_id) not in json.dumps(message)
    word = tool.word(message, **{f"{AP}end_assessment_return": True, f"{AP}verified_user": {"name": candidate.name}})
    assert say(tool.sign(word)) == 302 and state(attempt) == "created"  # nobody signed in went on yet
    shown = page.get(f"/exams/attempts/{attempt.id}/").content.decode()
    assert "Go on with the exam" in shown
    for _ in range(2):
        assert page.post(f"/exams/attempts/{attempt.id}/service/begin/").status_code == 302
    assert state(attempt) == "identity_confirmed" and not told("check_in_waits")
    actions.start_attempt(actor=candidate, attempt_id=attempt.id, now=NOW)
    make.hand_in(candidate, attempt)
    at.append(LATER)
    outbox.drain(now=LATER)
    assert state(attempt) == "submitted" and cast["proctor"].person_id in told("attempt_waits") and left() == 0
    assert "End at Watchful" in page.get(f"/exams/attempts/{attempt.id}/").content.decode()
    ended = tool.launched(page, attempt, "end")
    assert ended[f"{LTI}message_type"] == "LtiEndAssessment" and f"{AP}acs" not in ended
    assert ended[f"{AP}attempt_number"] == 1
    assert say(tool.sign(tool.word(ended))) == 422  # what is handed in does not begin


def test_only_the_browser_of_the_launch_goes_on_and_only_its_learner(tool, page, attempt, candidate) -> None:
    message = tool.launched(page, attempt)
    elsewhere = browser(candidate)
    go_on = f"/exams/attempts/{attempt.id}/service/begin/"
    assert page.post(go_on).status_code == 409  # the tool said nothing yet
    assert say(tool.sign(tool.word(message)), browser(person("Other"))) == 302
    assert elsewhere.post(go_on).status_code == 409 and browser(person("Nobody")).post(go_on).status_code == 404
    assert state(attempt) == "created" and page.post(go_on).status_code == 302
    assert state(attempt) == "identity_confirmed"


def test_another_name_than_the_learners_is_for_a_proctor(tool, page, attempt, cast) -> None:
    seen = {"given_name": "Mallory", "family_name": "<b>Other</b>"}
    assert say(tool.sign(tool.word(tool.launched(page, attempt), **{f"{AP}verified_user": seen}))) == 302
    assert page.post(f"/exams/attempts/{attempt.id}/service/begin/").status_code == 409
    incident = IncidentRow.objects.get()
    assert (incident.kind, incident.note, incident.noted_by) == ("identity", "Mallory <b>Other</b>", "Watchful")
    outbox.drain(now=NOW)
    assert cast["proctor"].person_id in told("service_reviewed") and state(attempt) == "created"
    actions.allow_other_way(actor=cast["proctor"], attempt_id=attempt.id, reason="It is her.", now=SOON)
    actions.confirm_identity(actor=make.at_the_door(), attempt_id=attempt.id, now=SOON)
    assert state(attempt) == "identity_confirmed"


@pytest.mark.parametrize(
    ("verified", "same"),
    [({}, True), (None, True), ({"name": "SAMPLE, Amara"}, True), ({"given_name": "Amara"}, True),
     ({"name": "Amara M. Sample"}, True), ({"name": "Amira Sample"}, False), ({"family_name": "Other"}, False)],
)  # fmt: skip
def test_who_may_be_the_same_person(verified, same) -> None:
    assert same_person(verified, "Amara Sample") is same


ASKED = (
    "redirect_uri",
    "client_id",
    "login_hint",
    "lti_message_hint",
    "scope",
    "response_type",
    "response_mode",
    "nonce",
)


def test_a_launch_is_given_once_to_its_browser_and_its_address(tool, page, attempt, candidate, at) -> None:
    def given(asked, client=page):
        answer = client.get("/lti/authorise/", asked)
        assert (answer.status_code, 'name="id_token"' in answer.content.decode()) in ((200, True), (422, False))
        return answer.status_code == 200

    asked, thief = tool.request(tool.begin(page, attempt)), browser(person("Other"))
    thief.cookies["lti"] = page.cookies["lti"].value
    changed = [asked | {name: "" if name == "nonce" else "https://evil.example/launch"} for name in ASKED]
    assert [given(one) for one in changed] == [False] * len(ASKED)
    assert (given(asked, browser(candidate)), given(asked, thief)) == (False, False)
    assert (given(asked), given(asked)) == (True, False)
    older, newer = (tool.request(tool.begin(page, attempt)) for _ in range(2))
    assert not given(older)
    at.append(NOW + timedelta(hours=2))
    assert not given(newer)


FORGED = ["none", "hs256", "other_key", "issuer", "audience", "expired", "ahead", "long", "no_nonce", "message",
          "version", "deployment", "session_data", "number", "link", "empty", "text", "foreign_data"]  # fmt: skip


def test_forged_words_of_a_tool_begin_nothing(tool, page, attempt, candidate) -> None:
    message = tool.launched(page, attempt)
    good = tool.word(message)
    changes = {
        "issuer": {"iss": "another"}, "audience": {"aud": "https://other.example"}, "no_nonce": {"nonce": ""},
        "expired": {"iat": int(NOW.timestamp()) - 900, "exp": int(NOW.timestamp()) - 600},
        "ahead": {"iat": int(NOW.timestamp()) + 600, "exp": int(NOW.timestamp()) + 900},
        "long": {"exp": int(NOW.timestamp()) + 90_000}, "message": {f"{LTI}message_type": "LtiStartProctoring"},
        "version": {f"{LTI}version": "1.1"}, "deployment": {f"{LTI}deployment_id": "1"},
        "session_data": {f"{AP}session_data": good[f"{AP}session_data"][:-1] + "x"},
        "number": {f"{AP}attempt_number": 2}, "link": {f"{LTI}resource_link": {"id": "other"}},
        "foreign_data": {f"{AP}session_data": ["x"]},
    }  # fmt: skip
    for forged in FORGED:
        token = tool.sign(good | changes.get(forged, {}))
        if forged == "none":
            token = f"eyJhbGciOiJub25lIn0.{token.split('.')[1]}."
        elif forged == "hs256":
            head = base64.urlsafe_b64encode(json.dumps({"alg": "HS256", "kid": tool.key.kid}).encode()).rstrip(b"=")
            signed = head + b"." + token.split(".")[1].encode()
            mac = hmac.digest(tool.key.as_pem(private=False), signed, "sha256")
            token = (signed + b"." + base64.urlsafe_b64encode(mac).rstrip(b"=")).decode()
        elif forged == "other_key":
            token = tool.sign(good, key=tool.other)
        elif forged in ("empty", "text"):
            token = "" if forged == "empty" else "a.b.c" * 5000
        assert say(token) == 422, forged
        assert LtiSessionRow.objects.get().returned_at is None, forged
    assert say(tool.sign(good)) == 302


def test_a_word_is_taken_once_in_time_and_for_the_newest_launch(tool, page, attempt, at) -> None:
    first = tool.launched(page, attempt)
    message = tool.launched(page, attempt)
    assert say(tool.sign(tool.word(first))) == 422  # an older launch
    token = tool.sign(tool.word(message))
    assert (say(token), say(token), say(tool.sign(tool.word(message)))) == (302, 422, 422)
    late = tool.launched(page, attempt)
    at.append(NOW + timedelta(hours=2, minutes=1))
    assert say(tool.sign(tool.word(late), at=at[-1])) == 422 and state(attempt) == "created"


def test_a_tool_of_another_institution_or_switched_off_begins_nothing(tool, page, attempt, service) -> None:
    message = tool.launched(page, attempt)
    other = put_tool(tool, "HES")
    foreign = tool.word(message, **{f"{LTI}deployment_id": str(other)})
    assert say(tool.sign(foreign)) == 422
    actions.disable_service(actor=SYSTEM, service_id=service, why="Off.", now=NOW)
    assert say(tool.sign(tool.word(message))) == 422 and state(attempt) == "created"


def test_new_keys_of_a_tool_are_read_again_and_old_ones_end(tool, page, attempt) -> None:
    message = tool.launched(page, attempt)
    old = tool.sign(tool.word(message))
    tool.published = {"keys": [tool.other.as_dict(private=False)]}
    assert say(tool.sign(tool.word(message), key=tool.other)) == 422  # asked a moment ago
    cache.delete(f"lti_keys.{hashlib.sha256(f'{tool.base_url}/jwks'.encode()).hexdigest()}.asked")
    assert say(tool.sign(tool.word(message), key=tool.other)) == 302
    cache.clear()
    assert say(old) == 422


def test_a_tool_pauses_resumes_what_it_paused_and_gives_some_time(tool, running, attempt, candidate, cast, at) -> None:
    acs, before = Acs(tool, running), AttemptRow.objects.get().deadline
    assert acs.ask("pause", reason_code="A1", reason_msg="fire") == {"status": "paused"} and state(attempt) == "paused"
    at.append(NOW + timedelta(minutes=3))
    assert acs.ask("resume") == {"status": "running"}
    assert AttemptRow.objects.get().deadline == before + timedelta(minutes=3)
    assert acs.ask("update", extra_time=10) == {"status": "running", "extra_time": 10}
    for _ in range(2):  # the same again is answered as before
        assert acs.ask("update", extra_time=1_000) == {"status": "running", "extra_time": 50}
    assert acs.ask("update", extra_time=999) == {"status": "running", "extra_time": 0}
    assert AttemptRow.objects.get().deadline == before + timedelta(minutes=63)
    actions.pause_attempt(actor=cast["proctor"], attempt_id=attempt.id, reason="Alarm", now=at[-1])
    assert acs.ask("resume", reason_code="2") == {"status": "paused"}  # what a proctor paused
    actions.resume_attempt(actor=cast["proctor"], attempt_id=attempt.id, now=at[-1])
    told_of = {"actor": cast["proctor"], "attempt_id": attempt.id, "now": at[-1]}
    assert acs.ask("pause", reason_code="3") == {"status": "paused"}
    actions.resume_attempt(**told_of)
    actions.pause_attempt(reason="Alarm again", **told_of)
    assert acs.ask("resume", reason_code="4") == {"status": "paused"}  # a person resumed since the tool paused
    actions.resume_attempt(**told_of)
    assert acs.ask("pause", reason_code="5") == {"status": "paused"}
    actions.pause_attempt(reason="It stays so", **told_of)
    assert acs.ask("resume", reason_code="6") == {"status": "paused"}  # a person paused what the tool had


def notices(of):
    return NoticeRow.objects.filter(kind="service_reviewed", recipient_id=of.person_id).count()


def test_a_flood_of_flags_is_one_notice(tool, running, attempt, cast, at) -> None:
    acs = Acs(tool, running)
    for number in range(5):
        assert acs.ask("flag", reason_code=str(number)) == {"status": "running"}
    outbox.drain(now=NOW)
    assert notices(cast["proctor"]) == 1 and IncidentRow.objects.count() == 5
    assert acs.ask("terminate", reason_code="end") == {"status": "paused"}
    outbox.drain(now=NOW)
    assert notices(cast["proctor"]) == 2  # the clock stands: always told


def test_terminate_is_a_proposal_and_no_verdict(tool, running, attempt, candidate, cast, at) -> None:
    acs = Acs(tool, running)
    told_of = {"reason_code": "X", "reason_msg": "<script>alert(1)</script>", "incident_severity": "1.0"}
    for _ in range(2):
        assert acs.ask("terminate", **told_of) == {"status": "paused"}
    assert acs.ask("resume") == {"status": "paused"} and state(attempt) == "paused"
    outbox.drain(now=NOW)
    assert cast["proctor"].person_id in told("service_reviewed") and candidate.person_id not in told("service_reviewed")
    shown = browser(cast["proctor"]).get(f"/desk/exams/attempts/{attempt.id}/").content.decode()
    assert "&lt;script&gt;alert(1)" in shown and "<script>alert(1)" not in shown and IncidentRow.objects.count() == 1
    actions.resume_attempt(actor=cast["proctor"], attempt_id=attempt.id, now=SOON)
    make.hand_in(candidate, attempt)
    at.append(LATER)
    assert acs.ask("pause", token=acs.token(LATER).json()["access_token"], reason_code="late") == {"status": "complete"}
    fresh = acs.token(LATER).json()["access_token"]
    assert acs.ask("terminate", token=fresh, reason_code="late") == {"status": "complete"}
    assert state(attempt) == "submitted"
    actions.review_attempt(actor=cast["proctor"], attempt_id=attempt.id, accept=True, reason="", now=LATER)
    assert acs.ask("flag", token=fresh, incident_severity=1) == {"status": "complete"} and state(attempt) == "verified"


def test_tokens_are_for_who_signs_once_and_end(tool, running, at, service) -> None:
    acs = Acs(tool, running)
    used = tool.assertion()
    assert (acs.token(assertion=used).status_code, acs.token(assertion=used).status_code) == (200, 401)
    for wrong in (tool.assertion(aud="https://other.example"), tool.assertion(iss="x", sub="x"), "a.b.c", "x" * 30_000,
                  tool.assertion(sub="another"), tool.sign({"sub": CLIENT, "aud": BASE}, key=tool.other)):  # fmt: skip
        assert acs.token(assertion=wrong).status_code == 401
    assert acs.token(scope="openid").status_code == acs.token(grant_type="password").status_code == 400
    held = acs.token().json()["access_token"]
    edx = {"grant_type": "client_credentials", "client_id": str(service), "client_secret": f"{CLIENT} {tool.base_url}"}
    assert acs.client.post("/oauth2/access_token", edx).status_code == 401
    assert acs.ask("flag", token="forged") == 401
    at.append(NOW + timedelta(minutes=6))
    assert acs.ask("flag", token=held) == 401
    at.append(NOW)
    actions.disable_service(actor=SYSTEM, service_id=service, why="Off.", now=NOW)
    assert acs.ask("flag", token=held) == 401 and acs.token().status_code == 401 and LtiControlRow.objects.count() == 0


def test_foreign_strange_and_endless_controls_are_refused(tool, running, attempt, at) -> None:
    acs = Acs(tool, running)
    held = acs.token().json()["access_token"]
    for body in (
        {"user": {"sub": "x"}}, {"user": None}, {"resource_link": {"id": ["x"]}}, {"attempt_number": 2},
        {"attempt_number": True}, {"incident_time": "soon"}, {"incident_severity": 2}, {"incident_severity": "nan"},
        {"incident_severity": []}, {"extra_time": -1}, {"extra_time": 1e3}, {"extra_time": 10**9},
    ):  # fmt: skip
        assert acs.ask("update", token=held, **body) in (400, 404), body
    assert acs.ask("delete", token=held) == 400
    assert acs.post("flag", token=held, reason_msg="x" * 40_000).status_code == 413
    other = put_tool(tool, "HES", "tool-at-hes")
    foreign = tool.sign({"iss": "tool-at-hes", "sub": "tool-at-hes", "aud": make_tool.TOKEN_URL})
    theirs = acs.token(assertion=foreign).json()["access_token"]
    assert acs.ask("terminate", token=theirs) == 404 and ServiceRow.objects.filter(id=other).exists()
    assert state(attempt) == "started" and LtiControlRow.objects.count() == 0 == IncidentRow.objects.count()
    for number in range(3):
        assert acs.ask("flag", token=held, reason_code=f"\ud800{number}\0") == {"status": "running"}
    assert IncidentRow.objects.count() == 3


def test_another_device_is_another_number_and_a_way_without_ends_it(tool, page, attempt, running, cast, at) -> None:
    first = Acs(tool, running)
    actions.fail_attempt(actor=cast["proctor"], attempt_id=attempt.id, reason="Battery", now=SOON)
    outbox.drain(now=SOON)
    at.append(SOON)
    assert first.ask("resume", token=first.token(SOON).json()["access_token"]) == 409
    again = tool.launched(page, attempt)
    assert again[f"{AP}attempt_number"] == 2
    assert say(tool.sign(tool.word(again), at=SOON)) == 302
    assert page.post(f"/exams/attempts/{attempt.id}/service/begin/").status_code == 302 and state(attempt) == "paused"
    actions.allow_other_way(actor=cast["proctor"], attempt_id=attempt.id, reason="It hangs.", now=SOON)
    second = Acs(tool, again)
    assert second.post("resume", token=second.token(SOON).json()["access_token"]).status_code == 409


def test_what_is_entered_of_a_tool(cast, tool, service, candidate) -> None:
    with pytest.raises(Refused):
        actions.give_callback_secret(actor=SYSTEM, service_id=service, now=NOW)
    with pytest.raises(Refused):
        actions.begin_practice(actor=candidate, code="CFx", now=NOW)
    assert queries.exam("CFx").watched.accepts is False
    registrar = browser(person("Robin", ("registrar", "MITx")))
    shown = registrar.get(f"/desk/MITx/proctoring/{service}/").content.decode()
    assert str(service) in shown and f"{BASE}/api/v1/lti/jwks" in shown and f"{BASE}/lti/authorise/" in shown
    form = {"kind": "lti", "name": "Second", "base_url": f"{tool.base_url}/login", "client_id": "second"}
    wrong = registrar.post("/desk/MITx/proctoring/", form | {"launch_url": "http://x", "jwks_url": ""})
    assert wrong.status_code == 422 and 'href="#jwks_url"' in wrong.content.decode()
    places = {"launch_url": f"{tool.base_url}/launch", "jwks_url": f"{tool.base_url}/jwks"}
    assert registrar.post("/desk/MITx/proctoring/", form | places).status_code == 302
    keys = Client().get("/api/v1/lti/jwks").json()["keys"]
    assert len(keys) == 2 and all(set(key) & {"d", "p", "q"} == set() for key in keys)
    tool.published = {"keys": []}
    cache.clear()
    with pytest.raises(LinkspanError):
        actions.try_service(actor=SYSTEM, service_id=service, now=NOW)


def test_the_command_enters_a_tool(cast, tool, capsys) -> None:
    places = ["--launch-url", f"{tool.base_url}/launch", "--jwks-url", f"{tool.base_url}/jwks"]
    plain = ["--name", "W", "--address", f"{tool.base_url}/login", "--client-id", "w", "--kind", "lti", "--json"]
    assert main(["proctoring", "add", "MITx", *plain, *places]) == 0
    made = json.loads(capsys.readouterr().out)["service"]
    assert main(["proctoring", "enable", made, "--json"]) == 0


def test_a_refused_or_unknown_launch(tool, page, attempt, candidate, cast) -> None:
    with pytest.raises(Refused):
        actions.launch_service(actor=candidate, attempt_id=attempt.id, browser="x", now=NOW, end=True)
    with pytest.raises(Unusable):
        actions.take_start(token="x", now=NOW)
    assert browser(person("Other")).post(f"/exams/attempts/{attempt.id}/service/", {"do": "start"}).status_code == 404
    assert page.post(f"/exams/attempts/{attempt.id}/service/", {"do": "other"}).status_code == 422
