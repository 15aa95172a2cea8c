"""What a platform says against the record: a report to read, acts that move nothing by themselves, evidence apart."""

import csv
import io
import json
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from urllib.parse import quote

import pytest
from allauth.account.models import EmailAddress
from tests.factories.open_edx import CLIENT, SECRET, Peer, serving
from tests.factories.people import NOW, SYSTEM, browser, person
from tests.factories.runs import RUN, put_run

from linkspan.courseware import actions as courses
from linkspan.courseware import queries as platforms
from linkspan.courseware.models import FetchedRow, FetchRow, UsernameLinkRow, UsernameRow
from linkspan.courseware.rules import Form, Reading
from linkspan.courseware.rules.fetching import again_at, instant_of
from linkspan.enrolment.models import EnrolmentRow
from linkspan.kernel import outbox
from linkspan.kernel.errors import NotFound, Refused, Unusable
from linkspan.kernel.lists import Ask
from linkspan.kernel.models import OutboxDelivery
from linkspan.kernel.retries import State
from linkspan.records import actions, queries
from linkspan.records.actions import import_from_platform
from linkspan.records.models import ComparedRow, ComparisonRow, ExportRow, FactRow
from linkspan.records.queries import platform_file
from linkspan.site.command import main

pytestmark = pytest.mark.django_db
KEY = quote(RUN, safe="")
GRADES = f"/api/grades/v1/courses/{KEY}/"
SITTINGS = f"/api/edx_proctoring/v1/proctored_exam/attempt/grouped/course_id/{KEY}"
DAY = timedelta(days=1)
SUBSCRIBER = "records.on_platform_fetched"


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
    fresh = Peer(found.place)
    for one in fields(Peer):
        setattr(found, one.name, getattr(fresh, one.name))
    put_run()
    return found


@pytest.fixture
def platform(peer):
    told = {"institution": "MITx", "place": peer.place, "client_id": CLIENT, "secret": SECRET}
    return courses.enter_platform(actor=SYSTEM, now=NOW, **told)


def learner(peer, name: str, *, linked=True, enrolled=True):
    """A person with a confirmed address whose username there is their name."""
    who = person(name)
    EmailAddress.objects.create(user_id=who.person_id, email=f"{name}@example.org", verified=True, primary=True)
    if linked:
        told = {"institution": "MITx", "place": peer.place, "username": name, "proof": "code", "state": "linked"}
        UsernameLinkRow.objects.create(learner_id=who.person_id, by_name=name, at=NOW, **told)
    if enrolled:
        told = {"run_id": RUN, "track": "verified", "state": "active", "at": NOW}
        EnrolmentRow.objects.create(learner_id=who.person_id, **told)
    return who


def on_record(who, percent: str, passed=True) -> None:
    """A grade that the gradebook here put on record."""
    data = {
        "institution": "MITx",
        "id": "SC0x",
        "grade": {"scale": "percent", "value": percent},
        "percent": percent,
        "passed": passed,
        "completed": "2018-05-01",
        "run": RUN,
    }
    told = {"kind": "course_grade", "key": RUN, "source": "gradebook", "recorded_at": NOW, "recorded_by": "x"}
    FactRow.objects.create(learner_id=who.person_id, data=data, **told)


def from_platform(peer, name: str, share: str) -> None:
    """A grade that a report of the platform put on record."""
    raw = f"Email,Username,Grade,Passed,Enrollment Track\n,{name},{share},Y,verified\n".encode()
    reading = Reading(Form.GRADE_REPORT, RUN, peer.place)
    file = platform_file(SYSTEM, "MITx", "r.csv", raw, reading, NOW)
    assert import_from_platform(actor=SYSTEM, institution="MITx", platform=file, now=NOW).new == 1


def compare(platform, now=NOW, rounds=3):
    """Have the run compared; the comparison."""
    made = courses.start_fetch(actor=SYSTEM, platform_id=platform, run_id=RUN, now=now, compares=True)
    for _ in range(rounds):
        courses.fetch_due(max(now, FetchRow.objects.get(id=made).due))
    outbox.drain(now=now + DAY)
    assert not OutboxDelivery.objects.filter(subscriber=SUBSCRIBER).exclude(state=State.DONE).exists()
    assert FetchRow.objects.get(id=made).state == "fetched"
    return queries.newest_comparison(SYSTEM, platform, RUN)


def lines(made) -> dict[str, ComparedRow]:
    return {row.username: row for row in ComparedRow.objects.filter(comparison_id=made.id)}


def states(made) -> dict[str, str]:
    return {name: row.state for name, row in lines(made).items()}


@pytest.fixture
def story(peer, platform):
    """One learner of each standing."""
    peer.people = [
        ("agrees", "verified", "0.8"),
        ("auditor", "audit", "0.9"),
        ("differs", "verified", "0.7"),
        ("elsewhere", "verified", "0.75"),
        ("guest", "verified", "0.65"),
        ("moved", "verified", "0.9"),
        ("new", "verified", "0.85"),
        ("silent", "verified", None),
        ("strange", "other", "0.7"),
    ]
    who = {name: learner(peer, name) for name in ("agrees", "differs", "moved", "new", "silent", "alone", "strange")}
    learner(peer, "guest", enrolled=False)
    for name, percent in (("agrees", "80"), ("differs", "69"), ("silent", "77"), ("alone", "66")):
        on_record(who[name], percent)
    from_platform(peer, "moved", "0.8")
    return who


def test_every_standing_is_told_and_nothing_moves(story, peer, platform) -> None:
    before = FactRow.objects.count()
    made = compare(platform)
    assert states(made) == {
        "agrees": "agrees",
        "alone": "missing_there",
        "auditor": "left_out",
        "differs": "differs",
        "elsewhere": "not_linked",
        "guest": "not_enrolled",
        "moved": "moved_there",
        "new": "missing_here",
        "silent": "missing_there",
        "strange": "unreadable",
    }
    assert (made.changed, made.gone, made.counts["missing_there"]) == (10, 0, 2)
    assert FactRow.objects.count() == before and not ExportRow.objects.exists()
    row = queries.compared_line(SYSTEM, lines(made)["moved"].id)
    assert (str(row.there.percent), str(row.here.percent), row.next) == ("90", "80", "take_over")
    assert (row.there.source, row.here.source) == (f"Open edX at {peer.place}", "grade report r.csv")
    assert len(row.there.sha256) == len(row.here.sha256) == 64 and row.there.at == NOW and row.since == NOW
    silent = queries.compared_line(SYSTEM, lines(made)["silent"].id)
    assert silent.there.percent is None and not silent.there.has_grade and silent.next == "ask_the_platform"
    assert set(UsernameRow.objects.filter(by_address=False).values_list("username", flat=True)) >= {"elsewhere"}


def test_the_next_one_tells_what_changed_and_since_when_and_keeps_what_was_left(story, peer, platform) -> None:
    first = compare(platform)
    for name in ("differs", "moved"):
        actions.leave_difference(actor=SYSTEM, line_id=lines(first)[name].id, reason=" Appeal. ", now=NOW)
    peer.people = [row if row[0] != "moved" else ("moved", "verified", "0.95") for row in peer.people][:-1]
    second = compare(platform, NOW + DAY)
    found = lines(second)
    assert {name for name, row in found.items() if row.is_new} == {"moved", "strange"}
    assert (second.changed, second.gone) == (2, 0), "who is on the platform no more is unknown there"
    assert (found["differs"].left_reason, found["differs"].since) == ("Appeal.", NOW)
    assert (found["moved"].left_reason, found["moved"].since) == ("", NOW + DAY)
    first = queries.comparison(SYSTEM, first.id)
    assert (first.newest, second.newest) == (False, True)
    for act in (
        lambda: actions.leave_difference(actor=SYSTEM, line_id=lines(first)["new"].id, reason="x", now=NOW),
        lambda: actions.take_over(actor=SYSTEM, comparison_id=first.id, lines=[], now=NOW),
    ):
        with pytest.raises(Refused) as refused:
            act()
        assert refused.value.code == "comparison_old"
    again = compare(platform, NOW + 2 * DAY)
    assert (again.changed, again.gone) == (0, 0)


def test_what_is_taken_over_waits_as_a_file_and_then_agrees(story, peer, platform) -> None:
    peer.people = [row if row[0] != "moved" else ("moved", "verified", "0.5") for row in peer.people]
    made = compare(platform)
    actions.leave_difference(actor=SYSTEM, line_id=lines(made)["differs"].id, reason="Appeal.", now=NOW)
    one = actions.take_over(actor=SYSTEM, comparison_id=made.id, lines=[lines(made)["new"].id], now=NOW)
    assert queries.export_trial(SYSTEM, one, NOW).counts()["new"] == 1
    rest = actions.take_over(actor=SYSTEM, comparison_id=made.id, lines=[], now=NOW)
    assert actions.take_over(actor=SYSTEM, comparison_id=made.id, lines=[], now=NOW) == rest
    counts = queries.export_trial(SYSTEM, rest, NOW).counts()
    assert (counts["new"], counts["corrected"], counts["refused"]) == (2, 1, 0)
    actions.take_export(actor=SYSTEM, export_id=rest, reason="As told.", seen=None, now=NOW)
    later = states(compare(platform, NOW + DAY))
    assert {later[name] for name in ("new", "moved")} == {"agrees"} and later["differs"] == "differs"
    with pytest.raises(Refused) as refused:
        actions.take_over(actor=SYSTEM, comparison_id=made.id, lines=[lines(made)["agrees"].id], now=NOW)
    assert refused.value.code == "nothing_to_take_over"


def test_a_certificate_is_evidence_and_its_grade_is_not_the_grade(peer, platform) -> None:
    ada, bob = learner(peer, "ada"), learner(peer, "bob")
    on_record(ada, "80")
    peer.people = [("ada", "verified", "0.8"), ("aud", "audit", "0.9"), ("bob", "verified", None)]
    told = {"certificate_type": "verified", "status": "downloadable", "is_passing": True, "grade": "0.61"}
    peer.certificates = {"ada": told | {"created_date": "2119-05-01T00:00:00Z"}, "bob": told}
    user, exam = {"id": 1, "username": "ada", "email": "x"}, {"exam_name": "Final"}
    sat = {"user": user, "proctored_exam": exam, "status": "verified", "started_at": "2018-04-01T10:00:00Z"}
    peer.sittings = [sat | {"id": number, "is_sample_attempt": number == 2} for number in (1, 2, 3, 3)]
    made = compare(platform)
    assert states(made) == {"ada": "agrees", "aud": "left_out", "bob": "missing_there"}
    row = queries.compared_line(SYSTEM, lines(made)["ada"].id)
    assert (row.there.certificate["grade"], str(row.there.percent)) == ("0.61", "80")
    assert row.there.certificate["made"] == "2119-05-01T00:00:00Z", "a day to come by their clock loses nothing"
    assert [one["exam"] for one in row.there.sittings] == ["Final", "Final"]
    asked = [path for path in peer.asked if path.startswith("/api/certificates/")]
    assert asked == [f"/api/certificates/v0/certificates/ada/courses/{KEY}/"], "of grades of record alone"
    assert bob and not FactRow.objects.filter(learner_id=bob.person_id).exists()
    (_, _, run) = platforms.fetched_run(FetchRow.objects.get().id)
    kinds = {type(value).__name__ for one in run.rows() for value in one.learner.values}
    assert kinds == {"PlatformEnrolment", "PlatformGrade", "PlatformCertificate", "PlatformSitting"}


@pytest.mark.parametrize("status", [401, 403, 404])
def test_evidence_that_is_hidden_is_unknown_and_the_comparison_stands(peer, platform, status) -> None:
    on_record(learner(peer, "ada"), "80")
    peer.people = [("ada", "verified", "0.8")]
    one = f"/api/certificates/v0/certificates/ada/courses/{KEY}/"
    peer.first = {one: [(status, {}, b"")] * 2, SITTINGS: [(status, {}, b"")] * 2}
    row = queries.compared_line(SYSTEM, lines(compare(platform))["ada"].id)
    told = row.there.certificate
    assert row.state == "agrees" and (told is None if status != 404 else told["status"] == "unknown")


@pytest.mark.parametrize("ahead", [timedelta(minutes=-40), timedelta(minutes=40), timedelta(days=400)])
def test_a_clock_that_differs_loses_nothing_and_doubles_nothing(peer, platform, ahead) -> None:
    peer.people = [(f"p{number}", "verified", "0.7") for number in range(7)]
    peer.clock, peer.overlap, peer.token_life = NOW + ahead, 1, 3
    later = format_datetime(peer.clock + timedelta(seconds=90), usegmt=True)
    peer.first = {GRADES: [(503, {"Retry-After": later}, b"")]}
    made = courses.start_fetch(actor=SYSTEM, platform_id=platform, run_id=RUN, now=NOW, compares=True)
    courses.fetch_due(NOW)
    assert FetchRow.objects.get(id=made).due == NOW + timedelta(seconds=90), "by the clock that said so"
    courses.fetch_due(NOW + timedelta(seconds=90))
    outbox.drain(now=NOW + DAY)
    (found,) = platforms.fetches_of(SYSTEM, platform)
    assert (found.state, found.people, FetchedRow.objects.count(), found.skewed) == ("fetched", 7, 7, True)
    assert abs(found.ahead - (ahead - timedelta(seconds=90)).total_seconds()) < 1
    assert found.ended_at == NOW + timedelta(seconds=90), "times are by our clock"
    assert ComparedRow.objects.count() == 7


@pytest.mark.parametrize(
    ("told", "seconds"),
    [
        ("Wed, 03 Oct 2018 12:01:00 GMT", 60),
        ("Wed, 03 Oct 2018 11:00:00 GMT", 10),
        ("Wed, 03 Oct 2118 12:00:00 GMT", 3600),
        ("Wed, 99 Oct 2018 12:01:00 GMT", 10),
        ("-5", 10),
        ("9" * 400, 3600),
        ("\u0663", 10),
    ],
)
def test_when_it_is_asked_again(told, seconds) -> None:
    assert again_at(NOW, 0, told) == NOW + timedelta(seconds=seconds)
    ahead = NOW + timedelta(hours=5)
    assert again_at(NOW, 0, format_datetime(ahead + timedelta(seconds=30)), ahead) == NOW + timedelta(seconds=30)
    assert instant_of("Wed, 03 Oct 2018 12:01:00 GMT") == datetime(2018, 10, 3, 12, 1, tzinfo=UTC)


def test_only_the_registrar_of_the_institution_reads_and_decides(story, peer, platform) -> None:
    made = compare(platform)
    row = lines(made)["new"]
    others = (person("Ada"), person("Staff", ("program_staff", "MITx")), person("Far", ("registrar", "HES")))
    for who in others:
        for act in (
            lambda actor: queries.comparison(actor, made.id),
            lambda actor: queries.compared(actor, made.id, Ask()),
            lambda actor: queries.compared_line(actor, row.id),
            lambda actor: queries.comparisons_of(actor, platform),
            lambda actor: actions.take_over(actor=actor, comparison_id=made.id, lines=[], now=NOW),
            lambda actor: actions.leave_difference(actor=actor, line_id=row.id, reason="x", now=NOW),
        ):
            with pytest.raises(NotFound):
                act(who)
    for reason in ("", "  ", "x" * 501):
        with pytest.raises(Unusable):
            actions.leave_difference(actor=SYSTEM, line_id=row.id, reason=reason, now=NOW)
    with pytest.raises(Refused):
        actions.leave_difference(actor=SYSTEM, line_id=lines(made)["agrees"].id, reason="x", now=NOW)
    assert not ExportRow.objects.exists() and not ComparedRow.objects.exclude(left_at=None).exists()


def test_the_clock_asks_once_a_week_until_some_weeks_after_the_end(peer, platform) -> None:
    ends = datetime(2018, 5, 1, 4, tzinfo=UTC)
    day = ends - DAY
    courses.compare_due(day)
    assert not FetchRow.objects.exists(), "nobody asked for the run yet"
    compare(platform, day)
    courses.compare_due(day + 6 * DAY)
    assert FetchRow.objects.count() == 1
    courses.compare_due(day + 7 * DAY)
    courses.compare_due(day + 7 * DAY)
    row = FetchRow.objects.get(state="running")
    assert (row.compares, row.by_name) == (True, "system:clock")
    courses.stop_fetch(actor=SYSTEM, fetch_id=row.id, now=day)
    courses.compare_due(ends + 60 * DAY)
    assert not FetchRow.objects.filter(state="running").exists()


def test_the_pages_the_api_and_the_command(story, peer, platform, capsys, monkeypatch) -> None:
    monkeypatch.setenv("LINKSPAN_ON", NOW.isoformat())
    client = browser(person("Registrar", ("registrar", "MITx")))
    page = f"/desk/MITx/platforms/{platform}/"
    assert main(["platforms", "report", str(platform), RUN]) == 2
    assert client.post(page, {"do": "compare", "run": RUN}).status_code == 302
    made = compare(platform)
    assert f"/desk/comparisons/{made.id}/" in client.get(page).content.decode()
    address = f"/desk/comparisons/{made.id}/"
    shown = client.get(address).content.decode()
    assert "moved there" in shown and "elsewhere" in shown and ">agrees</a>" not in shown
    assert ">agrees</a>" in client.get(f"{address}?state=agrees").content.decode()
    table = list(csv.DictReader(io.StringIO(client.get(f"{address}?as=whole").content.decode("utf-8-sig"))))
    by_name = {row["username"]: row for row in table}
    assert len(table) == 10 and by_name["moved"]["grade there"] == "90" and len(by_name["moved"]["hash here"]) == 64
    line = f"/desk/comparisons/lines/{lines(made)['moved'].id}/"
    wrong = client.post(line, {"do": "leave", "reason": ""})
    assert wrong.status_code == 422 and 'id="reason-error"' in wrong.content.decode()
    assert client.post(line, {"do": "leave", "reason": "Appeal."}).status_code == 302
    assert "Appeal." in client.get(line).content.decode()
    link = client.get(f"/desk/comparisons/lines/{lines(made)['elsewhere'].id}/").content.decode()
    assert "/desk/usernames/" in link
    taken = client.post(address, {"do": "take_over"})
    assert taken["Location"].startswith("/desk/imports/") and client.get(taken["Location"]).status_code == 200
    call = lambda path, body: client.post(  # noqa: E731
        f"/api/v1/platforms{path}", body, content_type="application/json", HTTP_IDEMPOTENCY_KEY=path
    )
    listed = client.get(f"/api/v1/platforms/{platform}/comparisons").json()
    assert [one["id"] for one in listed] == [str(made.id)] and listed[0]["counts"]["agrees"] == 1
    assert client.get(f"/api/v1/platforms/comparisons/{made.id}").json()["newest"] is True
    other = lines(made)["differs"].id
    assert client.get(f"/api/v1/platforms/compared/{other}").json()["here"]["percent"] == "69"
    assert call(f"/compared/{other}/leave", {"reason": "So."}).status_code == 204
    assert call(f"/comparisons/{made.id}/take-over", {"lines": [str(other)]}).status_code == 200
    assert client.get(f"/api/v1/screens/desk/lists/compared?of={made.id}").json()["total"] == 10
    assert client.get("/api/v1/screens/desk/lists/compared?of=nonsense").status_code == 404
    assert call(f"/{platform}/comparisons", {"run": RUN}).status_code == 200
    assert main(["platforms", "compare", str(platform), RUN]) == 0
    assert main(["platforms", "report", str(platform), RUN, "--json"]) == 1
    out = [json.loads(one) for one in capsys.readouterr().out.splitlines()[-11:]]
    assert out[0]["counts"] == made.counts and {one["username"] for one in out[1:]} == set(lines(made))
    assert ComparisonRow.objects.count() == 1
