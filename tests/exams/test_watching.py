"""An exam that a service watches: from booking to a reviewed result; the service away, slow, doubled, hostile."""

import json
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from joserfc import jwt
from joserfc.jwk import OctKey
from tests.factories import exams as make
from tests.factories import vendor as make_vendor
from tests.factories.exams import LATER, RELEASE
from tests.factories.people import NOW, SYSTEM, browser, person, token_for
from tests.factories.vendor import CLIENT, SECRET

from linkspan.exams import actions, queries
from linkspan.exams.engines import callback_tokens
from linkspan.exams.models import ServiceReviewRow, SessionRow, StrayRow
from linkspan.exams.rules import MOVES, AttemptState, Opinion, ServiceTerms, Told, owed, read_review
from linkspan.exams.tasks import let_recordings_go, tell_of_unreviewed
from linkspan.kernel import outbox
from linkspan.kernel.errors import NotFound, NotPermitted, Refused, Unusable
from linkspan.kernel.models import OutboxDelivery
from linkspan.kernel.retries import State
from linkspan.messages.models import NoticeRow

pytestmark = pytest.mark.django_db
SOON = NOW + timedelta(minutes=1)
BASE = "/api/edx_proctoring/v1/proctored_exam/attempt"


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    place = tmp_path_factory.mktemp("vendor")
    with make_vendor.serving(place) as found:
        yield found, place / "ca.pem"


@pytest.fixture
def vendor(served, settings):
    found, authority = served
    found.reset()
    settings.EXCHANGE_LOOPBACK = [found.base_url.removeprefix("https://")]
    settings.EXCHANGE_LOOPBACK_CA = str(authority)
    settings.BASE_URL = "https://exams.example.edu"
    cache.clear()
    return found


class Callbacks:
    """The service's side of the callbacks, by the public addresses."""

    def __init__(self, service_id, secret, monkeypatch):
        self.service_id, self.secret, self.client, self.at = service_id, secret, Client(), NOW
        monkeypatch.setattr("linkspan.api.edx_proctoring.domain_now", lambda: self.at)

    def token(self, **more):
        form = {"grant_type": "client_credentials", "client_id": str(self.service_id), "client_secret": self.secret}
        return self.client.post("/oauth2/access_token", form | more)

    def post(self, name, what, body=None, token=None):
        token = token or self.token().json()["access_token"]
        address, headers = f"{BASE}/{name}/{what}", {"Authorization": f"JWT {token}"}
        content = body if isinstance(body, str) else json.dumps(body or {"status": "ready"})
        return self.client.post(address, content, "application/json", headers=headers)

    def ready(self, name="wa-1", **more):
        return self.post(name, "ready", **more).status_code

    def reviewed(self, status="passed", name="wa-1", comments=(), **more):
        return self.post(name, "reviewed", {"status": status, "comments": list(comments)}, **more).status_code


def put_service(vendor, school="MITx"):
    terms = ServiceTerms("Watchful", vendor.base_url, CLIENT)
    made = actions.add_service(actor=SYSTEM, institution=school, terms=terms, secret=SECRET, now=NOW)
    secret = actions.give_callback_secret(actor=SYSTEM, service_id=made, now=NOW)
    actions.enable_service(actor=SYSTEM, service_id=made, now=NOW)
    return made, secret


@pytest.fixture
def service(cast, vendor, monkeypatch):
    """The exam's next version is watched by a service, which allows paper notes."""
    made, secret = put_service(vendor)
    actions.draft_version(actor=SYSTEM, code="CFx", now=NOW)
    told = {"service_id": made, "allowed": ["allow_notes"], "accepts": True, "keeps_days": 30}
    actions.put_service(actor=SYSTEM, code="CFx", now=NOW, **told)
    actions.publish_version(actor=SYSTEM, code="CFx", number=2, now=NOW)
    vendor.calls.clear()
    return Callbacks(made, secret, monkeypatch)


@pytest.fixture
def at(monkeypatch):
    """The time of the pages: the last that was put here."""
    times = [NOW]
    monkeypatch.setattr("linkspan.site.middleware.domain_now", lambda: times[-1])
    return times


@pytest.fixture
def candidate(service, learner):
    """The learner, who agreed."""
    actions.agree_to_watching(actor=learner, code="CFx", now=NOW)
    return learner


def checked_in(candidate, at=NOW):
    attempt = actions.create_attempt(actor=candidate, sitting_id=make.put_sitting(), now=at)
    outbox.drain(now=at)
    return attempt


def started(candidate, service):
    attempt = checked_in(candidate)
    assert service.ready() == 200
    running = actions.start_attempt(actor=candidate, attempt_id=attempt.id, now=SOON)
    outbox.drain(now=SOON)
    return running


def handed_in(candidate, service):
    attempt = make.hand_in(candidate, started(candidate, service))
    outbox.drain(now=LATER)
    return attempt


def state(attempt):
    """Where an attempt stands, also before its release."""
    from linkspan.exams.models import AttemptRow

    return AttemptRow.objects.get(id=attempt.id).state


def told(kind):
    """Who was told of something."""
    return set(NoticeRow.objects.filter(kind=kind).values_list("recipient_id", flat=True))


def left():
    """Deliveries that are not done."""
    return OutboxDelivery.objects.exclude(state=State.DONE).count()


def test_an_attempt_goes_from_booking_to_a_reviewed_result(candidate, service, vendor, cast) -> None:
    attempt = checked_in(candidate)
    found = queries.session_of(candidate, attempt.id)
    assert (found.told, found.software) == (Told.CREATED, "https://w.example/get?attempt=wa-1")
    assert vendor.exams["wx-1"]["rules"] == {"allow_notes": True, "allow_multiple": False}
    sent = vendor.attempts["wa-1"]
    assert (sent["time_limit_mins"], sent["is_sample_attempt"], len(sent["user_id"])) == (60, False, 40)
    assert str(candidate.person_id) not in json.dumps(sent)
    with pytest.raises(Refused):
        actions.start_attempt(actor=candidate, attempt_id=attempt.id, now=NOW)
    with pytest.raises(Refused) as no:
        actions.confirm_identity(actor=make.at_the_door(), attempt_id=attempt.id, now=NOW)
    assert no.value.code == "service_confirms"
    assert service.ready() == 200 == service.ready()
    running = actions.start_attempt(actor=candidate, attempt_id=attempt.id, now=SOON)
    make.hand_in(candidate, running)
    outbox.drain(now=LATER)
    assert vendor.attempts["wa-1"]["told"] == ["created", "started", "submitted"]
    assert not told("attempt_waits") and not told("check_in_waits")
    service.at = LATER
    assert service.reviewed() == 200 == service.reviewed()
    assert state(attempt) == "verified" and ServiceReviewRow.objects.count() == 1
    done = actions.release_result(attempt_id=attempt.id, now=RELEASE)
    outbox.drain(now=RELEASE)
    assert (done.outcome, done.score, left()) == ("passed", 100, 0)
    assert vendor.counted()["POST attempt"] == vendor.counted()["POST exam"] == 1
    let_recordings_go(RELEASE + timedelta(days=29))
    assert vendor.attempts["wa-1"]["told"][-1] == "submitted"
    for _ in range(2):
        let_recordings_go(RELEASE + timedelta(days=30))
        outbox.drain(now=RELEASE + timedelta(days=30))
    assert vendor.counted()["DELETE attempt"] == 1 and told("recording_deleted") == {candidate.person_id}
    assert queries.session_of(candidate, attempt.id).deleted_at == RELEASE + timedelta(days=30)
    service.at = RELEASE + timedelta(days=31)
    assert (service.ready(), service.reviewed("suspicious")) == (404, 400)
    strays = queries.strays(SYSTEM, service.service_id)
    assert sorted((one.what, one.status) for one in strays) == [("ready", ""), ("reviewed", "suspicious")]
    assert state(attempt) == "verified"


def test_a_doubt_opens_our_review_and_rejects_nobody(candidate, service, cast) -> None:
    attempt = handed_in(candidate, service)
    service.at = LATER
    noted = {"comment": "A second <b>voice</b>\0", "status": "suspicious", "start": 610, "stop": 640.5}
    assert service.reviewed("violation", comments=[noted]) == 200
    assert service.reviewed("passed") == 200  # doubted before: no machine accepts it then
    outbox.drain(now=LATER)
    assert state(attempt) == "submitted" and cast["proctor"].person_id in told("service_reviewed")
    assert candidate.person_id not in told("service_reviewed") and left() == 0
    seen = queries.session_of(cast["proctor"], attempt.id).reviews
    assert [one.opinion for one in seen] == [Opinion.DOUBT, Opinion.CLEAR]
    assert (seen[0].comments[0].words, seen[0].comments[0].stop) == ("A second <b>voice</b>", 640)
    assert queries.session_of(candidate, attempt.id).reviews == ()
    make.reject(attempt, cast["proctor"], "A voice.")
    assert service.reviewed("not_reviewed") == 200
    assert state(attempt) == "rejected"


def test_no_callback_leaves_a_final_state_or_moves_a_persons_verdict(candidate, service, cast) -> None:
    by_service = {(move.start, move.end) for move in MOVES if move.who == "proctoring_service"}
    paused = {("started", "paused"), ("paused", "started")}  # by an LTI tool, which resumes what it paused
    assert by_service == {("created", "identity_confirmed"), ("error", "paused"), ("submitted", "verified")} | paused
    attempt = handed_in(candidate, service)
    actions.log_incident(actor=cast["proctor"], attempt_id=attempt.id, kind="other", note="Left.", now=LATER)
    assert service.reviewed("passed") == 200 and state(attempt) == "submitted"
    actions.review_attempt(actor=cast["proctor"], attempt_id=attempt.id, accept=True, reason="", now=LATER)
    assert service.reviewed("suspicious") == 200 and state(attempt) == "verified"
    assert service.ready() == 200 and state(attempt) == "verified"


def test_while_the_service_is_away_the_learner_waits_and_nothing_is_lost(candidate, service, vendor, cast) -> None:
    vendor.away = True
    attempt = checked_in(candidate)
    waits = queries.session_of(candidate, attempt.id)
    assert (waits.told, waits.failing_since) == (Told.NOTHING, NOW) and "503" in waits.problem
    for minutes in (1, 2, 3):
        outbox.drain(now=NOW + timedelta(minutes=minutes))
    proctors = told("service_silent")
    assert cast["proctor"].person_id in proctors and candidate.person_id not in proctors
    assert NoticeRow.objects.filter(kind="service_silent").count() == len(proctors)
    vendor.away = False
    outbox.drain(now=NOW + timedelta(hours=2))
    assert queries.session_of(candidate, attempt.id).failing_since is None and left() == 0
    service.at = NOW + timedelta(hours=2)
    assert service.ready() == 200
    vendor.away = True  # away again while the exam runs: it goes on, and the service hears of it later
    running = actions.start_attempt(actor=candidate, attempt_id=attempt.id, now=service.at)
    at = service.at + timedelta(minutes=5)
    make.hand_in(candidate, running, now=at)
    outbox.drain(now=at)
    vendor.away = False
    outbox.drain(now=at + timedelta(hours=3))
    assert vendor.attempts["wa-1"]["told"] == ["created", "started", "submitted"]
    assert len(vendor.attempts) == 1 and left() == 0
    assert set(queries.responses_of(attempt.id)) == {one for one in queries.responses_of(attempt.id)} != set()


def test_a_slow_or_broken_service_is_no_error_of_ours(candidate, service, vendor) -> None:
    vendor.fails["GET attempt"] = 500
    vendor.fails["POST attempt"] = 403
    attempt = checked_in(candidate)
    assert "403" in queries.session_of(candidate, attempt.id).problem
    vendor.fails.pop("POST attempt")
    actions.ask_service_again(actor=candidate, attempt_id=attempt.id, now=NOW)  # asked a moment ago: not again
    actions.ask_service_again(actor=candidate, attempt_id=attempt.id, now=SOON)
    with pytest.raises(NotFound):
        actions.ask_service_again(actor=person("Other"), attempt_id=attempt.id, now=SOON)
    outbox.drain(now=SOON)
    found = queries.session_of(candidate, attempt.id)
    assert (found.told, found.instructions) == (Told.CREATED, ("Install the software", "Show the room"))
    outbox.drain(now=NOW + timedelta(hours=1))
    assert vendor.counted()["POST attempt"] == 2 and len(vendor.attempts) == 1 and left() == 0


def test_a_named_person_lets_it_be_sat_another_way(candidate, service, vendor, cast) -> None:
    attempt = checked_in(candidate)
    for other in (candidate, person("Hal", ("proctor", "HES")), cast["staff"]):
        with pytest.raises(NotPermitted):
            actions.allow_other_way(actor=other, attempt_id=attempt.id, reason="x", now=NOW)
    with pytest.raises(Unusable):
        actions.allow_other_way(actor=cast["proctor"], attempt_id=attempt.id, reason=" ", now=NOW)
    for _ in range(2):
        actions.allow_other_way(actor=cast["proctor"], attempt_id=attempt.id, reason="No camera.", now=NOW)
    outbox.drain(now=NOW)
    assert vendor.attempts["wa-1"]["told"] == ["created", "deleted"]
    assert queries.other_way(cast["proctor"], attempt.id).reason == "No camera."
    assert (service.ready(), service.reviewed()) == (404, 400) and state(attempt) == "created"
    actions.confirm_identity(actor=make.at_the_door(), attempt_id=attempt.id, now=NOW)
    make.hand_in(candidate, actions.start_attempt(actor=candidate, attempt_id=attempt.id, now=SOON))
    outbox.drain(now=LATER)
    assert cast["proctor"].person_id in told("attempt_waits") and left() == 0


def test_a_service_that_is_switched_off_and_on_again_hears_what_it_missed(candidate, service, vendor, cast) -> None:
    actions.disable_service(actor=SYSTEM, service_id=service.service_id, why="Down.", now=NOW)
    attempt = checked_in(candidate)
    assert vendor.calls == [] and not queries.session_of(candidate, attempt.id).is_enabled
    with pytest.raises(Refused):
        actions.confirm_identity(actor=make.at_the_door(), attempt_id=attempt.id, now=NOW)
    actions.enable_service(actor=SYSTEM, service_id=service.service_id, now=SOON)
    outbox.drain(now=SOON)
    assert queries.session_of(candidate, attempt.id).told == Told.CREATED and left() == 0


def test_while_it_runs_another_way_ends_the_session_and_refuses_its_review(candidate, service, vendor, cast) -> None:
    attempt = started(candidate, service)
    actions.allow_other_way(actor=cast["proctor"], attempt_id=attempt.id, reason="It fell over.", now=SOON)
    outbox.drain(now=SOON)
    assert vendor.attempts["wa-1"]["told"] == ["created", "started", "error"]
    service.at = SOON
    assert service.reviewed() == 412 and ServiceReviewRow.objects.count() == 0


def test_another_device_is_another_session(candidate, service, vendor, cast) -> None:
    attempt = started(candidate, service)
    proctor = cast["proctor"]
    actions.fail_attempt(actor=proctor, attempt_id=attempt.id, reason="Its battery.", now=LATER)
    outbox.drain(now=LATER)
    assert vendor.attempts["wa-1"]["told"] == ["created", "started", "error"]
    service.at = LATER
    assert service.ready("wa-1") == 200 and state(attempt) == "error"
    assert service.ready("wa-2") == 200 and state(attempt) == "paused"
    actions.resume_attempt(actor=proctor, attempt_id=attempt.id, now=LATER)
    make.hand_in(candidate, attempt, now=LATER + timedelta(minutes=1))
    outbox.drain(now=LATER + timedelta(minutes=1))
    assert vendor.attempts["wa-2"]["told"] == ["created", "started", "submitted"] and left() == 0
    assert service.reviewed(name="wa-2") == 200 and state(attempt) == "submitted"  # two devices: a person looks


def test_declined_cancelled_and_missed_attempts_are_deleted_there(candidate, service, vendor) -> None:
    attempt = checked_in(candidate)
    actions.decline_attempt(actor=candidate, attempt_id=attempt.id, now=SOON)
    outbox.drain(now=SOON)
    assert vendor.attempts["wa-1"]["told"] == ["created", "deleted"] and left() == 0
    vendor.attempts.clear()
    row = SessionRow.objects.get()
    SessionRow.objects.update(told=Told.CREATED, deleted_at=None)
    actions.sync_session(session_id=row.id, now=SOON)  # 404 there: it is gone
    assert SessionRow.objects.get().told == Told.DELETED


def test_who_is_not_set_up_practises_and_is_registered_then(candidate, service, vendor) -> None:
    vendor.onboarding = "onboarding_missing"
    attempt = checked_in(candidate)
    assert queries.session_of(candidate, attempt.id).onboarding == "missing" and left() == 0
    for _ in range(2):
        actions.begin_practice(actor=candidate, code="CFx", now=SOON)
    outbox.drain(now=SOON)
    assert vendor.attempts["wa-1"]["is_sample_attempt"] and vendor.exams["wx-2"]["is_practice_exam"]
    practice = queries.practice_of(candidate, queries.exam("CFx"))
    with pytest.raises(Refused):
        actions.finish_practice(actor=candidate, session_id=practice.id, now=SOON)
    service.at = SOON
    assert service.ready() == 200
    with pytest.raises(NotFound):
        actions.finish_practice(actor=person("Other"), session_id=practice.id, now=SOON)
    actions.finish_practice(actor=candidate, session_id=practice.id, now=SOON)
    outbox.drain(now=SOON)
    assert vendor.attempts["wa-1"]["told"] == ["created", "started", "submitted"]
    vendor.onboarding = ""
    assert service.reviewed() == 200
    outbox.drain(now=SOON)
    assert queries.practice_of(candidate, queries.exam("CFx")).session.onboarding == "verified"
    found = queries.session_of(candidate, attempt.id)
    assert (found.told, found.onboarding) == (Told.CREATED, "") and not vendor.attempts["wa-2"]["is_sample_attempt"]
    assert service.ready("wa-2") == 200 and state(attempt) == "identity_confirmed" and left() == 0


def test_consent_comes_before_booking_and_names_what_is_seen(service, learner) -> None:
    assert "you have not agreed to how the exam is watched yet" in [
        str(one) for one in queries.exam_reasons(learner, learner.person_id, "CFx", NOW)
    ]
    with pytest.raises(Refused) as no:
        actions.create_attempt(actor=learner, sitting_id=make.put_sitting(), now=NOW)
    assert no.value.code == "not_authorised"
    for _ in range(2):
        actions.agree_to_watching(actor=learner, code="CFx", now=NOW)
    assert queries.exam_reasons(learner, learner.person_id, "CFx", NOW) == ()


@pytest.mark.parametrize("forged", ["", "none", "other_key", "expired", "long", "issuer", "audience", "nobody", "text"])
def test_forged_and_old_tokens_are_refused(candidate, service, forged) -> None:
    checked_in(candidate)
    key = callback_tokens._key()
    claims = jwt.decode(service.token().json()["access_token"], key, algorithms=["HS256"]).claims
    header = {"alg": "HS256"}
    changes = {
        "expired": {"exp": int(NOW.timestamp()) - 1},
        "long": {"exp": int(NOW.timestamp()) + 86400},
        "issuer": {"iss": "https://evil.example"},
        "audience": {"aud": "another"},
        "nobody": {"sub": "00000000-0000-0000-0000-000000000000"},
        "text": {"exp": "soon"},
    }
    if forged == "other_key":
        key = OctKey.import_key("another secret of more than 32 bytes here")
    token = jwt.encode(header, claims | changes.get(forged, {}), key)
    if forged == "none":
        _, body, _ = token.split(".")
        token = f"eyJhbGciOiJub25lIn0.{body}."
    token = token if forged else "not.a.token"
    assert (service.ready(token=token), service.reviewed(token=token)) == (401, 401)
    assert (
        SessionRow.objects.get().ready_at is None and ServiceReviewRow.objects.count() == StrayRow.objects.count() == 0
    )


def test_tokens_are_for_who_shows_the_secret_and_end_with_it(candidate, service) -> None:
    attempt = checked_in(candidate)
    for wrong in ({"client_secret": "x"}, {"client_id": "x"}, {"client_id": str(attempt.id)}):
        assert service.token(**wrong).status_code == 401
    assert service.token(grant_type="password").status_code == 400
    held = service.token().json()["access_token"]
    service.secret = actions.give_callback_secret(actor=SYSTEM, service_id=service.service_id, now=NOW)
    assert service.ready(token=held) == 401
    held = service.token().json()["access_token"]
    actions.disable_service(actor=SYSTEM, service_id=service.service_id, why="Off.", now=NOW)
    assert service.ready(token=held) == 401 and service.token().status_code == 401


def test_a_replayed_token_says_nothing_else(candidate, service) -> None:
    attempt = handed_in(candidate, service)
    service.at = LATER
    held = service.token().json()["access_token"]
    assert service.reviewed("suspicious", token=held) == 200 == service.reviewed("suspicious", token=held)
    assert service.reviewed("passed", token=held) == 403
    service.at = LATER + timedelta(minutes=6)
    assert service.reviewed("passed", token=held) == 401
    assert ServiceReviewRow.objects.count() == 1 and state(attempt) == "submitted"


def test_a_service_of_another_institution_says_nothing_here(candidate, service, vendor, monkeypatch) -> None:
    attempt = checked_in(candidate)
    other = Callbacks(*put_service(vendor, "HES"), monkeypatch)
    assert (other.ready(), other.reviewed()) == (404, 400) and state(attempt) == "created"
    assert {row.service_id for row in StrayRow.objects.all()} == {other.service_id}
    with pytest.raises(NotFound):
        queries.strays(person("Robin", ("registrar", "MITx")), other.service_id)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("{", 400),
        ("[" * 100_000, 400),
        ("[]", 400),
        ('{"status":"approved","comments":[]}', 400),
        ('{"status":["passed"]}', 400),
        ('{"status":"passed","comments":{}}', 400),
        ('{"status":"passed","comments":[5]}', 400),
        ('{"status":"passed","comments":[{"comment":"a"}]}', 400),
        ('{"status":"passed","comments":[{"comment":"a","status":"b","start":-1}]}', 400),
        ('{"status":"passed","comments":[{"comment":"a","status":"b","start":1e99}]}', 400),
        ('{"status":"passed","comments":[{"comment":"a","status":"b","start":NaN}]}', 400),
        (json.dumps({"status": "passed", "comments": [{"comment": "a", "status": "b"}] * 501}), 400),
        (json.dumps({"status": "passed", "x": "y" * 300_000}), 413),
        (json.dumps({"status": "passed", "x": "y" * 3_000_000}), 413),
    ],
)
def test_a_review_of_another_shape_is_refused_before_anything_is_kept(candidate, service, body, status) -> None:
    attempt = handed_in(candidate, service)
    service.at = LATER
    assert service.post("wa-1", "reviewed", body).status_code == status
    assert ServiceReviewRow.objects.count() == 0 and state(attempt) == "submitted"


@pytest.mark.parametrize("name", ["wa-%00", "wa-%E2%80%AE1", "a" * 300, "wa-1%2F..%2Fwa-2", "%20"])
def test_strange_ids_are_unknown_and_not_kept(candidate, service, name) -> None:
    checked_in(candidate)
    assert service.ready(name) == 404 and service.reviewed(name=name) in (400, 404)
    assert not StrayRow.objects.filter(external_id__startswith="a").exists()


def test_what_no_database_stores_and_floods_are_no_error_of_ours(candidate, service) -> None:
    attempt = handed_in(candidate, service)
    service.at = LATER
    body = '{"status":"suspicious","comments":[{"comment":"a\\ud800\\u0000b","status":"x"}],"reviewed_by":"\\udfff"}'
    assert service.post("wa-1", "reviewed", body).status_code == 200
    for number in range(2, 52):
        noted = {"comment": str(number), "status": "x"}
        assert service.reviewed("suspicious", comments=[noted]) == (200 if number <= 50 else 400)
    assert ServiceReviewRow.objects.count() == 50 and state(attempt) == "submitted"


def test_proctors_are_told_once_of_a_service_that_never_reviews(candidate, service, cast) -> None:
    attempt = handed_in(candidate, service)
    for days in (4, 6, 7):
        tell_of_unreviewed(LATER + timedelta(days=days))
        outbox.drain(now=LATER + timedelta(days=days))
    notices = NoticeRow.objects.filter(kind="attempt_waits")
    assert cast["proctor"].person_id in told("attempt_waits") and notices.count() == len(told("attempt_waits"))
    assert state(attempt) == "submitted"


def test_a_deleted_account_is_retired_there(candidate, service, vendor) -> None:
    checked_in(candidate)
    actions.retire_learner(learner_id=candidate.person_id, now=NOW)
    assert vendor.retired == [vendor.attempts["wa-1"]["user_id"]]
    assert service.ready() == 404
    vendor.away = True
    with pytest.raises(Unusable):
        actions.retire_learner(learner_id=candidate.person_id, now=NOW)


def test_a_reviewer_opens_the_recording_and_it_is_noted(candidate, service, cast) -> None:
    attempt = handed_in(candidate, service)
    for other in (candidate, person("Hal", ("proctor", "HES"))):
        with pytest.raises(NotPermitted):
            actions.open_dashboard(actor=other, attempt_id=attempt.id, now=LATER)
    address = actions.open_dashboard(actor=cast["proctor"], attempt_id=attempt.id, now=LATER)
    assert f"/api/v1/instructor/{CLIENT}/?jwt=" in address
    claims = jwt.decode(address.partition("jwt=")[2], OctKey.import_key(SECRET), algorithms=["HS256"]).claims
    assert (claims["iss"], claims["attempt_id"], claims["exam_id"]) == (CLIENT, "wa-1", "wx-1")
    assert claims["exp"] == int(LATER.timestamp()) + 60 and len(claims["jti"]) == 32


def test_what_a_service_is_owed_follows_from_the_attempt_in_whatever_order_it_is_asked() -> None:
    for told_last in Told:
        for at in AttemptState:
            for current in (True, False):
                for waived in (True, False):
                    steps = owed(told_last, at, is_current=current, is_waived=waived)
                    last = steps[-1] if steps else told_last
                    assert owed(last, at, is_current=current, is_waived=waived) == () or last is Told.NOTHING
                    assert len(set(steps)) == len(steps)
    assert owed(Told.NOTHING, AttemptState.STARTED, is_current=True, is_waived=False) == (Told.CREATED, Told.STARTED)
    assert owed(Told.STARTED, AttemptState.CANCELLED, is_current=True, is_waived=False) == (Told.DELETED,)
    assert read_review({"status": "not_reviewed"}).opinion is Opinion.UNSEEN


def test_staff_choose_a_service_for_a_draft_and_only_theirs(cast, vendor) -> None:
    made, _ = put_service(vendor)
    put_service(vendor, "HES")
    actions.draft_version(actor=SYSTEM, code="CFx", now=NOW)
    page = browser(cast["staff"])
    here = "/desk/exams/make/CFx/watching/"
    shown = page.get(here).content.decode()
    assert shown.count("Have it watched by this service") == 1 and "Paper notes" in shown
    told = {"do": "service", "service": str(made), "allowed": ["allow_notes"], "accepts": "yes"}
    wrong = page.post(here, told | {"keeps_days": "0"})
    assert wrong.status_code == 422 and b'value="allow_notes" checked' in wrong.content
    assert page.post(here, told | {"keeps_days": "30", "allowed": ["other"]}).status_code == 422
    assert page.post(here, told | {"keeps_days": "30", "service": "x"}).status_code == 422
    assert page.post(here, told | {"keeps_days": "30"}).status_code == 302
    found = queries.versions(cast["staff"], "CFx")[0].exam.watched
    assert (found.name, found.keeps_days, found.accepts) == ("Watchful", 30, True)
    assert found.rules() == {"allow_notes": True, "allow_multiple": False}
    hes = queries.services_at(SYSTEM, "HES")[0].id
    assert page.post(here, told | {"keeps_days": "30", "service": str(hes)}).status_code == 422
    actions.disable_service(actor=SYSTEM, service_id=made, why="Off.", now=NOW)
    with pytest.raises(Refused) as no:
        actions.publish_version(actor=SYSTEM, code="CFx", number=2, now=NOW)
    assert no.value.code == "service_off"
    assert page.post(here, {"do": "ours"}).status_code == 302
    assert queries.versions(cast["staff"], "CFx")[0].exam.watched is None
    assert browser(person("Lea")).post(here, {"do": "ours"}).status_code in (403, 404)


def test_a_learner_reads_agrees_waits_and_goes_on_by_the_pages(service, learner, vendor, cast, at) -> None:
    page, here = browser(learner), "/exams/CFx/watching/"
    sitting = make.put_sitting()
    assert "Watchful watches this exam" in page.get("/exams/").content.decode()
    shown = page.get(here).content.decode()
    assert "30 days after your result" in shown and "Paper notes: allowed" in shown
    assert "Several monitors: not allowed" in shown
    assert page.post(here).status_code == 302 and "You agreed to this" in page.get(here).content.decode()
    vendor.away = True
    attempt = page.post(f"/exams/sittings/{sitting}/check-in/")["Location"]
    waits = page.get(attempt).content.decode()
    assert "With Watchful" in waits and "Ask the service again" in waits
    outbox.drain(now=NOW)
    waits = page.get(attempt).content.decode()
    assert "Watchful has not answered since" in waits and "503" not in waits
    desk, attempt_id = browser(cast["proctor"]), attempt.split("/")[3]
    review = desk.get(f"/desk/exams/attempts/{attempt_id}/").content.decode()
    assert "does not answer since" in review and "The identity is confirmed" not in review
    vendor.away = False
    at.append(SOON)
    assert page.post(f"{attempt}ask-again/").status_code == 302
    outbox.drain(now=SOON)
    shown = page.get(attempt).content.decode()
    assert "https://w.example/get?attempt=wa-1" in shown and "Install the software" in shown
    assert service.ready() == 200 and "Start the exam" in page.get(attempt).content.decode()
    assert page.post(f"/desk/exams/{attempt_id}/other-way/", {"reason": "x"}).status_code == 403
    assert desk.post(f"/desk/exams/{attempt_id}/other-way/", {"reason": ""}).status_code == 422
    recorded = desk.post(f"/desk/exams/{attempt_id}/recording/")
    assert recorded.status_code == 200 and f"{vendor.base_url}/api/v1/instructor/" in recorded.content.decode()
    assert desk.post(f"/desk/exams/{attempt_id}/other-way/", {"reason": "A fault."}).status_code == 302
    assert "A fault." in desk.get(f"/desk/exams/attempts/{attempt_id}/").content.decode()


def test_words_of_a_service_are_words_and_nothing_else(candidate, service, cast) -> None:
    attempt = handed_in(candidate, service)
    noted = {"comment": "<script>alert(1)</script>", "status": "suspicious", "start": 5}
    assert service.reviewed("suspicious", comments=[noted]) == 200
    shown = browser(cast["proctor"]).get(f"/desk/exams/attempts/{attempt.id}/").content.decode()
    assert "&lt;script&gt;alert(1)" in shown and "<script>alert" not in shown


def test_the_api_has_the_same(service, learner, vendor, cast, at) -> None:
    people = (learner, cast["proctor"])
    api = {actor: Client(headers={"Authorization": f"Bearer {token_for(actor)}"}) for actor in people}

    def post(actor, place, **body):
        address, key = f"/api/v1/exam_watching{place}", {"Idempotency-Key": place}
        return api[actor].post(address, json.dumps(body), "application/json", headers=key)

    told = api[learner].get("/api/v1/exam_watching/exams/CFx").json()
    assert (told["agreed"], told["watched"]["keeps_days"]) == (False, 30)
    assert post(learner, "/exams/CFx/agreement").status_code == 204
    attempt = checked_in(learner)
    here = f"/attempts/{attempt.id}"
    found = api[learner].get(f"/api/v1/exam_watching{here}").json()
    assert (found["session"]["told"], found["other_way"]) == ("created", None)
    assert post(learner, f"{here}/again").status_code == 204
    assert post(learner, "/exams/CFx/practice").status_code == 204
    outbox.drain(now=NOW)
    practice = api[learner].get("/api/v1/exam_watching/exams/CFx").json()["practice"]["id"]
    assert post(learner, f"/practice/{practice}/finish").status_code == 409
    assert "jwt=" in post(cast["proctor"], f"{here}/recording").json()["url"]
    assert post(learner, f"{here}/other-way", reason="x").status_code == 403
    assert post(cast["proctor"], f"{here}/other-way", reason="A fault.").status_code == 204
    assert api[learner].get(f"/api/v1/exam_watching{here}").json()["other_way"]["reason"] == "A fault."
