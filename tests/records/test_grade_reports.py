"""The grade report that instructors download from Open edX comes in by page, API and command, row by row."""

import csv
import io
import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from tests.factories.people import NOW, SYSTEM, browser, person
from tests.factories.runs import RUN, put_run

from linkspan.accounts.queries import person_id_by_email
from linkspan.courseware.rules import Form, PlatformCertificate, PlatformEnrolment, Reading, named_run, reading_of
from linkspan.courseware.rules.grade_reports import made_at
from linkspan.institutions.actions import register_institution
from linkspan.kernel.errors import NotFound, NotPermitted, Refused, Unusable
from linkspan.records import actions, queries
from linkspan.records.models import ExportRow, FactRow
from linkspan.records.rules import shape_of
from linkspan.records.rules.facts import Kind
from linkspan.site.command import main

pytestmark = pytest.mark.django_db
NAME = "MITx_SC0x_1T2018_grade_report_2018-05-20-1530.csv"
HEADER = (
    "Student ID,Email,Username,Grade,Homework 1: One,Homework (Avg),Enrollment Track,Verification Status,"
    "Certificate Eligible,Certificate Delivered,Certificate Type,Enrollment Status"
)
REPORT = Reading(Form.GRADE_REPORT, RUN)


@pytest.fixture(autouse=True)
def _world(settings, tmp_path) -> None:
    settings.DOCUMENT_ROOT = tmp_path / "documents"
    put_run()


def row(number: int, grade: str = "0.87", track="verified", status="enrolled", email=None, username="") -> str:
    email = f"p{number}@example.org" if email is None else email
    name = username or f"p{number}"
    return f"{number},{email},{name},{grade},1.0,Not Attempted,{track},N/A,Y,Y,verified,{status}"


def report(*rows: str, header=HEADER) -> bytes:
    return "\r\n".join([header, *rows, ""]).encode()


def take(raw: bytes, name=NAME, reading=REPORT, actor=SYSTEM, now=NOW, **more):
    file = queries.platform_file(actor, "MITx", name, raw, reading, now)
    return actions.import_from_platform(actor=actor, institution="MITx", platform=file, now=now, **more)


def test_a_report_goes_on_record_row_by_row_and_again_changes_nothing() -> None:
    raw = report(row(1), row(2, "x"), row(3, track="audit"), row(4, status="unenrolled"), row(5, "1.0"), "6,a", row(7))
    done = take(raw)
    assert done.counts() == {
        "learners": 3,
        "opened": 3,
        "new": 3,
        "corrected": 0,
        "known": 0,
        "left_out": 2,
        "refused": 2,
    }
    assert [(one.row, one.reason) for one in done.refused] == [
        (3, "Grade: 'x' is not from 0 to 1"),
        (7, "the row has 2 cells, the header 12"),
    ]
    fact = FactRow.objects.get(learner_id=person_id_by_email("p1@example.org"))
    assert fact.data == {
        "institution": "MITx",
        "id": "SC0x",
        "credits": None,
        "grade": {"scale": "percent", "value": "87"},
        "percent": "87",
        "started": "2018-01-10",
        "completed": "2018-05-01",
        "run": RUN,
    }
    assert (fact.key, fact.source, len(fact.told_sha256)) == (RUN, f"grade report {NAME}", 64)
    assert fact.told_at == datetime(2018, 5, 20, 15, 30, tzinfo=UTC)
    assert shape_of(Kind.COURSE_GRADE, fact.data).percent == Decimal(87)
    again = take(raw)
    assert (again.new, again.corrected, again.known) == (0, 0, 3)
    corrected = take(report(row(1), row(2), row(5, "0.9")))
    assert (corrected.new, corrected.known) == (1, 1)
    assert [(one.row, one.reason) for one in corrected.refused] == [
        (4, "another version is on record; give a reason to correct it")
    ]
    assert take(report(row(5, "0.9")), reason="Graded again.").corrected == 1
    later = take(report(row(1)), name="MITx_SC0x_1T2018_grade_report_2019-01-01-0000.csv")
    assert (later.new, later.corrected, later.known) == (0, 0, 1)


@pytest.mark.parametrize(
    ("mark", "passed"), [("", [None, None]), ("60", [True, False]), ("87", [True, False]), ("87.5", [False, False])]
)
def test_the_pass_mark_says_who_passed_and_without_it_nobody_says(mark, passed) -> None:
    file = queries.platform_file(
        SYSTEM, "MITx", NAME, report(row(1), row(2, "0.1")), reading_of(NAME, RUN, "", mark), NOW
    )
    rows = [one.learner for one in file.rows()]
    assert [one.stated[0][0][2].get("passed") for one in rows] == passed
    assert [(c.kind, c.status, c.grade, c.fact) for c in rows[0].each(PlatformCertificate)] == [
        ("verified", "delivered", None, None)
    ]
    assert [(one.track, one.is_active) for one in rows[0].each(PlatformEnrolment)] == [("verified", True)]


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (row(2, "-0.1"), "not from 0 to 1"),
        (row(2, "1.01"), "not from 0 to 1"),
        (row(2, "NaN"), "not from 0 to 1"),
        (row(2, "1e-400000000"), "not from 0 to 1"),
        (row(2, ""), "not from 0 to 1"),
        (row(2, "٠.٥"), "not from 0 to 1"),
        (row(2, track="gold"), "Enrollment Track: 'gold' is unknown"),
        (row(2, email="nobody"), "is not an e-mail address"),
        (row(2, username="a\x07b"), "Username: a text"),
        (row(2, email=""), "'p2' has no e-mail address here and is linked to nobody"),
        (row(1, "0.5"), "says otherwise than row 2"),
    ],
)
def test_each_wrong_row_says_what_is_wrong_and_the_others_are_taken(cells, words) -> None:
    done = take(report(row(1), cells, row(3)))
    assert {one.row for one in done.refused} == {3} and words in done.refused[0].reason
    assert (done.new, done.learners) == (2, 2)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"\xff\xfe", "report_unusable"),
        (b"", "report_unusable"),
        (report(header="Student ID,Username,Error"), "report_of_errors"),
        (report(header="Student ID,Email,Username,Enrollment Status,Grade"), "report_unusable"),
        (report(header=HEADER + ",Grade"), "report_unusable"),
        (b'Username,Grade,Enrollment Track\n"a', "report_unusable"),
        (report(*["x"] * 50_001), "report_too_long"),
        (report(), "export_empty"),
    ],
)
def test_another_file_is_named_as_what_it_is(raw, code) -> None:
    with pytest.raises(Unusable) as error:
        actions.hand_in_export(actor=SYSTEM, institution="MITx", name=NAME, content=raw, reading=REPORT, now=NOW)
    assert error.value.code == code and not ExportRow.objects.exists()


def test_the_name_of_the_file_says_the_run_and_a_wrong_one_is_refused() -> None:
    put_run("course-v1:MITx+SC1x+1T2018")
    put_run("course-v1:HESx+SC0x+1T2018", institution="HES")
    told = {"actor": SYSTEM, "institution": "MITx", "content": report(row(1)), "now": NOW}
    made = actions.hand_in_export(name=f"{NAME[:-4]} (2).csv", reading=reading_of("x.csv", "", "", ""), **told)
    assert ExportRow.objects.get(id=made).read_as["run_id"] == RUN
    for name, run, code in (
        ("grades.csv", "", "run_missing"),
        (NAME, "course-v1:MITx+SC1x+1T2018", "run_differs"),
        (NAME, "course-v1:HESx+SC0x+1T2018", "run_unknown"),
        ("grades.csv", "nothing", "run_unknown"),
    ):
        with pytest.raises((Unusable, NotFound)) as error:
            actions.hand_in_export(name=name, reading=reading_of(name, run, "", ""), **told)
        assert error.value.code == code
    assert named_run(NAME, ["MITx/SC0x/1T2018"]) == "MITx/SC0x/1T2018"
    assert named_run(NAME, [RUN, "MITx/SC0x/1T2018"]) == ""
    assert made_at("a_grade_report_2018-13-40-9999.csv") is None


def test_before_the_end_of_the_run_a_report_takes_a_reason() -> None:
    early = "MITx_SC0x_1T2018_grade_report_2018-03-01-0000.csv"
    with pytest.raises(Refused, match="The run ends on 2018-05-01"):
        take(report(row(1)), name=early, dry_run=True)
    assert take(report(row(1)), name=early, reason="Moves abroad.").new == 1
    assert FactRow.objects.get().data["completed"] == "2018-02-28"
    with pytest.raises(Refused):
        take(report(row(1)), name="grades.csv", now=datetime(2018, 4, 1, tzinfo=UTC))


def test_who_has_not_confirmed_the_address_gets_nothing_and_strangers_import_nothing() -> None:
    from django.contrib.auth import get_user_model

    get_user_model().objects.create_user("p1@example.org", "a long password", name="Somebody")
    done = take(report(row(1), row(2)))
    assert [(one.row, one.field) for one in done.refused] == [(2, "email")] and done.new == 1
    for actor in (person("Ada"), person("Staff", ("program_staff", "HES"))):
        with pytest.raises(NotPermitted):
            take(report(row(3)), actor=actor)


def hand_in(client, raw: bytes, name=NAME, **more):
    file = SimpleUploadedFile(name, raw)
    return client.post("/desk/imports/", {"institution": "MITx", "file": file, **more})


def test_the_page_looks_imports_and_gives_the_refused_rows_back() -> None:
    client = browser(person("Registrar", ("registrar", "MITx")))
    made = hand_in(
        client,
        report(row(1), row(2, "x"), row(3, track="audit")),
        pass_mark="60",
        platform="HTTPS://Courses.Example.edu/x",
    )
    page = client.get(made["Location"])
    text = page.content.decode()
    assert "Nothing is on record yet" in text and "Rows left out" in text
    assert ExportRow.objects.get().read_as["place"] == "courses.example.edu"
    assert client.post(made["Location"], {"seen": page.context["seen"]}).status_code == 302
    assert FactRow.objects.get().data["passed"] is True
    answer = client.get(f"{made['Location']}refused.jsonl")
    assert "refused.csv" in answer["Content-Disposition"]
    assert list(csv.reader(io.StringIO(answer.content.decode()))) == [HEADER.split(","), row(2, "x").split(",")]
    corrected = hand_in(client, answer.content.replace(b",x,", b",0.5,"), "refused.csv", run=RUN, pass_mark="60")
    page = client.get(corrected["Location"])
    assert [page.context["found"][name] for name in ("new", "known", "refused")] == [1, 0, 0]


def test_what_was_typed_is_kept_and_the_message_stands_at_its_field() -> None:
    client = browser(person("Registrar", ("registrar", "MITx")))
    for fields, at in (
        ({}, "run"),
        ({"run": RUN, "pass_mark": "200"}, "pass_mark"),
        ({"run": RUN, "platform": "a b"}, "platform"),
    ):
        answer = hand_in(client, report(row(1)), "grades.csv", **fields)
        text = answer.content.decode()
        assert answer.status_code == 422 and f'id="{at}-error"' in text and f'href="#{at}"' in text
        assert all(f'value="{value}"' in text for value in fields.values())
    early = hand_in(client, report(row(1)), "MITx_SC0x_1T2018_grade_report_2018-03-01-0000.csv")["Location"]
    page = client.get(early)
    assert "Reason to import before the end of the run" in page.content.decode()
    refused = client.post(early, {"seen": page.context["seen"]})
    assert refused.status_code == 409 and "The run ends on" in refused.content.decode()
    assert client.post(early, {"seen": page.context["seen"], "reason": "Moves abroad."}).status_code == 302


def test_the_api_and_the_command_say_the_same(tmp_path, capsys) -> None:
    client, raw = browser(person("Registrar", ("registrar", "MITx"))), report(row(1), row(2, "x"))
    body = {"institution": "MITx", "export": raw.decode(), "name": NAME, "pass_mark": "60"}
    send = lambda key, **more: client.post(  # noqa: E731
        "/api/v1/records/imports", body | more, content_type="application/json", HTTP_IDEMPOTENCY_KEY=key
    )
    tried = send("a", dry_run=True).json()
    assert not FactRow.objects.exists() and send("b").json() == tried
    assert (tried["new"], tried["left_out"], tried["refused_rows"]) == (1, 0, [3])
    assert send("c", name="grades.csv").status_code == 422 and send("d", run="nothing").status_code == 404
    told = {"code": "MITx", "name": "MITx", "country": "US", "time_zone": "UTC", "url": "", "aliases": [], "now": NOW}
    register_institution(actor=SYSTEM, **told)
    file, refused = tmp_path / NAME, tmp_path / "refused.csv"
    file.write_bytes(raw)
    asked = ["records", "import", str(file), "--institution", "MITx", "--pass-mark", "60", "--json"]
    assert main([*asked, "--refused", str(refused)]) == 1
    assert json.loads(capsys.readouterr().out)["known"] == 1
    assert refused.read_text() == f"{HEADER}\n{row(2, 'x')}\n"
    assert main(["records", "import", str(refused), "--institution", "MITx"]) == 2
    assert main(["records", "check", str(file)]) == 2 and "records import" in capsys.readouterr().err
