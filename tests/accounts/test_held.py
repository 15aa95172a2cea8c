"""What is held about a person: no table is forgotten, the copy holds all that may be told, and nobody else gets it."""

import io
import json
import zipfile

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.test import Client
from tests.factories import exams as make
from tests.factories.people import NOW, SYSTEM, browser, person
from tests.factories.world import load_world

from linkspan.accounts import actions
from linkspan.courseware.models import AttemptRow as AttemptRowOfCourse
from linkspan.courseware.models import ScoreRow, StateRow
from linkspan.exams.models import AttemptRow
from linkspan.kernel import audit, held
from linkspan.kernel.errors import NotPermitted
from linkspan.kernel.fates import Fate
from linkspan.site.command import main
from linkspan.web.personal import USES

pytestmark = pytest.mark.django_db

ABOUT_NOBODY = {
    # What is offered, agreed, ruled and counted.
    "catalog": "all",
    "courseware": {
        "CourseVersionRow",
        "TrialRow",
        "PlatformRow",
        "FetchRow",
        "RescoreRow",
        "DiscussionRow",
        "AboutRow",
        "AnnouncementRow",
        "TextRow",
        "CohortRow",
        "SharedStateRow",
    },
    "exams": {
        *("ExamRow", "ExamVersionRow", "ExamPolicyRow", "SittingRow", "AppointmentRow", "EntitlementRow"),
        *("ServiceRow", "ServiceExamRow", "StrayRow", "UsedTokenRow", "PictureRow"),
        *("RulingRow", "JudgementRow", "AnalysisRow", "SeriesRow", "SeriesVersionRow", "SeriesPartRow"),
    },
    "finance": {"CouponRow", "NeedScheduleRow", "ExchangeRateRow", "PayeeRow", "BankFileRow", "NumberSeriesRow"},
    "recognition": {"DegreeRow", "ConferralListRow", "ConferralHoldsRow"},
    "admissions": {"IntakeRow", "RoundRow"},
    "institutions": {
        "InstitutionRow",
        "SigningKeyRow",
        "TrustSourceRow",
        "TrustedIssuerRow",
        "TrustChangeRow",
        "FederationRow",
        "LookRow",
        "SignatoryRow",
    },
    "accounts": {
        *("ApiClientRow", "UsedAssertion", "AccessReviewRow", "IdentityProviderRow", "ProviderMessageRow"),
        *("ScimTokenRow", "ScimMappingRow", "ScimGroupRow", "ApplicationRow"),
        *("PushedRequestRow", "UsedProofRow", "OpenIdKeyRow"),
    },
    "credentials": {
        *("StatusListRow", "StatusEntryRow", "AwardPolicyRow", "AlignmentRow", "GradingPolicyRow", "LogRow"),
        *("ControllerRow", "ControllerWatchRow", "NonceRow"),
    },
    "pathways": {
        *("AgreementVersionRow", "AgreementMoveRow", "AgreementApprovalRow", "AgreementDraftRow"),
        *("AgreementCommentRow", "ImpactRow", "WidgetHostRow", "ExchangeIdentityRow", "PartnerRow"),
        *("ExchangeMessageRow", "BatchRunRow", "BatchSliceRow"),
    },
    "records": {"ComparisonRow"},
    "kernel": {"TrailChain", "TrailNote", "Heartbeat", "JobFailureRow", "RetentionRow"},
}
COPIES = {
    "accounts": {"InvitationRow"},
    # What holds, for a while or under seal, what other tables hold: mail and deliveries to come, answers to repeated
    # requests, files of an institution with rows about many, the input of a matching, invitations that became roles.
    "kernel": {"OutboxMessage", "OutboxDelivery", "IdempotencyKey"},
    "linkspan_messages": {"MailRow"},
    "finance": {"ProviderEventRow"},
    "records": {"ExportRow"},
    "courseware": {"UsernameRow", "FetchedRow", "BusMessageRow"},
    "credentials": {"PresentationRow", "ApiCredentialRow"},
    "admissions": {"MatchRunRow"},
}


def test_every_table_is_about_somebody_or_said_to_be_about_nobody() -> None:
    ours = {model for model in apps.get_models() if model.__module__.startswith("linkspan.")}
    about = {table.model for table in held.tables()}
    left = {model for model in ours - about if ABOUT_NOBODY.get(model._meta.app_label) != "all"}
    found = {(model._meta.app_label, model.__name__) for model in left}
    told = [*ABOUT_NOBODY.items(), *COPIES.items()]
    named = [(app, name) for app, names in told if names != "all" for name in names]
    assert found == set(named) and len(named) == len(set(named))


def test_every_table_of_a_library_that_leads_to_a_person_is_told_and_every_domain_has_its_use() -> None:
    told, people = {table.model for table in held.tables()}, set[type]()
    while found := {
        model
        for model in set(apps.get_models()) - people
        if {field.related_model for field in model._meta.concrete_fields} & (people | {get_user_model()})
    }:
        people |= found
    assert people - told == set()
    domains = [domain for use in USES for domain in use.domains]
    assert {table.domain for table in held.tables()} <= set(domains) and len(domains) == len(set(domains))


def test_every_table_says_what_becomes_of_its_rows_and_none_that_stays_hangs_on_one_that_goes() -> None:
    ours = [table.model for table in held.tables() if table.model.__module__.startswith("linkspan.")]
    assert [model.__name__ for model in ours if "AT_DELETION" not in vars(model)] == []
    gone = {table.model for table in held.tables() if table.at_deletion.fate is Fate.GONE}
    for table in held.tables():
        names = {field.attname for field in table.model._meta.concrete_fields}
        assert table.at_deletion.blank.keys() <= names, table.name
        if table.model not in gone:
            assert {field.related_model for field in table.model._meta.concrete_fields} & gone == set(), table.name


def test_what_a_model_keeps_back_are_fields_of_it() -> None:
    for table in held.tables():
        names = {field.attname for field in table.model._meta.concrete_fields}
        assert getattr(table.model, "WITHHELD", {}).keys() <= names
        assert getattr(table.model, "FILE", "document_sha256") in names or not hasattr(table.model, "FILE")


@pytest.fixture
def cast(settings, tmp_path):
    settings.DOCUMENT_ROOT = tmp_path
    people = load_world()
    make.put_exam()
    make.authorise(people["learner"], people)
    return people


def copy_for(who, of=None) -> zipfile.ZipFile:
    return zipfile.ZipFile(actions.export_person(actor=who, person_id=(of or who).person_id, now=NOW))


def rows(copy: zipfile.ZipFile, table: str) -> list[dict]:
    return [json.loads(line) for line in copy.read(f"tables/{table}.jsonl").splitlines()]


def test_the_copy_holds_every_row_about_the_person_and_none_about_another(cast) -> None:
    learner = cast["learner"]
    copy = copy_for(learner)
    about = {one["table"]: one["rows"] for one in json.loads(copy.read("about.json"))["tables"]}
    for table in held.tables():
        expected = table.model._default_manager.filter(**{table.way: learner.person_id}).count()
        assert about[table.name] == len(rows(copy, table.name)) == expected, table.name
    assert {name for name, number in about.items() if number} == {
        *(
            "accounts_identity_check",
            "accounts_user",
            "finance_charge",
            "finance_journal_entry",
            "finance_payment",
            "finance_posting",
        ),
        *("kernel_trail_entry", "records_fact"),
    }
    other = copy_for(person("Other Sample"))
    assert {table.name for table in held.tables() if rows(other, table.name)} == {"accounts_user", "kernel_trail_entry"}


def test_the_copy_holds_the_files_that_were_handed_in_and_says_which_are_gone(cast, settings) -> None:
    learner = cast["learner"]
    copy = copy_for(learner)
    (evidence,) = rows(copy, "accounts_identity_check")
    assert copy.read(evidence["file"]) == b"%PDF-1.7 scan"
    for kept in settings.DOCUMENT_ROOT.glob("*/*"):
        kept.unlink()
    assert [one["file"] for one in rows(copy_for(learner), "accounts_identity_check")] == ["not kept any longer"]


def test_no_key_is_in_the_copy(cast) -> None:
    learner = cast["learner"]
    (account,) = rows(copy_for(learner), "accounts_user")
    assert account["email"] and "password" not in account
    for table in held.tables():
        for row in held.rows_of(table, learner.person_id):
            assert not {name for name in row.values if name in ("password", "secret", "token") or "code_sha" in name}


def test_the_content_of_an_exam_stays_back_and_a_result_until_its_release(cast) -> None:
    learner = cast["learner"]
    attempt = make.begin(cast, learner, make.put_sitting())
    (told,) = rows(copy_for(learner), "exams_attempt")
    assert told.keys() & {"seed", "form", "state", "score", "verdict_reason"} == set()
    AttemptRow.objects.filter(id=attempt.id).update(released_at=NOW, score="80.0", state="approved")
    (told,) = rows(copy_for(learner), "exams_attempt")
    assert (told["score"], told["state"]) == ("80.0", "approved") and not told.keys() & {"seed", "form"}


def test_points_that_a_course_may_keep_back_and_words_about_others_stay_here(cast) -> None:
    learner, staff = cast["learner"], cast["staff"]
    made = {"learner_id": learner.person_id, "run_id": "course-v1:MITx+SC0x+1T2018", "usage": "problem/one"}
    StateRow.objects.create(**made, state={"correct_map": {"one": "correct"}}, changed_at=NOW)
    ScoreRow.objects.create(**made, earned=1, possible=1, at=NOW)
    AttemptRowOfCourse.objects.create(**made, earned=1, possible=1, answers={"one": "7"}, at=NOW)
    copy = copy_for(learner)
    assert b"correct_map" not in copy.read("tables/courseware_state.jsonl")
    for table in ("courseware_score", "courseware_attempt"):
        (told,) = rows(copy, table)
        assert "earned" not in told and told["possible"] == "1.0000"
    audit.record(
        actor=staff, verb="check", subject="records.fact:1", now=NOW, after={"name": "Ada"}, why="Ada said so."
    )
    (told,) = [row for row in rows(copy_for(staff), "kernel_trail_entry") if row["subject"] == "records.fact:1"]
    assert told["verb"] == "check" and not told.keys() & {"before", "after", "why", "name_salt", "words_salt"}


def test_only_the_person_and_the_system_get_it_and_the_trail_says_so(cast) -> None:
    learner = cast["learner"]
    for who in cast.people.values():
        if who.person_id not in (None, learner.person_id):
            with pytest.raises(NotPermitted):
                copy_for(who, learner)
    with pytest.raises(NotPermitted):
        copy_for(person("Op Sample", ("operator", None)), learner)
    copy_for(learner)
    copy_for(SYSTEM, learner)
    entries = audit.trail_of(f"accounts.user:{learner.person_id}")
    assert [(one.verb, one.actor_id) for one in entries if one.verb == "export_person"] == [
        ("export_person", learner.person_id),
        ("export_person", None),
    ]


def test_the_page_the_operation_and_the_command(cast, tmp_path, capsys) -> None:
    learner = cast["learner"]
    client = browser(learner)
    page = client.get("/account/data/").content.decode()
    assert "Download my data" in page
    answer = client.post("/account/data/")
    assert answer["Content-Type"] == "application/zip" and "attachment" in answer["Content-Disposition"]
    by_page = zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content)))
    counts = client.get("/api/v1/accounts/mine/held").json()
    by_api = client.post("/api/v1/accounts/mine/held")
    assert zipfile.ZipFile(io.BytesIO(b"".join(by_api.streaming_content))).namelist() == by_page.namelist()
    assert sum(counts.values()) == sum(len(rows(by_page, table.name)) for table in held.tables())
    for stranger in (Client().get("/account/data/"), Client().post("/account/data/")):
        assert stranger.status_code == 302
    assert Client().get("/api/v1/accounts/mine/held").status_code == 401

    place = tmp_path / "copy.zip"
    assert main(["person", "export", rows(by_page, "accounts_user")[0]["email"], str(place), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["file"] == str(place) and place.stat().st_mode & 0o777 == 0o600
    assert zipfile.ZipFile(place).namelist() == by_page.namelist()
    assert main(["person", "export", rows(by_page, "accounts_user")[0]["email"], str(place)]) == 2
    assert main(["person", "export", "nobody@example.org", str(tmp_path / "other.zip")]) == 2
    assert not (tmp_path / "other.zip").exists()


def test_pages_for_everybody_say_what_is_held_and_whom_to_write_to(settings) -> None:
    assert Client().get("/.well-known/security.txt").status_code == 404
    settings.CONTACT = "open-learning@example.edu"
    for place in ("/privacy/", "/accessibility/"):
        assert 'href="mailto:open-learning@example.edu"' in Client().get(place).content.decode()
    told = Client().get("/.well-known/security.txt")
    lines = dict(line.split(": ", 1) for line in told.content.decode().splitlines())
    assert lines["Contact"] == "mailto:open-learning@example.edu" and told["Content-Type"].startswith("text/plain")
    assert lines.keys() == {"Contact", "Expires"} and "T" in lines["Expires"]
